output "rule_ids" {
  description = "Ids of the rules, lowest priority first: dimension `RuleId` of the replication metrics, which S3 publishes in the destination's region but for the failures."
  value       = tolist(local.rule_ids)
}

output "role_policy" {
  description = "JSON of the permissions that the replication role needs. The iam module's `s3_replication_role` gives them."
  value       = jsonencode(local.role_policy)
}

output "destination_bucket_statements" {
  description = "JSON of the statements that each destination's bucket policy needs, by destination. s3-data-bucket writes them into a replica's policy; a bucket has only one policy, so that this module could not add them."
  value       = { for name, statements in local.bucket_statements : name => jsonencode(statements) }
}

output "destination_key_statements" {
  description = "JSON of the statement that each destination's key policy needs, by destination. A key of another account uses no IAM policy of the role's account, so that without it every copy fails."
  value       = { for name, statement in local.key_statements : name => jsonencode(statement) }
}
