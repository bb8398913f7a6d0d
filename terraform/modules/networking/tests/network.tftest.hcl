mock_provider "aws" {
  source = "./tests/mocks/us-east-1"
}

variables {
  name         = "ml-main-use1"
  cidr         = "10.0.0.0/16"
  nat_zone_ids = ["use1-az4", "use1-az6"]
  kms_key_arn  = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
  tags         = { Team = "ml" }
  zones = {
    use1-az1 = { slot = 0 }
    use1-az2 = { slot = 1 }
    use1-az3 = { slot = 2 }
    use1-az4 = { slot = 3 }
    use1-az5 = { slot = 4 }
    use1-az6 = { slot = 5 }
  }
}

run "every_zone_has_one_private_subnet_by_zone_id" {
  command = plan

  assert {
    condition     = alltrue([for id, subnet in aws_subnet.private : subnet.availability_zone_id == id]) && toset(keys(aws_subnet.private)) == toset(keys(var.zones))
    error_message = "Private subnets are made in the zones of zones, by zone id."
  }

  assert {
    condition     = alltrue([for id, subnet in aws_subnet.private : subnet.tags == tomap({ Team = "ml", Name = "ml-main-use1-private-${id}", Tier = "private", "kubernetes.io/role/internal-elb" = "1" })])
    error_message = "Names begin with name, and the tags of load balancers and of the caller are there."
  }
}

run "a_zone_that_eks_refuses_has_instances_but_no_control_plane" {
  command = plan

  assert {
    condition     = contains(keys(aws_subnet.private), "use1-az3") && !contains(keys(aws_subnet.control_plane), "use1-az3")
    error_message = "EKS refuses use1-az3 for a cluster's subnets, not for its nodes."
  }

  assert {
    condition     = toset(keys(aws_subnet.control_plane)) == toset(["use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6"]) && toset(keys(output.control_plane_subnet_ids)) == toset(keys(aws_subnet.control_plane))
    error_message = "Every other zone has a control-plane subnet, and the output has no more than these."
  }

  assert {
    condition     = alltrue([for id, subnet in aws_subnet.control_plane : subnet.availability_zone_id == id && subnet.tags.Name == "ml-main-use1-control-plane-${id}" && subnet.tags.Tier == "control-plane"])
    error_message = "Control-plane subnets are made by zone id, and named after it."
  }
}

run "eks_refuses_a_zone_in_california_and_one_in_canada_too" {
  command = plan

  variables {
    nat_zone_ids        = []
    interface_endpoints = []
    zones = {
      usw1-az1 = { slot = 0 }
      usw1-az2 = { slot = 1 }
      usw1-az3 = { slot = 2 }
    }
  }

  override_data {
    target = data.aws_ec2_instance_type_offerings.capacity
    values = { locations = ["usw1-az1", "usw1-az3"] }
  }

  assert {
    condition     = toset(keys(aws_subnet.control_plane)) == toset(["usw1-az1", "usw1-az3"])
    error_message = "EKS refuses usw1-az2."
  }

  assert {
    condition     = local.eks_refused_zone_ids == ["use1-az3", "usw1-az2", "cac1-az3"]
    error_message = "EKS user guide, subnet requirements for clusters: these three."
  }
}

run "no_subnet_gives_public_addresses_by_itself" {
  command = plan

  assert {
    condition     = alltrue([for subnet in concat(values(aws_subnet.public), values(aws_subnet.private), values(aws_subnet.control_plane)) : subnet.map_public_ip_on_launch != true])
    error_message = "Load balancers and NAT gateways bring their own."
  }

  assert {
    condition     = alltrue([for id, subnet in aws_subnet.public : subnet.availability_zone_id == id && subnet.tags == tomap({ Team = "ml", Name = "ml-main-use1-public-${id}", Tier = "public", "kubernetes.io/role/elb" = "1" })]) && length(aws_subnet.public) == 6
    error_message = "A public subnet in every zone of the region, by zone id."
  }
}

