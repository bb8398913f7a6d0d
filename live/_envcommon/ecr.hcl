terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//ecr"
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

inputs = {
  name          = local.project.name
  kms_key_arn   = dependency.kms.outputs.key_arn
  pull_accounts = [for account, each in local.project.accounts : each.id if account != local.account.account_name]

  # The same in every region, since copies are made into repositories that are there.
  repositories = {
    base     = { keep = { "nightly-" = 30 } }
    training = {}
    serving  = {}
    # HyperPod's chart, which AWS publishes as a folder alone.
    "charts/hyperpod-helm-chart" = {}
  }

  mocked_dependencies = [for unit, outputs in { kms = dependency.kms.outputs } : unit if can(outputs.mocked)]
}
