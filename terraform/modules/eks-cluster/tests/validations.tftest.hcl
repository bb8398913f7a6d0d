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
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "ML"
  }

  expect_failures = [var.name]
}

run "a_name_too_long_for_its_roles_is_refused" {
  command = plan

  variables {
    name = "a23456789b123456789c123456789d1"
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

run "a_patch_version_is_refused" {
  command = plan

  variables {
    kubernetes_version = "1.34.2"
    hyperpod           = false
  }

  expect_failures = [var.kubernetes_version]
}

run "an_empty_range_of_hyperpod_is_refused" {
  command = plan

  variables {
    hyperpod_kubernetes_versions = []
    hyperpod                     = false
  }

  expect_failures = [var.hyperpod_kubernetes_versions]
}

run "a_vpc_by_name_is_refused" {
  command = plan

  variables {
    vpc_id = "ml-main"
  }

  expect_failures = [var.vpc_id]
}

run "one_zone_for_the_control_plane_is_refused" {
  command = plan

  variables {
    control_plane_subnet_ids = { use1-az4 = "subnet-00000000000000004" }
  }

  expect_failures = [var.control_plane_subnet_ids]
}

run "a_zone_name_for_the_control_plane_is_refused" {
  command = plan

  variables {
    control_plane_subnet_ids = { us-east-1a = "subnet-00000000000000004", us-east-1b = "subnet-00000000000000006" }
  }

  expect_failures = [var.control_plane_subnet_ids]
}

run "a_zone_name_for_nodes_is_refused" {
  command = plan

  variables {
    private_subnet_ids = { us-east-1a = "subnet-00000000000000014" }
  }

  expect_failures = [var.private_subnet_ids]
}

run "no_subnet_for_nodes_is_refused" {
  command = plan

  variables {
    private_subnet_ids = {}
  }

  expect_failures = [var.private_subnet_ids]
}

run "an_alias_for_the_key_is_refused" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:111111111111:alias/ml"
  }

  expect_failures = [var.kms_key_arn]
}

run "a_retention_that_cloudwatch_does_not_have_is_refused" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}

run "a_cluster_that_nobody_administers_is_refused" {
  command = plan

  variables {
    access_entries = {}
  }

  expect_failures = [var.access_entries]
}

run "an_administrator_of_one_namespace_is_not_one" {
  command = plan

  variables {
    access_entries = { one = { principal_arn = "arn:aws:iam::111111111111:role/X", policy = "AmazonEKSClusterAdminPolicy", namespaces = ["ml"] } }
  }

  expect_failures = [var.access_entries]
}

run "an_assumed_role_is_refused" {
  command = plan

  variables {
    access_entries = {
      administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
      x              = { principal_arn = "arn:aws:sts::111111111111:assumed-role/X/y", policy = "AmazonEKSViewPolicy" }
    }
  }

  expect_failures = [var.access_entries]
}

run "a_principal_with_two_entries_is_refused" {
  command = plan

  variables {
    access_entries = {
      administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
      x              = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSViewPolicy" }
    }
  }

  expect_failures = [var.access_entries]
}

run "a_policy_of_iam_is_refused" {
  command = plan

  variables {
    access_entries = {
      administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
      x              = { principal_arn = "arn:aws:iam::111111111111:role/X", policy = "AdministratorAccess" }
    }
  }

  expect_failures = [var.access_entries]
}

run "system_masters_is_refused" {
  command = plan

  variables {
    access_entries = {
      administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
      x              = { principal_arn = "arn:aws:iam::111111111111:role/X", kubernetes_groups = ["system:masters"] }
    }
  }

  expect_failures = [var.access_entries]
}

run "an_entry_that_may_do_nothing_is_refused" {
  command = plan

  variables {
    access_entries = {
      administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
      x              = { principal_arn = "arn:aws:iam::111111111111:role/X" }
    }
  }

  expect_failures = [var.access_entries]
}

run "private_access_for_everybody_is_refused" {
  command = plan

  variables {
    private_access_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.private_access_cidrs]
}

run "private_access_with_host_bits_is_refused" {
  command = plan

  variables {
    private_access_cidrs = ["10.0.0.1/16"]
  }

  expect_failures = [var.private_access_cidrs]
}

run "a_security_group_by_name_is_refused" {
  command = plan

  variables {
    private_access_security_group_ids = { x = "ml" }
  }

  expect_failures = [var.private_access_security_group_ids]
}

