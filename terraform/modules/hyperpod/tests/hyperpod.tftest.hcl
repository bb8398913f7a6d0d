mock_provider "awscc" {}

mock_provider "aws" {
  source = "./tests/mocks"
}

run "slurm_is_no_orchestrator" {
  command = plan

  assert {
    condition     = local.orchestrator == null
    error_message = "AWS knows only EKS as one in this version of awscc."
  }
  assert {
    condition     = local.provisioning_mode == null
    error_message = "Continuous provisioning is EKS's."
  }
  assert {
    condition     = awscc_sagemaker_cluster.this.cluster_name == "training" && awscc_sagemaker_cluster.this.node_recovery == "Automatic"
    error_message = "The name is another, or faulty machines stay."
  }
  assert {
    condition     = awscc_sagemaker_cluster.this.tags == toset([{ key = "Team", value = "ml" }])
    error_message = "Tags are pairs and not a map."
  }
}

run "the_cluster_has_every_zone_and_each_group_its_own" {
  command = plan

  assert {
    condition     = jsonencode(awscc_sagemaker_cluster.this.vpc_config.subnets) == jsonencode(["subnet-00000000000000001", "subnet-00000000000000002", "subnet-00000000000000003"])
    error_message = "A zone that is missing can never be added."
  }
  assert {
    condition = jsonencode({ for group in awscc_sagemaker_cluster.this.instance_groups : group.instance_group_name => group.override_vpc_config.subnets }) == jsonencode({
      a-plan     = ["subnet-00000000000000002"]
      controller = ["subnet-00000000000000001"]
      login      = ["subnet-00000000000000001"]
      small      = ["subnet-00000000000000003"]
    })
    error_message = "A group is in another zone than it says."
  }
  assert {
    condition = alltrue([for group in awscc_sagemaker_cluster.this.instance_groups :
      jsonencode(group.override_vpc_config.security_group_ids) == jsonencode(["sg-00000000000000001", "sg-00000000000000002"])
    ])
    error_message = "A group has other security groups than the cluster, without which EFA does not work."
  }
}

run "the_plan_is_on_its_group_and_on_no_other" {
  command = plan

  assert {
    condition     = { for group in awscc_sagemaker_cluster.this.instance_groups : group.instance_group_name => group.training_plan_arn if group.instance_group_name == "a-plan" }["a-plan"] == "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"
    error_message = "The plan's machines are not used."
  }
  assert {
    condition     = jsonencode(local.group_order) == jsonencode(["controller", "login", "small", "a-plan"])
    error_message = "Groups on plans come last, or a plan moves to another group when one goes."
  }
  assert {
    condition     = [for group in awscc_sagemaker_cluster.this.instance_groups : group.instance_group_name] == local.group_order
    error_message = "The list has another order."
  }
  assert {
    condition     = jsonencode(output.usable_until) == jsonencode({ a-plan = "2099-01-24T10:30:00Z" })
    error_message = "HyperPod gives machines back an hour before the end."
  }
  assert {
    condition = jsonencode(output.capacity) == jsonencode({ a-plan = {
      kind    = "plan"
      id      = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"
      start   = "2099-01-10T11:30:00Z"
      end     = "2099-01-24T11:30:00Z"
      region  = "us-west-2"
      target  = "hyperpod-cluster"
      used_by = "training, group a-plan"
    } })
    error_message = "Monitoring would warn of something else."
  }
}

run "what_is_asked_for_is_what_is_made" {
  command = plan

  assert {
    condition = jsonencode({ for group in awscc_sagemaker_cluster.this.instance_groups : group.instance_group_name => [
      group.instance_type, group.instance_count, group.threads_per_core, group.instance_storage_configs[0].ebs_volume_config.volume_size_in_gb, group.execution_role,
      ] }) == jsonencode({
      a-plan     = ["ml.p5.48xlarge", 4, 1, 500, "arn:aws:iam::222222222222:role/hyperpod"]
      controller = ["ml.m5.2xlarge", 1, 1, 500, "arn:aws:iam::222222222222:role/hyperpod"]
      login      = ["ml.m5.large", 2, 1, 500, "arn:aws:iam::222222222222:role/hyperpod"]
      small      = ["ml.g5.8xlarge", 0, 2, 100, "arn:aws:iam::222222222222:role/hyperpod"]
    })
    error_message = "An argument is not passed on."
  }
  assert {
    condition     = alltrue([for group in awscc_sagemaker_cluster.this.instance_groups : length(group.instance_storage_configs) == 1])
    error_message = "awscc takes one volume for each group."
  }
}

