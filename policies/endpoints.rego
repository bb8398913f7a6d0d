package main

import data.plan

deny contains message if {
	some each in plan.written({"aws_eks_cluster"})
	some network in each.change.after.vpc_config
	network.endpoint_public_access == true
	open_to_everybody(network)
	message := sprintf("The API of %s is open to the whole internet. Turn endpoint_public_access off, or name who may reach it in public_access_cidrs.", [each.address])
}

open_to_everybody(network) if {
	some cidr in network.public_access_cidrs
	plan.everybody(cidr)
}

# EKS takes 0.0.0.0/0 where nothing is said.
open_to_everybody(network) if not has_addresses(network)

has_addresses(network) if count(network.public_access_cidrs) > 0
