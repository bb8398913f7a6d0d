mock_provider "aws" {
  source = "./tests/mocks/us-east-1"
}

variables {
  name         = "ml-main-use1"
  cidr         = "10.0.0.0/16"
  nat_zone_ids = []
  kms_key_arn  = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
  zones = {
    use1-az1 = { slot = 0 }
    use1-az2 = { slot = 1 }
    use1-az3 = { slot = 2 }
    use1-az4 = { slot = 3 }
    use1-az5 = { slot = 4 }
    use1-az6 = { slot = 5 }
  }
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "ML"
  }

  expect_failures = [var.name]
}

run "a_name_that_ends_with_a_hyphen_is_refused" {
  command = plan

  variables {
    name = "ml-"
  }

  expect_failures = [var.name]
}

run "a_name_too_long_for_its_role_is_refused" {
  command = plan

  variables {
    name = "a23456789b123456789c123456789d123456789e1"
  }

  expect_failures = [var.name]
}

run "a_vpc_smaller_than_a_16_is_refused" {
  command = plan

  variables {
    cidr = "10.0.0.0/17"
  }

  expect_failures = [var.cidr]
}

run "a_vpc_block_with_host_bits_is_refused" {
  command = plan

  variables {
    cidr = "10.0.1.0/16"
  }

  expect_failures = [var.cidr]
}

run "a_vpc_block_that_is_no_address_is_refused" {
  command = plan

  variables {
    cidr = "10.0/16"
  }

  expect_failures = [var.cidr]
}

run "a_vpc_of_public_addresses_is_refused" {
  command = plan

  variables {
    cidr = "11.0.0.0/16"
  }

  expect_failures = [var.cidr]
}

run "a_vpc_just_outside_of_172_16_is_refused" {
  command = plan

  variables {
    cidr = "172.32.0.0/16"
  }

  expect_failures = [var.cidr]
}

run "a_vpc_of_kubernetes_services_is_refused" {
  command = plan

  variables {
    cidr = "172.20.0.0/16"
  }

  expect_failures = [var.cidr]
}

run "a_slot_over_what_the_prefix_holds_is_accepted_with_a_private_cidr" {
  command = plan

  variables {
    zones = {
      use1-az1 = { slot = 9, private_cidr = "10.0.192.0/19" }
      use1-az2 = { slot = 0 }
      use1-az3 = { slot = 1 }
      use1-az4 = { slot = 2 }
      use1-az5 = { slot = 3 }
      use1-az6 = { slot = 4 }
    }
  }

  assert {
    condition     = aws_subnet.private["use1-az1"].cidr_block == "10.0.192.0/19"
    error_message = "The zone has the block that was given."
  }
}

run "a_key_of_another_region_is_refused" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000000"
  }

  expect_failures = [aws_cloudwatch_log_group.flow_logs]
}

run "a_zone_name_is_refused" {
  command = plan

  variables {
    zones = { us-east-1a = { slot = 0 }, use1-az1 = { slot = 1 }, use1-az2 = { slot = 2 } }
  }

  expect_failures = [var.zones]
}

run "zones_of_two_regions_are_refused" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 0 }, use1-az2 = { slot = 1 }, usw2-az1 = { slot = 2 } }
  }

  expect_failures = [var.zones]
}

run "one_zone_beside_the_one_that_eks_refuses_is_too_few" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 0 }, use1-az3 = { slot = 1 } }
  }

  expect_failures = [var.zones]
}

run "one_zone_beside_a_local_zone_is_too_few" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 0 }, use1-atl2-az1 = { slot = 1 } }
  }

  expect_failures = [var.zones]
}

run "one_slot_for_two_zones_is_refused" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 0 }, use1-az2 = { slot = 0 } }
  }

  expect_failures = [var.zones]
}

run "a_negative_slot_is_refused" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = -1 }, use1-az2 = { slot = 0 } }
  }

  expect_failures = [var.zones]
}

run "half_a_slot_is_refused" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 0.5 }, use1-az2 = { slot = 0 } }
  }

  expect_failures = [var.zones]
}

