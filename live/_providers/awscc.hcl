locals {
  project  = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account  = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region   = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals
  role_arn = "arn:aws:iam::${local.account.account_id}:role/${local.project.terraform_role}"
}

generate "pin_awscc" {
  path      = "pin_awscc_override.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    terraform {
      required_providers {
        awscc = {
          source  = "${local.versions.providers.awscc.source}"
          version = "${local.versions.providers.awscc.version}"
        }
      }
    }
  EOT
}

# It knows neither allowed accounts nor default tags: the module hyperpod holds it to the account and region of the provider aws.
generate "provider_awscc" {
  path      = "provider_awscc.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "awscc" {
      region = "${local.region.aws_region}"

      %{if local.project.terraform_role != ""~}
      %{if local.project.token_file != ""~}
      assume_role_with_web_identity = {
        role_arn                = "${local.role_arn}"
        web_identity_token_file = "${local.project.token_file}"
      }
      %{else~}
      assume_role = {
        role_arn = "${local.role_arn}"
      }
      %{endif~}
      %{endif~}
    }
  EOT
}
