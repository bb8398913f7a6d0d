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

run "an_api_is_made_with_its_record" {
  command = apply

  assert {
    condition     = terraform_data.created_with.output.version == "3.16.1"
    error_message = "What there is to compare with."
  }
}

run "another_version_in_place_is_refused" {
  command = plan

  variables {
    parallelcluster_version = "3.17.0"
  }

  expect_failures = [terraform_data.created_with]
}

run "another_name_in_place_is_refused" {
  command = plan

  variables {
    name = "ml-other"
  }

  expect_failures = [terraform_data.created_with]
}

run "other_callers_are_let_through" {
  command = plan

  variables {
    principals = ["arn:aws:iam::222222222222:role/TerraformExecutionRole"]
    tags       = {}
  }

  assert {
    condition     = terraform_data.created_with.output.version == "3.16.1"
    error_message = "What changes in place is no reason to refuse."
  }
}

run "an_api_without_clusters_is_replaced_where_it_is_asked_for" {
  command = plan

  variables {
    parallelcluster_version = "3.17.0"
  }

  plan_options {
    replace = [terraform_data.created_with]
  }

  assert {
    condition     = terraform_data.created_with.input.version == "3.17.0"
    error_message = "The record is of the new one."
  }
}

run "a_record_waits_for_its_stack" {
  command = plan

  variables {
    parallelcluster_version = "3.17.0"
  }

  plan_options {
    target  = [terraform_data.created_with]
    replace = [terraform_data.created_with]
  }

  assert {
    condition     = aws_cloudformation_stack.this.name == "ml-clusters-pcluster-api-3-17-0"
    error_message = "A stack that could not be made would leave a record, which refuses the corrected input."
  }
}
