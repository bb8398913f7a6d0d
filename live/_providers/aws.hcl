locals {
  project  = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account  = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region   = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals
  unit     = basename(get_original_terragrunt_dir())
  role_arn = "arn:aws:iam::${local.account.account_id}:role/${local.project.terraform_role}"
}

generate "pin_aws" {
  path      = "pin_aws_override.tf" # A second required_providers is an error anywhere but in an override.
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    terraform {
      required_providers {
        aws = {
          source  = "${local.versions.providers.aws.source}"
          version = "${startswith(local.unit, "eks-") ? local.versions.providers.aws.version : local.versions.simulated_aws}"
        }
      }
    }
  EOT
}

# terraform.applying: a plan made of mocks may be looked at, and no account is allowed to whoever applies it.
generate "provider_aws" {
  path      = "provider_aws.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "aws" {
      region              = "${local.region.aws_region}"
      allowed_account_ids = terraform.applying && length(var.mocked_dependencies) > 0 ? ["000000000000"] : ["${local.account.account_id}"]

      %{if local.project.terraform_role != ""~}
      %{if local.project.token_file != ""~}
      assume_role_with_web_identity {
        role_arn                = "${local.role_arn}"
        session_name            = "${local.unit}"
        web_identity_token_file = "${local.project.token_file}"
      }
      %{else~}
      assume_role {
        role_arn     = "${local.role_arn}"
        session_name = "${local.unit}"
      }
      %{endif~}
      %{endif~}

      default_tags {
        tags = {
          Project   = "${local.project.name}"
          ManagedBy = "terraform"
          Unit      = "${local.account.account_name}/${local.region.aws_region}/${local.unit}"
        }
      }
    }
  EOT
}
