package main

import data.plan

state_bucket(change) if contains(change.before.bucket, "tfstate")

state_bucket(change) if contains(change.after.bucket, "tfstate")

deny contains message if {
	some each in plan.destroyed({
		"aws_s3_bucket",
		"aws_s3_bucket_object_lock_configuration",
		"aws_s3_bucket_policy",
		"aws_s3_bucket_public_access_block",
		"aws_s3_bucket_server_side_encryption_configuration",
		"aws_s3_bucket_versioning",
	})
	state_bucket(each.change)
	message := sprintf("%s is destroyed or replaced, and with it Terraform's states or what keeps them. A person moves the states first.", [each.address])
}

deny contains message if {
	some each in plan.written({"aws_s3_bucket"})
	state_bucket(each.change)
	each.change.after.force_destroy == true
	message := sprintf("%s could be destroyed with the states in it: leave force_destroy out.", [each.address])
}

deny contains message if {
	some each in plan.written({"aws_s3_bucket_versioning"})
	state_bucket(each.change)
	not versioned(each.change.after)
	message := sprintf("%s no longer keeps the versions of Terraform's states, and they are what a broken state is restored from. Leave it Enabled.", [each.address])
}

versioned(versioning) if versioning.versioning_configuration[0].status == "Enabled"

deny contains message if {
	some each in plan.written({"aws_s3_bucket_public_access_block"})
	state_bucket(each.change)
	some setting in {"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"}
	not each.change.after[setting]
	message := sprintf("%s lets the bucket of Terraform's states be made public, and states hold secrets: %s must be true.", [each.address, setting])
}

# An object lock that is shorter, or may be lifted, or is no more.
deny contains message if {
	some each in plan.written({"aws_s3_bucket_object_lock_configuration"})
	state_bucket(each.change)
	some before in retentions(each.change.before)
	every after in retentions(each.change.after) {
		not as_strict(before, after)
	}
	message := sprintf("%s holds Terraform's states for a shorter time, or less firmly, than before.", [each.address])
}

retentions(configuration) := [each | some rule in configuration.rule; some each in rule.default_retention]

as_strict(before, after) if {
	before.mode in {"GOVERNANCE", after.mode}
	days(after) >= days(before)
}

days(retention) := retention.days if retention.days > 0

days(retention) := retention.years * 365 if retention.years > 0
