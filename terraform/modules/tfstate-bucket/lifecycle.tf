# Terraform writes KEY.tflock before every plan and deletes it after: in a versioned bucket each run leaves an old version
# and a delete marker. S3 Lifecycle cannot select by how a key ends, so lock files are told from states by their size.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "lock-files"
    status = "Enabled"

    # A lock is some 250 bytes and two names. Of states only those without a resource are as small.
    filter {
      object_size_less_than = 512
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "history"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days           = var.history_days
      newer_noncurrent_versions = var.history_versions
    }

    # Here and not in the rule for lock files: S3 refuses it beside a size.
    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
