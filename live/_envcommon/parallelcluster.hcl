terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//parallelcluster"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
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

dependency "iam" {
  config_path                             = "${dirname(find_in_parent_folders("root.hcl"))}/${local.account.account_name}-account/us-east-1/iam"
  mock_outputs                            = local.mocks.units[local.account.account_name].us-east-1.iam
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "storage" {
  config_path                             = "${get_terragrunt_dir()}/../shared-storage"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].shared-storage
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

# Order alone: images are pulled from there, and volumes are encrypted with this.
dependencies {
  paths = [
    "${dirname(find_in_parent_folders("root.hcl"))}/main-account/${local.region.aws_region}/ecr",
    "${get_terragrunt_dir()}/../kms",
  ]
}

inputs = {
  name     = "${local.project.name}-slurm"
  region   = local.region.aws_region
  template = "${dirname(find_in_parent_folders("root.hcl"))}/../cluster-configs/parallelcluster/gpu-training.yaml"

  head_node                = { zone_id = local.region.storage_zone_id, ssh_cidr = dependency.networking.outputs.cidr }
  subnet_ids               = dependency.networking.outputs.private_subnet_ids
  efa_security_group_id    = dependency.efa.outputs.security_group_id
  roles                    = dependency.iam.outputs.parallelcluster_role_arns
  permissions_boundary_arn = local.project.accounts[local.account.account_name].boundary_arn
  lustre                   = { file_system_id = dependency.storage.outputs.lustre.id }

  on_demand_queues = {
    cpu = { instance_type = "c7i.8xlarge", zone_id = local.region.storage_zone_id, max_count = 16 }
  }

  mocked_dependencies = [for unit, outputs in {
    networking = dependency.networking.outputs
    efa        = dependency.efa.outputs
    iam        = dependency.iam.outputs
    storage    = dependency.storage.outputs
  } : unit if can(outputs.mocked)]
}
