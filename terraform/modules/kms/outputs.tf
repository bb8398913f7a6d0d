output "key_arn" {
  description = "ARN of the key, as other modules' kms_key_arn want it."
  value       = aws_kms_key.this.arn
}

output "key_id" {
  description = "Id of the key."
  value       = aws_kms_key.this.key_id
}

output "alias_arns" {
  description = "ARNs of the key's aliases, by alias. IAM policies take the key's ARN, never an alias's."
  value       = { for alias in concat([aws_kms_alias.this], values(aws_kms_alias.further)) : alias.name => alias.arn }
}
