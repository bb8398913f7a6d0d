terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//hyperpod-chart"
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

# Order alone: the chart is pulled from there, and the cluster is reached over this.
dependencies {
  paths = [
    "${dirname(find_in_parent_folders("root.hcl"))}/main-account/${local.region.aws_region}/ecr",
    "${dirname(find_in_parent_folders("root.hcl"))}/main-account/us-east-1/vpc-peering-${local.account.account_name}-${local.region.aws_region}",
  ]
}

inputs = {
  region = local.region.aws_region

  # Packaged from that commit and pushed by hand: the README of hyperpod-chart says how.
  chart = {
    repository = "oci://${local.project.accounts.main.id}.dkr.ecr.${local.region.aws_region}.amazonaws.com/${local.project.name}/charts"
    name       = "hyperpod-helm-chart"
    version    = "0.1.0-g011ca927123e"
    revision   = "011ca927123e02b35a399935bbb3ab1905fe33c7"
  }

  # The cluster has GPUs beside HyperPod's, in node groups on blocks and by Karpenter, and the chart's plugins know types with ml. only.
  elsewhere = ["efa-device-plugin", "neuron-device-plugin", "nvidia-device-plugin"]

  mocked_dependencies = [for unit, outputs in { cluster = dependency.cluster.outputs } : unit if can(outputs.mocked)]
}
