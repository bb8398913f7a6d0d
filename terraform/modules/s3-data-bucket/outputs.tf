output "bucket" {
  description = "Name of the bucket, once it is versioned, encrypted and closed to everybody else."
  value       = aws_s3_bucket.this.id

  depends_on = [
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "role" {
  description = "`central` or `replica`."
  value       = var.role
}

output "replication_end" {
  description = "What the s3-replication module must know of this bucket: pass it as its `source_bucket`, or as the `bucket` of one of its `destinations`."
  value = {
    name           = aws_s3_bucket.this.id
    role           = var.role
    account_id     = data.aws_caller_identity.current.account_id
    region         = data.aws_region.current.id
    kms_key_arn    = var.kms_key_arn
    versioning     = aws_s3_bucket_versioning.this.versioning_configuration[0].status
    local_prefixes = var.local_prefixes
  }

  # S3 refuses a replication from or to a bucket without versioning, and one into a bucket whose policy does not let it in fails
  # object by object.
  depends_on = [aws_s3_bucket_policy.this, aws_s3_bucket_versioning.this]
}
