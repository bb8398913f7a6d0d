terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//iam"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
  own     = local.project.accounts[local.account.account_name]
}

dependency "kms_us_east_1" {
  config_path                             = "${dirname(find_in_parent_folders("root.hcl"))}/${local.account.account_name}-account/us-east-1/kms"
  mock_outputs                            = local.mocks.units[local.account.account_name].us-east-1.kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "kms_us_west_2" {
  config_path                             = "${dirname(find_in_parent_folders("root.hcl"))}/${local.account.account_name}-account/us-west-2/kms"
  mock_outputs                            = local.mocks.units[local.account.account_name].us-west-2.kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

# Order alone: the network is the first thing of an account-region that something can be put into.
dependencies {
  paths = ["${get_terragrunt_dir()}/../networking"]
}

inputs = {
  name                     = local.project.name
  regions                  = local.project.regions
  permissions_boundary_arn = local.own.boundary_arn
  eks_roles                = {}

  data_buckets = {
    (local.own.data_buckets.us-east-1) = { write_prefixes = ["checkpoints/"], kms_key_arn = dependency.kms_us_east_1.outputs.key_arn }
    (local.own.data_buckets.us-west-2) = { write_prefixes = ["checkpoints/"], kms_key_arn = dependency.kms_us_west_2.outputs.key_arn }
  }

  mocked_dependencies = [for unit, outputs in {
    kms_us_east_1 = dependency.kms_us_east_1.outputs
    kms_us_west_2 = dependency.kms_us_west_2.outputs
  } : unit if can(outputs.mocked)]
}
