output "terraform_role_arns" {
  description = "ARNs of TerraformExecutionRole, TerraformPlanRole and, in the main account where apply_by_actions is on, TerraformCIRole: for Atlantis's AWS_ROLE_ARN and GitHub's variables."
  value       = module.iam.terraform_role_arns
}

output "capacity_role_arns" {
  description = "ARNs of the roles that find and buy capacity, for ml-clusters.toml and policy.toml."
  value       = module.iam.capacity_role_arns
}

output "permissions_boundary_arn" {
  description = "ARN of the boundary of every role that Terraform makes; the tree knows it by its name."
  value       = module.iam.permissions_boundary_arn
}
