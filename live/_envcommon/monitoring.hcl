terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//monitoring"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
}

dependency "kms" {
  config_path                             = "${get_terragrunt_dir()}/../kms"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "networking" {
  config_path                             = "${get_terragrunt_dir()}/../networking"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].networking
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "storage" {
  config_path                             = "${get_terragrunt_dir()}/../shared-storage"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].shared-storage
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  name                     = local.project.name
  kms_key_arn              = dependency.kms.outputs.key_arn
  permissions_boundary_arn = local.project.accounts[local.account.account_name].boundary_arn
  subscriptions            = { on-call = { protocol = "email", endpoint = local.project.on_call } }
  nat_gateways             = dependency.networking.outputs.nat_gateway_ids

  fsx_file_systems = {
    shared = { id = dependency.storage.outputs.lustre.id, storage_capacity_gib = dependency.storage.outputs.lustre.storage_capacity_gib }
  }
  efs_file_systems = { shared = { id = dependency.storage.outputs.efs.id } }

  mocked_dependencies = [for unit, outputs in {
    kms        = dependency.kms.outputs
    networking = dependency.networking.outputs
    storage    = dependency.storage.outputs
  } : unit if can(outputs.mocked)]
}
