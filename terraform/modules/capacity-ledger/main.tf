data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  # Not name, which aws 6 deprecates, nor region, which aws 5 lacks.
  region = data.aws_region.this.id

  # Put together rather than taken from the table, so that the policy is known in the plan, where it can be reviewed.
  table_arn = "arn:${data.aws_partition.this.partition}:dynamodb:${local.region}:${data.aws_caller_identity.this.account_id}:table/${var.name}"

  # Entries are added, each in a transaction that also holds the one before it. Nobody may do otherwise, whatever their own
  # policies say. IAM cannot see whether a transaction has its conditions: a purchase program that leaves them out can still
  # overwrite an entry, which the chain of hashes then shows.
  append_only = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "NothingIsChanged"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate",
          "dynamodb:UpdateItem",
        ]
        Resource = local.table_arn
      },
      {
        Sid       = "AddedInTransactionsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "dynamodb:PutItem"
        Resource  = local.table_arn
        # Also true where the key is absent, as in a plain PutItem.
        Condition = { "ForAllValues:StringNotEquals" = { "dynamodb:EnclosingOperation" = ["TransactWriteItems"] } }
      },
    ]
  })
}

resource "aws_dynamodb_table" "this" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = var.deletion_protection
  hash_key                    = "ledger"
  range_key                   = "number"
  tags                        = var.tags

  # A constant, one for the table: two processes that both begin the ledger then want the same first entry, and one gets it.
  # The ledger's own id is in that entry.
  attribute {
    name = "ledger"
    type = "S"
  }

  # 1, 2, 3 …: the next entry's key is known to everybody who has read the chain, so that a condition on it settles who is next.
  attribute {
    name = "number"
    type = "N"
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.recovery_period_in_days
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    precondition {
      condition     = split(":", var.kms_key_arn)[3] == local.region
      error_message = "kms_key_arn is of ${split(":", var.kms_key_arn)[3]} and the table of ${local.region}: a key does not cross regions. Pass this region's."
    }
  }
}

resource "aws_dynamodb_resource_policy" "this" {
  resource_arn = aws_dynamodb_table.this.arn
  policy       = local.append_only
}
