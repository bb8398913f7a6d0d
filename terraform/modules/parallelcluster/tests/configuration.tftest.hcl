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

run "a_block_is_a_queue_of_all_its_instances" {
  command = plan

  variables {
    security_group_ids = ["sg-0123456789abcdef1"]
  }

  assert {
    condition     = [for queue in yamldecode(module.this.clusters["ml-training"].cluster_configuration).Scheduling.SlurmQueues : queue.Name] == ["train"]
    error_message = "There is a queue for each block."
  }

  assert {
    condition = alltrue([for queue in yamldecode(module.this.clusters["ml-training"].cluster_configuration).Scheduling.SlurmQueues : alltrue([
      queue.CapacityType == "CAPACITY_BLOCK", length(queue.ComputeResources) == 1, !can(queue.AllocationStrategy),
      queue.ComputeResources[0].InstanceType == "p5.48xlarge", !can(queue.ComputeResources[0].Instances),
      queue.ComputeResources[0].MinCount == 8, queue.ComputeResources[0].MaxCount == 8,
      queue.ComputeResources[0].CapacityReservationTarget == { CapacityReservationId = "cr-0123456789abcdef0" },
    ])])
    error_message = "It takes the reservation whole."
  }

  assert {
    condition = alltrue([for queue in yamldecode(module.this.clusters["ml-training"].cluster_configuration).Scheduling.SlurmQueues : alltrue([
      jsonencode(queue.Networking.SubnetIds) == jsonencode(["subnet-0123456789abcdef6"]),
      jsonencode(queue.Networking.AdditionalSecurityGroups) == jsonencode(["sg-0123456789abcdef0", "sg-0123456789abcdef1"]),
      queue.ComputeResources[0].Efa.Enabled, !queue.ComputeResources[0].Networking.PlacementGroup.Enabled,
    ])])
    error_message = "In its zone's subnet and EFA's group, with EFA and without a placement group."
  }
}

run "roles_are_ours_and_stay_under_the_boundary" {
  command = plan

  variables {
    on_demand_queues = { cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 4 } }
  }

  assert {
    condition = (
      yamldecode(output.configuration).HeadNode.Iam == { InstanceRole = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-head-node" }
      && alltrue([for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : queue.Iam.InstanceRole == "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-compute-node"])
      && yamldecode(output.configuration).Iam.Roles.LambdaFunctionsRole == "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-lambda"
      && yamldecode(output.configuration).Iam.PermissionsBoundary == "arn:aws:iam::111111111111:policy/ml-clusters-boundary"
    )
    error_message = "ParallelCluster makes no role of its own."
  }
}

run "on_demand_queues_stand_beside_blocks" {
  command = plan

  variables {
    on_demand_queues = {
      cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az4", max_count = 4 }
      gpu = { instance_type = "g6e.48xlarge", zone_id = "use1-az6", min_count = 1, max_count = 2, efa = true }
    }
  }

  assert {
    condition     = [for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : "${queue.Name} ${queue.CapacityType}"] == ["train CAPACITY_BLOCK", "cpu ONDEMAND", "gpu ONDEMAND"]
    error_message = "Blocks first, then the others."
  }

  assert {
    condition = (
      [for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : queue.ComputeResources[0].MinCount] == [8, 0, 1]
      && [for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : queue.ComputeResources[0].MaxCount] == [8, 4, 2]
      && [for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : queue.ComputeResources[0].Efa.Enabled] == [true, false, true]
      && [for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : queue.ComputeResources[0].Networking.PlacementGroup.Enabled] == [false, false, true]
      && [for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : queue.Networking.SubnetIds[0]] == ["subnet-0123456789abcdef6", "subnet-0123456789abcdef4", "subnet-0123456789abcdef6"]
    )
    error_message = "EFA and a placement group go together where there is no block."
  }

  assert {
    condition     = [for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : try(queue.ComputeResources[0].CapacityReservationTarget.CapacityReservationId, "none")] == ["cr-0123456789abcdef0", "none", "none"]
    error_message = "A reservation is only where it belongs."
  }
}

