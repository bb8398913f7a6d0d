mock_provider "awscc" {
  # As AWS answers: nothing that nobody asked for.
  override_resource {
    target = awscc_sagemaker_cluster.this
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = null
        min_instance_count          = null
        capacity_requirements       = { on_demand = null, spot = null }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }
}

mock_provider "aws" {
  source = "./tests/mocks"
}

run "created" {
  command = apply
}

run "what_hyperpod_changes_in_place_is_let_through" {
  command = plan

  variables {
    instance_groups = {
      a-plan = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 8
        zone_id        = "usw2-az2"
        training_plan  = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/february", starts_at = "2099-02-10T11:30:00Z", ends_at = "2099-02-24T11:30:00Z" }
        slurm          = { role = "compute", partition = "other" }
      }
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      # Another type, under another name; and login and small are gone.
      small-2 = { instance_type = "ml.g6.8xlarge", instance_count = 1, zone_id = "usw2-az3", slurm = { role = "compute" } }
    }
    node_recovery = false
    tags          = {}
  }

  assert {
    condition     = length(awscc_sagemaker_cluster.this.instance_groups) == 3
    error_message = "Growth, another plan or another group is refused."
  }
}

run "the_order_of_groups_and_security_groups_is_no_change" {
  command = plan

  variables {
    security_group_ids = ["sg-00000000000000002", "sg-00000000000000001"]
  }

  assert {
    condition     = terraform_data.cluster_created_with.output["security groups"] == "sg-00000000000000001 sg-00000000000000002"
    error_message = "The record has another order."
  }
}

run "another_name_is_refused" {
  command = plan

  variables {
    name = "other"
  }

  expect_failures = [terraform_data.cluster_created_with]
}

run "another_zone_for_the_cluster_is_refused" {
  command = plan

  variables {
    subnet_ids = {
      usw2-az1 = "subnet-00000000000000001"
      usw2-az2 = "subnet-00000000000000002"
      usw2-az3 = "subnet-00000000000000003"
      usw2-az4 = "subnet-00000000000000004"
    }
  }

  expect_failures = [terraform_data.cluster_created_with]
}

run "another_security_group_is_refused" {
  command = plan

  variables {
    security_group_ids = ["sg-00000000000000001"]
  }

  expect_failures = [terraform_data.cluster_created_with]
}

run "another_orchestrator_is_refused" {
  command = plan

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "training", chart_release = "1" }
    fsx_lustre   = null
    instance_groups = {
      new = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" }
    }
  }

  expect_failures = [terraform_data.cluster_created_with]
}

run "another_type_in_a_group_is_refused" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      small      = { instance_type = "ml.g6.8xlarge", instance_count = 0, zone_id = "usw2-az3", threads_per_core = 2, slurm = { role = "compute" } }
    }
  }

  expect_failures = [terraform_data.group_created_with]
}

run "another_zone_for_a_group_is_refused" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      small      = { instance_type = "ml.g5.8xlarge", instance_count = 0, zone_id = "usw2-az1", threads_per_core = 2, slurm = { role = "compute" } }
    }
  }

  expect_failures = [terraform_data.group_created_with]
}

run "other_threads_in_a_group_are_refused" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      small      = { instance_type = "ml.g5.8xlarge", instance_count = 0, zone_id = "usw2-az3", threads_per_core = 1, slurm = { role = "compute" } }
    }
  }

  expect_failures = [terraform_data.group_created_with]
}

run "another_type_in_a_group_is_let_through_where_its_record_is_replaced" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.c5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
    }
  }

  plan_options {
    replace = [terraform_data.group_created_with["controller"]]
  }

  assert {
    condition     = awscc_sagemaker_cluster.this.instance_groups[0].instance_type == "ml.c5.2xlarge"
    error_message = "A record that is wrong can never be mended."
  }
}

run "another_execution_role_is_refused" {
  command = plan

  variables {
    execution_role_arn = "arn:aws:iam::222222222222:role/other"
  }

  expect_failures = [terraform_data.group_created_with]
}

run "everything_is_let_through_where_the_record_of_the_cluster_is_replaced" {
  command = plan

  variables {
    name = "other"
    instance_groups = {
      controller = { instance_type = "ml.c5.2xlarge", instance_count = 1, zone_id = "usw2-az2", slurm = { role = "controller" } }
    }
  }

  plan_options {
    replace = [terraform_data.cluster_created_with]
  }

  assert {
    condition     = awscc_sagemaker_cluster.this.cluster_name == "other"
    error_message = "A cluster can never be replaced."
  }
}

# A group of EKS, created anew under a name that is not recorded yet, and then with another key.
run "created_on_eks" {
  command = apply

  variables {
    orchestrator       = "eks"
    name               = "eks"
    eks                = { cluster_name = "training", chart_release = "1" }
    fsx_lustre         = null
    volume_kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000b"
    instance_groups    = { p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  plan_options {
    replace = [terraform_data.cluster_created_with]
  }
}

run "another_volume_key_is_refused" {
  command = plan

  variables {
    orchestrator       = "eks"
    name               = "eks"
    eks                = { cluster_name = "training", chart_release = "1" }
    fsx_lustre         = null
    volume_kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000c"
    instance_groups    = { p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  expect_failures = [terraform_data.group_created_with]
}

run "another_eks_cluster_is_refused" {
  command = plan

  variables {
    orchestrator       = "eks"
    name               = "eks"
    eks                = { cluster_name = "other", chart_release = "1" }
    fsx_lustre         = null
    volume_kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000b"
    instance_groups    = { p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  expect_failures = [terraform_data.cluster_created_with]
}
