mock_provider "awscc" {}

mock_provider "aws" {
  source = "./tests/mocks"
}

run "another_account_of_aws_is_refused" {
  command = plan

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "111111111111" }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "another_region_of_aws_is_refused" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { id = "us-east-1" }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "another_account_of_awscc_is_told" {
  command = plan

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-west-2:111111111111:cluster/abcdefghijkl"
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

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "another_region_of_awscc_is_told" {
  command = plan

  override_resource {
    target          = awscc_sagemaker_cluster.this
    override_during = plan
    values = {
      cluster_arn = "arn:aws:sagemaker:us-east-1:222222222222:cluster/abcdefghijkl"
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

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "a_plan_that_is_over_is_told" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5 = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 1
        zone_id        = "usw2-az2"
        training_plan  = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/old", starts_at = "2025-01-10T11:30:00Z", ends_at = "2025-01-24T11:30:00Z" }
        slurm          = { role = "compute" }
      }
    }
  }

  expect_failures = [check.plans_are_not_over]
}

run "a_plan_longer_than_any_that_is_sold_is_told" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5 = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 1
        zone_id        = "usw2-az2"
        training_plan  = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-01T11:30:00Z", ends_at = "2099-07-03T11:30:00Z" }
        slurm          = { role = "compute" }
      }
    }
  }

  expect_failures = [check.plans_are_such_as_are_sold]
}

run "a_plan_that_ends_when_none_does_is_told" {
  command = plan

  variables {
    instance_groups = {
      controller = { instance_type = "ml.m5.2xlarge", instance_count = 1, zone_id = "usw2-az1", slurm = { role = "controller" } }
      p5 = {
        instance_type  = "ml.p5.48xlarge"
        instance_count = 1
        zone_id        = "usw2-az2"
        training_plan  = { arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january", starts_at = "2099-01-01T11:30:00Z", ends_at = "2099-01-15T23:30:00Z" }
        slurm          = { role = "compute" }
      }
    }
  }

  expect_failures = [check.plans_are_such_as_are_sold]
}
