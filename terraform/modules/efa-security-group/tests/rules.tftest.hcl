mock_provider "aws" {}

variables {
  name   = "ml-main-use1"
  vpc_id = "vpc-0123456789abcdef0"
  tags   = { Team = "ml" }
}

run "members_send_everything_to_members_and_receive_it" {
  command = apply

  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_ingress_rule.self, aws_vpc_security_group_egress_rule.self] :
      rule.ip_protocol == "-1" && rule.security_group_id == aws_security_group.this.id && rule.referenced_security_group_id == aws_security_group.this.id
    ])
    error_message = "EFA needs all traffic, in and out, between members."
  }

  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_ingress_rule.self, aws_vpc_security_group_egress_rule.self] :
      rule.cidr_ipv4 == null && rule.cidr_ipv6 == null && rule.prefix_list_id == null && rule.from_port == null && rule.to_port == null
    ])
    error_message = "And from nowhere else."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.added) == 0 && length(aws_vpc_security_group_egress_rule.added) == 0
    error_message = "Nothing else is there unless it is asked for."
  }

  assert {
    condition     = output.security_group_id == aws_security_group.this.id
    error_message = "The output is the group."
  }
}

run "the_group_itself_has_no_rules_inside" {
  command = plan

  # Rules inside and beside a group undo each other at every apply. Unset, these are left to the rule resources.
  assert {
    condition     = length(try(aws_security_group.this.ingress, [])) == 0 && length(try(aws_security_group.this.egress, [])) == 0
    error_message = "Rules are resources of their own."
  }
}

run "what_replaces_the_group_stays_as_it_is" {
  command = plan

  # FSx for Lustre is replaced, with its data, when its groups change.
  assert {
    condition     = aws_security_group.this.description == "All traffic between members, which EFA needs, and nothing else but the rules added to it."
    error_message = "Another description replaces every group that is in use."
  }

  assert {
    condition     = aws_security_group.this.name == "ml-main-use1-efa" && aws_security_group.this.vpc_id == "vpc-0123456789abcdef0"
    error_message = "Another name replaces every group that is in use."
  }

  assert {
    condition     = aws_security_group.this.tags == tomap({ Team = "ml", Name = "ml-main-use1-efa" }) && alltrue([for rule in [aws_vpc_security_group_ingress_rule.self, aws_vpc_security_group_egress_rule.self] : rule.tags == tomap({ Team = "ml", Name = "ml-main-use1-efa-self" })])
    error_message = "Everything carries the caller's tags and a name."
  }
}

run "further_rules_are_added_by_name" {
  command = plan

  variables {
    rules = {
      s3     = { direction = "egress", description = "S3.", from_port = 443, prefix_list_id = "pl-63a5400a" }
      lustre = { direction = "egress", description = "Lustre.", from_port = 1018, to_port = 1023, cidr_ipv4 = "10.0.0.0/16" }
      ssh    = { direction = "ingress", description = "SSH from the head node.", from_port = 22, security_group_id = "sg-0123456789abcdef0" }
      pings  = { direction = "ingress", description = "Path MTU.", protocol = "icmp", from_port = 3, to_port = 4, cidr_ipv4 = "10.0.0.0/8" }
    }
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_egress_rule.added)) == toset(["s3", "lustre"]) && toset(keys(aws_vpc_security_group_ingress_rule.added)) == toset(["ssh", "pings"])
    error_message = "Each in its direction."
  }

  assert {
    condition = (
      aws_vpc_security_group_egress_rule.added["s3"].prefix_list_id == "pl-63a5400a" && aws_vpc_security_group_egress_rule.added["s3"].cidr_ipv4 == null
      && aws_vpc_security_group_egress_rule.added["s3"].from_port == 443 && aws_vpc_security_group_egress_rule.added["s3"].to_port == 443
      && aws_vpc_security_group_egress_rule.added["s3"].ip_protocol == "tcp" && aws_vpc_security_group_egress_rule.added["s3"].description == "S3."
      && aws_vpc_security_group_egress_rule.added["lustre"].from_port == 1018 && aws_vpc_security_group_egress_rule.added["lustre"].to_port == 1023
      && aws_vpc_security_group_egress_rule.added["lustre"].cidr_ipv4 == "10.0.0.0/16" && aws_vpc_security_group_egress_rule.added["lustre"].tags.Name == "ml-main-use1-efa-lustre"
    )
    error_message = "One port is both ends of the range."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.added["ssh"].referenced_security_group_id == "sg-0123456789abcdef0" && aws_vpc_security_group_ingress_rule.added["ssh"].to_port == 22
      && aws_vpc_security_group_ingress_rule.added["ssh"].ip_protocol == "tcp" && aws_vpc_security_group_ingress_rule.added["ssh"].description == "SSH from the head node."
      && aws_vpc_security_group_ingress_rule.added["pings"].ip_protocol == "icmp" && aws_vpc_security_group_ingress_rule.added["pings"].from_port == 3
      && aws_vpc_security_group_ingress_rule.added["pings"].to_port == 4 && aws_vpc_security_group_ingress_rule.added["pings"].cidr_ipv4 == "10.0.0.0/8"
      && aws_vpc_security_group_ingress_rule.added["pings"].tags.Name == "ml-main-use1-efa-pings"
    )
    error_message = "What is given is what is sent."
  }
}

run "further_rules_do_not_change_those_of_efa" {
  command = apply

  variables {
    rules = { s3 = { direction = "egress", description = "S3.", from_port = 443, prefix_list_id = "pl-63a5400a" } }
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.added["s3"].security_group_id == aws_security_group.this.id && aws_vpc_security_group_egress_rule.self.referenced_security_group_id == aws_security_group.this.id
    error_message = "They stand beside them, in the same group."
  }
}
