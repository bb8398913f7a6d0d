# What the three policies outside this module must say: that of the role, and for each destination that of its bucket and of its
# key. S3 checks all of them object by object and says nothing when it creates the configuration.
locals {
  source_arn = "${local.s3_arn}${var.source_bucket.name}"

  # With a bucket key the encryption context is the bucket's ARN, without one the object's (S3 user guide, replicating encrypted
  # objects).
  kms_conditions = {
    for end in concat([var.source_bucket], values(var.destinations)[*].bucket) : end.name => {
      StringEquals = { "kms:ViaService" = "s3.${end.region}.amazonaws.com" }
      StringLike   = { "kms:EncryptionContext:aws:s3:arn" = ["${local.s3_arn}${end.name}", "${local.s3_arn}${end.name}/*"] }
    }
  }

  replication_actions = [
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:ReplicateTags",
  ]

  role_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Source"
          Effect   = "Allow"
          Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
          Resource = local.source_arn
        },
        {
          Sid      = "ReadSource"
          Effect   = "Allow"
          Action   = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"]
          Resource = "${local.source_arn}/*"
        },
        {
          Sid       = "DecryptSource"
          Effect    = "Allow"
          Action    = ["kms:Decrypt"]
          Resource  = var.source_bucket.kms_key_arn
          Condition = local.kms_conditions[var.source_bucket.name]
        },
        {
          Sid      = "WriteReplicas"
          Effect   = "Allow"
          Action   = local.replication_actions
          Resource = [for destination in values(var.destinations) : "${local.s3_arn}${destination.bucket.name}/*"]
        },
      ],
      [for destination in values(var.destinations) : {
        Sid       = "Encrypt${substr(sha1(destination.bucket.name), 0, 8)}"
        Effect    = "Allow"
        Action    = ["kms:Encrypt", "kms:GenerateDataKey"]
        Resource  = destination.bucket.kms_key_arn
        Condition = local.kms_conditions[destination.bucket.name]
      }],
    )
  }

  bucket_statements = {
    for name, destination in var.destinations : name => [
      {
        Sid       = "ReplicationInto"
        Effect    = "Allow"
        Principal = { AWS = var.replication_role_arn }
        Action    = local.replication_actions
        Resource  = "${local.s3_arn}${destination.bucket.name}/*"
      },
      {
        Sid       = "ReplicationLooks"
        Effect    = "Allow"
        Principal = { AWS = var.replication_role_arn }
        Action    = ["s3:GetBucketVersioning", "s3:ListBucket"]
        Resource  = "${local.s3_arn}${destination.bucket.name}"
      },
    ]
  }

  key_statements = {
    for name, destination in var.destinations : name => {
      Sid       = "ReplicationInto"
      Effect    = "Allow"
      Principal = { AWS = var.replication_role_arn }
      Action    = ["kms:Encrypt", "kms:GenerateDataKey"]
      Resource  = "*" # a key's policy is about that key
      Condition = local.kms_conditions[destination.bucket.name]
    }
  }
}
