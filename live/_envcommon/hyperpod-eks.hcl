terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//hyperpod"
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

dependency "scripts" {
  config_path                             = "${get_terragrunt_dir()}/../s3-lifecycle-scripts"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].s3-lifecycle-scripts
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "cluster" {
  config_path                             = "${get_terragrunt_dir()}/../eks-training"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].eks-cluster
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "chart" {
  config_path                             = "${get_terragrunt_dir()}/../hyperpod-chart-eks-training"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].hyperpod-chart
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  name         = "${local.project.name}-eks"
  orchestrator = "eks"
  eks = {
    cluster_name  = dependency.cluster.outputs.name
    chart_release = dependency.chart.outputs.release
  }

  account_id = local.account.account_id
  region     = local.region.aws_region
  subnet_ids = dependency.networking.outputs.private_subnet_ids
  # In that of the nodes, too, for DNS, webhooks and pods of either kind of machine that talk to each other.
  security_group_ids = [dependency.efa.outputs.security_group_id, dependency.cluster.outputs.node_security_group_id]
  execution_role_arn = dependency.iam.outputs.hyperpod_execution_role_arn

  volume_kms_key_arn = dependency.kms.outputs.key_arn

  lifecycle_scripts = {
    path        = "${dirname(find_in_parent_folders("root.hcl"))}/../cluster-configs/hyperpod/lifecycle-scripts"
    bucket      = dependency.scripts.outputs.bucket
    kms_key_arn = dependency.kms.outputs.key_arn
  }

  mocked_dependencies = [for unit, outputs in {
    networking = dependency.networking.outputs
    kms        = dependency.kms.outputs
    efa        = dependency.efa.outputs
    iam        = dependency.iam.outputs
    scripts    = dependency.scripts.outputs
    cluster    = dependency.cluster.outputs
    chart      = dependency.chart.outputs
  } : unit if can(outputs.mocked)]
}
