mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "null" {}

mock_provider "time" {}

mock_provider "tls" {}

mock_provider "cloudinit" {}

variables {
  name                     = "ml-training"
  vpc_id                   = "vpc-0123456789abcdef0"
  control_plane_subnet_ids = { use1-az4 = "subnet-00000000000000004", use1-az6 = "subnet-00000000000000006" }
  private_subnet_ids       = { use1-az4 = "subnet-00000000000000014", use1-az6 = "subnet-00000000000000016" }
  efa_security_group_id    = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  now                      = "2026-12-01T00:00:00Z"

  access_entries = {
    administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
  }


  capacity_blocks = {
    p5-december = {
      reservation_id = "cr-0123456789abcdef0"
      instance_type  = "p5.48xlarge"
      count          = 4
      zone_id        = "use1-az6"
      starts_at      = "2026-12-17T11:30:00Z"
      ends_at        = "2026-12-24T11:30:00Z"
    }
  }

}

run "the_example_plans" {
  command = plan

  module {
    source = "./examples/basic"
  }
}

run "a_block_has_all_three_settings_one_zone_and_no_node_at_first" {
  assert {
    condition = [for key in ["capacity_type", "instance_types", "subnet_ids", "min_size", "max_size", "desired_size", "enable_efa_support", "create_placement_group", "create_security_group"] : output.node_group_settings["p5-december"][key]] == [
      "CAPACITY_BLOCK", ["p5.48xlarge"], ["subnet-00000000000000016"], 0, 4, 0, false, false, false
    ]
    error_message = jsonencode(output.node_group_settings["p5-december"])
  }

  assert {
    condition     = output.node_group_settings["p5-december"].instance_market_options.market_type == "capacity-block"
    error_message = "without it the nodes would be on demand"
  }

  assert {
    condition     = output.node_group_settings["p5-december"].capacity_reservation_specification.capacity_reservation_target.capacity_reservation_id == "cr-0123456789abcdef0"
    error_message = "without it no node starts"
  }

  assert {
    condition     = !strcontains(jsonencode(output.node_group_settings["system"]), "cr-")
    error_message = "the reservation is the block's group's, and no other's"
  }

  assert {
    condition     = output.node_group_settings["p5-december"].ami_type == "AL2023_x86_64_NVIDIA" && [for taint in output.node_group_settings["p5-december"].taints : taint.key] == ["nvidia.com/gpu"]
    error_message = "an NVIDIA image, and only for pods that ask for a GPU"
  }

  assert {
    condition     = output.node_group_settings["p5-december"].update_config == { max_unavailable = 1, update_strategy = "MINIMAL" }
    error_message = "an update must not ask for a machine beside the block's"
  }

  assert {
    condition     = strcontains(output.node_group_settings["p5-december"].cloudinit_pre_nodeadm[0].content, "\"strategy\": \"RAID0\"")
    error_message = output.node_group_settings["p5-december"].cloudinit_pre_nodeadm[0].content
  }

  assert {
    condition = output.capacity_blocks["p5-december"] == {
      reservation_id  = "cr-0123456789abcdef0"
      instance_type   = "p5.48xlarge"
      count           = 4
      zone_id         = "use1-az6"
      subnet_id       = "subnet-00000000000000016"
      node_group_name = "p5-december-2026"
      node_group_arn  = "arn:aws:eks:us-east-1:111111111111:nodegroup/ml-training/p5-december-2026/11111111-1111-1111-1111-111111111111"
      efa_interfaces  = 32
      scale_out_at    = "2026-12-17T11:30:00Z"
      scale_in_at     = "2026-12-24T10:45:00Z"
      usable_end      = "2026-12-24T11:00:00Z"
    }
    error_message = jsonencode(output.capacity_blocks)
  }
}

