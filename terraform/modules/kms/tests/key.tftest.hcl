mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "us-west-2" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000000", key_id = "00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_kms_alias" {
    defaults = { arn = "arn:aws:kms:us-west-2:111111111111:alias/ml-clusters" }
  }
}

variables {
  name = "ml-clusters"
}

run "the_example_applies" {
  module {
    source = "./examples/basic"
  }
}

run "a_key_rotates_and_waits_a_month_before_it_is_gone" {
  variables {
    aliases = ["data"]
    tags    = { Team = "ML" }
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.rotation_period_in_days == 365 && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "It rotates every year, and its deletion can be taken back for 30 days."
  }

  assert {
    condition     = aws_kms_key.this.tags == tomap({ Team = "ML" })
    error_message = "It has the tags."
  }

  assert {
    condition     = aws_kms_alias.this.name == "alias/ml-clusters" && aws_kms_alias.further["data"].name == "alias/ml-clusters-data" && alltrue([for alias in [aws_kms_alias.this, aws_kms_alias.further["data"]] : alias.target_key_id == aws_kms_key.this.key_id])
    error_message = "Its aliases are alias/NAME and alias/NAME-ALIAS, of this key."
  }

  assert {
    condition     = output.key_arn == aws_kms_key.this.arn && output.key_id == aws_kms_key.this.key_id && keys(output.alias_arns) == ["alias/ml-clusters", "alias/ml-clusters-data"]
    error_message = "The outputs name the key and each alias."
  }
}

run "rotation_and_deletion_can_be_said" {
  command = plan

  variables {
    rotation_period_in_days = 90
    deletion_window_in_days = 7
  }

  assert {
    condition     = aws_kms_key.this.rotation_period_in_days == 90 && aws_kms_key.this.deletion_window_in_days == 7
    error_message = "rotation_period_in_days and deletion_window_in_days are taken."
  }
}

run "by_itself_a_key_is_administered_by_iam_and_used_by_nobody" {
  command = plan

  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Sid] == ["AdministrationByIam"]
    error_message = "One statement: administration, as IAM says."
  }

  assert {
    condition     = length(setintersection(jsondecode(aws_kms_key.this.policy).Statement[0].Action, ["kms:*", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:CreateGrant"])) == 0
    error_message = "Who administers a key does not read data with it."
  }

  assert {
    condition     = contains(jsondecode(aws_kms_key.this.policy).Statement[0].Action, "kms:PutKeyPolicy") && jsondecode(aws_kms_key.this.policy).Statement[0].Principal.AWS == "arn:aws:iam::111111111111:root"
    error_message = "KMS refuses a policy that leaves nobody to change it."
  }
}

run "named_administrators_are_the_only_ones_and_root_can_rescue_the_key" {
  command = plan

  variables {
    administrators = ["arn:aws:iam::111111111111:role/TerraformExecutionRole"]
  }

  assert {
    condition = { for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Sid => try(statement.Condition, null) if contains(flatten([statement.Action]), "kms:PutKeyPolicy") } == {
      Administrators = { ArnLike = { "aws:PrincipalArn" = ["arn:aws:iam::111111111111:role/TerraformExecutionRole"] } }
      RootRescues    = { ArnEquals = { "aws:PrincipalArn" = "arn:aws:iam::111111111111:root" } }
    }
    error_message = "Only they, and the account's root, change the policy."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_kms_key.this.policy).Statement : alltrue([for action in statement.Action : can(regex("^kms:(Describe|Get|List)", action))]) if statement.Sid == "ReadByIam"])
    error_message = "Whom IAM lets read the key may read it, and no more."
  }
}

run "users_whose_names_only_hold_something_are_refused" {
  command = plan

  variables {
    users = ["arn:aws:iam::111111111111:role/*-*"]
  }

  expect_failures = [var.users]
}

run "users_at_any_path_are_refused" {
  command = plan

  variables {
    users = ["arn:aws:iam::111111111111:user/*/*"]
  }

  expect_failures = [var.users]
}

