mock_provider "awscc" {}

mock_provider "aws" {
  source = "./tests/mocks"
}

# awscc fills what a group leaves out with what state has at the same place of the list: as if every group got these.
run "a_plan_that_moves_to_another_group_is_refused" {
  command = plan

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = null
        min_instance_count          = null
        capacity_requirements       = { on_demand = null, spot = null }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "the_plan_that_a_group_shall_have_is_let_through" {
  command = plan

  variables {
    orchestrator = "eks"
    eks          = { cluster_name = "training", chart_release = "1" }
    fsx_lustre   = null
    instance_groups = {
      p5 = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 1
        zone_id        = "usw2-az1"
        training_plan  = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-10T11:30:00Z", ends_at = "2099-01-24T11:30:00Z" }
      }
    }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
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

  assert {
    condition     = output.cluster_arn == "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
    error_message = "The cluster is another."
  }
  assert {
    condition     = output.log_group_name == "/aws/sagemaker/Clusters/training/abcdefghijkl"
    error_message = "SageMaker logs elsewhere."
  }
}

run "a_plan_that_is_taken_out_and_stays_is_refused" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { p5 = { instance_type = "ml.p5.48xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = null
        min_instance_count          = null
        capacity_requirements       = { on_demand = null, spot = null }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "deep_checks_that_move_to_another_group_are_refused" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { small = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = ["InstanceStress"]
        kubernetes_config           = { labels = {} }
        image_id                    = null
        min_instance_count          = null
        capacity_requirements       = { on_demand = null, spot = null }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

# The runs that follow differ from this one in what is filled in, and in nothing else.
run "a_group_that_is_given_nothing_is_let_through" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
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

  assert {
    condition     = output.cluster_arn == "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
    error_message = "Every plan would be refused."
  }
}

run "what_aws_does_anyway_is_let_through" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = "default"
        min_instance_count          = 0
        capacity_requirements       = { on_demand = "{}", spot = null }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }

  assert {
    condition     = output.cluster_arn == "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
    error_message = "Every plan would be refused once AWS has answered."
  }
}

run "labels_of_the_neighbour_are_refused" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = { pool = "gpu" } }
        image_id                    = null
        min_instance_count          = null
        capacity_requirements       = { on_demand = null, spot = null }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "an_image_of_the_neighbour_is_refused" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = "ami-0123456789abcdef0"
        min_instance_count          = null
        capacity_requirements       = { on_demand = null, spot = null }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "a_least_count_of_the_neighbour_is_refused" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = null
        min_instance_count          = 1
        capacity_requirements       = { on_demand = null, spot = null }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "spot_of_the_neighbour_is_refused" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = null
        min_instance_count          = null
        capacity_requirements       = { on_demand = null, spot = "{}" }
        scheduled_update_config     = { schedule_expression = null }
      }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "a_schedule_of_the_neighbour_is_refused" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = null
        min_instance_count          = null
        capacity_requirements       = { on_demand = null, spot = null }
        scheduled_update_config     = { schedule_expression = "cron(0 3 ? * SUN *)" }
      }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "what_aws_has_set_is_let_through_where_it_is_named" {
  command = plan

  variables {
    orchestrator    = "eks"
    eks             = { cluster_name = "training", chart_release = "1" }
    fsx_lustre      = null
    instance_groups = { cpu = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1" } }
    let_through     = ["capacity_requirements", "image_id", "min_instance_count", "scheduled_update_config"]
  }

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = {
        training_plan_arn           = null
        on_start_deep_health_checks = null
        kubernetes_config           = { labels = {} }
        image_id                    = "ami-0123456789abcdef0"
        min_instance_count          = 1
        capacity_requirements       = { on_demand = null, spot = "{}" }
        scheduled_update_config     = { schedule_expression = "cron(0 3 ? * SUN *)" }
      }
    }
  }

  assert {
    condition     = output.cluster_arn == "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
    error_message = "What AWS sets by itself would stop every plan."
  }
}