run "nothing_is_open_or_shared_unless_it_is_asked_for" {
  command = plan

  assert {
    condition = (
      yamldecode(output.configuration).HeadNode.Ssh == { AllowedIps = "127.0.0.1/32" } && yamldecode(output.configuration).Imds.ImdsSupport == "v2.0"
      && !can(yamldecode(output.configuration).SharedStorage) && !can(yamldecode(output.configuration).Scheduling.SlurmSettings.Database) && !can(yamldecode(output.configuration).Tags)
    )
    error_message = "No SSH, no file system, no accounting, no tags."
  }
}

run "what_is_asked_for_is_there" {
  command = plan

  variables {
    head_node  = { zone_id = "use1-az4", ssh_cidr = "10.0.0.0/16", key_name = "ml", root_volume_gib = 200, instance_type = "m7i.4xlarge" }
    lustre     = { file_system_id = "fs-0123456789abcdef0" }
    accounting = { uri = "db.example.com:3306", user_name = "slurm", password_secret_arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:slurm-AbCdEf", database_name = "ml_training" }
    tags       = { Team = "ml: research" }
  }

  assert {
    condition = (
      yamldecode(output.configuration).HeadNode.Ssh == { AllowedIps = "10.0.0.0/16", KeyName = "ml" } && yamldecode(output.configuration).HeadNode.InstanceType == "m7i.4xlarge"
      && yamldecode(output.configuration).HeadNode.LocalStorage.RootVolume.Size == 200 && yamldecode(output.configuration).HeadNode.Networking.SubnetId == "subnet-0123456789abcdef4"
      && jsonencode(yamldecode(output.configuration).HeadNode.Networking.AdditionalSecurityGroups) == jsonencode(["sg-0123456789abcdef0"])
    )
    error_message = "The head node is in its zone, and in EFA's group, which the file system admits."
  }

  assert {
    condition     = jsonencode(yamldecode(output.configuration).SharedStorage) == jsonencode([{ FsxLustreSettings = { FileSystemId = "fs-0123456789abcdef0" }, MountDir = "/fsx", Name = "lustre", StorageType = "FsxLustre" }])
    error_message = "The file system is one that exists: none that would go with the cluster."
  }

  assert {
    condition     = yamldecode(output.configuration).Scheduling.SlurmSettings.Database == { DatabaseName = "ml_training", PasswordSecretArn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:slurm-AbCdEf", Uri = "db.example.com:3306", UserName = "slurm" }
    error_message = "Accounting is on."
  }

  assert {
    condition     = jsonencode(yamldecode(output.configuration).Tags) == jsonencode([{ Key = "Team", Value = "ml: research" }])
    error_message = "What YAML would read otherwise is quoted."
  }
}

run "rollback_is_never_left_to_the_provider" {
  command = plan

  assert {
    condition     = module.this.clusters["ml-training"].rollback_on_failure && module.this.clusters["ml-training"].validation_failure_level == "ERROR" && module.this.clusters["ml-training"].region == "us-east-1"
    error_message = "Unset, it would be false."
  }
}

run "rollback_is_also_set_where_it_is_null" {
  command = plan

  variables {
    rollback_on_failure = null
  }

  assert {
    condition     = module.this.clusters["ml-training"].rollback_on_failure
    error_message = "null is the default, never what the provider makes of it."
  }
}

run "a_block_that_is_extended_changes_nothing_in_the_cluster" {
  command = plan

  variables {
    capacity_blocks = {
      train = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 8
        zone_id        = "use1-az6"
        starts_at      = "2099-12-17T11:30:00Z"
        ends_at        = "2099-12-31T11:30:00Z"
      }
    }
  }

  assert {
    condition     = output.configuration == run.nothing_is_open_or_shared_unless_it_is_asked_for.configuration
    error_message = "With another configuration its nodes would be replaced."
  }

  assert {
    condition     = output.capacity_blocks.train.usable_end == "2099-12-31T11:00:00Z" && run.nothing_is_open_or_shared_unless_it_is_asked_for.capacity_blocks.train.usable_end == "2099-12-24T11:00:00Z"
    error_message = "AWS begins half an hour before the end."
  }
}

run "an_ultraserver_is_taken_back_an_hour_before_its_end" {
  command = plan

  variables {
    head_node = { zone_id = "use1-az4", instance_type = "m7g.2xlarge" }
    capacity_blocks = {
      ultra = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p6e-gb200.36xlarge"
        count          = 18
        zone_id        = "use1-az6"
        starts_at      = "2099-12-17T11:30:00Z"
        ends_at        = "2099-12-24T11:30:00Z"
      }
    }
  }

  assert {
    condition     = output.capacity_blocks.ultra.usable_end == "2099-12-24T10:30:00Z"
    error_message = "An hour, and the whole UltraServer is in one queue."
  }
}

