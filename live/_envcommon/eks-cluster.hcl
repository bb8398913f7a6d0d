terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//eks-cluster"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
  cidrs   = read_terragrunt_config(find_in_parent_folders("cidrs.hcl")).locals
  own     = local.project.accounts[local.account.account_name]
  unit    = basename(get_original_terragrunt_dir())
}

dependency "networking" {
  config_path                             = "${get_terragrunt_dir()}/../networking"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].networking
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "kms" {
  config_path                             = "${get_terragrunt_dir()}/../kms"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].kms
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

dependency "data" {
  config_path                             = "${get_terragrunt_dir()}/../${local.region.data_bucket_unit}"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region][local.region.data_bucket_unit]
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "monitoring" {
  config_path                             = "${get_terragrunt_dir()}/../monitoring"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].monitoring
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

# Order alone: images are pulled from there, and file systems are mounted.
dependencies {
  paths = [
    "${dirname(find_in_parent_folders("root.hcl"))}/main-account/${local.region.aws_region}/ecr",
    "${get_terragrunt_dir()}/../shared-storage",
  ]
}

inputs = {
  name                     = "${local.project.name}-${trimprefix(local.unit, "eks-")}"
  vpc_id                   = dependency.networking.outputs.vpc_id
  control_plane_subnet_ids = dependency.networking.outputs.control_plane_subnet_ids
  private_subnet_ids       = dependency.networking.outputs.private_subnet_ids
  efa_security_group_id    = dependency.efa.outputs.security_group_id
  kms_key_arn              = dependency.kms.outputs.key_arn
  role_arns                = dependency.iam.outputs.eks_role_arns
  undelivered_queue_arn    = dependency.monitoring.outputs.undelivered_queue_arn
  permissions_boundary_arn = local.own.boundary_arn

  s3_buckets = {
    (dependency.data.outputs.bucket) = { write_prefixes = ["checkpoints/"], kms_key_arn = dependency.kms.outputs.key_arn }
  }

  # Charts are installed as this role.
  access_entries = {
    terraform = { principal_arn = local.own.execution_role_arn, policy = "AmazonEKSClusterAdminPolicy" }
  }

  # From where Terraform is applied, and HyperPod's machines.
  private_access_cidrs              = [local.cidrs.vpcs.main.us-east-1]
  private_access_security_group_ids = { efa = dependency.efa.outputs.security_group_id }

  mocked_dependencies = [for unit, outputs in {
    networking = dependency.networking.outputs
    kms        = dependency.kms.outputs
    efa        = dependency.efa.outputs
    iam        = dependency.iam.outputs
    data       = dependency.data.outputs
    monitoring = dependency.monitoring.outputs
  } : unit if can(outputs.mocked)]
}
