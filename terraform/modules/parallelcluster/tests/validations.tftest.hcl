mock_provider "aws-parallelcluster" {}

variables {
  name     = "ml-training"
  region   = "us-east-1"
  template = "../../../cluster-configs/parallelcluster/gpu-training.yaml"

  head_node = { zone_id = "use1-az4" }
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

run "a_name_with_underscores_is_refused" {
  command = plan

  variables {
    name = "ml_training"
  }

  expect_failures = [var.name]
}

run "a_long_name_is_refused_with_accounting" {
  command = plan

  variables {
    name       = "ml-clusters-training-in-the-first-region1"
    accounting = { uri = "db.example.com:3306", user_name = "slurm", password_secret_arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:slurm-AbCdEf" }
  }

  expect_failures = [var.name]
}

run "a_zone_is_refused_as_a_region" {
  command = plan

  variables {
    region = "us-east-1a"
  }

  expect_failures = [var.region]
}

run "a_template_that_is_not_there_is_refused" {
  command = plan

  variables {
    template = "./tests/templates/nowhere.yaml"
  }

  expect_failures = [var.template]
}

run "an_unknown_system_is_refused" {
  command = plan

  variables {
    os = "alinux2"
  }

  expect_failures = [var.os]
}

run "rhel_is_refused_with_a_block" {
  command = plan

  variables {
    os = "rhel9"
  }

  expect_failures = [var.os]
}

run "rocky8_is_refused_with_gb200" {
  command = plan

  variables {
    os              = "rocky8"
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p6e-gb200.36xlarge", count = 9, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
    head_node       = { zone_id = "use1-az4", instance_type = "m7g.2xlarge" }
  }

  expect_failures = [var.os]
}

run "a_head_node_in_a_zone_without_a_subnet_is_refused" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az1" }
  }

  expect_failures = [var.head_node]
}

run "a_head_node_of_sagemakers_type_is_refused" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az4", instance_type = "ml.m7i.2xlarge" }
  }

  expect_failures = [var.head_node]
}

run "a_small_disk_is_refused" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az4", root_volume_gib = 30 }
  }

  expect_failures = [var.head_node]
}

run "ssh_from_everywhere_is_refused" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az4", ssh_cidr = "0.0.0.0/0" }
  }

  expect_failures = [var.head_node]
}

run "an_x86_head_node_is_refused_with_gb200" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p6e-gb200.36xlarge", count = 9, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.head_node]
}

run "an_arm64_head_node_is_refused_with_p5" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az4", instance_type = "m7g.2xlarge" }
  }

  expect_failures = [var.head_node]
}

run "an_arm64_head_node_is_refused_with_trainium" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "trn2.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
    head_node       = { zone_id = "use1-az4", instance_type = "c7gn.4xlarge" }
  }

  expect_failures = [var.head_node]
}