run "accelerators_are_tested_in_depth_and_nothing_else" {
  command = plan

  assert {
    condition = jsonencode(local.checks) == jsonencode({
      a-plan     = ["InstanceConnectivity", "InstanceStress"]
      controller = []
      login      = []
      small      = ["InstanceStress"]
    })
    error_message = "P5 is not tested, or a controller is."
  }
  assert {
    condition     = jsonencode([for group in awscc_sagemaker_cluster.this.instance_groups : group.on_start_deep_health_checks if contains(["a-plan", "small"], group.instance_group_name)]) == jsonencode([["InstanceStress"], ["InstanceConnectivity", "InstanceStress"]])
    error_message = "The checks are not passed on."
  }
}

run "one_machine_and_parts_of_a_machine_are_tested_alone" {
  command = plan

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "training", chart_release = "1" }
    fsx_lustre   = null
    instance_groups = {
      none     = { instance_type = "ml.p5.48xlarge", instance_count = 0, zone_id = "usw2-az1" }
      one      = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
      two      = { instance_type = "ml.p5.48xlarge", instance_count = 2, zone_id = "usw2-az1" }
      parts    = { instance_type = "ml.p5.4xlarge", instance_count = 8, zone_id = "usw2-az1" }
      trainium = { instance_type = "ml.trn1.32xlarge", instance_count = 2, zone_id = "usw2-az1" }
    }
  }

  assert {
    condition = jsonencode(local.checks) == jsonencode({
      none     = ["InstanceStress"]
      one      = ["InstanceStress"]
      parts    = ["InstanceStress"]
      trainium = ["InstanceConnectivity", "InstanceStress"]
      two      = ["InstanceConnectivity", "InstanceStress"]
    })
    error_message = "AWS would test a network where there is none, or leave one out."
  }
}

run "checks_can_be_left_out" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      small      = { instance_type = "ml.g5.8xlarge", instance_count = 1, zone_id = "usw2-az3", deep_health_checks = [], slurm = { role = "compute" } }
    }
    node_recovery = false
  }

  assert {
    condition     = length(local.checks.small) == 0
    error_message = "Checks run all the same."
  }
  assert {
    condition     = awscc_sagemaker_cluster.this.node_recovery == "None"
    error_message = "Faulty machines are replaced all the same."
  }
}

run "slurm_is_told_what_each_group_is" {
  command = plan

  assert {
    condition = jsonencode(jsondecode(aws_s3_object.lifecycle["provisioning_parameters.json"].content)) == jsonencode({
      version          = "1.0.0"
      workload_manager = "slurm"
      controller_group = "controller"
      login_group      = "login"
      worker_groups = [
        { instance_group_name = "a-plan", partition_name = "train" },
        { instance_group_name = "small", partition_name = "small" },
      ]
      fsx_dns_name  = "fs-00000000000000001.fsx.us-west-2.amazonaws.com"
      fsx_mountname = "abcdefgh"
    })
    error_message = "Slurm would have other partitions, or no file system."
  }
}

run "what_is_not_there_is_left_out_of_parameters" {
  command = plan

  variables {
    fsx_lustre = null
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
    }
  }

  assert {
    condition     = jsonencode(sort(keys(jsondecode(aws_s3_object.lifecycle["provisioning_parameters.json"].content)))) == jsonencode(["controller_group", "version", "worker_groups", "workload_manager"])
    error_message = "An empty name would be looked for."
  }
}

