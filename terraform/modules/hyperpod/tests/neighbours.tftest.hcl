# What awscc fills in, from a state that is there: Terraform itself takes what a group leaves out from the same place of the list.
mock_provider "awscc" {
  # As AWS answers: nothing that nobody asked for.
  override_resource {
    target = awscc_sagemaker_cluster.this
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {}, taints = { value = null } }
        image_id                    = "ami-0123456789abcdef0"
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

variables {
  orchestrator = "eks"
  eks          = { cluster_name = "training", chart_release = "1" }
  fsx_lustre   = null
  let_through  = ["image_id"]
  instance_groups = {
    cpu = {
      instance_type  = "ml.m5.2xlarge"
      instance_count = 1
      zone_id        = "usw2-az1"
      labels         = { pool = "cpu" }
      taints         = [{ key = "cpu", effect = "NoSchedule" }, { key = "batch", value = "true", effect = "NoExecute" }]
    }
  }
}

run "created" {
  command = apply
}

run "what_is_as_it_was_is_let_through" {
  command = plan

  assert {
    condition     = awscc_sagemaker_cluster.this.instance_groups[0].kubernetes_config.labels == tomap({ pool = "cpu" })
    error_message = "The group has no labels, and nothing can be shown with it."
  }
}

run "a_group_that_comes_into_the_place_of_another_with_labels_is_refused" {
  command = plan

  variables {
    instance_groups = {
      a-gpu = { instance_type = "ml.g6.8xlarge", instance_count = 1, zone_id = "usw2-az1", taints = [{ key = "batch", value = "true", effect = "NoExecute" }, { key = "cpu", value = "", effect = "NoSchedule" }] }
      cpu   = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", labels = { pool = "cpu" }, taints = [] }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "a_group_that_comes_into_the_place_of_another_with_taints_is_refused" {
  command = plan

  variables {
    instance_groups = {
      a-gpu = { instance_type = "ml.g6.8xlarge", instance_count = 1, zone_id = "usw2-az1", labels = {} }
      cpu   = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", labels = { pool = "cpu" }, taints = [] }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "a_group_that_comes_into_the_place_of_another_with_an_image_is_refused" {
  command = plan

  variables {
    let_through = []
    instance_groups = {
      a-gpu = { instance_type = "ml.g6.8xlarge", instance_count = 1, zone_id = "usw2-az1", labels = {}, taints = [] }
      cpu   = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", labels = { pool = "cpu" }, taints = [] }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "a_group_that_comes_last_is_let_through" {
  command = plan

  variables {
    group_order = ["cpu", "a-gpu"]
    instance_groups = {
      a-gpu = { instance_type = "ml.g6.8xlarge", instance_count = 1, zone_id = "usw2-az1" }
      cpu = {
        instance_type  = "ml.m5.2xlarge"
        instance_count = 1
        zone_id        = "usw2-az1"
        labels         = { pool = "cpu" }
        taints         = [{ key = "cpu", effect = "NoSchedule" }, { key = "batch", value = "true", effect = "NoExecute" }]
      }
    }
  }

  assert {
    condition     = [for group in awscc_sagemaker_cluster.this.instance_groups : group.instance_group_name] == ["cpu", "a-gpu"]
    error_message = "The groups are in another order."
  }
}

run "labels_that_are_left_out_and_stay_are_refused" {
  command = plan

  variables {
    instance_groups = {
      cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", taints = [{ key = "cpu", effect = "NoSchedule" }, { key = "batch", value = "true", effect = "NoExecute" }] }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "taints_that_are_left_out_and_stay_are_refused" {
  command = plan

  variables {
    instance_groups = {
      cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", labels = { pool = "cpu" } }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "labels_and_taints_that_are_empty_go" {
  command = plan

  variables {
    instance_groups = {
      cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", labels = {}, taints = [] }
    }
  }

  assert {
    condition     = length(awscc_sagemaker_cluster.this.instance_groups[0].kubernetes_config.labels) == 0 && length(awscc_sagemaker_cluster.this.instance_groups[0].kubernetes_config.taints) == 0
    error_message = "Nothing can be taken off a group."
  }
}