run "gb200_and_p5_in_one_cluster_are_refused" {
  command = plan

  variables {
    capacity_blocks = {
      train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" }
      ultra = { reservation_id = "cr-0123456789abcdef1", instance_type = "p6e-gb200.36xlarge", count = 9, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" }
    }
    head_node = { zone_id = "use1-az4", instance_type = "m7g.2xlarge" }
  }

  expect_failures = [var.head_node]
}

run "an_on_demand_queue_of_another_architecture_is_refused" {
  command = plan

  variables {
    on_demand_queues = { cpu = { instance_type = "c7g.8xlarge", zone_id = "use1-az4", max_count = 4 } }
  }

  expect_failures = [var.on_demand_queues]
}

run "subnets_by_zone_are_refused" {
  command = plan

  variables {
    subnet_ids = { use1-az4 = "subnet-0123456789abcdef4", use1-az6 = "subnet-0123456789abcdef6", us-east-1a = "subnet-0123456789abcdef7" }
  }

  expect_failures = [var.subnet_ids]
}

run "a_subnet_by_name_is_refused" {
  command = plan

  variables {
    subnet_ids = { use1-az4 = "private-a", use1-az6 = "subnet-0123456789abcdef6" }
  }

  expect_failures = [var.subnet_ids]
}

run "efas_group_by_name_is_refused" {
  command = plan

  variables {
    efa_security_group_id = "ml-main-use1-efa"
  }

  expect_failures = [var.efa_security_group_id]
}

run "further_groups_by_name_are_refused" {
  command = plan

  variables {
    security_group_ids = ["internet"]
  }

  expect_failures = [var.security_group_ids]
}

run "a_role_outside_parallelclusters_path_is_refused" {
  command = plan

  variables {
    roles = { head = "arn:aws:iam::111111111111:role/head", compute = "arn:aws:iam::111111111111:role/parallelcluster/compute", lambda = "arn:aws:iam::111111111111:role/parallelcluster/lambda" }
  }

  expect_failures = [var.roles]
}

run "a_boundary_with_a_path_is_refused" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/ml/boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "a_file_system_by_name_is_refused" {
  command = plan

  variables {
    lustre = { file_system_id = "scratch" }
  }

  expect_failures = [var.lustre]
}

run "a_directory_of_the_system_is_refused" {
  command = plan

  variables {
    lustre = { file_system_id = "fs-0123456789abcdef0", mount_dir = "/opt" }
  }

  expect_failures = [var.lustre]
}

run "homes_are_not_shadowed" {
  command = plan

  variables {
    lustre = { file_system_id = "fs-0123456789abcdef0", mount_dir = "/home" }
  }

  expect_failures = [var.lustre]
}

run "a_block_with_capitals_is_refused" {
  command = plan

  variables {
    capacity_blocks = { Train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_with_a_long_name_is_refused" {
  command = plan

  variables {
    capacity_blocks = { a234567890123456789012345x = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_called_default_is_refused" {
  command = plan

  variables {
    capacity_blocks = { default = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "an_offering_is_refused_as_a_block" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cb-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_training_plan_is_refused_as_a_block" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/x", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "one_reservation_in_two_queues_is_refused" {
  command = plan

  variables {
    capacity_blocks = { a = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 4, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" }, b = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 4, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_of_sagemakers_type_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "ml.p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "an_empty_block_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 0, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "half_an_instance_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 1.5, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_of_8_gb200_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p6e-gb200.36xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
    head_node       = { zone_id = "use1-az4", instance_type = "m7g.2xlarge" }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_in_a_zone_without_a_subnet_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az1", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_that_ends_before_it_starts_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-10T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_date_without_a_time_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_time_elsewhere_than_utc_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00+01:00", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_type_that_is_not_sold_in_blocks_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "t3.micro", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "more_instances_than_a_block_can_have_are_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 65, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_of_two_hours_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-24T09:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_day_that_does_not_exist_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-02-30T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_time_with_fractions_of_seconds_is_refused" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00.000Z" } }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_queue_with_underscores_is_refused" {
  command = plan

  variables {
    on_demand_queues = { my_cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 4 } }
  }

  expect_failures = [var.on_demand_queues]
}

run "a_queue_called_like_a_block_is_refused" {
  command = plan

  variables {
    on_demand_queues = { train = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 4 } }
  }

  expect_failures = [var.on_demand_queues]
}

run "a_cluster_without_queues_is_refused" {
  command = plan

  variables {
    capacity_blocks = {}
  }

  expect_failures = [var.on_demand_queues]
}

run "a_queue_in_a_zone_without_a_subnet_is_refused" {
  command = plan

  variables {
    on_demand_queues = { cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az1", max_count = 4 } }
  }

  expect_failures = [var.on_demand_queues]
}

run "a_queue_of_more_at_least_than_at_most_is_refused" {
  command = plan

  variables {
    on_demand_queues = { cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", min_count = 5, max_count = 4 } }
  }

  expect_failures = [var.on_demand_queues]
}

run "a_queue_of_nothing_is_refused" {
  command = plan

  variables {
    on_demand_queues = { cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 0 } }
  }

  expect_failures = [var.on_demand_queues]
}

run "a_password_is_refused" {
  command = plan

  variables {
    accounting = { uri = "db.example.com:3306", user_name = "slurm", password_secret_arn = "hunter2" }
  }

  expect_failures = [var.accounting]
}

run "a_database_with_hyphens_is_refused" {
  command = plan

  variables {
    accounting = { uri = "db.example.com:3306", user_name = "slurm", password_secret_arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:slurm-AbCdEf", database_name = "ml-training" }
  }

  expect_failures = [var.accounting]
}

run "an_unknown_update_strategy_is_refused" {
  command = plan

  variables {
    queue_update_strategy = "REPLACE"
  }

  expect_failures = [var.queue_update_strategy]
}

run "an_unknown_failure_level_is_refused" {
  command = plan

  variables {
    validation_failure_level = "NONE"
  }

  expect_failures = [var.validation_failure_level]
}

run "a_retention_that_cloudwatch_has_not_is_refused" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}

run "tags_of_parallelclusters_own_are_refused" {
  command = plan

  variables {
    tags = { "parallelcluster:cluster-name" = "x" }
  }

  expect_failures = [var.tags]
}