# What terraform-aws-eks makes of it, by its own code.
run "terraform_aws_eks_makes_32_interfaces_and_no_placement_group_for_p5_48xlarge" {
  command = plan

  module {
    source  = "terraform-aws-modules/eks/aws//modules/eks-managed-node-group"
    version = "21.19.0"
  }

  variables {
    name                               = "p5-december"
    cluster_name                       = "ml-training"
    cluster_service_cidr               = "172.20.0.0/16"
    kubernetes_version                 = "1.34"
    vpc_security_group_ids             = ["sg-0000000000000000e"]
    subnet_ids                         = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].subnet_ids
    min_size                           = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].min_size
    max_size                           = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].max_size
    desired_size                       = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].desired_size
    ami_type                           = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].ami_type
    use_latest_ami_release_version     = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].use_latest_ami_release_version
    capacity_type                      = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].capacity_type
    instance_types                     = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].instance_types
    instance_market_options            = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].instance_market_options
    capacity_reservation_specification = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].capacity_reservation_specification
    network_interfaces                 = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].network_interfaces
    enable_efa_support                 = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].enable_efa_support
    create_placement_group             = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].create_placement_group
    create_security_group              = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].create_security_group
    block_device_mappings              = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].block_device_mappings
    tag_specifications                 = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].tag_specifications
    tags                               = { Team = "ml-platform" }
    metadata_options                   = run.a_block_has_all_three_settings_one_zone_and_no_node_at_first.node_group_settings["p5-december"].metadata_options
  }

  assert {
    condition     = length(aws_launch_template.this[0].network_interfaces) == 32 && length(distinct(aws_launch_template.this[0].network_interfaces[*].network_card_index)) == 32
    error_message = "one on each of the 32 cards"
  }

  assert {
    condition     = aws_launch_template.this[0].network_interfaces[0].interface_type == "efa" && toset(slice(aws_launch_template.this[0].network_interfaces[*].interface_type, 1, 32)) == toset(["efa-only"])
    error_message = "the first has an address, the others carry EFA only"
  }

  assert {
    condition     = alltrue([for interface in aws_launch_template.this[0].network_interfaces : toset(interface.security_groups) == toset(["sg-0123456789abcdef0", "sg-0000000000000000e"]) && interface.delete_on_termination == "true"])
    error_message = "each is in EFA's group and the nodes', and goes with its instance"
  }

  assert {
    condition     = length(aws_placement_group.this) == 0 && length(aws_launch_template.this[0].placement) == 0
    error_message = "a block in a placement group finds no capacity"
  }

  assert {
    condition     = length(aws_launch_template.this[0].tag_specifications) == 0
    error_message = "a changed tag would replace every node in the middle of a job"
  }

  assert {
    condition     = aws_launch_template.this[0].instance_type == "p5.48xlarge"
    error_message = "of a block the template names the type"
  }

  assert {
    condition     = aws_launch_template.this[0].instance_market_options[0].market_type == "capacity-block" && aws_launch_template.this[0].capacity_reservation_specification[0].capacity_reservation_target[0].capacity_reservation_id == "cr-0123456789abcdef0" && aws_eks_node_group.this[0].capacity_type == "CAPACITY_BLOCK"
    error_message = "all three settings arrive"
  }

  assert {
    condition     = [for size in ["min_size", "max_size", "desired_size"] : aws_eks_node_group.this[0].scaling_config[0][size]] == [0, 4, 0]
    error_message = jsonencode(aws_eks_node_group.this[0].scaling_config)
  }

  assert {
    condition     = aws_launch_template.this[0].metadata_options[0].http_tokens == "required" && aws_launch_template.this[0].metadata_options[0].http_put_response_hop_limit == 1
    error_message = "pods do not get at the node's role"
  }

  assert {
    condition     = aws_launch_template.this[0].block_device_mappings[0].ebs[0].kms_key_id == "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
    error_message = "volumes are under the customer's key"
  }
}

