provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111111111111"]
}

module "tfstate" {
  source = "../.."

  name = "example-tfstate-111111111111"

  cross_account_access = {
    secondary = {
      principal_arns = ["arn:aws:iam::222222222222:role/TerraformExecutionRole"]
      write_prefixes = ["secondary/"]
      read_prefixes  = ["main/us-east-1/iam/"]
    }
  }

  tags = { Team = "ml-platform" }
}

output "backend" {
  description = "What root.hcl's remote_state needs."
  value       = module.tfstate.backend
}