run "the_whole_internet_is_refused" {
  command = plan

  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.public_access_cidrs]
}

run "half_of_the_internet_is_refused_as_well" {
  command = plan

  variables {
    public_access_cidrs = ["128.0.0.0/1"]
  }

  expect_failures = [var.public_access_cidrs]
}

run "an_add_on_that_argo_cd_installs_is_refused" {
  command = plan

  variables {
    addons = { metrics-server = { version = "v0.8.0-eksbuild.5" } }
  }

  expect_failures = [var.addons]
}

run "an_add_on_without_eks_build_is_refused" {
  command = plan

  variables {
    addons = { coredns = { version = "latest" } }
  }

  expect_failures = [var.addons]
}

run "a_configuration_that_is_not_json_is_refused" {
  command = plan

  variables {
    addons = { coredns = { configuration = "replicas: 2" } }
  }

  expect_failures = [var.addons]
}

run "a_cluster_without_its_network_is_refused" {
  command = plan

  variables {
    addons = { vpc-cni = { enabled = false } }
  }

  expect_failures = [var.addons]
}

run "a_bucket_by_arn_is_refused" {
  command = plan

  variables {
    s3_buckets = { "arn:aws:s3:::ml-data" = {} }
  }

  expect_failures = [var.s3_buckets]
}

run "a_prefix_without_a_slash_is_refused" {
  command = plan

  variables {
    s3_buckets = { ml-data = { write_prefixes = ["checkpoints"] } }
  }

  expect_failures = [var.s3_buckets]
}

run "an_alias_for_a_buckets_key_is_refused" {
  command = plan

  variables {
    s3_buckets = { ml-data = { kms_key_arn = "arn:aws:kms:us-east-1:111111111111:alias/ml" } }
  }

  expect_failures = [var.s3_buckets]
}

run "a_prefix_of_secrets_without_a_slash_is_refused" {
  command = plan

  variables {
    external_secrets = { secret_prefix = "ml" }
  }

  expect_failures = [var.external_secrets]
}

run "a_wildcard_in_a_prefix_of_secrets_is_refused" {
  command = plan

  variables {
    external_secrets = { secret_prefix = "*/" }
  }

  expect_failures = [var.external_secrets]
}

run "an_alias_for_a_key_of_secrets_is_refused" {
  command = plan

  variables {
    external_secrets = { secret_prefix = "ml/", kms_key_arns = ["arn:aws:kms:us-east-1:111111111111:alias/ml"] }
  }

  expect_failures = [var.external_secrets]
}

run "a_group_name_with_capitals_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      GPU    = { instance_types = ["m7i.xlarge"] }
    }
  }

  expect_failures = [var.node_groups]
}

run "nodes_with_taints_alone_are_refused" {
  command = plan

  variables {
    node_groups = { gpu = { instance_types = ["g6e.xlarge"] } }
  }

  expect_failures = [var.node_groups]
}

run "nodes_that_may_be_none_are_refused_where_coredns_must_run" {
  command = plan

  variables {
    node_groups = { system = { instance_types = ["m7i.xlarge"], min_size = 0 } }
  }

  expect_failures = [var.node_groups]
}

run "a_group_without_a_type_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["large"] }
    }
  }

  expect_failures = [var.node_groups]
}

run "x86_and_arm_in_a_group_are_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["m7i.xlarge", "m7g.xlarge"] }
    }
  }

  expect_failures = [var.node_groups]
}

run "a_block_among_the_groups_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["p5.48xlarge"], capacity_type = "CAPACITY_BLOCK" }
    }
  }

  expect_failures = [var.node_groups]
}

run "less_at_most_than_at_least_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["m7i.xlarge"], min_size = 4, max_size = 3 }
    }
  }

  expect_failures = [var.node_groups]
}

run "more_at_first_than_at_most_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["m7i.xlarge"], desired_size = 4, max_size = 3 }
    }
  }

  expect_failures = [var.node_groups]
}

run "a_group_in_a_zone_without_a_subnet_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["m7i.xlarge"], zone_ids = ["use1-az1"] }
    }
  }

  expect_failures = [var.node_groups]
}

run "efa_over_two_zones_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["p4d.24xlarge"], efa = true, zone_ids = ["use1-az4", "use1-az6"] }
    }
  }

  expect_failures = [var.node_groups]
}

run "efa_on_a_type_without_it_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["m7i.xlarge"], efa = true, zone_ids = ["use1-az4"] }
    }
  }

  expect_failures = [var.node_groups]
}