run "each_type_has_its_own_cards_and_efa_interfaces" {
  command = plan

  assert {
    condition = { for type, interfaces in local.network_interfaces : type => length([for interface in interfaces : interface if interface.interface_type != null]) } == {
      "g6e.24xlarge"     = 2
      "g6e.48xlarge"     = 4
      "g7e.24xlarge"     = 2
      "g7e.48xlarge"     = 4
      "p4d.24xlarge"     = 4
      "p4de.24xlarge"    = 4
      "p5.4xlarge"       = 1
      "p5.48xlarge"      = 32
      "p5e.48xlarge"     = 32
      "p5en.48xlarge"    = 16
      "p6-b200.48xlarge" = 8
      "p6-b300.48xlarge" = 16
      "trn1.32xlarge"    = 8
      "trn1n.32xlarge"   = 16
      "trn2.3xlarge"     = 1
      "trn2.48xlarge"    = 16
      "trn2u.48xlarge"   = 16
    }
    error_message = "EC2's MaximumEfaInterfaces"
  }

  assert {
    condition     = alltrue([for interfaces in local.network_interfaces : length(distinct([for interface in interfaces : interface.network_card_index])) == length(interfaces) && interfaces[0].device_index == 0 && interfaces[0].network_card_index == 0])
    error_message = "one on each card, and the primary one is device 0 of card 0"
  }

  assert {
    condition     = alltrue([for interfaces in local.network_interfaces : coalesce(interfaces[0].interface_type, "ena") != "efa-only"])
    error_message = "EC2 takes no primary interface without an address"
  }

  assert {
    condition     = alltrue([for interfaces in local.network_interfaces : alltrue([for interface in interfaces : !interface.associate_public_ip_address])])
    error_message = "EC2 gives no public address to several interfaces"
  }
}

run "p6_b300_has_17_cards_of_which_the_first_is_ena" {
  variables {
    capacity_blocks = {
      b300 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p6-b300.48xlarge"
        count          = 1
        zone_id        = "use1-az4"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  assert {
    condition     = length(output.node_group_settings["b300"].network_interfaces) == 17 && output.node_group_settings["b300"].network_interfaces[0].interface_type == null
    error_message = "EFA on card 0 is refused"
  }

  assert {
    condition     = toset([for interface in slice(output.node_group_settings["b300"].network_interfaces, 1, 17) : "${interface.interface_type} ${interface.device_index}"]) == toset(["efa-only 0"])
    error_message = "EFA starts at device 0 of the other 16"
  }

  assert {
    condition     = output.node_group_settings["b300"].subnet_ids == ["subnet-00000000000000014"] && output.capacity_blocks["b300"].efa_interfaces == 16
    error_message = "the block's zone, and 16 EFA interfaces"
  }
}

run "trainium_takes_the_neuron_image_and_its_taint" {
  variables {
    capacity_blocks = {
      trn2 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "trn2.48xlarge"
        count          = 2
        zone_id        = "use1-az4"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  assert {
    condition     = output.node_group_settings["trn2"].ami_type == "AL2023_x86_64_NEURON" && [for taint in output.node_group_settings["trn2"].taints : taint.key] == ["aws.amazon.com/neuron"] && length(output.node_group_settings["trn2"].network_interfaces) == 16
    error_message = jsonencode(output.node_group_settings["trn2"])
  }
}

run "two_blocks_are_two_groups_each_with_its_own_reservation_and_zone" {
  variables {
    capacity_blocks = {
      first = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
      second = {
        reservation_id = "cr-0fedcba9876543210"
        instance_type  = "p5en.48xlarge"
        count          = 2
        zone_id        = "use1-az4"
        starts_at      = "2026-12-18T11:30:00Z"
        ends_at        = "2026-12-19T11:30:00Z"
        labels         = { team = "vision" }
        taints         = {}
      }
    }
  }

  assert {
    condition = { for name, group in output.node_group_settings : name => [group.capacity_reservation_specification.capacity_reservation_target.capacity_reservation_id, group.subnet_ids[0]] if can(group.capacity_reservation_specification) } == {
      first  = ["cr-0123456789abcdef0", "subnet-00000000000000016"]
      second = ["cr-0fedcba9876543210", "subnet-00000000000000014"]
    }
    error_message = jsonencode(output.node_group_settings)
  }

  assert {
    condition     = output.node_group_settings["second"].labels["team"] == "vision" && output.node_group_settings["second"].labels["ml-clusters/capacity-block"] == "second" && length(output.node_group_settings["second"].taints) == 0
    error_message = "labels are added, taints are as given"
  }
}

run "without_blocks_there_are_no_schedules_and_no_role_for_them" {
  command = plan

  variables {
    capacity_blocks = {}
  }

  assert {
    condition     = length(aws_scheduler_schedule.this) + length(aws_scheduler_schedule_group.this) + length(aws_iam_role.scheduler) + length(aws_iam_role_policy.scheduler) + length(terraform_data.registered) == 0
    error_message = "something was made"
  }
}

