terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//argocd-bootstrap"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
}

dependency "cluster" {
  config_path                             = "${get_terragrunt_dir()}/../eks-${split("-eks-", basename(get_original_terragrunt_dir()))[1]}"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].eks-cluster
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

inputs = {
  cluster = {
    name         = dependency.cluster.outputs.name
    region       = local.region.aws_region
    account_id   = local.account.account_id
    account_name = local.account.account_name
    vpc_id       = dependency.networking.outputs.vpc_id
  }
  repository            = { url = local.project.repository }
  karpenter             = dependency.cluster.outputs.karpenter
  efa_security_group_id = dependency.efa.outputs.security_group_id

  addons = {
    dcgm_exporter        = true
    efa_device_plugin    = true
    efa_exporter         = true
    jobset               = true
    kueue                = true
    metrics_server       = true
    neuron_device_plugin = true
    nvidia_device_plugin = true
  }

  mocked_dependencies = [for unit, outputs in {
    cluster    = dependency.cluster.outputs
    networking = dependency.networking.outputs
    efa        = dependency.efa.outputs
  } : unit if can(outputs.mocked)]
}
