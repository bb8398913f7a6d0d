# S3 user guide, setting up permissions for live replication, and replicating encrypted objects.

locals {
  s3_replication_statements = var.s3_replication_role == null ? [] : concat(
    [
      jsonencode({
        Sid      = "Source"
        Effect   = "Allow"
        Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
        Resource = "arn:${local.partition}:s3:::${var.s3_replication_role.source.bucket}"
      }),
      jsonencode({
        Sid      = "ReadSource"
        Effect   = "Allow"
        Action   = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"]
        Resource = "arn:${local.partition}:s3:::${var.s3_replication_role.source.bucket}/*"
      }),
      jsonencode({
        Sid      = "WriteReplicas"
        Effect   = "Allow"
        Action   = ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
        Resource = [for destination in values(var.s3_replication_role.destinations) : "arn:${local.partition}:s3:::${destination.bucket}/*"]
      }),
      jsonencode({
        Sid       = "DecryptSource"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.s3_replication_role.source.kms_key_arn
        Condition = local.replication_key_conditions.source
      }),
    ],
    [for name, destination in var.s3_replication_role.destinations : jsonencode({
      Sid    = "Encrypt${substr(sha1(name), 0, 8)}"
      Effect = "Allow"
      # Encrypt is what the guide asks for; with a bucket key S3 asks for a data key.
      Action    = ["kms:Encrypt", "kms:GenerateDataKey"]
      Resource  = destination.kms_key_arn
      Condition = local.replication_key_conditions["to ${name}"]
    })],
  )

  # The context is the bucket's ARN where it has a bucket key, else the object's.
  replication_key_conditions = { for end, place in merge(
    { source = try(var.s3_replication_role.source, null) },
    { for name, destination in try(var.s3_replication_role.destinations, {}) : "to ${name}" => destination },
    ) : end => {
    StringEquals = { "kms:ViaService" = "s3.${split(":", place.kms_key_arn)[3]}.amazonaws.com" }
    StringLike   = { "kms:EncryptionContext:aws:s3:arn" = ["arn:${local.partition}:s3:::${place.bucket}", "arn:${local.partition}:s3:::${place.bucket}/*"] }
  } if place != null }
}
