package main

import data.plan

# Forgetting is the way out of a block that Terraform has in its state.
deny contains message if {
	some each in plan.of_types({"aws_ec2_capacity_block_reservation"})
	each.change.actions != ["forget"]
	message := sprintf("%s buys capacity when it is applied, and once more when it is tainted or its offering changes. Buy with ml-clusters, give Terraform the reservation's id, and take this out with a `removed` block.", [each.address])
}
