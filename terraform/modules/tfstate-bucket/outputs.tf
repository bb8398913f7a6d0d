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

output "kms_key_arn" {
  description = "ARN of the key that encrypts state: the one passed in, or the one made here."
  value       = local.kms_key_arn
}

output "backend" {
  description = "What `backend \"s3\"` and Terragrunt's `remote_state` say beside `key`. Leaving `kms_key_id` out of it is refused by the bucket."
  value = {
    bucket       = aws_s3_bucket.this.id
    region       = data.aws_region.current.id
    encrypt      = true
    kms_key_id   = local.kms_key_arn
    use_lockfile = true
  }
}
