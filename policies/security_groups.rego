package main

import data.plan

deny contains message if {
	some each in plan.written({"aws_vpc_security_group_ingress_rule"})
	some argument in {"cidr_ipv4", "cidr_ipv6"}
	plan.everybody(each.change.after[argument])
	message := opens(each, each.change.after[argument])
}

deny contains message if {
	some each in plan.written({"aws_security_group_rule"})
	each.change.after.type == "ingress"
	some cidr in blocks(each.change.after)
	plan.everybody(cidr)
	message := opens(each, cidr)
}

deny contains message if {
	some each in plan.written({"aws_default_security_group", "aws_security_group"})
	some rule in each.change.after.ingress
	some cidr in blocks(rule)
	plan.everybody(cidr)
	message := opens(each, cidr)
}

blocks(rule) := {cidr |
	some argument in {"cidr_blocks", "ipv6_cidr_blocks"}
	some cidr in rule[argument]
}

opens(each, cidr) := sprintf("%s lets the whole internet in (%s). Name the addresses or the security group that need it.", [each.address, cidr])
