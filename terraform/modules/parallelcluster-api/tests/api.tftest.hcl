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

run "the_stack_is_of_the_clusters_version" {
  command = plan

  assert {
    condition     = aws_cloudformation_stack.this.template_url == "https://us-west-2-aws-parallelcluster.s3.us-west-2.amazonaws.com/parallelcluster/3.16.1/api/parallelcluster-api.yaml" && output.parallelcluster_version == "3.16.1"
    error_message = "From the bucket of the region, of the version."
  }

  assert {
    condition     = aws_cloudformation_stack.this.name == "ml-clusters-pcluster-api-3-16-1"
    error_message = "Another version is another stack, for this one's clusters are managed by no other; and TerraformExecutionRole manages stacks of its own name only."
  }
}

run "every_role_is_under_the_boundary" {
  command = plan

  assert {
    condition     = aws_cloudformation_stack.this.parameters["PermissionsBoundaryPolicy"] == "arn:aws:iam::222222222222:policy/ml-clusters-boundary" && aws_iam_role.this.permissions_boundary == "arn:aws:iam::222222222222:policy/ml-clusters-boundary"
    error_message = "TerraformExecutionRole can make no role without it."
  }

  assert {
    condition     = aws_cloudformation_stack.this.parameters["IAMRoleAndPolicyPrefix"] == "pcluster-" && aws_cloudformation_stack.this.parameters["EnableIamAdminAccess"] == "false"
    error_message = "Nor one of another name; and the API makes none without it."
  }

  assert {
    condition     = aws_cloudformation_stack.this.parameters["Region"] == "us-west-2" && aws_cloudformation_stack.this.parameters["CreateApiUserRole"] == "false"
    error_message = "It acts in its own region, and leaves who calls it to the role here."
  }

  assert {
    condition     = aws_cloudformation_stack.this.capabilities == toset(["CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"])
    error_message = "The template names its roles and is of SAM."
  }
}

run "who_is_listed_may_call_and_nobody_else" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [
      {
        Sid       = "From111111111111"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111111111111:root" }
        Action    = "sts:AssumeRole"
        Condition = { ArnEquals = { "aws:PrincipalArn" = ["arn:aws:iam::111111111111:role/TerraformCIRole", "arn:aws:iam::111111111111:role/atlantis"] } }
      },
      {
        Sid       = "From222222222222"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::222222222222:root" }
        Action    = "sts:AssumeRole"
        Condition = { ArnEquals = { "aws:PrincipalArn" = ["arn:aws:iam::222222222222:role/TerraformExecutionRole"] } }
      },
    ]
    error_message = "The other account's roles among them, and no whole account."
  }

  assert {
    condition     = aws_iam_role.this.name == "ml-clusters-pcluster-api-3-16-1-us-west-2" && aws_iam_role.this.max_session_duration == 14400
    error_message = "Known before it is made, so that its callers' policies can name it; and valid for longer than a cluster takes."
  }
}

run "the_longest_names_fit" {
  command = plan

  variables {
    name                    = "ml-clusters-training"
    parallelcluster_version = "3.99.10"
  }

  assert {
    condition     = length("${aws_cloudformation_stack.this.name}-ap-southeast-2") <= 64
    error_message = "IAM takes 64 characters in the name of a role."
  }
}

run "everything_is_tagged" {
  command = plan

  assert {
    condition     = aws_cloudformation_stack.this.tags == tomap({ Team = "ml" }) && aws_iam_role.this.tags == tomap({ Team = "ml" })
    error_message = "CloudFormation hands the tags on."
  }
}

run "a_boundary_of_another_account_is_refused" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/ml-clusters-boundary"
  }

  expect_failures = [aws_iam_role.this]
}

run "the_role_calls_this_api_and_does_nothing_else" {
  command = apply

  assert {
    condition = jsondecode(aws_iam_role_policy.this.policy).Statement == [{
      Sid      = "CallThisApi"
      Effect   = "Allow"
      Action   = "execute-api:Invoke"
      Resource = "arn:aws:execute-api:us-west-2:222222222222:a1b2c3d4e5/*"
    }]
    error_message = "Not the account's other APIs."
  }

  assert {
    condition     = output.endpoint == "https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod" && output.role_arn == aws_iam_role.this.arn && output.region == "us-west-2"
    error_message = "What the provider is given."
  }
}
