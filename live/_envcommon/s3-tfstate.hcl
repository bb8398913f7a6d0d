terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//tfstate-bucket"
}

# Every state is in it, this one too: nothing brings it down by the way.
prevent_destroy = true

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  # What other accounts' units depend on.
  read_by_others = ["main/us-east-1/iam/"]
}

inputs = {
  name = local.project.state.bucket

  cross_account_access = merge(
    { for account, each in local.project.accounts : account => {
      principal_arns = [each.execution_role_arn]
      write_prefixes = ["${account}/"]
      read_prefixes  = local.read_by_others
    } if account != "main" },
    { for account, each in local.project.accounts : "${account}plan" => {
      principal_arns = [each.plan_role_arn]
      read_prefixes  = concat(["${account}/"], local.read_by_others)
    } if account != "main" },
  )
}