run "users_use_the_key_and_do_not_administer_it" {
  command = plan

  variables {
    users = ["arn:aws:iam::111111111111:role/ml-clusters-*"]
  }

  assert {
    condition = [for statement in jsondecode(aws_kms_key.this.policy).Statement : [statement.Principal.AWS, statement.Condition.ArnLike["aws:PrincipalArn"]] if statement.Sid == "Users"] == [
      ["arn:aws:iam::111111111111:root", ["arn:aws:iam::111111111111:role/ml-clusters-*"]]
    ]
    error_message = "They are held to their ARNs, in this account."
  }

  assert {
    condition     = toset(flatten([for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Action if statement.Sid == "Users"])) == toset(["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncryptFrom", "kms:ReEncryptTo"])
    error_message = "They encrypt and decrypt, and make no grants."
  }
}

run "services_come_with_the_conditions_that_aws_documents" {
  command = plan

  variables {
    services = ["aps", "autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "efs", "eks", "events", "fsx", "logs", "s3", "sagemaker", "scheduler"]
  }

  assert {
    condition = [for statement in jsondecode(aws_kms_key.this.policy).Statement : [statement.Principal.Service, statement.Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"]] if statement.Sid == "Logs"] == [
      ["logs.us-west-2.amazonaws.com", "arn:aws:logs:us-west-2:111111111111:log-group:*"]
    ]
    error_message = "CloudWatch Logs of this region, for log groups of this account only."
  }

  assert {
    condition = { for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Principal.Service => try(statement.Condition.StringEquals["aws:SourceAccount"], "any") if startswith(statement.Sid, "Publish") } == {
      "aps.amazonaws.com"        = "any"
      "cloudwatch.amazonaws.com" = "111111111111"
      "events.amazonaws.com"     = "any"
    }
    error_message = "Alerts, alarms and rules publish to encrypted topics; EventBridge meets no condition on its source there."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Condition.StringEquals == {
      "kms:CallerAccount" = "111111111111"
      "kms:ViaService"    = [for service in ["aps", "dynamodb", "ec2", "ecr", "elasticfilesystem", "eks", "fsx", "s3", "sagemaker", "scheduler"] : "${service}.us-west-2.amazonaws.com"]
    } if contains(["ThroughServices", "GrantsToServices"], statement.Sid)])
    error_message = "Through these services of this region, by callers of this account only; EFS is elasticfilesystem there."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Condition.Bool["kms:GrantIsForAWSResource"] == "true" if contains(flatten([statement.Action]), "kms:CreateGrant")])
    error_message = "Grants go to services and to nobody else."
  }

  assert {
    condition = toset([for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Condition.ArnEquals["aws:PrincipalArn"] if try(statement.Principal.AWS, "") == "*"]) == toset([
      "arn:aws:iam::111111111111:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    ])
    error_message = "Where everybody is named, one role is left by the condition."
  }
}

run "a_service_that_is_not_named_is_not_let_in" {
  command = plan

  variables {
    services = ["efs"]
  }

  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Sid] == ["AdministrationByIam", "ThroughServices", "GrantsToServices"]
    error_message = "EFS alone has the two statements of services that are asked through."
  }

  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Condition.StringEquals["kms:ViaService"] if statement.Sid == "ThroughServices"] == [["elasticfilesystem.us-west-2.amazonaws.com"]]
    error_message = "And no other service is in them."
  }
}

