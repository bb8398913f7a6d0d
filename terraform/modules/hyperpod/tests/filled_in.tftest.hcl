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
      cluster_arn     = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = { training_plan_arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january" }
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
    values          = { cluster_arn = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl" }
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
      cluster_arn     = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = { training_plan_arn = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january" }
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
      cluster_arn     = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
      instance_groups = { on_start_deep_health_checks = ["InstanceStress"] }
    }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}
