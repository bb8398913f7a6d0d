terraform_binary              = "terraform" # OpenTofu is preferred where both are installed.
terragrunt_version_constraint = ">= 1.1.3, < 2.0"
terraform_version_constraint  = ">= 1.11"

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  unit    = basename(get_original_terragrunt_dir())

  # A state on disk: for s3-tfstate before its bucket is there, and for plans where no AWS is.
  local_state = get_env("ML_CLUSTERS_LOCAL_STATE", "") != ""
  backends = {
    local = { path = "${get_original_terragrunt_dir()}/terraform.tfstate" }
    s3 = merge(
      {
        bucket       = local.project.state.bucket
        key          = "${local.account.account_name}/${local.region.aws_region}/${local.unit}/terraform.tfstate"
        region       = local.project.state.region
        encrypt      = true
        use_lockfile = true
      },
      local.project.state.kms_key_id == null ? {} : {
        kms_key_id = "arn:aws:kms:${local.project.state.region}:${local.project.accounts.main.id}:key/${local.project.state.kms_key_id}"
      },
    )
  }
}

remote_state {
  backend = local.local_state ? "local" : "s3"
  config  = local.local_state ? local.backends.local : local.backends.s3

  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
}

terraform {
  # Lock files are made for all platforms at once, and none is kept that a single machine made.
  copy_terraform_lock_file = false

  # Tests of modules call examples, whose own providers would be at odds with those that are generated here.
  exclude_from_copy = ["**/tests/**", "**/examples/**"]

  extra_arguments "wait_for_the_lock" {
    commands  = get_terraform_commands_that_need_locking()
    arguments = ["-lock-timeout=10m"]
  }
}

# A plan that is made of mocks says so; what applies it is refused by the provider of AWS, in _providers/aws.hcl.
generate "mocks" {
  path      = "mocks.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    variable "mocked_dependencies" {
      description = "Dependencies, by their names in this unit, whose outputs are mocked, because they are not applied yet."
      type        = set(string)
      nullable    = false
      default     = []
    }

    check "no_mocks" {
      assert {
        condition     = length(var.mocked_dependencies) == 0
        error_message = "Planned with mocked outputs of $${join(", ", var.mocked_dependencies)}: it shows what would be made, and cannot be applied. Apply those first, and plan again."
      }
    }
  EOT
}
