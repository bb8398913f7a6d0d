# Small plans, each with one thing that must not be, and its like that may. `conftest verify --policy policies` runs them.
package main

planned(type, actions, before, after) := {
	"format_version": "1.2",
	"variables": {},
	"resource_changes": [{
		"address": sprintf("%s.this", [type]),
		"mode": "managed",
		"type": type,
		"change": {"actions": actions, "before": before, "after": after},
	}],
}

refused(plan, words) if {
	messages := deny with input as plan
	count(messages) == 1
	some message in messages
	contains(message, words)
}

allowed(plan) if {
	messages := deny with input as plan
	count(messages) == 0
}

test_what_is_no_plan_is_refused if {
	refused({}, "This is no plan")
	allowed({"format_version": "1.2"})
}

# Purchases
test_terraform_buys_no_block if refused(planned("aws_ec2_capacity_block_reservation", ["create"], null, {}), "buys capacity")

test_a_tainted_block_is_not_bought_again if {
	refused(planned("aws_ec2_capacity_block_reservation", ["delete", "create"], {}, {}), "buys capacity")
}

test_a_block_in_the_state_is_refused_before_it_buys if {
	refused(planned("aws_ec2_capacity_block_reservation", ["no-op"], {}, {}), "buys capacity")
}

test_a_block_may_be_forgotten if allowed(planned("aws_ec2_capacity_block_reservation", ["forget"], {}, null))

# Mocks
with_variables(variables) := {"format_version": "1.2", "variables": {name: {"value": value} | some name, value in variables}}

test_a_plan_that_says_it_is_mocked_is_refused if {
	refused(with_variables({"mocked_dependencies": ["kms", "iam"]}), "mocked outputs of iam, kms")
	allowed(with_variables({"mocked_dependencies": []}))
}

test_a_mock_that_is_not_told_is_found if {
	refused(with_variables({"network": {"ids": [{"vpc": "vpc-00000000000000000"}]}}), "the variable network has vpc-0000")
	refused(with_variables({"subnet_ids": {"use1-az4": "subnet-00000000000000003"}}), "subnet-0000")
	refused(with_variables({"prefix_list_id": "pl-00000000"}), "pl-0000")
	refused(with_variables({"kms_key_arn": "arn:aws:kms:us-east-1:111111111111:key/mock-key"}), "kms_key_arn")
	refused(with_variables({"bucket": "mock-data-main-us-east-1"}), "bucket")
}

test_what_only_looks_like_a_mock_is_no_mock if {
	allowed(with_variables({"vpc_id": "vpc-0a000000000000000", "name": "hammock-data", "count": 0, "nothing": null}))
}

# The state bucket
test_the_state_bucket_is_not_destroyed if {
	refused(planned("aws_s3_bucket", ["delete"], {"bucket": "ml-clusters-tfstate-1"}, null), "moves the states first")
	refused(planned("aws_s3_bucket", ["delete", "create"], {"bucket": "x-tfstate-1"}, {"bucket": "y"}), "moves the states first")
	allowed(planned("aws_s3_bucket", ["delete"], {"bucket": "ml-clusters-data-1"}, null))
	allowed(planned("aws_s3_bucket", ["create"], null, {"bucket": "ml-clusters-tfstate-1"}))
}

test_what_keeps_the_states_is_not_destroyed if {
	every type in {
		"aws_s3_bucket_object_lock_configuration",
		"aws_s3_bucket_policy",
		"aws_s3_bucket_public_access_block",
		"aws_s3_bucket_server_side_encryption_configuration",
		"aws_s3_bucket_versioning",
	} {
		refused(planned(type, ["delete"], {"bucket": "ml-clusters-tfstate-1"}, null), "moves the states first")
	}
}

test_the_states_cannot_be_destroyed_with_their_bucket if {
	refused(planned("aws_s3_bucket", ["update"], {"bucket": "x-tfstate"}, {"bucket": "x-tfstate", "force_destroy": true}), "force_destroy")
}

versioning(status) := {"bucket": "ml-clusters-tfstate-1", "versioning_configuration": [{"status": status}]}

test_versions_of_the_states_are_kept if {
	refused(planned("aws_s3_bucket_versioning", ["update"], versioning("Enabled"), versioning("Suspended")), "Leave it Enabled")
	refused(planned("aws_s3_bucket_versioning", ["update"], versioning("Enabled"), {"bucket": "x-tfstate"}), "Leave it Enabled")
	allowed(planned("aws_s3_bucket_versioning", ["update"], versioning("Suspended"), versioning("Enabled")))
}

