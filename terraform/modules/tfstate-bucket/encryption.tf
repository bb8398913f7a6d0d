locals {
  kms_key_arn = var.kms_key_arn == null ? aws_kms_key.this[0].arn : var.kms_key_arn
}

resource "aws_kms_key" "this" {
  count = var.kms_key_arn == null ? 1 : 0

  description             = "Terraform state in ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = local.key_policy
  tags                    = merge(var.tags, { Name = var.name })
}

resource "aws_kms_alias" "this" {
  count = var.kms_key_arn == null ? 1 : 0

  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this[0].key_id
}

locals {
  key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        # Without it nobody could ever mend the key's policy (KMS user guide, default key policy). It leaves the decision to
        # the account's IAM policies.
        Sid       = "AccountThroughIam"
        Effect    = "Allow"
        Principal = { AWS = local.account_root }
        Action    = "kms:*"
        Resource  = "*"
      }],
      [for name, access in var.cross_account_access : {
        Sid       = "State${local.sid[name]}"
        Effect    = "Allow"
        Principal = { AWS = local.access_roots[name] }
        Action    = length(access.write_prefixes) > 0 ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
        Resource  = "*" # a key's policy is about that key
        Condition = {
          ArnEquals    = { "aws:PrincipalArn" = access.principal_arns }
          StringEquals = { "kms:ViaService" = "s3.${data.aws_region.current.id}.amazonaws.com" }
        }
      }],
    )
  })
}