run "another_account_uses_the_key_for_what_it_is_named_for" {
  command = plan

  variables {
    cross_account = {
      replication = { principals = ["arn:aws:iam::222222222222:role/ml-clusters-s3-replication"], actions = ["encrypt"], via_services = ["s3"] }
      nodes       = { principals = ["arn:aws:iam::222222222222:role/ml-clusters-*"], actions = ["decrypt"] }
    }
  }

  assert {
    condition = [for statement in jsondecode(aws_kms_key.this.policy).Statement : {
      principal = statement.Principal.AWS, actions = statement.Action, condition = statement.Condition
      } if startswith(statement.Sid, "Elsewhere")] == [
      {
        principal = "arn:aws:iam::222222222222:root"
        actions   = ["kms:Decrypt", "kms:ReEncryptFrom", "kms:DescribeKey"]
        condition = { ArnLike = { "aws:PrincipalArn" = ["arn:aws:iam::222222222222:role/ml-clusters-*"] } }
      },
      {
        principal = "arn:aws:iam::222222222222:root"
        actions   = ["kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncryptTo", "kms:DescribeKey"]
        condition = {
          ArnLike      = { "aws:PrincipalArn" = ["arn:aws:iam::222222222222:role/ml-clusters-s3-replication"] }
          StringEquals = { "kms:ViaService" = ["s3.us-west-2.amazonaws.com"] }
        }
      },
    ]
    error_message = "Nodes decrypt; the replication role encrypts, through S3."
  }
}

run "a_name_of_awss_own_is_refused" {
  command = plan

  variables {
    name = "aws-ml"
  }

  expect_failures = [var.name]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "ML"
  }

  expect_failures = [var.name]
}

run "an_alias_is_given_without_alias" {
  command = plan

  variables {
    aliases = ["Data"]
  }

  expect_failures = [var.aliases]
}

run "an_administrator_is_an_arn" {
  command = plan

  variables {
    administrators = ["TerraformExecutionRole"]
  }

  expect_failures = [var.administrators]
}

run "a_user_is_an_arn" {
  command = plan

  variables {
    users = ["*"]
  }

  expect_failures = [var.users]
}

run "every_role_is_not_a_user" {
  command = plan

  variables {
    users = ["arn:aws:iam::111111111111:role/*"]
  }

  expect_failures = [var.users]
}

run "an_unknown_service_is_refused" {
  command = plan

  variables {
    services = ["rds"]
  }

  expect_failures = [var.services]
}

run "a_cross_account_use_has_a_plain_name" {
  command = plan

  variables {
    cross_account = { "all of it" = { principals = ["arn:aws:iam::222222222222:role/x"], actions = ["decrypt"] } }
  }

  expect_failures = [var.cross_account]
}

run "a_whole_account_is_not_let_in" {
  command = plan

  variables {
    cross_account = { nodes = { principals = ["arn:aws:iam::222222222222:root"], actions = ["decrypt"] } }
  }

  expect_failures = [var.cross_account]
}

run "every_role_of_an_account_is_not_let_in" {
  command = plan

  variables {
    cross_account = { nodes = { principals = ["arn:aws:iam::222222222222:role/*"], actions = ["decrypt"] } }
  }

  expect_failures = [var.cross_account]
}

run "two_accounts_are_two_entries" {
  command = plan

  variables {
    cross_account = { nodes = { principals = ["arn:aws:iam::222222222222:role/x", "arn:aws:iam::111111111111:role/x"], actions = ["decrypt"] } }
  }

  expect_failures = [var.cross_account]
}

run "nobody_is_not_an_entry" {
  command = plan

  variables {
    cross_account = { nodes = { principals = [], actions = ["decrypt"] } }
  }

  expect_failures = [var.cross_account]
}

run "another_account_encrypts_or_decrypts" {
  command = plan

  variables {
    cross_account = { nodes = { principals = ["arn:aws:iam::222222222222:role/x"], actions = ["kms:*"] } }
  }

  expect_failures = [var.cross_account]
}

run "another_account_comes_through_a_known_service" {
  command = plan

  variables {
    cross_account = { nodes = { principals = ["arn:aws:iam::222222222222:role/x"], actions = ["decrypt"], via_services = ["s3.us-west-2.amazonaws.com"] } }
  }

  expect_failures = [var.cross_account]
}

run "a_rotation_too_often_is_refused" {
  command = plan

  variables {
    rotation_period_in_days = 30
  }

  expect_failures = [var.rotation_period_in_days]
}

run "a_deletion_too_soon_is_refused" {
  command = plan

  variables {
    deletion_window_in_days = 1
  }

  expect_failures = [var.deletion_window_in_days]
}
