# The module's variables without its resources: no provider is started, so that a run takes no time.

variables {
  name        = "example"
  vpc_id      = "vpc-00000000000000001"
  kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a"

  lustre = {
    subnet_id            = "subnet-00000000000000001"
    storage_capacity_gib = 4800
  }
}

run "a_name_with_capitals_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = "Example"
  }

  expect_failures = [var.name]
}

run "a_vpcs_name_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    vpc_id = "main"
  }

  expect_failures = [var.vpc_id]
}

run "a_keys_alias_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    kms_key_arn = "arn:aws:kms:us-west-2:222222222222:alias/data"
  }

  expect_failures = [var.kms_key_arn]
}

run "a_client_called_self_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    client_security_group_ids = { self = "sg-00000000000000001" }
  }

  expect_failures = [var.client_security_group_ids]
}

run "a_client_with_capitals_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    client_security_group_ids = { Eks = "sg-00000000000000001" }
  }

  expect_failures = [var.client_security_group_ids]
}

run "an_address_range_as_client_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    client_security_group_ids = { all = "0.0.0.0/0" }
  }

  expect_failures = [var.client_security_group_ids]
}

run "a_zone_as_subnet_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "usw2-az1", storage_capacity_gib = 4800 }
  }

  expect_failures = [var.lustre]
}

run "a_throughput_that_persistent_2_lacks_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, throughput_mbps_per_tib = 200 }
  }

  expect_failures = [var.lustre]
}

run "a_capacity_between_two_steps_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 3600 }
  }

  expect_failures = [var.lustre]
}

run "no_capacity_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 0 }
  }

  expect_failures = [var.lustre]
}

run "less_than_efa_asks_for_at_125_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 19200, throughput_mbps_per_tib = 125, efa = true, efa_security_group_id = "sg-0000000000000000e" }
  }

  expect_failures = [var.lustre]
}

run "less_than_efa_asks_for_at_250_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 9600, throughput_mbps_per_tib = 250, efa = true, efa_security_group_id = "sg-0000000000000000e" }
  }

  expect_failures = [var.lustre]
}

run "less_than_efa_asks_for_at_500_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, throughput_mbps_per_tib = 500, efa = true, efa_security_group_id = "sg-0000000000000000e" }
  }

  expect_failures = [var.lustre]
}

run "less_than_efa_asks_for_at_1000_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 2400, throughput_mbps_per_tib = 1000, efa = true, efa_security_group_id = "sg-0000000000000000e" }
  }

  expect_failures = [var.lustre]
}

run "efa_without_its_group_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 19200, efa = true }
  }

  expect_failures = [var.lustre]
}

run "an_efa_group_without_efa_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, efa_security_group_id = "sg-0000000000000000e" }
  }

  expect_failures = [var.lustre]
}

run "an_efa_group_that_is_none_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 19200, efa = true, efa_security_group_id = "efa" }
  }

  expect_failures = [var.lustre]
}

run "efa_on_an_old_lustre_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 19200, version = "2.12", efa = true, efa_security_group_id = "sg-0000000000000000e" }
  }

  expect_failures = [var.lustre]
}

run "a_lustre_without_associations_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, version = "2.10" }
  }

  expect_failures = [var.lustre]
}

run "metadata_iops_between_two_steps_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, metadata_iops = 18000 }
  }

  expect_failures = [var.lustre]
}

run "more_metadata_iops_than_there_are_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, metadata_iops = 204000 }
  }

  expect_failures = [var.lustre]
}

run "a_day_that_does_not_exist_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, maintenance_window = "8:04:00" }
  }

  expect_failures = [var.lustre]
}

run "half_a_day_of_backups_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, backup_retention_days = 0.5 }
  }

  expect_failures = [var.lustre]
}

run "more_days_of_backups_than_fsx_keeps_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, backup_retention_days = 91 }
  }

  expect_failures = [var.lustre]
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, log_retention_days = 100 }
  }

  expect_failures = [var.lustre]
}