run "names_resolve_in_the_vpc" {
  command = plan

  assert {
    condition     = aws_vpc.this.enable_dns_support && aws_vpc.this.enable_dns_hostnames
    error_message = "EKS nodes, EFS and private endpoints need both."
  }

  assert {
    condition     = aws_vpc.this.tags == tomap({ Team = "ml", Name = "ml-main-use1" }) && output.cidr == "10.0.0.0/16"
    error_message = "The VPC is named by name and has the given block."
  }
}

run "the_default_security_group_lets_nothing_in_or_out" {
  command = apply

  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0 && aws_default_security_group.this.vpc_id == aws_vpc.this.id
    error_message = "What falls into it by mistake must not work."
  }
}

run "a_zone_goes_out_through_its_own_nat_gateway_or_the_first" {
  command = apply

  assert {
    condition     = toset(keys(aws_nat_gateway.this)) == toset(["use1-az4", "use1-az6"]) && alltrue([for id, nat in aws_nat_gateway.this : nat.subnet_id == aws_subnet.public[id].id && nat.allocation_id == aws_eip.nat[id].id])
    error_message = "NAT gateways stand in the public subnets of the zones that were named, each with an address of its own."
  }

  assert {
    condition = alltrue([
      for id, via in { use1-az1 = "use1-az4", use1-az2 = "use1-az4", use1-az3 = "use1-az4", use1-az4 = "use1-az4", use1-az5 = "use1-az4", use1-az6 = "use1-az6" } :
      aws_route.private_nat[id].nat_gateway_id == aws_nat_gateway.this[via].id
      && aws_route.private_nat[id].route_table_id == aws_route_table.private[id].id
      && aws_route.private_nat[id].destination_cidr_block == "0.0.0.0/0"
    ])
    error_message = "A zone without a NAT gateway uses the first by name."
  }

  assert {
    condition     = alltrue([for id in keys(var.zones) : aws_route_table_association.private[id].route_table_id == aws_route_table.private[id].id && aws_route_table_association.private[id].subnet_id == aws_subnet.private[id].id])
    error_message = "Each private subnet has its zone's route table."
  }

  assert {
    condition     = length(aws_route_table_association.control_plane) == 5 && alltrue([for id, each in aws_route_table_association.control_plane : each.route_table_id == aws_route_table.private[id].id && each.subnet_id == aws_subnet.control_plane[id].id])
    error_message = "Control-plane subnets share the zone's private route table, so that peers' routes reach them too."
  }

  assert {
    condition     = aws_route.public_internet[0].gateway_id == aws_internet_gateway.this[0].id && aws_route.public_internet[0].route_table_id == aws_route_table.public[0].id && length(aws_route_table_association.public) == 6
    error_message = "Only public subnets go out directly."
  }

  assert {
    condition     = output.nat_gateway_ids == { for id in ["use1-az4", "use1-az6"] : id => aws_nat_gateway.this[id].id }
    error_message = "nat_gateway_ids must name each NAT gateway by its zone."
  }

  assert {
    condition     = toset(keys(output.nat_public_ips)) == toset(["use1-az4", "use1-az6"]) && output.private_route_table_ids == { for id, table in aws_route_table.private : id => table.id }
    error_message = "Outputs are by zone id."
  }

  assert {
    condition     = output.private_subnet_ids == { for id, subnet in aws_subnet.private : id => subnet.id } && output.public_subnet_ids == { for id, subnet in aws_subnet.public : id => subnet.id } && output.vpc_id == aws_vpc.this.id
    error_message = "Outputs are by zone id."
  }
}

run "without_nat_gateways_there_is_no_way_to_the_internet" {
  command = plan

  variables {
    nat_zone_ids = []
  }

  assert {
    condition     = length(aws_internet_gateway.this) + length(aws_subnet.public) + length(aws_nat_gateway.this) + length(aws_route.private_nat) + length(aws_route.public_internet) == 0
    error_message = "No gateway, no public subnet, no default route."
  }

  assert {
    condition     = length(aws_subnet.private) == 6 && length(aws_vpc_endpoint.interface) == 9
    error_message = "Private subnets and endpoints remain."
  }
}

