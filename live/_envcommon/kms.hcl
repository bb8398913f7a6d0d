terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//kms"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  id      = local.account.account_id
}

inputs = {
  name           = local.project.name
  administrators = [local.project.accounts[local.account.account_name].execution_role_arn]
  users          = ["arn:aws:iam::${local.id}:role/${local.project.name}-*", "arn:aws:iam::${local.id}:role/parallelcluster/${local.project.name}-*"]
  services       = ["aps", "autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "efs", "eks", "events", "fsx", "logs", "s3", "sagemaker", "scheduler"]

  # The hub's role writes replicas.
  cross_account = local.account.account_name == "main" ? {} : {
    replication = {
      principals   = [local.project.accounts.main.replication_role_arn]
      actions      = ["encrypt"]
      via_services = ["s3"]
    }
  }
}
