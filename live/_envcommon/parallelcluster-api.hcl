terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//parallelcluster-api"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
}

inputs = {
  name                     = local.project.name
  parallelcluster_version  = "3.16.1"
  permissions_boundary_arn = local.project.accounts[local.account.account_name].boundary_arn

  # Its provider calls it with the credentials around it: Atlantis's are main's, those of a job of Actions the account's.
  principals = distinct([
    local.project.accounts[local.account.account_name].execution_role_arn,
    local.project.accounts.main.execution_role_arn,
  ])
}