run "efa_without_its_security_group_is_refused" {
  command = plan

  variables {
    efa_security_group_id = null
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["p4d.24xlarge"], efa = true, zone_ids = ["use1-az4"] }
    }
  }

  expect_failures = [var.node_groups]
}

run "a_taint_as_kubernetes_spells_it_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["m7i.xlarge"], taints = { a = { key = "a", effect = "NoSchedule" } } }
    }
  }

  expect_failures = [var.node_groups]
}

run "a_volume_too_small_for_images_is_refused" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      x      = { instance_types = ["m7i.xlarge"], volume_size_gib = 8 }
    }
  }

  expect_failures = [var.node_groups]
}

run "a_block_name_too_long_for_its_schedules_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      abcdefghijklmnopqrstuvwxyz01 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_and_a_group_of_one_name_are_refused" {
  command = plan

  variables {
    capacity_blocks = {
      system = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_id_instead_of_the_reservation_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cb-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "an_offering_id_instead_of_the_reservation_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cbr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_training_plan_instead_of_the_reservation_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/x"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_reservation_in_two_groups_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      aa = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
      bb = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_type_that_is_not_in_the_table_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p6e-gb200.36xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_type_that_is_not_sold_in_blocks_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "g6e.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "no_machine_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 0
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "half_a_machine_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 1.5
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "more_machines_than_a_block_has_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 65
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_zone_name_of_a_block_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "us-east-1a"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_zone_without_a_subnet_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az1"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_time_that_is_not_utc_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00+01:00"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_time_that_does_not_exist_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-32T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "an_end_before_the_start_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-16T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_scale_in_39_minutes_before_the_end_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id   = "cr-0123456789abcdef0"
        instance_type    = "p5.48xlarge"
        count            = 4
        zone_id          = "use1-az6"
        starts_at        = "2026-12-17T11:30:00Z"
        ends_at          = "2026-12-24T11:30:00Z"
        scale_in_minutes = 39
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_scale_in_69_minutes_before_the_end_of_ultraservers_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id   = "cr-0123456789abcdef0"
        instance_type    = "trn2u.48xlarge"
        count            = 4
        zone_id          = "use1-az6"
        starts_at        = "2026-12-17T11:30:00Z"
        ends_at          = "2026-12-24T11:30:00Z"
        scale_in_minutes = 69
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_block_without_efas_security_group_is_refused" {
  command = plan

  variables {
    efa_security_group_id = null
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_blocks_taint_as_kubernetes_spells_it_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
        taints         = { a = { key = "a", effect = "NoSchedule" } }
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "a_blocks_volume_too_small_for_images_is_refused" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id  = "cr-0123456789abcdef0"
        instance_type   = "p5.48xlarge"
        count           = 4
        zone_id         = "use1-az6"
        starts_at       = "2026-12-17T11:30:00Z"
        ends_at         = "2026-12-24T11:30:00Z"
        volume_size_gib = 8
      }
    }
  }

  expect_failures = [var.capacity_blocks]
}

run "efas_security_group_by_name_is_refused" {
  command = plan

  variables {
    efa_security_group_id = "efa"
  }

  expect_failures = [var.efa_security_group_id]
}

run "amds_gpus_have_no_image" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"], min_size = 2 }
      amd    = { instance_types = ["g4ad.xlarge"], min_size = 0 }
    }
  }

  expect_failures = [var.node_groups]
}

run "a_queue_by_url_is_refused" {
  command = plan

  variables {
    undelivered_queue_arn = "https://sqs.us-east-1.amazonaws.com/111111111111/x"
  }

  expect_failures = [var.undelivered_queue_arn]
}

run "a_now_that_is_no_time_is_refused" {
  command = plan

  variables {
    now = "today"
  }

  expect_failures = [var.now]
}

run "a_namespace_that_kubernetes_refuses_is_refused" {
  command = plan

  variables {
    karpenter = { namespace = "Kube_System" }
  }

  expect_failures = [var.karpenter]
}

run "a_role_by_name_is_refused" {
  command = plan

  variables {
    role_arns = { cluster = "ml-eks-cluster", node = "arn:aws:iam::111111111111:role/x" }
  }

  expect_failures = [var.role_arns]
}

run "a_boundary_by_name_is_refused" {
  command = plan

  variables {
    permissions_boundary_arn = "ml-boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

