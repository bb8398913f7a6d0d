locals {
  project  = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account  = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region   = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals
  mocks    = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
}

generate "pin_aws_parallelcluster" {
  path      = "pin_aws_parallelcluster_override.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    terraform {
      required_providers {
        aws-parallelcluster = {
          source  = "${local.versions.providers.aws-parallelcluster.source}"
          version = "${local.versions.providers.aws-parallelcluster.version}"
        }
      }
    }
  EOT
}

# Another account's API is reached only so: whatever else the provider can be told looks the API up with the credentials around it.
# It assumes the role when it plans, so that a plan of its unit fails until the API is there.
dependency "api" {
  config_path                             = "${get_terragrunt_dir()}/../parallelcluster-api"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].parallelcluster-api
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

generate "provider_aws_parallelcluster" {
  path      = "provider_aws_parallelcluster.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "aws-parallelcluster" {
      region   = "${local.region.aws_region}"
      endpoint = "${dependency.api.outputs.endpoint}"
      role_arn = "${dependency.api.outputs.role_arn}"
    }
  EOT
}