run "a_block_that_is_over_is_told_of" {
  command = plan

  variables {
    capacity_blocks = {
      train = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 8
        zone_id        = "use1-az6"
        starts_at      = "2025-12-17T11:30:00Z"
        ends_at        = "2025-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [check.blocks_that_are_over]
}

run "an_end_at_another_time_of_day_is_warned_of" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:00:00Z" } }
  }

  expect_failures = [check.blocks_as_aws_sells_them]
}

run "a_block_of_more_than_half_a_year_is_warned_of" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-01-01T11:30:00Z", ends_at = "2099-07-03T11:30:00Z" } }
  }

  expect_failures = [check.blocks_as_aws_sells_them]
}

run "the_largest_and_longest_block_is_taken" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 64, zone_id = "use1-az6", starts_at = "2099-01-01T11:30:00Z", ends_at = "2099-07-02T11:30:00Z" } }
  }

  assert {
    condition     = output.capacity_blocks.train.usable_end == "2099-07-02T11:00:00Z"
    error_message = "The longest, the shortest and the largest are taken without a warning."
  }
}

run "a_block_that_starts_at_once_is_taken" {
  command = plan

  variables {
    capacity_blocks = { train = { reservation_id = "cr-0123456789abcdef0", instance_type = "p5.48xlarge", count = 8, zone_id = "use1-az6", starts_at = "2099-12-24T09:29:59Z", ends_at = "2099-12-24T11:30:00Z" } }
  }

  assert {
    condition     = output.capacity_blocks.train.usable_end == "2099-12-24T11:00:00Z"
    error_message = "The longest, the shortest and the largest are taken without a warning."
  }
}

run "the_schema_is_held_with_what_the_module_hands_over" {
  command = plan

  variables {
    region                = jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).region
    head_node             = jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).head_node
    subnet_ids            = jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).subnet_ids
    efa_security_group_id = jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).security_group_ids[0]
    security_group_ids    = slice(jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).security_group_ids, 1, 2)
    lustre                = jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).lustre
    accounting            = jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).accounting
    on_demand_queues      = jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).on_demand_queues
    tags                  = jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).tags
    capacity_blocks = { for name, block in jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")).capacity_blocks :
      name => merge(block, { starts_at = "2099-12-17T11:30:00Z", ends_at = "2099-12-24T11:30:00Z" })
    }
  }

  assert {
    condition = output.configuration == yamlencode(yamldecode(templatefile(
      "../../../cluster-configs/parallelcluster/gpu-training.yaml",
      jsondecode(file("../../../cluster-configs/parallelcluster/gpu-training.example.json")),
    )))
    error_message = "gpu-training.example.json has the values that the module fills in, under their names."
  }
}

run "what_training_and_its_records_rest_on_is_in_the_template" {
  command = plan

  variables {
    log_retention_days = 180
  }

  assert {
    condition     = alltrue([for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : try(queue.HealthChecks.Gpu.Enabled, false)])
    error_message = "GPUs of a block are checked before each job."
  }

  assert {
    condition     = alltrue([for queue in yamldecode(output.configuration).Scheduling.SlurmQueues : try(queue.JobExclusiveAllocation, false)])
    error_message = "A node of a block belongs to one job at a time."
  }

  assert {
    condition     = yamldecode(output.configuration).Monitoring.Logs.CloudWatch == { DeletionPolicy = "Retain", Enabled = true, RetentionInDays = 180 }
    error_message = "Logs stay for log_retention_days, also after the cluster is gone."
  }

  assert {
    condition     = try(yamldecode(output.configuration).HeadNode.LocalStorage.RootVolume.Encrypted, false)
    error_message = "The head node's disk, which holds /home, is encrypted."
  }
}

run "a_new_cluster_tells_its_stack_and_version" {
  command = apply

  assert {
    condition     = output.cluster_name == "ml-training" && output.parallelcluster_version == module.this.clusters["ml-training"].version && output.cloudformation_stack_arn == module.this.clusters["ml-training"].cloudformation_stack_arn
    error_message = "What only AWS knows is handed on."
  }
}