run "a_slot_over_the_public_blocks_is_refused" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 7 }, use1-az2 = { slot = 0 } }
  }

  expect_failures = [var.zones]
}

run "a_slot_beyond_the_public_blocks_is_refused_with_a_private_cidr_too" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 12, private_cidr = "10.0.32.0/19" }, use1-az2 = { slot = 0 } }
  }

  expect_failures = [var.zones]
}

run "a_private_cidr_with_host_bits_is_refused" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 0, private_cidr = "10.0.1.0/19" }, use1-az2 = { slot = 1 } }
  }

  expect_failures = [var.zones]
}

run "a_private_cidr_too_small_for_a_subnet_is_refused" {
  command = plan

  variables {
    zones = { use1-az1 = { slot = 0, private_cidr = "10.0.0.0/29" }, use1-az2 = { slot = 1 } }
  }

  expect_failures = [var.zones]
}

run "private_subnets_of_half_the_vpc_are_refused" {
  command = plan

  variables {
    private_subnet_prefix = 17
    zones                 = { use1-az1 = { slot = 0 }, use1-az2 = { slot = 1, private_cidr = "10.0.128.0/19" } }
  }

  expect_failures = [var.private_subnet_prefix]
}

run "tiny_private_subnets_are_refused" {
  command = plan

  variables {
    private_subnet_prefix = 25
  }

  expect_failures = [var.private_subnet_prefix]
}

run "a_nat_gateway_in_a_zone_without_subnets_is_refused" {
  command = plan

  variables {
    nat_zone_ids = ["use1-az7"]
  }

  expect_failures = [var.nat_zone_ids]
}

run "a_nat_gateway_in_a_local_zone_is_refused" {
  command = plan

  variables {
    nat_zone_ids = ["use1-atl2-az1"]
    zones        = { use1-az1 = { slot = 0 }, use1-az2 = { slot = 1 }, use1-atl2-az1 = { slot = 6 } }
  }

  expect_failures = [var.nat_zone_ids, check.capacity_zones]
}

run "a_whole_endpoint_service_name_is_refused" {
  command = plan

  variables {
    interface_endpoints = ["com.amazonaws.us-east-1.sts"]
  }

  expect_failures = [var.interface_endpoints]
}

run "an_endpoint_service_name_with_capitals_is_refused" {
  command = plan

  variables {
    interface_endpoints = ["STS"]
  }

  expect_failures = [var.interface_endpoints]
}

run "an_interface_endpoint_for_s3_is_refused" {
  command = plan

  variables {
    interface_endpoints = ["s3"]
  }

  expect_failures = [var.interface_endpoints]
}

run "hyperpod_instances_in_a_zone_without_subnets_are_refused" {
  command = plan

  variables {
    hyperpod_instances = { use1-az7 = { eks = 0 } }
  }

  expect_failures = [var.hyperpod_instances]
}

run "half_a_hyperpod_instance_is_refused" {
  command = plan

  variables {
    hyperpod_instances = { use1-az4 = { eks = 0.5 } }
  }

  expect_failures = [var.hyperpod_instances]
}

run "a_negative_number_of_hyperpod_instances_is_refused" {
  command = plan

  variables {
    hyperpod_instances = { use1-az4 = { slurm = -1 } }
  }

  expect_failures = [var.hyperpod_instances]
}

run "no_instance_type_at_all_is_refused" {
  command = plan

  variables {
    capacity_instance_types = []
  }

  expect_failures = [var.capacity_instance_types]
}

run "an_instance_type_of_sagemaker_is_refused" {
  command = plan

  variables {
    capacity_instance_types = ["ml.p5.48xlarge"]
  }

  expect_failures = [var.capacity_instance_types]
}

run "an_alias_of_a_key_is_refused" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:111111111111:alias/logs"
  }

  expect_failures = [var.kms_key_arn]
}

run "flow_logs_kept_for_less_than_a_year_are_refused" {
  command = plan

  variables {
    flow_log_retention_days = 90
  }

  expect_failures = [var.flow_log_retention_days]
}

run "a_boundary_by_name_is_refused" {
  command = plan

  variables {
    permissions_boundary_arn = "boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}
