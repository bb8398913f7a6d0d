output "repository_urls" {
  description = "URLs to push to and pull from, by repository, without a tag. In a region that is replicated to, only pull."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "repository_arns" {
  description = "ARNs of the repositories, by repository."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.arn }
}
