output "endpoint" {
  description = "URL of the API: endpoint of the aws-parallelcluster provider."
  value       = local.endpoint
}

output "role_arn" {
  description = "ARN of the role that calls the API: role_arn of the aws-parallelcluster provider. Waits for its permission."
  value       = aws_iam_role.this.arn
  depends_on  = [aws_iam_role_policy.this]
}

output "parallelcluster_version" {
  description = "Version of the API, and so of every cluster that it makes."
  value       = var.parallelcluster_version
}

output "region" {
  description = "Region of the API, and so of every cluster that it makes."
  value       = local.region
}
