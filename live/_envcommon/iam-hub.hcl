# What the account of the central bucket has beside: who replicates from it to every other account-region; and ParallelCluster's roles.
locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
  live    = dirname(find_in_parent_folders("root.hcl"))
}

dependency "kms_main_us_east_1" {
  config_path                             = "${local.live}/main-account/us-east-1/kms"
  mock_outputs                            = local.mocks.units.main.us-east-1.kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "kms_main_us_west_2" {
  config_path                             = "${local.live}/main-account/us-west-2/kms"
  mock_outputs                            = local.mocks.units.main.us-west-2.kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "kms_secondary_us_east_1" {
  config_path                             = "${local.live}/secondary-account/us-east-1/kms"
  mock_outputs                            = local.mocks.units.secondary.us-east-1.kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "kms_secondary_us_west_2" {
  config_path                             = "${local.live}/secondary-account/us-west-2/kms"
  mock_outputs                            = local.mocks.units.secondary.us-west-2.kms
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  parallelcluster_roles = {}

  # Buckets are named before they are there: theirs is the policy that asks for this role.
  s3_replication_role = {
    source = {
      bucket      = local.project.accounts.main.data_buckets.us-east-1
      kms_key_arn = dependency.kms_main_us_east_1.outputs.key_arn
    }
    destinations = {
      main-us-west-2 = {
        bucket      = local.project.accounts.main.data_buckets.us-west-2
        kms_key_arn = dependency.kms_main_us_west_2.outputs.key_arn
      }
      secondary-us-east-1 = {
        bucket      = local.project.accounts.secondary.data_buckets.us-east-1
        kms_key_arn = dependency.kms_secondary_us_east_1.outputs.key_arn
      }
      secondary-us-west-2 = {
        bucket      = local.project.accounts.secondary.data_buckets.us-west-2
        kms_key_arn = dependency.kms_secondary_us_west_2.outputs.key_arn
      }
    }
  }

  mocked_dependencies = [for unit, outputs in {
    kms_main_us_east_1      = dependency.kms_main_us_east_1.outputs
    kms_main_us_west_2      = dependency.kms_main_us_west_2.outputs
    kms_secondary_us_east_1 = dependency.kms_secondary_us_east_1.outputs
    kms_secondary_us_west_2 = dependency.kms_secondary_us_west_2.outputs
  } : unit if can(outputs.mocked)]
}
