package main

import data.plan

deny contains message if {
	some each in plan.destroyed({"aws_kms_external_key", "aws_kms_key", "aws_kms_replica_external_key", "aws_kms_replica_key"})
	message := sprintf("%s is scheduled for deletion, after which nobody ever reads what it encrypted. A person does that, when nothing is left.", [each.address])
}
