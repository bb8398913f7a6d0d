mock_provider "aws-parallelcluster" {}

variables {
  name     = "ml-training"
  region   = "us-east-1"
  template = "./tests/templates/spoilt.yaml"

  head_node = { zone_id = "use1-az4" }
  subnet_ids = {
    use1-az4 = "subnet-0123456789abcdef4"
    use1-az6 = "subnet-0123456789abcdef6"
  }
  efa_security_group_id = "sg-0123456789abcdef0"
  security_group_ids    = ["sg-0123456789abcdef1"]

  roles = {
    head    = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-head-node"
    compute = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-compute-node"
    lambda  = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-lambda"
  }
  permissions_boundary_arn = "arn:aws:iam::111111111111:policy/ml-clusters-boundary"

  capacity_blocks = {
    train = {
      reservation_id = "cr-0123456789abcdef0"
      instance_type  = "p5.48xlarge"
      count          = 8
      zone_id        = "use1-az6"
      starts_at      = "2099-12-17T11:30:00Z"
      ends_at        = "2099-12-24T11:30:00Z"
    }
  }
}

run "a_template_that_keeps_the_rules_is_taken" {
  command = plan

  variables {
    tags = { spoil = "nothing" }
  }

  assert {
    condition     = yamldecode(output.configuration).Scheduling.SlurmQueues[0].ComputeResources[0].CapacityReservationTarget.CapacityReservationId == "cr-0123456789abcdef0"
    error_message = "The template is otherwise sound, so that what is refused below is refused for what it spoils."
  }
}

run "fewer_nodes_at_least_than_at_most_are_refused" {
  command = plan

  variables {
    tags = { spoil = "min" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_part_of_the_block_is_refused" {
  command = plan

  variables {
    tags = { spoil = "fewer" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_block_without_its_reservation_is_refused" {
  command = plan

  variables {
    tags = { spoil = "no_reservation" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_reservation_that_is_not_of_the_input_is_refused" {
  command = plan

  variables {
    tags = { spoil = "other_reservation" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_block_that_no_queue_takes_is_refused" {
  command = plan

  variables {
    tags = { spoil = "capacity_type" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_block_that_is_taken_twice_is_refused" {
  command = plan

  variables {
    tags = { spoil = "twice" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "an_allocation_strategy_is_refused" {
  command = plan

  variables {
    tags = { spoil = "strategy" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "flexible_instances_are_refused" {
  command = plan

  variables {
    tags = { spoil = "flexible" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "another_instance_type_than_the_blocks_is_refused" {
  command = plan

  variables {
    tags = { spoil = "other_type" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "two_subnets_are_refused" {
  command = plan

  variables {
    tags = { spoil = "two_subnets" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "the_subnet_of_another_zone_is_refused" {
  command = plan

  variables {
    tags = { spoil = "other_zone" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_block_without_efa_is_refused" {
  command = plan

  variables {
    tags = { spoil = "no_efa" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_block_outside_efas_group_is_refused" {
  command = plan

  variables {
    tags = { spoil = "no_efa_group" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_placement_group_of_its_own_is_refused" {
  command = plan

  variables {
    tags = { spoil = "placement_group" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "a_placement_group_of_the_queue_is_refused" {
  command = plan

  variables {
    tags = { spoil = "queue_placement_group" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "another_region_than_the_apis_is_refused" {
  command = plan

  variables {
    tags = { spoil = "region" }
  }

  expect_failures = [terraform_data.block_rules]
}

run "the_cluster_alone_is_planned_by_the_rules_too" {
  command = plan

  variables {
    tags = { spoil = "min" }
  }

  plan_options {
    target = [module.this]
  }

  expect_failures = [terraform_data.block_rules]
}

# Planned alone, a record takes the cluster with it, and that its rules: of a cluster that was not made there is none.
run "the_record_of_a_cluster_waits_for_it" {
  command = plan

  variables {
    tags = { spoil = "min" }
  }

  plan_options {
    target = [terraform_data.created_with]
  }

  expect_failures = [terraform_data.block_rules]
}

run "the_record_of_queues_waits_for_the_cluster" {
  command = plan

  variables {
    tags = { spoil = "min" }
  }

  plan_options {
    target = [terraform_data.queues_made_with]
  }

  expect_failures = [terraform_data.block_rules]
}
