mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "222222222222" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_region" {
    defaults = { id = "us-west-2" }
  }

  mock_resource "aws_cloudformation_stack" {
    defaults = { outputs = { ParallelClusterApiInvokeUrl = "https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod" } }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::222222222222:role/ml-clusters-pcluster-api-3-16-1-us-west-2" }
  }
}

variables {
  name                     = "ml-clusters"
  parallelcluster_version  = "3.16.1"
  permissions_boundary_arn = "arn:aws:iam::222222222222:policy/ml-clusters-boundary"
  principals = [
    "arn:aws:iam::222222222222:role/TerraformExecutionRole",
    "arn:aws:iam::111111111111:role/TerraformCIRole",
    "arn:aws:iam::111111111111:role/atlantis",
  ]
  tags = { Team = "ml" }
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "ML"
  }

  expect_failures = [var.name]
}

run "a_long_name_is_refused" {
  command = plan

  variables {
    name = "ml-clusters-training-"
  }

  expect_failures = [var.name]
}

run "a_version_without_its_patch_is_refused" {
  command = plan

  variables {
    parallelcluster_version = "3.16"
  }

  expect_failures = [var.parallelcluster_version]
}

run "a_version_with_a_v_is_refused" {
  command = plan

  variables {
    parallelcluster_version = "v3.16.1"
  }

  expect_failures = [var.parallelcluster_version]
}

run "a_version_without_capacity_blocks_is_refused" {
  command = plan

  variables {
    parallelcluster_version = "3.7.2"
  }

  expect_failures = [var.parallelcluster_version]
}

run "a_boundary_with_a_path_is_refused" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::222222222222:policy/ml/boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "a_long_prefix_is_refused" {
  command = plan

  variables {
    role_prefix = "ml-clusters-"
  }

  expect_failures = [var.role_prefix]
}

run "a_prefix_without_its_hyphen_is_refused" {
  command = plan

  variables {
    role_prefix = "pcluster"
  }

  expect_failures = [var.role_prefix]
}

run "an_api_for_nobody_is_refused" {
  command = plan

  variables {
    principals = []
  }

  expect_failures = [var.principals]
}

run "a_whole_account_is_refused" {
  command = plan

  variables {
    principals = ["arn:aws:iam::111111111111:root"]
  }

  expect_failures = [var.principals]
}

run "every_role_of_an_account_is_refused" {
  command = plan

  variables {
    principals = ["arn:aws:iam::111111111111:role/*"]
  }

  expect_failures = [var.principals]
}

run "a_session_is_refused" {
  command = plan

  variables {
    principals = ["arn:aws:sts::111111111111:assumed-role/TerraformCIRole/x"]
  }

  expect_failures = [var.principals]
}

run "a_session_of_minutes_is_refused" {
  command = plan

  variables {
    max_session_duration = 900
  }

  expect_failures = [var.max_session_duration]
}

run "a_session_of_a_day_is_refused" {
  command = plan

  variables {
    max_session_duration = 86400
  }

  expect_failures = [var.max_session_duration]
}
