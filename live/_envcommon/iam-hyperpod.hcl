# What an account with HyperPod in us-west-2 has beside: the role of its machines, which read their scripts.
locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
  scripts = local.project.accounts[local.account.account_name].lifecycle_buckets.us-west-2
}

dependency "kms_us_west_2" {
  config_path                             = "${get_terragrunt_dir()}/../../us-west-2/kms"
  mock_outputs                            = local.mocks.units[local.account.account_name].us-west-2.kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  hyperpod_role = {
    lifecycle_bucket = local.scripts
    # Named before it is there: the cluster's own unit needs the roles of this one.
    eks_cluster_arns    = ["arn:aws:eks:us-west-2:${local.account.account_id}:cluster/${local.project.name}-training"]
    volume_kms_key_arns = [dependency.kms_us_west_2.outputs.key_arn]
  }

  data_buckets = {
    (local.scripts) = { kms_key_arn = dependency.kms_us_west_2.outputs.key_arn }
  }
}
