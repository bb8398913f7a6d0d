terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//networking"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
  cidrs   = read_terragrunt_config(find_in_parent_folders("cidrs.hcl")).locals
}

dependency "kms" {
  config_path                             = "${get_terragrunt_dir()}/../kms"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  name                     = "${local.project.name}-${local.account.account_name}-${local.region.aws_region}"
  cidr                     = local.cidrs.vpcs[local.account.account_name][local.region.aws_region]
  zones                    = local.region.zones
  kms_key_arn              = dependency.kms.outputs.key_arn
  permissions_boundary_arn = local.project.accounts[local.account.account_name].boundary_arn

  mocked_dependencies = [for unit, outputs in { kms = dependency.kms.outputs } : unit if can(outputs.mocked)]
}
