mock_provider "aws" {
  source = "./tests/mocks/us-east-1"
}

mock_provider "aws" {
  alias  = "west"
  source = "./tests/mocks/us-west-2"
}

variables {
  name         = "ml-main-use1"
  cidr         = "10.0.0.0/16"
  nat_zone_ids = ["use1-az4"]
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

run "the_ruler_sees_an_overlap_and_a_stray" {
  module {
    source = "./tests/ranges"
  }

  variables {
    within = "10.0.0.0/16"
    blocks = {
      a = "10.0.0.0/19"
      b = "10.0.31.0/24"
      c = "10.0.32.0/19"
      d = "10.1.0.0/24"
    }
  }

  assert {
    condition     = jsonencode(output.overlapping) == jsonencode(["a b"])
    error_message = "Only a and b share addresses."
  }

  assert {
    condition     = jsonencode(output.outside) == jsonencode(["d"])
    error_message = "Only d lies outside."
  }
}

run "the_table_of_main_us_east_1_stays_as_it_is" {
  command = plan

  assert {
    condition = output.subnet_cidrs == {
      private = {
        use1-az1 = "10.0.0.0/19", use1-az2 = "10.0.32.0/19", use1-az3 = "10.0.64.0/19"
        use1-az4 = "10.0.96.0/19", use1-az5 = "10.0.128.0/19", use1-az6 = "10.0.160.0/19"
      }
      control_plane = {
        use1-az1 = "10.0.240.0/26", use1-az2 = "10.0.240.64/26"
        use1-az4 = "10.0.240.192/26", use1-az5 = "10.0.241.0/26", use1-az6 = "10.0.241.64/26"
      }
      public = {
        use1-az1 = "10.0.255.0/24", use1-az2 = "10.0.254.0/24", use1-az3 = "10.0.253.0/24"
        use1-az4 = "10.0.252.0/24", use1-az5 = "10.0.251.0/24", use1-az6 = "10.0.250.0/24"
      }
    }
    error_message = "These blocks are in use: another table replaces subnets, and what is in them."
  }
}

run "the_table_of_main_us_west_2_stays_as_it_is" {
  command = plan

  providers = { aws = aws.west }

  variables {
    kms_key_arn  = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000000"
    name         = "ml-main-usw2"
    cidr         = "10.1.0.0/16"
    nat_zone_ids = ["usw2-az2"]
    zones = {
      usw2-az1 = { slot = 0 }
      usw2-az2 = { slot = 1 }
      usw2-az3 = { slot = 2 }
      usw2-az4 = { slot = 3 }
    }
  }

  assert {
    condition = output.subnet_cidrs == {
      private       = { usw2-az1 = "10.1.0.0/19", usw2-az2 = "10.1.32.0/19", usw2-az3 = "10.1.64.0/19", usw2-az4 = "10.1.96.0/19" }
      control_plane = { usw2-az1 = "10.1.240.0/26", usw2-az2 = "10.1.240.64/26", usw2-az3 = "10.1.240.128/26", usw2-az4 = "10.1.240.192/26" }
      public        = { usw2-az1 = "10.1.255.0/24", usw2-az2 = "10.1.254.0/24", usw2-az3 = "10.1.253.0/24", usw2-az4 = "10.1.252.0/24" }
    }
    error_message = "These blocks are in use: another table replaces subnets, and what is in them."
  }
}

run "secondary_us_east_1_has_the_same_rows_in_its_own_block" {
  command = plan

  variables {
    name = "ml-secondary-use1"
    cidr = "10.2.0.0/16"
  }

  assert {
    condition     = output.subnet_cidrs == jsondecode(replace(jsonencode(run.the_table_of_main_us_east_1_stays_as_it_is.subnet_cidrs), "10.0.", "10.2."))
    error_message = "The slots alone decide the rows."
  }
}

run "secondary_us_west_2_has_the_same_rows_in_its_own_block" {
  command = plan

  providers = { aws = aws.west }

  variables {
    kms_key_arn  = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000000"
    name         = "ml-secondary-usw2"
    cidr         = "10.3.0.0/16"
    nat_zone_ids = ["usw2-az2"]
    zones = {
      usw2-az1 = { slot = 0 }
      usw2-az2 = { slot = 1 }
      usw2-az3 = { slot = 2 }
      usw2-az4 = { slot = 3 }
    }
  }

  assert {
    condition     = output.subnet_cidrs == jsondecode(replace(jsonencode(run.the_table_of_main_us_west_2_stays_as_it_is.subnet_cidrs), "10.1.", "10.3."))
    error_message = "The slots alone decide the rows."
  }
}

run "no_two_subnets_overlap_and_all_lie_within_the_vpc" {
  module {
    source = "./tests/ranges"
  }

  variables {
    within = run.the_table_of_main_us_east_1_stays_as_it_is.cidr
    blocks = merge([
      for tier, blocks in run.the_table_of_main_us_east_1_stays_as_it_is.subnet_cidrs : { for id, block in blocks : "${tier} ${id}" => block }
    ]...)
  }

  assert {
    condition     = length(var.blocks) == 6 + 5 + 6
    error_message = "A subnet of each tier in each zone, but none for the control plane in use1-az3."
  }

  assert {
    condition     = length(output.overlapping) == 0
    error_message = "Overlapping: ${join(", ", output.overlapping)}."
  }

  assert {
    condition     = length(output.outside) == 0
    error_message = "Outside: ${join(", ", output.outside)}."
  }
}

run "no_two_subnets_of_the_four_account_regions_overlap" {
  module {
    source = "./tests/ranges"
  }

  variables {
    within = "10.0.0.0/14"
    blocks = merge(flatten([
      for network, tiers in {
        "main use1"      = run.the_table_of_main_us_east_1_stays_as_it_is.subnet_cidrs
        "main usw2"      = run.the_table_of_main_us_west_2_stays_as_it_is.subnet_cidrs
        "secondary use1" = run.secondary_us_east_1_has_the_same_rows_in_its_own_block.subnet_cidrs
        "secondary usw2" = run.secondary_us_west_2_has_the_same_rows_in_its_own_block.subnet_cidrs
      } : [for tier, blocks in tiers : { for id, block in blocks : "${network} ${tier} ${id}" => block }]
    ])...)
  }

  assert {
    condition     = length(var.blocks) == 2 * (6 + 5 + 6) + 2 * (4 + 4 + 4)
    error_message = "Every subnet of the four networks is looked at."
  }

  assert {
    condition     = length(output.overlapping) == 0
    error_message = "Overlapping: ${join(", ", output.overlapping)}."
  }

  assert {
    condition     = length(output.outside) == 0
    error_message = "Outside: ${join(", ", output.outside)}."
  }
}

# Twelve zones with every slot taken, which no region has: the rows stay apart up to the last.
run "the_table_with_every_slot_taken" {
  command = plan

  variables {
    private_subnet_prefix = 20
    nat_zone_ids          = ["use1-az1"]
    zones                 = { for slot in range(12) : "use1-az${slot + 1}" => { slot = slot } }
  }
}

run "a_full_table_does_not_overlap_either" {
  module {
    source = "./tests/ranges"
  }

  variables {
    within = "10.0.0.0/16"
    blocks = merge([
      for tier, blocks in run.the_table_with_every_slot_taken.subnet_cidrs : { for id, block in blocks : "${tier} ${id}" => block }
    ]...)
  }

  assert {
    condition     = length(var.blocks) == 12 + 11 + 12 && length(output.overlapping) == 0 && length(output.outside) == 0
    error_message = "Overlapping: ${join(", ", output.overlapping)}. Outside: ${join(", ", output.outside)}."
  }
}

run "a_new_zone_leaves_the_blocks_of_the_others_as_they_are" {
  command = plan

  variables {
    zones = {
      use1-az4      = { slot = 3 }
      use1-az6      = { slot = 5 }
      use1-atl2-az1 = { slot = 6 }
    }
  }

  override_data {
    target = data.aws_ec2_instance_type_offerings.capacity
    values = { locations = ["use1-az4", "use1-az6", "use1-atl2-az1"] }
  }

  assert {
    condition = output.subnet_cidrs == {
      private       = { use1-az4 = "10.0.96.0/19", use1-az6 = "10.0.160.0/19", use1-atl2-az1 = "10.0.192.0/19" }
      control_plane = { use1-az4 = "10.0.240.192/26", use1-az6 = "10.0.241.64/26" }
      public        = { use1-az4 = "10.0.252.0/24", use1-az6 = "10.0.250.0/24" }
    }
    error_message = "A block depends on the slot alone, not on which other zones there are."
  }
}

run "one_zone_may_be_larger" {
  command = plan

  variables {
    private_subnet_prefix = 20
    hyperpod_instances    = { use1-az6 = { eks = 256 } }
    zones = {
      use1-az4 = { slot = 8 }
      use1-az6 = { slot = 9, private_cidr = "10.0.0.0/17" }
    }
  }

  override_data {
    target = data.aws_ec2_instance_type_offerings.capacity
    values = { locations = ["use1-az4", "use1-az6"] }
  }

  assert {
    condition     = aws_subnet.private["use1-az6"].cidr_block == "10.0.0.0/17" && aws_subnet.private["use1-az4"].cidr_block == "10.0.128.0/20"
    error_message = "private_cidr replaces the block of the slot, in its zone only."
  }
}

run "a_private_cidr_that_overlaps_another_zone_is_refused" {
  command = plan

  variables {
    zones = {
      use1-az4 = { slot = 3 }
      use1-az6 = { slot = 5, private_cidr = "10.0.64.0/18" }
    }
  }

  expect_failures = [aws_vpc.this, check.capacity_zones]
}

run "a_private_cidr_over_the_public_and_control_plane_blocks_is_refused" {
  command = plan

  variables {
    zones = {
      use1-az4 = { slot = 3 }
      use1-az6 = { slot = 5, private_cidr = "10.0.252.0/22" }
    }
  }

  expect_failures = [aws_vpc.this, check.capacity_zones]
}

run "a_private_cidr_outside_of_the_vpc_is_refused" {
  command = plan

  variables {
    zones = {
      use1-az4 = { slot = 3 }
      use1-az6 = { slot = 5, private_cidr = "10.1.0.0/19" }
    }
  }

  expect_failures = [aws_vpc.this, check.capacity_zones]
}

run "a_private_cidr_around_the_vpc_is_refused" {
  command = plan

  variables {
    zones = {
      use1-az4 = { slot = 3 }
      use1-az6 = { slot = 5, private_cidr = "10.0.0.0/15" }
    }
  }

  expect_failures = [aws_vpc.this, check.capacity_zones]
}

run "hyperpod_takes_32_addresses_an_instance_on_slurm_and_81_on_eks" {
  command = plan

  # A /19 has 8,192; AWS keeps 5 and nine endpoints take one each: 8,178.
  assert {
    condition     = local.free_addresses["use1-az6"] == 8178 && output.hyperpod_instances_that_fit["use1-az6"] == { slurm = 255, eks = 100 }
    error_message = "floor(8178 / 32) and floor(8178 / 81)."
  }
}

run "as_many_hyperpod_instances_as_fit_are_accepted" {
  command = plan

  variables {
    hyperpod_instances = {
      use1-az4 = { slurm = 255 }
      use1-az5 = { slurm = 2, eks = 100 }
      use1-az6 = { eks = 100 }
    }
  }

  assert {
    condition     = local.hyperpod_needs == { use1-az4 = 8160, use1-az5 = 8164, use1-az6 = 8100 }
    error_message = "Both orchestrators may share a zone."
  }
}

run "one_hyperpod_instance_too_many_is_refused_in_its_zone" {
  command = plan

  variables {
    hyperpod_instances = {
      use1-az4 = { slurm = 256 }
      use1-az5 = { slurm = 3, eks = 100 }
      use1-az6 = { eks = 101 }
      use1-az1 = { eks = 100 }
    }
  }

  expect_failures = [aws_subnet.private["use1-az4"], aws_subnet.private["use1-az5"], aws_subnet.private["use1-az6"]]
}

run "the_prefix_that_hyperpod_needs_is_the_one_that_is_named" {
  command = plan

  variables {
    interface_endpoints = []
    hyperpod_instances = {
      use1-az1 = { eks = 0 }
      use1-az2 = { slurm = 7 }            # 224 of 251
      use1-az3 = { slurm = 8 }            # 256: not of 251
      use1-az4 = { eks = 64 }             # 5,184 of 8,187
      use1-az5 = { slurm = 63, eks = 76 } # 8,172 of 8,187
      use1-az6 = { eks = 101 }            # 8,181 of 8,187
    }
  }

  assert {
    condition     = local.hyperpod_prefixes == { use1-az1 = 28, use1-az2 = 24, use1-az3 = 23, use1-az4 = 19, use1-az5 = 19, use1-az6 = 19 }
    error_message = "The smallest subnet with so many addresses beside the five that AWS keeps."
  }
}

run "a_block_too_small_for_its_endpoints_holds_no_instance" {
  command = plan

  variables {
    zones = {
      use1-az1 = { slot = 0 }
      use1-az2 = { slot = 1 }
      use1-az3 = { slot = 2 }
      use1-az4 = { slot = 3 }
      use1-az5 = { slot = 4, private_cidr = "10.0.128.0/28" }
      use1-az6 = { slot = 5 }
    }
    interface_endpoints = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "fsx", "logs", "monitoring", "sqs", "ssm", "ssmmessages", "sts"]
  }

  assert {
    condition     = output.hyperpod_instances_that_fit["use1-az5"] == { slurm = 0, eks = 0 }
    error_message = "Never a negative number."
  }
}

run "the_readme_shows_the_table_as_it_is" {
  command = plan

  assert {
    condition = alltrue([
      for id, zone in var.zones : strcontains(file("./README.md"), format(
        "| %d | %s | %s | %s | %s | %s |", zone.slot, id, zone.slot < 4 ? "usw2-az${zone.slot + 1}" : "–", output.subnet_cidrs.private[id],
        id == "use1-az3" ? "10.0.240.128/26 (not in use1-az3)" : output.subnet_cidrs.control_plane[id], output.subnet_cidrs.public[id],
      ))
    ])
    error_message = "A row of the README's table is not what the module gives out."
  }

  assert {
    condition     = strcontains(file("./README.md"), "has 8,178: 255 instances on Slurm, 100 on") && output.hyperpod_instances_that_fit["use1-az1"] == { slurm = 255, eks = 100 }
    error_message = "The README's figures for HyperPod are those that are computed."
  }
}
