# Groups of our own, whose rules change in place: FSx keeps the groups it was created with, and a change of theirs would replace it.
locals {
  # FSx for Lustre user guide, file system access control with Amazon VPC: clients and servers open connections to each other.
  lustre_ports = { lnet = [988, 988], replies = [1018, 1023] }

  lustre_peers = var.lustre == null ? {} : merge(var.client_security_group_ids, { self = aws_security_group.lustre[0].id })

  lustre_rules = merge([
    for peer, group in local.lustre_peers : {
      for what, ports in local.lustre_ports : "${peer}-${what}" => { group = group, from = ports[0], to = ports[1] }
    }
  ]...)
}

resource "aws_security_group" "lustre" {
  count = var.lustre == null ? 0 : 1

  name        = "${var.name}-lustre"
  description = "FSx for Lustre ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-lustre" })
}

resource "aws_vpc_security_group_ingress_rule" "lustre" {
  for_each = local.lustre_rules

  security_group_id            = aws_security_group.lustre[0].id
  description                  = "Lustre from ${each.key}"
  referenced_security_group_id = each.value.group
  ip_protocol                  = "tcp"
  from_port                    = each.value.from
  to_port                      = each.value.to
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "lustre" {
  for_each = local.lustre_rules

  security_group_id            = aws_security_group.lustre[0].id
  description                  = "Lustre to ${each.key}"
  referenced_security_group_id = each.value.group
  ip_protocol                  = "tcp"
  from_port                    = each.value.from
  to_port                      = each.value.to
  tags                         = var.tags
}

resource "aws_security_group" "efs" {
  count = var.efs == null ? 0 : 1

  name        = "${var.name}-efs"
  description = "EFS ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-efs" })
}

resource "aws_vpc_security_group_ingress_rule" "efs" {
  for_each = var.efs == null ? {} : var.client_security_group_ids

  security_group_id            = aws_security_group.efs[0].id
  description                  = "NFS from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  tags                         = var.tags
}
