# What Terraform itself stands on in one account, made once by a person: the roles that plan and apply, GitHub's provider, the
# boundary, and who finds and buys capacity. Everything else is made by these roles, and they can change none of it.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }

  # The state bucket, which is made before, is named at init: docs/live/new-account.md.
  backend "s3" {}
}

provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = [var.account_ids[var.account]]

  default_tags {
    tags = {
      Project   = var.name
      ManagedBy = "terraform"
      Unit      = "${var.account}/us-east-1/bootstrap"
    }
  }
}

module "iam" {
  source = "../../terraform/modules/iam"

  name    = var.name
  regions = var.regions
  github  = var.github

  state = {
    bucket      = "${var.name}-tfstate-${var.account_ids["main"]}"
    kms_key_arn = var.state_kms_key_arn
  }

  terraform_roles = {
    # One role that reaches every account, in the main one alone.
    ci = !var.apply_by_actions || var.account != "main" ? null : {
      environments       = keys(var.account_ids)
      execution_accounts = values(var.account_ids)
    }
    execution = {
      # For what takes longer than the hour that a role has which another one assumed.
      environments = var.apply_by_actions ? ["${var.account}-long"] : []
      principals = setunion(
        var.execution_principals,
        var.apply_by_actions && var.account != "main" ? ["arn:aws:iam::${var.account_ids["main"]}:role/TerraformCIRole"] : [],
      )
      web_identities = var.web_identities
      role_prefixes  = ["pcluster-"]
    }
    # For what plans on a schedule.
    plan = { environments = ["plan"] }
  }

  capacity_roles = length(var.reader_principals) == 0 ? null : {
    reader    = { principals = var.reader_principals }
    purchaser = length(var.purchaser_principals) == 0 ? null : { principals = var.purchaser_principals }
  }
}