private_bucket := {
	"bucket": "ml-clusters-tfstate-1",
	"block_public_acls": true,
	"block_public_policy": true,
	"ignore_public_acls": true,
	"restrict_public_buckets": true,
}

test_the_states_are_not_made_public if {
	public := object.union(private_bucket, {"block_public_policy": false})
	refused(planned("aws_s3_bucket_public_access_block", ["update"], private_bucket, public), "block_public_policy must be true")
	allowed(planned("aws_s3_bucket_public_access_block", ["create"], null, private_bucket))
}

lock(mode, retention) := {"bucket": "x-tfstate", "rule": [{"default_retention": [object.union({"mode": mode}, retention)]}]}

test_the_lock_of_the_states_is_not_weakened if {
	before := lock("COMPLIANCE", {"days": 400, "years": null})
	every after in [
		lock("GOVERNANCE", {"days": 400}),
		lock("COMPLIANCE", {"days": 399}),
		lock("COMPLIANCE", {"days": null, "years": 1}),
		{"bucket": "x-tfstate", "rule": []},
	] {
		refused(planned("aws_s3_bucket_object_lock_configuration", ["update"], before, after), "less firmly")
	}
	allowed(planned("aws_s3_bucket_object_lock_configuration", ["update"], before, lock("COMPLIANCE", {"years": 2})))
	allowed(planned("aws_s3_bucket_object_lock_configuration", ["create"], null, before))
}

# Security groups
test_nobody_lets_the_whole_internet_in if {
	every cidr in ["0.0.0.0/0", "128.0.0.0/1"] {
		refused(planned("aws_vpc_security_group_ingress_rule", ["create"], null, {"cidr_ipv4": cidr}), cidr)
		refused(planned("aws_security_group_rule", ["create"], null, {"type": "ingress", "cidr_blocks": ["10.0.0.0/8", cidr]}), cidr)
		refused(planned("aws_security_group", ["update"], {}, {"ingress": [{"cidr_blocks": [cidr]}]}), cidr)
		refused(planned("aws_default_security_group", ["create"], {}, {"ingress": [{"cidr_blocks": [cidr]}]}), cidr)
	}
	refused(planned("aws_vpc_security_group_ingress_rule", ["create"], null, {"cidr_ipv6": "::/0"}), "::/0")
	refused(planned("aws_security_group_rule", ["create"], null, {"type": "ingress", "ipv6_cidr_blocks": ["::/0"]}), "::/0")
	refused(planned("aws_security_group", ["create"], null, {"ingress": [{"cidr_blocks": [], "ipv6_cidr_blocks": ["::/0"]}]}), "::/0")
}

test_some_may_be_let_in_and_all_let_out if {
	allowed(planned("aws_vpc_security_group_ingress_rule", ["create"], null, {"cidr_ipv4": "10.0.0.0/16"}))
	allowed(planned("aws_vpc_security_group_egress_rule", ["create"], null, {"cidr_ipv4": "0.0.0.0/0"}))
	allowed(planned("aws_security_group_rule", ["create"], null, {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]}))
	allowed(planned("aws_security_group", ["update"], {"ingress": [{"cidr_blocks": ["0.0.0.0/0"]}]}, {"ingress": []}))
	allowed(planned("aws_vpc_security_group_ingress_rule", ["delete"], {"cidr_ipv4": "0.0.0.0/0"}, null))
}

# Keys
test_no_key_is_deleted if {
	every type in {"aws_kms_external_key", "aws_kms_key", "aws_kms_replica_external_key", "aws_kms_replica_key"} {
		refused(planned(type, ["delete"], {}, null), "scheduled for deletion")
		refused(planned(type, ["create", "delete"], {}, {}), "scheduled for deletion")
		allowed(planned(type, ["update"], {}, {}))
		allowed(planned(type, ["forget"], {}, null))
	}
}

# EKS
cluster(network) := planned("aws_eks_cluster", ["update"], {}, {"vpc_config": [network]})

test_no_cluster_is_open_to_the_whole_internet if {
	refused(cluster({"endpoint_public_access": true, "public_access_cidrs": ["0.0.0.0/0"]}), "whole internet")
	refused(cluster({"endpoint_public_access": true, "public_access_cidrs": []}), "whole internet")
	refused(cluster({"endpoint_public_access": true}), "whole internet")
}

test_a_cluster_may_be_reached_by_some if {
	allowed(cluster({"endpoint_public_access": true, "public_access_cidrs": ["198.51.100.0/24"]}))
	allowed(cluster({"endpoint_public_access": false, "public_access_cidrs": ["0.0.0.0/0"]}))
}
