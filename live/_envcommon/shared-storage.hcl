terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//shared-storage"
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

dependency "efa" {
  config_path                             = "${get_terragrunt_dir()}/../efa-security-group"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].efa-security-group
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "data" {
  config_path                             = "${get_terragrunt_dir()}/../${local.region.data_bucket_unit}"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region][local.region.data_bucket_unit]
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  name        = "${local.project.name}-${local.account.account_name}-${local.region.aws_region}"
  vpc_id      = dependency.networking.outputs.vpc_id
  kms_key_arn = dependency.kms.outputs.key_arn

  # Every machine with an accelerator is in it, whatever runs it.
  client_security_group_ids = { efa = dependency.efa.outputs.security_group_id }

  lustre = {
    subnet_id            = dependency.networking.outputs.private_subnet_ids[local.region.storage_zone_id]
    storage_capacity_gib = 4800
  }

  # Checkpoints stay in their region; what every region is to have is written to the central bucket, and comes from there.
  data_repository = {
    bucket = dependency.data.outputs.replication_end
    associations = {
      datasets    = { prefix = "datasets/" }
      models      = { prefix = "models/" }
      checkpoints = { prefix = "checkpoints/", import = ["NEW"], export = ["NEW", "CHANGED"] }
    }
  }

  efs = {
    subnet_ids = dependency.networking.outputs.private_subnet_ids
    access_points = {
      homes = { path = "/homes", uid = 1000, gid = 1000 }
    }
  }

  mocked_dependencies = [for unit, outputs in {
    kms        = dependency.kms.outputs
    networking = dependency.networking.outputs
    efa        = dependency.efa.outputs
    data       = dependency.data.outputs
  } : unit if can(outputs.mocked)]
}
