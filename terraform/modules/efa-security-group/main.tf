# name, description and vpc_id replace the group when they change, and with it what replaces on a change of its groups: an
# FSx for Lustre file system would lose its data. So the description never changes.
resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:Nodes are put into it where they are made, by its id, which is this module's output.
  name        = "${var.name}-efa"
  description = "All traffic between members, which EFA needs, and nothing else but the rules added to it."
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-efa" })
}

# EFA's addresses are neither IPv4 nor IPv6, so that no CIDR block matches its traffic, 0.0.0.0/0 no more than another: only
# the group itself does, and both ways (EC2 user guide, Prepare an EFA-enabled security group).
resource "aws_vpc_security_group_ingress_rule" "self" {
  security_group_id            = aws_security_group.this.id
  description                  = "All traffic from members of this group."
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.this.id
  tags                         = merge(var.tags, { Name = "${var.name}-efa-self" })
}

resource "aws_vpc_security_group_egress_rule" "self" {
  security_group_id            = aws_security_group.this.id
  description                  = "All traffic to members of this group."
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.this.id
  tags                         = merge(var.tags, { Name = "${var.name}-efa-self" })
}

resource "aws_vpc_security_group_ingress_rule" "added" {
  for_each = { for name, rule in var.rules : name => rule if rule.direction == "ingress" }

  security_group_id            = aws_security_group.this.id
  description                  = each.value.description
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from_port
  to_port                      = coalesce(each.value.to_port, each.value.from_port)
  cidr_ipv4                    = each.value.cidr_ipv4
  prefix_list_id               = each.value.prefix_list_id
  referenced_security_group_id = each.value.security_group_id
  tags                         = merge(var.tags, { Name = "${var.name}-efa-${each.key}" })
}

resource "aws_vpc_security_group_egress_rule" "added" {
  for_each = { for name, rule in var.rules : name => rule if rule.direction == "egress" }

  security_group_id            = aws_security_group.this.id
  description                  = each.value.description
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from_port
  to_port                      = coalesce(each.value.to_port, each.value.from_port)
  cidr_ipv4                    = each.value.cidr_ipv4
  prefix_list_id               = each.value.prefix_list_id
  referenced_security_group_id = each.value.security_group_id
  tags                         = merge(var.tags, { Name = "${var.name}-efa-${each.key}" })
}
