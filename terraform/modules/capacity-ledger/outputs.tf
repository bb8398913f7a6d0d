output "table_name" {
  description = "Name of the table: what follows dynamodb://."
  value       = aws_dynamodb_table.this.name
}

output "table_arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.this.arn
}

output "append_policy" {
  description = "The least that a role needs to read and to append, as JSON for an IAM policy."
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in [
      jsonencode({
        Sid      = "Read"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query"]
        Resource = local.table_arn
      }),
      jsonencode({
        Sid       = "Append"
        Effect    = "Allow"
        Action    = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem"]
        Resource  = local.table_arn
        Condition = { "ForAnyValue:StringEquals" = { "dynamodb:EnclosingOperation" = ["TransactWriteItems"] } }
      }),
      jsonencode({
        Sid       = "Key"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.kms_key_arn
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${local.region}.amazonaws.com" } }
      }),
    ] : jsondecode(statement)]
  })
}
