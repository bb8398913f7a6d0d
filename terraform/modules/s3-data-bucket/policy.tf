locals {
  bucket_arn = "arn:${data.aws_partition.current.partition}:s3:::${var.name}"

  everybody_rules = [
    {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    },
    {
      Sid       = "Tls12"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
    },
    # The replication role can decrypt with this bucket's key alone: an object under another one would stay here, FAILED, and
    # nobody would be told. Both conditions must hold, so that an upload that asks for nothing gets the key by default.
    {
      Sid       = "OnlyKms"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arn}/*"
      Condition = {
        Null            = { "s3:x-amz-server-side-encryption" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
      }
    },
    {
      Sid       = "OnlyThisKey"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arn}/*"
      Condition = {
        Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.kms_key_arn }
      }
    },
  ]

  # S3 user guide, granting permissions when source and destination are of different accounts. Versioning is on already, so
  # that nobody from elsewhere needs to change it.
  replication_rules = [
    {
      Sid       = "ReplicationInto"
      Effect    = "Allow"
      Principal = { AWS = var.replication_role_arn }
      Action = [
        "s3:ObjectOwnerOverrideToBucketOwner",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
        "s3:ReplicateTags",
      ]
      Resource = "${local.bucket_arn}/*"
    },
    {
      Sid       = "ReplicationLooks"
      Effect    = "Allow"
      Principal = { AWS = var.replication_role_arn }
      Action    = ["s3:GetBucketVersioning", "s3:ListBucket"]
      Resource  = local.bucket_arn
    },
  ]

  # Replication has actions of its own and is not touched by this. An object written here by anybody else would differ from
  # the central bucket's and be overwritten by it some day.
  read_only_rules = [{
    Sid       = "OnlyReplicationWrites"
    Effect    = "Deny"
    Principal = "*"
    Action = [
      "s3:DeleteObject",
      "s3:DeleteObjectTagging",
      "s3:DeleteObjectVersion",
      "s3:DeleteObjectVersionTagging",
      "s3:PutObject",
      "s3:PutObjectTagging",
      "s3:PutObjectVersionTagging",
    ]
    # Without local prefixes nothing at all is excepted: an empty list would be refused as a policy.
    NotResource = length(var.local_prefixes) > 0 ? [for prefix in var.local_prefixes : "${local.bucket_arn}/${prefix}*"] : [local.bucket_arn]
  }]
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.everybody_rules,
      var.role == "replica" ? local.replication_rules : [],
      var.role == "replica" && var.writes_only_by_replication ? local.read_only_rules : [],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}