run "a_local_zone_holds_instances_only" {
  command = apply

  variables {
    zones = {
      use1-az4      = { slot = 3 }
      use1-az6      = { slot = 5 }
      use1-dfw2-az1 = { slot = 6 }
    }
  }

  override_data {
    target = data.aws_ec2_instance_type_offerings.capacity
    values = { locations = ["use1-az4", "use1-az6", "use1-dfw2-az1"] }
  }

  override_data {
    target = data.aws_availability_zones.this
    values = {
      names    = ["us-east-1a", "us-east-1d", "us-east-1-dfw-2a"]
      zone_ids = ["use1-az6", "use1-az4", "use1-dfw2-az1"]
    }
  }

  override_data {
    target = data.aws_vpc_endpoint_service.interface
    values = { availability_zones = ["us-east-1a", "us-east-1b", "us-east-1d", "us-east-1-dfw-2a"] }
  }

  assert {
    condition     = aws_subnet.private["use1-dfw2-az1"].cidr_block == "10.0.192.0/19" && !contains(keys(aws_subnet.public), "use1-dfw2-az1") && !contains(keys(aws_subnet.control_plane), "use1-dfw2-az1")
    error_message = "Instances only: neither load balancers nor EKS's interfaces."
  }

  assert {
    condition     = aws_route.private_nat["use1-dfw2-az1"].nat_gateway_id == aws_nat_gateway.this["use1-az4"].id
    error_message = "It goes out through the region."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : toset(endpoint.subnet_ids) == toset([aws_subnet.private["use1-az4"].id, aws_subnet.private["use1-az6"].id])])
    error_message = "Endpoints stand in the region's zones."
  }
}

run "endpoints_stand_only_in_zones_where_aws_offers_them" {
  command = apply

  assert {
    condition     = one(data.aws_availability_zones.this.filter).name == "zone-id" && one(data.aws_availability_zones.this.filter).values == toset(keys(var.zones))
    error_message = "Names are asked for the zones that are used, whatever others AWS adds."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["ec2", "ecr.api", "ecr.dkr", "eks-auth", "logs", "monitoring", "ssm", "ssmmessages", "sts"])
    error_message = "What nodes of all three orchestrators call."
  }

  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.interface :
      toset(endpoint.subnet_ids) == toset([for id in ["use1-az1", "use1-az2", "use1-az4", "use1-az5", "use1-az6"] : aws_subnet.private[id].id])
    ])
    error_message = "us-east-1e, in which AWS does not offer them, is use1-az3 in this account."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.vpc_endpoint_type == "Interface" && endpoint.private_dns_enabled && endpoint.security_group_ids == toset([aws_security_group.endpoints[0].id])])
    error_message = "Clients find them by the service's own name."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints_https[0].cidr_ipv4 == "10.0.0.0/16" && aws_vpc_security_group_ingress_rule.endpoints_https[0].from_port == 443 && aws_vpc_security_group_ingress_rule.endpoints_https[0].to_port == 443 && aws_vpc_security_group_ingress_rule.endpoints_https[0].ip_protocol == "tcp"
    error_message = "HTTPS from this VPC and nothing else."
  }
}

run "s3_and_dynamodb_are_reached_through_gateways_from_every_zone" {
  command = apply

  assert {
    condition     = toset(keys(aws_vpc_endpoint.gateway)) == toset(["dynamodb", "s3"]) && alltrue([for endpoint in aws_vpc_endpoint.gateway : endpoint.vpc_endpoint_type == "Gateway" && endpoint.route_table_ids == toset(values(aws_route_table.private)[*].id)])
    error_message = "Training data must not pay for a NAT gateway."
  }

  assert {
    condition     = alltrue([for service in ["dynamodb", "s3"] : data.aws_vpc_endpoint_service.gateway[service].service == service && data.aws_vpc_endpoint_service.gateway[service].service_type == "Gateway"])
    error_message = "S3 has an interface service of the same name."
  }

  assert {
    condition     = output.gateway_prefix_list_ids == { for service, endpoint in aws_vpc_endpoint.gateway : service => endpoint.prefix_list_id }
    error_message = "Security groups that let little out need the prefix lists."
  }
}

