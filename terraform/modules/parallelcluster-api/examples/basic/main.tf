provider "aws" {
  region = "us-west-2"
}

module "parallelcluster_api" {
  source = "../../"

  name                     = "ml-clusters"
  parallelcluster_version  = "3.16.1"
  permissions_boundary_arn = "arn:aws:iam::222222222222:policy/ml-clusters-boundary"

  # The account's own role, and the main account's, which also runs Terraform for this one.
  principals = [
    "arn:aws:iam::222222222222:role/TerraformExecutionRole",
    "arn:aws:iam::111111111111:role/TerraformCIRole",
  ]

  tags = { Project = "ml-clusters" }
}
