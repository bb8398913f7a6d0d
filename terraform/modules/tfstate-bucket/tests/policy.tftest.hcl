mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
}

variables {
  name        = "example-tfstate"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-00000000000a"
}

run "requests_without_tls_or_with_old_tls_are_refused" {
  command = plan

  assert {
    condition = [
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Condition
      if rule.Effect == "Deny" && rule.Principal == "*" && rule.Action == "s3:*" &&
      jsonencode(rule.Resource) == jsonencode(["arn:aws:s3:::example-tfstate", "arn:aws:s3:::example-tfstate/*"])
      ] == [
      { Bool = { "aws:SecureTransport" = "false" } },
      { NumericLessThan = { "s3:TlsVersion" = "1.2" } },
    ]
    error_message = "State could be read without TLS 1.2."
  }
}

run "an_upload_past_the_key_is_refused_and_one_that_asks_for_nothing_is_not" {
  command = plan

  assert {
    condition = [
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Condition
      if rule.Effect == "Deny" && rule.Principal == "*" && rule.Action == "s3:PutObject" && rule.Resource == "arn:aws:s3:::example-tfstate/*"
      ] == [
      {
        Null            = { "s3:x-amz-server-side-encryption" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
      },
      {
        Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.kms_key_arn }
      },
    ]
    error_message = "A backend without kms_key_id would write state past the key, or a plain upload is refused."
  }
}

run "nobody_is_let_in_by_default" {
  command = plan

  assert {
    condition     = alltrue([for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Effect == "Deny"])
    error_message = "Somebody is let in unasked."
  }
}

run "another_account_works_below_its_prefix_and_deletes_only_locks" {
  command = plan

  variables {
    kms_key_arn = null
    cross_account_access = {
      secondary = {
        principal_arns = ["arn:aws:iam::222222222222:role/TerraformExecutionRole", "arn:aws:iam::222222222222:role/ci/TerraformCIRole"]
        write_prefixes = ["secondary/"]
        read_prefixes  = ["main/us-east-1/iam/"]
      }
    }
  }

  # The bucket's policy names the key, which is known only after it is made.
  assert {
    condition = {
      for rule in local.access_rules : rule.Sid => { actions = rule.Action, resources = rule.Resource }
      } == {
      ListSecondary = { actions = ["s3:ListBucket"], resources = ["arn:aws:s3:::example-tfstate"] }
      ReadSecondary = {
        actions   = ["s3:GetObject"]
        resources = ["arn:aws:s3:::example-tfstate/main/us-east-1/iam/*", "arn:aws:s3:::example-tfstate/secondary/*"]
      }
      WriteSecondary  = { actions = ["s3:PutObject"], resources = ["arn:aws:s3:::example-tfstate/secondary/*"] }
      UnlockSecondary = { actions = ["s3:DeleteObject"], resources = ["arn:aws:s3:::example-tfstate/secondary/*.tflock"] }
    }
    error_message = "The other account may do more or less than read, write and lock its own state."
  }
  assert {
    condition = alltrue([
      for rule in local.access_rules :
      rule.Effect == "Allow" && jsonencode(rule.Principal) == jsonencode({ AWS = ["arn:aws:iam::222222222222:root"] }) &&
      jsonencode(rule.Condition) == jsonencode({ ArnEquals = { "aws:PrincipalArn" = ["arn:aws:iam::222222222222:role/TerraformExecutionRole", "arn:aws:iam::222222222222:role/ci/TerraformCIRole"] } })
    ])
    error_message = "The whole other account is let in, or a role is named as a principal and locked out once it is made anew."
  }
  assert {
    condition = [
      for rule in jsondecode(aws_kms_key.this[0].policy).Statement : [rule.Action, rule.Principal.AWS, rule.Condition]
      if rule.Sid == "StateSecondary"
      ] == [[
        ["kms:Decrypt", "kms:GenerateDataKey"],
        ["arn:aws:iam::222222222222:root"],
        {
          ArnEquals    = { "aws:PrincipalArn" = ["arn:aws:iam::222222222222:role/TerraformExecutionRole", "arn:aws:iam::222222222222:role/ci/TerraformCIRole"] }
          StringEquals = { "kms:ViaService" = "s3.us-east-1.amazonaws.com" }
        },
    ]]
    error_message = "The other account cannot use the key, or can do more with it than S3 does for it."
  }
}

run "one_who_only_reads_can_neither_write_nor_lock_nor_encrypt" {
  command = plan

  variables {
    kms_key_arn = null
    cross_account_access = {
      reader = {
        principal_arns = ["arn:aws:iam::222222222222:role/TerraformPlanRole"]
        read_prefixes  = ["secondary/"]
      }
    }
  }

  assert {
    condition     = toset(flatten(local.access_rules[*].Action)) == toset(["s3:ListBucket", "s3:GetObject"])
    error_message = "A reader can write."
  }
  assert {
    condition     = [for rule in jsondecode(aws_kms_key.this[0].policy).Statement : rule.Action if rule.Sid == "StateReader"] == [["kms:Decrypt"]]
    error_message = "A reader can encrypt."
  }
}

run "access_is_in_the_buckets_own_policy" {
  command = plan

  variables {
    cross_account_access = {
      reader = {
        principal_arns = ["arn:aws:iam::222222222222:role/TerraformPlanRole"]
        read_prefixes  = ["secondary/"]
      }
    }
  }

  assert {
    condition     = [for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Sid if rule.Effect == "Allow"] == ["ListReader", "ReadReader"]
    error_message = "The policy lacks the access that was asked for."
  }
}
