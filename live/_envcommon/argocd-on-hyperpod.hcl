# Beside argocd-bootstrap, where a HyperPod cluster is attached: what its chart brings is not installed a second time.
locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
}

dependency "chart" {
  config_path                             = "${get_terragrunt_dir()}/../hyperpod-chart-eks-${split("-eks-", basename(get_original_terragrunt_dir()))[1]}"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].hyperpod-chart
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  hyperpod = { elsewhere = dependency.chart.outputs.elsewhere }

  mocked_dependencies = [for unit, outputs in { chart = dependency.chart.outputs } : unit if can(outputs.mocked)]
}