run "scripts_are_uploaded_as_they_are_under_their_hash" {
  command = plan

  assert {
    condition     = aws_s3_object.lifecycle["on_create.sh"].content == file("tests/scripts/on_create.sh") && aws_s3_object.lifecycle["check.sh"].content == file("tests/scripts/check.sh")
    error_message = "A script is another."
  }
  assert {
    condition     = length(aws_s3_object.lifecycle) == 3
    error_message = "Something else is uploaded, or something is missing."
  }
  assert {
    condition     = alltrue([for file, object in aws_s3_object.lifecycle : can(regex("^hyperpod/training/[0-9a-f]{16}/${file}$", object.key)) && object.bucket == "sagemaker-ml-clusters"])
    error_message = "Scripts are not under a hash, or not under the cluster's name."
  }
  assert {
    condition     = alltrue([for object in aws_s3_object.lifecycle : object.server_side_encryption == "aws:kms" && object.kms_key_id == var.lifecycle_scripts.kms_key_arn])
    error_message = "A bucket that insists on its key would refuse them."
  }
  assert {
    condition = alltrue([for group in awscc_sagemaker_cluster.this.instance_groups :
      group.life_cycle_config.source_s3_uri == output.lifecycle_scripts_uri && group.life_cycle_config.on_create == "on_create.sh"
    ])
    error_message = "A group runs something else."
  }
  assert {
    condition     = output.lifecycle_scripts_uri == "s3://sagemaker-ml-clusters/${trimsuffix(aws_s3_object.lifecycle["on_create.sh"].key, "on_create.sh")}"
    error_message = "Groups read from where nothing is."
  }
}

run "eks_is_attached_to_by_name" {
  command = plan

  variables {
    orchestrator       = "eks"
    eks                = { cluster_name = "training", chart_release = "hyperpod-dependencies-1" }
    fsx_lustre         = null
    volume_kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000b"
    instance_groups = {
      p5 = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 2
        zone_id        = "usw2-az1"
        labels         = { pool = "p5" }
        taints         = [{ key = "nvidia.com/gpu", value = "true", effect = "NoSchedule" }]
      }
    }
  }

  assert {
    condition     = awscc_sagemaker_cluster.this.orchestrator.eks.cluster_arn == "arn:aws:eks:us-west-2:222222222222:cluster/training"
    error_message = "It is attached to another cluster."
  }
  assert {
    condition     = awscc_sagemaker_cluster.this.node_provisioning_mode == "Continuous"
    error_message = "Without it customer keys are refused, and one machine that is missing rolls all back."
  }
  assert {
    condition     = !contains(keys(aws_s3_object.lifecycle), "provisioning_parameters.json")
    error_message = "Scripts would set up Slurm on a machine of EKS."
  }
  assert {
    condition     = awscc_sagemaker_cluster.this.instance_groups[0].instance_storage_configs[0].ebs_volume_config.volume_kms_key_id == var.volume_kms_key_arn
    error_message = "Volumes have another key."
  }
  assert {
    condition = (
      jsonencode(awscc_sagemaker_cluster.this.instance_groups[0].kubernetes_config.labels) == jsonencode({ pool = "p5" }) &&
      jsonencode(awscc_sagemaker_cluster.this.instance_groups[0].kubernetes_config.taints) == jsonencode([{ effect = "NoSchedule", key = "nvidia.com/gpu", value = "true" }])
    )
    error_message = "Labels or taints are not passed on."
  }
}

run "a_plan_that_is_over_may_stay_with_an_empty_group" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5 = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 0
        zone_id        = "usw2-az2"
        training_plan  = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/old", starts_at = "2025-01-10T11:30:00Z", ends_at = "2025-01-24T11:30:00Z" }
        slurm          = { role = "compute" }
      }
    }
  }

  assert {
    condition     = length(awscc_sagemaker_cluster.this.instance_groups) == 2
    error_message = "The group is gone."
  }
}

run "a_plan_of_182_days_is_none_that_is_warned_of" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5 = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 1
        zone_id        = "usw2-az2"
        training_plan  = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/long", starts_at = "2099-01-01T11:30:00Z", ends_at = "2099-07-02T11:30:00Z" }
        slurm          = { role = "compute" }
      }
    }
  }

  assert {
    condition     = output.usable_until.p5 == "2099-07-02T10:30:00Z"
    error_message = "Jobs would be told another end."
  }
}

run "groups_are_in_the_order_of_aws_where_it_is_told" {
  command = plan

  variables {
    group_order = ["a-plan", "gone", "login"]
  }

  assert {
    condition     = jsonencode([for group in awscc_sagemaker_cluster.this.instance_groups : group.instance_group_name]) == jsonencode(["a-plan", "login", "controller", "small"])
    error_message = "What a group leaves out would be filled from another."
  }
}
