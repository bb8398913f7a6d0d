terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//s3-replication"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
}

dependency "central" {
  config_path                             = "${get_terragrunt_dir()}/../s3-central-data"
  mock_outputs                            = local.mocks.units.main.us-east-1.s3-central-data
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "main_us_west_2" {
  config_path                             = "${dirname(find_in_parent_folders("root.hcl"))}/main-account/us-west-2/s3-data-replica"
  mock_outputs                            = local.mocks.units.main.us-west-2.s3-data-replica
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "secondary_us_east_1" {
  config_path                             = "${dirname(find_in_parent_folders("root.hcl"))}/secondary-account/us-east-1/s3-data-replica"
  mock_outputs                            = local.mocks.units.secondary.us-east-1.s3-data-replica
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "secondary_us_west_2" {
  config_path                             = "${dirname(find_in_parent_folders("root.hcl"))}/secondary-account/us-west-2/s3-data-replica"
  mock_outputs                            = local.mocks.units.secondary.us-west-2.s3-data-replica
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "iam" {
  config_path                             = "${dirname(find_in_parent_folders("root.hcl"))}/${local.account.account_name}-account/us-east-1/iam"
  mock_outputs                            = local.mocks.units[local.account.account_name].us-east-1.iam
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "monitoring" {
  config_path                             = "${get_terragrunt_dir()}/../monitoring"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].monitoring
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  name                 = local.project.name
  source_bucket        = dependency.central.outputs.replication_end
  replication_role_arn = dependency.iam.outputs.s3_replication_role_arn
  alarm_topic_arns     = [dependency.monitoring.outputs.topic_arn]

  destinations = {
    main-us-west-2 = {
      bucket = dependency.main_us_west_2.outputs.replication_end
      rules = {
        datasets = { prefix = "datasets/", priority = 10 }
        models   = { prefix = "models/", priority = 11, replicate_delete_markers = true }
      }
    }
    secondary-us-east-1 = {
      bucket = dependency.secondary_us_east_1.outputs.replication_end
      rules = {
        datasets = { prefix = "datasets/", priority = 20 }
        models   = { prefix = "models/", priority = 21, replicate_delete_markers = true }
      }
    }
    secondary-us-west-2 = {
      bucket = dependency.secondary_us_west_2.outputs.replication_end
      rules = {
        datasets = { prefix = "datasets/", priority = 30 }
        models   = { prefix = "models/", priority = 31, replicate_delete_markers = true }
      }
    }
  }

  mocked_dependencies = [for unit, outputs in {
    central             = dependency.central.outputs
    main_us_west_2      = dependency.main_us_west_2.outputs
    secondary_us_east_1 = dependency.secondary_us_east_1.outputs
    secondary_us_west_2 = dependency.secondary_us_west_2.outputs
    iam                 = dependency.iam.outputs
    monitoring          = dependency.monitoring.outputs
  } : unit if can(outputs.mocked)]
}
