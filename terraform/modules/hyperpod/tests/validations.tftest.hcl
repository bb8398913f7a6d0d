# The module's variables without its resources: no provider is started, so that a run takes no time.

variables {
  fsx_lustre = null
  subnet_ids = {
    usw2-az1 = "subnet-00000000000000001"
    usw2-az2 = "subnet-00000000000000002"
  }
  security_group_ids = ["sg-00000000000000001"]
  instance_groups = {
    controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
  }
}

run "a_name_with_capitals_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = "Training"
  }

  expect_failures = [var.name]
}

run "a_name_that_ends_with_a_hyphen_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = "training-"
  }

  expect_failures = [var.name]
}

run "more_tags_than_a_cluster_takes_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    tags = { for number in range(51) : "tag${number}" => "" }
  }

  expect_failures = [var.tags]
}

run "an_account_by_name_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    account_id         = "main"
    execution_role_arn = "arn:aws:iam::222222222222:role/hyperpod"
  }

  expect_failures = [var.account_id]
}

run "a_zone_as_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    region = "us-west-2a"
  }

  expect_failures = [var.region]
}

run "a_third_orchestrator_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator = "nomad"
  }

  expect_failures = [var.orchestrator]
}

run "eks_without_a_cluster_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator = "eks"
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
    }
  }

  expect_failures = [var.eks]
}

run "a_cluster_of_eks_on_slurm_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    eks = { cluster_name = "training", chart_release = "1" }
  }

  expect_failures = [var.eks]
}

run "an_arn_as_name_of_the_eks_cluster_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "arn:aws:eks:us-west-2:222222222222:cluster/training", chart_release = "1" }
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
    }
  }

  expect_failures = [var.eks]
}

run "attaching_without_the_chart_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "training", chart_release = "" }
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
    }
  }

  expect_failures = [var.eks]
}

run "no_subnet_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    subnet_ids = {}
  }

  expect_failures = [var.subnet_ids]
}

run "a_zones_name_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    subnet_ids = { us-west-2a = "subnet-00000000000000001", usw2-az1 = "subnet-00000000000000002" }
  }

  expect_failures = [var.subnet_ids]
}

run "a_subnet_by_name_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    subnet_ids = { usw2-az1 = "private" }
  }

  expect_failures = [var.subnet_ids]
}

run "one_subnet_in_two_zones_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    subnet_ids = { usw2-az1 = "subnet-00000000000000001", usw2-az2 = "subnet-00000000000000001" }
  }

  expect_failures = [var.subnet_ids]
}

run "no_security_group_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    security_group_ids = []
  }

  expect_failures = [var.security_group_ids]
}

run "six_security_groups_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    security_group_ids = [for number in range(6) : "sg-0000000000000000${number}"]
  }

  expect_failures = [var.security_group_ids]
}

run "a_security_group_by_name_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    security_group_ids = ["efa"]
  }

  expect_failures = [var.security_group_ids]
}

run "a_role_by_name_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    execution_role_arn = "hyperpod"
  }

  expect_failures = [var.execution_role_arn]
}

run "a_role_of_another_account_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    execution_role_arn = "arn:aws:iam::111111111111:role/hyperpod"
  }

  expect_failures = [var.execution_role_arn]
}

run "a_bucket_that_machines_cannot_read_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lifecycle_scripts = { path = "tests/scripts", bucket = "ml-clusters-sagemaker", kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a" }
  }

  expect_failures = [var.lifecycle_scripts]
}

run "an_alias_as_key_of_scripts_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lifecycle_scripts = { path = "tests/scripts", bucket = "sagemaker-ml-clusters", kms_key_arn = "arn:aws:kms:us-west-2:222222222222:alias/data" }
  }

  expect_failures = [var.lifecycle_scripts]
}

run "a_key_of_scripts_of_another_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lifecycle_scripts = { path = "tests/scripts", bucket = "sagemaker-ml-clusters", kms_key_arn = "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-0000-0000-00000000000a" }
  }

  expect_failures = [var.lifecycle_scripts]
}

run "scripts_that_are_not_there_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lifecycle_scripts = { path = "tests/nowhere", bucket = "sagemaker-ml-clusters", kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a" }
  }

  expect_failures = [var.lifecycle_scripts]
}

run "an_entry_point_that_is_not_there_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lifecycle_scripts = { path = "tests/scripts", bucket = "sagemaker-ml-clusters", kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a", entry_point = "start.sh" }
  }

  expect_failures = [var.lifecycle_scripts]
}

run "parameters_by_hand_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lifecycle_scripts = { path = "tests/scripts-with-parameters", bucket = "sagemaker-ml-clusters", kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a" }
  }

  expect_failures = [var.lifecycle_scripts]
}

run "windows_line_endings_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lifecycle_scripts = { path = "tests/scripts-windows", bucket = "sagemaker-ml-clusters", kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a" }
  }

  expect_failures = [var.lifecycle_scripts]
}

