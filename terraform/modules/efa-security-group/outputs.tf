output "security_group_id" {
  description = "Id of the security group. Waits for the rules of EFA, so that nothing starts in a group without them."
  value       = aws_security_group.this.id

  depends_on = [
    aws_vpc_security_group_ingress_rule.self,
    aws_vpc_security_group_egress_rule.self,
  ]
}
