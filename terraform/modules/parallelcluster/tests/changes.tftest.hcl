mock_provider "aws-parallelcluster" {}

variables {
  name     = "ml-training"
  region   = "us-east-1"
  template = "../../../cluster-configs/parallelcluster/gpu-training.yaml"

  head_node = { zone_id = "use1-az4", key_name = "ml" }
  subnet_ids = {
    use1-az4 = "subnet-0123456789abcdef4"
    use1-az6 = "subnet-0123456789abcdef6"
  }
  efa_security_group_id = "sg-0123456789abcdef0"

  roles = {
    head    = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-head-node"
    compute = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-compute-node"
    lambda  = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-lambda"
  }
  permissions_boundary_arn = "arn:aws:iam::111111111111:policy/ml-clusters-boundary"

  on_demand_queues = {
    cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 16 }
    dev = { instance_type = "g6.8xlarge", zone_id = "use1-az4", max_count = 2 }
  }
}

run "a_cluster_is_made_with_its_records" {
  command = apply

  assert {
    condition     = terraform_data.created_with.output.name == "ml-training" && terraform_data.queues_made_with.output.cpu == 16
    error_message = "What there is to compare with."
  }
}

run "what_parallelcluster_changes_in_place_is_let_through" {
  command = plan

  variables {
    head_node          = { zone_id = "use1-az4", key_name = "ml", ssh_cidr = "10.0.0.0/16" }
    security_group_ids = ["sg-0123456789abcdef1"]
    log_retention_days = 30
    tags               = { Team = "ml" }
    on_demand_queues = {
      cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 32 }
      dev = { instance_type = "g6.8xlarge", zone_id = "use1-az4", max_count = 2 }
      new = { instance_type = "g6.8xlarge", zone_id = "use1-az4", max_count = 2 }
    }
  }

  assert {
    condition     = terraform_data.created_with.output["head node's key_name"] == "ml"
    error_message = "No record stands in the way of growth, access or tags."
  }
}

run "another_name_is_refused" {
  command = plan

  variables {
    name = "ml-other"
  }

  expect_failures = [terraform_data.created_with]
}

run "another_system_is_refused" {
  command = plan

  variables {
    os = "ubuntu2404"
  }

  expect_failures = [terraform_data.created_with]
}

run "another_type_of_head_node_is_refused" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az4", key_name = "ml", instance_type = "m7i.4xlarge" }
  }

  expect_failures = [terraform_data.created_with]
}

run "another_zone_of_the_head_node_is_refused" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az6", key_name = "ml" }
  }

  expect_failures = [terraform_data.created_with]
}

run "another_disk_of_the_head_node_is_refused" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az4", key_name = "ml", root_volume_gib = 200 }
  }

  expect_failures = [terraform_data.created_with]
}

run "the_head_nodes_key_taken_out_is_refused" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az4" }
  }

  expect_failures = [terraform_data.created_with]
}

run "a_cluster_that_is_replaced_is_let_through" {
  command = plan

  variables {
    os = "ubuntu2404"
  }

  plan_options {
    replace = [terraform_data.created_with, module.this.aws-parallelcluster_cluster.managed_configs["ml-training"]]
  }

  assert {
    condition     = terraform_data.created_with.input.os == "ubuntu2404"
    error_message = "Its record is made anew with it."
  }
}

run "a_queue_that_goes_is_warned_of" {
  command = plan

  variables {
    on_demand_queues = { cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 16 } }
  }

  expect_failures = [check.queues_that_go_or_shrink]
}

run "a_queue_that_shrinks_is_warned_of" {
  command = plan

  variables {
    on_demand_queues = {
      cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 8 }
      dev = { instance_type = "g6.8xlarge", zone_id = "use1-az4", max_count = 2 }
    }
  }

  expect_failures = [check.queues_that_go_or_shrink]
}

run "a_queue_that_goes_by_terminate_is_let_through" {
  command = plan

  variables {
    queue_update_strategy = "TERMINATE"
    on_demand_queues      = { cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 16 } }
  }

  assert {
    condition     = length(local.queues_fewer) == 0
    error_message = "ParallelCluster takes it, and the record is renewed with the strategy."
  }
}

run "a_block_is_bought" {
  command = apply

  variables {
    capacity_blocks = { p5-jan = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-17T11:30:00Z" } }
  }

  assert {
    condition     = terraform_data.queues_made_with.output.p5-jan == 8
    error_message = "A queue that came later is in the record."
  }
}

run "the_blocks_queue_that_goes_is_warned_of" {
  command = plan

  expect_failures = [check.queues_that_go_or_shrink]
}

run "the_queue_is_taken_out_of_a_stopped_fleet" {
  command = apply

  expect_failures = [check.queues_that_go_or_shrink]
}

run "the_record_is_renewed" {
  command = plan

  plan_options {
    replace = [terraform_data.queues_made_with]
  }

  assert {
    condition     = !can(terraform_data.queues_made_with.input.p5-jan)
    error_message = "What is gone is no longer warned of."
  }
}