run "backups_of_a_linked_file_system_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = { subnet_id = "subnet-00000000000000001", storage_capacity_gib = 4800, backup_retention_days = 7 }
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "a_link_without_a_file_system_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = null
    efs    = { subnet_ids = { usw2-az1 = "subnet-00000000000000001" } }
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "a_third_role_of_a_bucket_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "hub", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "no_association_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = {}
    }
  }

  expect_failures = [var.data_repository]
}

run "nine_associations_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { for i in range(9) : "a${i}" => { prefix = "a${i}/" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "linking_the_whole_bucket_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { all = { prefix = "", path = "/all" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "a_prefix_that_would_take_in_its_neighbours_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { data = { prefix = "data" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "linking_the_root_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/", path = "/" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "a_path_that_ends_with_a_slash_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/", path = "/datasets/" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "an_unknown_event_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/", import = ["RENAMED"] } }
    }
  }

  expect_failures = [var.data_repository]
}

run "an_unknown_event_to_export_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { checkpoints = { prefix = "checkpoints/", export = ["RENAMED"] } }
    }
  }

  expect_failures = [var.data_repository]
}

run "a_link_that_does_nothing_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/", import = [] } }
    }
  }

  expect_failures = [var.data_repository]
}

run "a_prefix_within_another_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { a = { prefix = "datasets/" }, b = { prefix = "datasets/raw/", path = "/raw" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "the_same_prefix_twice_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { a = { prefix = "datasets/" }, b = { prefix = "datasets/", path = "/raw" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "a_path_within_another_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { a = { prefix = "datasets/" }, b = { prefix = "raw/", path = "/datasets/raw" } }
    }
  }

  expect_failures = [var.data_repository]
}

run "exporting_to_a_replica_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/", export = ["NEW"] } }
    }
  }

  expect_failures = [var.data_repository]
}

run "checkpoints_on_a_replicated_prefix_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "central", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { checkpoints = { prefix = "runs/", path = "/checkpoints", export = ["NEW", "CHANGED"] } }
    }
  }

  expect_failures = [var.data_repository]
}

run "publishing_from_a_replica_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    data_repository = {
      bucket       = { name = "spoke", role = "replica", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { models = { prefix = "models/", export = ["NEW"], publish = true } }
    }
  }

  expect_failures = [var.data_repository]
}

run "neither_file_system_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lustre = null
  }

  expect_failures = [var.efs]
}

run "an_efs_that_nobody_can_mount_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = {} }
  }

  expect_failures = [var.efs]
}

run "zone_names_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = { us-west-2a = "subnet-00000000000000001" } }
  }

  expect_failures = [var.efs]
}

run "a_cidr_as_subnet_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = { usw2-az1 = "10.0.0.0/24" } }
  }

  expect_failures = [var.efs]
}

run "an_access_point_at_the_root_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = { usw2-az1 = "subnet-00000000000000001" }, access_points = { all = { path = "/", uid = 1000, gid = 1000 } } }
  }

  expect_failures = [var.efs]
}

run "an_access_point_for_root_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = { usw2-az1 = "subnet-00000000000000001" }, access_points = { all = { path = "/homes", uid = 0, gid = 0 } } }
  }

  expect_failures = [var.efs]
}

run "a_secondary_group_of_root_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = { usw2-az1 = "subnet-00000000000000001" }, access_points = { all = { path = "/homes", uid = 1, gid = 1, secondary_gids = [0] } } }
  }

  expect_failures = [var.efs]
}

run "decimal_permissions_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = { usw2-az1 = "subnet-00000000000000001" }, access_points = { all = { path = "/homes", uid = 1, gid = 1, permissions = "750" } } }
  }

  expect_failures = [var.efs]
}

run "root_access_for_a_whole_account_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = { usw2-az1 = "subnet-00000000000000001" }, root_access_arns = ["arn:aws:iam::222222222222:root"] }
  }

  expect_failures = [var.efs]
}

run "a_transition_that_efs_does_not_know_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efs = { subnet_ids = { usw2-az1 = "subnet-00000000000000001" }, transition_to_ia = "AFTER_2_DAYS" }
  }

  expect_failures = [var.efs]
}
