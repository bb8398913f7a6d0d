# What the S3 backend with a lock file asks for (Terraform, S3 backend, permissions required): it deletes lock files and no state.

locals {
  state_bucket_arn = var.state == null ? null : "arn:${local.partition}:s3:::${var.state.bucket}"
  state_arns       = var.state == null ? [] : [local.state_bucket_arn, "${local.state_bucket_arn}/*"]

  state_key_statements = { for use, actions in {
    read  = ["kms:Decrypt"]
    write = ["kms:Decrypt", "kms:GenerateDataKey"]
    } : use => [for key in compact([try(var.state.kms_key_arn, "")]) : {
      Sid      = "StateKey"
      Effect   = "Allow"
      Action   = actions
      Resource = key
      # The key may be others' too: of what it encrypted only states are read.
      Condition = {
        StringEquals = { "kms:ViaService" = "s3.${split(":", key)[3]}.amazonaws.com" }
        ArnLike      = { "kms:EncryptionContext:aws:s3:arn" = local.state_arns }
      }
  }] }

  state_listing = [for bucket in compact([local.state_bucket_arn]) : {
    Sid      = "ListStates"
    Effect   = "Allow"
    Action   = "s3:ListBucket"
    Resource = bucket
  }]

  state_statements = {
    read = concat(local.state_listing, [for bucket in compact([local.state_bucket_arn]) : {
      Sid      = "ReadStates"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${bucket}/*/terraform.tfstate"
    }], local.state_key_statements.read)

    write = concat(local.state_listing, [for bucket in compact([local.state_bucket_arn]) : {
      Sid      = "WriteStates"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = ["${bucket}/*/terraform.tfstate", "${bucket}/*/terraform.tfstate.tflock"]
      }], [for bucket in compact([local.state_bucket_arn]) : {
      Sid      = "Unlock"
      Effect   = "Allow"
      Action   = "s3:DeleteObject"
      Resource = "${bucket}/*/terraform.tfstate.tflock"
    }], local.state_key_statements.write)
  }
}