run "a_binary_among_scripts_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    lifecycle_scripts = { path = "tests/scripts-binary", bucket = "sagemaker-ml-clusters", kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a" }
  }

  expect_failures = [var.lifecycle_scripts]
}

run "mounting_by_scripts_on_eks_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "training", chart_release = "1" }
    fsx_lustre   = { dns_name = "fs-01.fsx.us-west-2.amazonaws.com", mount_name = "abcdefgh" }
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
    }
  }

  expect_failures = [var.fsx_lustre]
}

run "a_file_system_by_id_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    fsx_lustre = { dns_name = "fs-01", mount_name = "abcdefgh" }
  }

  expect_failures = [var.fsx_lustre]
}

run "a_file_system_of_another_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    fsx_lustre = { dns_name = "fs-01.fsx.us-east-1.amazonaws.com", mount_name = "abcdefgh" }
  }

  expect_failures = [var.fsx_lustre]
}

run "a_directory_as_mount_name_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    fsx_lustre = { dns_name = "fs-01.fsx.us-west-2.amazonaws.com", mount_name = "/fsx" }
  }

  expect_failures = [var.fsx_lustre]
}

run "an_alias_as_key_of_volumes_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator       = "eks"
    eks                = { cluster_name = "training", chart_release = "1" }
    volume_kms_key_arn = "alias/data"
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
    }
  }

  expect_failures = [var.volume_kms_key_arn]
}

run "a_key_of_volumes_of_another_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator       = "eks"
    eks                = { cluster_name = "training", chart_release = "1" }
    volume_kms_key_arn = "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-0000-0000-00000000000a"
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
    }
  }

  expect_failures = [var.volume_kms_key_arn]
}

run "a_customers_key_of_volumes_on_slurm_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    volume_kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a"
  }

  expect_failures = [var.volume_kms_key_arn]
}

run "no_group_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    instance_groups = {}
  }

  expect_failures = [var.instance_groups]
}

run "a_group_with_capitals_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      P5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "an_ec2_type_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "half_a_machine_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1.5, zone_id = "usw2-az1", slurm = { role = "compute" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "fewer_than_no_machines_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = -1, zone_id = "usw2-az1", slurm = { role = "compute" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "more_machines_than_a_group_takes_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 6759, zone_id = "usw2-az1", slurm = { role = "compute" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_zone_that_the_cluster_lacks_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az4", slurm = { role = "compute" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "three_threads_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, threads_per_core = 3 }
    }
  }

  expect_failures = [var.instance_groups]
}

run "no_volume_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, volume_gib = 0 }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_volume_larger_than_ebs_has_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, volume_gib = 16385 }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_check_that_does_not_exist_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, deep_health_checks = ["Stress"] }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_check_of_accelerators_where_there_are_none_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.c6i.large", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, deep_health_checks = ["InstanceStress"] }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_network_of_one_machine_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, deep_health_checks = ["InstanceConnectivity"] }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_capacity_block_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "cr-0123456789abcdef0", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_plan_of_another_account_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:111111111111:training-plan/january", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_plan_of_another_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-east-1:222222222222:training-plan/january", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_day_that_does_not_exist_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-02-30T11:30:00Z", ends_at = "2099-03-24T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_time_of_another_time_zone_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00+01:00" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_plan_that_ends_before_it_starts_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-24T11:30:00Z", ends_at = "2099-01-10T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_plan_without_a_usable_hour_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-24T10:30:00Z", ends_at = "2099-01-24T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "one_plan_for_two_groups_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00Z" } }
      more       = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_plan_without_accelerators_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.c6i.large", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_group_of_slurm_without_a_part_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_part_of_slurm_on_eks_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "training", chart_release = "1" }
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_part_that_slurm_lacks_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "head" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "slurm_without_a_controller_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "two_controllers_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      second     = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_controller_group_of_two_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 2, zone_id = "usw2-az1", slurm = { role = "controller" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "two_login_groups_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      a          = { instance_type = "ml.m5.large", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "login" } }
      b          = { instance_type = "ml.m5.large", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "login" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_partition_of_a_login_group_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      a          = { instance_type = "ml.m5.large", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "login", partition = "a" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_partition_with_a_space_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute", partition = "a b" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_controller_on_a_plan_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" }, training_plan = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00Z" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "labels_on_slurm_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5         = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "compute" }, labels = { pool = "p5" } }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_taint_as_eks_spells_it_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "training", chart_release = "1" }
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", taints = [{ key = "gpu", effect = "NO_SCHEDULE" }] }
    }
  }

  expect_failures = [var.instance_groups]
}

run "more_taints_than_a_group_takes_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "training", chart_release = "1" }
    instance_groups = {
      p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1", taints = [for number in range(51) : { key = "t${number}", value = "", effect = "NoSchedule" }] }
    }
  }

  expect_failures = [var.instance_groups]
}

run "a_group_that_is_twice_in_the_order_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    group_order = ["controller", "controller"]
  }

  expect_failures = [var.group_order]
}

run "letting_a_training_plan_through_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    let_through = ["training_plan_arn"]
  }

  expect_failures = [var.let_through]
}
