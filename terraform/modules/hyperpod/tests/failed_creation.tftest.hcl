mock_provider "awscc" {}

mock_provider "aws" {
  source = "./tests/mocks"
}

# As if AWS had refused to make the cluster: what comes after it is not made.
run "a_creation_that_fails" {
  command = apply

  variables {
    name = "mistyped"
    instance_groups = {
      controller = { instance_type = "ml.c5.2xlarge", instance_count = 1, zone_id = "usw2-az3", slurm = { role = "controller" } }
    }
  }

  override_resource {
    target = awscc_sagemaker_cluster.this
    values = { cluster_arn = "arn:aws:sagemaker:us-west-2:111111111111:cluster/abcdefghijkl" }
  }

  expect_failures = [awscc_sagemaker_cluster.this]
}

run "what_was_never_made_refuses_nothing" {
  command = plan

  # Terraform does so with what is there in part.
  plan_options {
    replace = [awscc_sagemaker_cluster.this]
  }

  assert {
    condition     = awscc_sagemaker_cluster.this.cluster_name == "training"
    error_message = "It would have the name that AWS refused."
  }
}