run "an_endpoint_service_that_is_in_none_of_the_zones_is_refused" {
  command = plan

  variables {
    interface_endpoints = ["ec2"]
  }

  override_data {
    target = data.aws_vpc_endpoint_service.interface
    values = { availability_zones = ["us-east-1g"] }
  }

  expect_failures = [aws_vpc_endpoint.interface["ec2"]]
}

run "without_interface_endpoints_there_is_no_group_for_them" {
  command = plan

  variables {
    interface_endpoints = []
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) + length(aws_security_group.endpoints) + length(aws_vpc_security_group_ingress_rule.endpoints_https) == 0 && length(aws_vpc_endpoint.gateway) == 2
    error_message = "Only the gateways remain."
  }
}

run "all_traffic_is_logged_encrypted_for_a_year" {
  command = apply

  variables {
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/boundary"
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_flow_log.this.vpc_id == aws_vpc.this.id && aws_flow_log.this.log_destination == aws_cloudwatch_log_group.flow_logs.arn && aws_flow_log.this.iam_role_arn == aws_iam_role.flow_logs.arn
    error_message = "The whole VPC, accepted and rejected."
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow_logs.kms_key_id == var.kms_key_arn && aws_cloudwatch_log_group.flow_logs.retention_in_days == 365 && aws_cloudwatch_log_group.flow_logs.name == "ml-main-use1-flow-logs"
    error_message = "By the key that was passed in."
  }

  assert {
    condition     = aws_iam_role.flow_logs.permissions_boundary == "arn:aws:iam::111111111111:policy/boundary" && aws_iam_role.flow_logs.name == "ml-main-use1-flow-logs"
    error_message = "The role is bounded where a boundary is given."
  }
}

run "only_flow_logs_of_this_account_and_region_assume_the_role" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.flow_logs.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "vpc-flow-logs.amazonaws.com" }
        Condition = {
          StringEquals = { "aws:SourceAccount" = "111111111111" }
          ArnLike      = { "aws:SourceArn" = "arn:aws:ec2:us-east-1:111111111111:vpc-flow-log/*" }
        }
      }]
    }
    error_message = "Without the conditions another account's flow logs could use it."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.flow_logs.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = [
          "arn:aws:logs:us-east-1:111111111111:log-group:ml-main-use1-flow-logs",
          "arn:aws:logs:us-east-1:111111111111:log-group:ml-main-use1-flow-logs:*",
        ]
      }]
    }
    error_message = "It writes to one log group."
  }
}

run "a_zone_where_capacity_is_sold_without_a_private_subnet_is_warned_of" {
  command = plan

  variables {
    zones = {
      use1-az4 = { slot = 3 }
      use1-az6 = { slot = 5 }
    }
  }

  expect_failures = [check.capacity_zones]
}

run "a_zone_where_none_of_the_bought_types_is_sold_may_have_a_private_subnet_or_none" {
  command = plan

  variables {
    capacity_instance_types = ["p6-b200.48xlarge"]
    zones = {
      use1-az4 = { slot = 3 }
      use1-az6 = { slot = 5 }
    }
  }

  override_data {
    target = data.aws_ec2_instance_type_offerings.capacity
    values = { locations = ["use1-az6"] }
  }

  assert {
    condition     = one(data.aws_ec2_instance_type_offerings.capacity.filter) == { name = "instance-type", values = toset(["p6-b200.48xlarge"]) } && data.aws_ec2_instance_type_offerings.capacity.location_type == "availability-zone-id"
    error_message = "Only the types that are bought are asked for, by zone id."
  }
}
