mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "222222222222" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-west-2" }
  }
}

variables {
  name        = "example-data"
  role        = "central"
  kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a"
  tags        = { Team = "ml-platform" }
}

run "data_is_versioned_encrypted_and_closed" {
  command = plan

  assert {
    condition     = aws_s3_bucket.this.bucket == "example-data"
    error_message = "The bucket has another name."
  }
  assert {
    condition     = aws_s3_bucket.this.tags == tomap({ Team = "ml-platform", Name = "example-data", DataRole = "central" })
    error_message = "The bucket lacks a tag."
  }
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Nothing can be replicated from or to a bucket without versioning."
  }
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule :
      rule.bucket_key_enabled && rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" &&
      rule.apply_server_side_encryption_by_default[0].kms_master_key_id == var.kms_key_arn
    ])
    error_message = "Data is not encrypted with the key that was passed in."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "The bucket could be made public."
  }
  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Another account could own what it replicates here."
  }
  assert {
    condition     = aws_s3_bucket.this.force_destroy != true
    error_message = "A destroy would delete all data."
  }
}

run "requests_without_tls_or_with_old_tls_are_refused" {
  command = plan

  assert {
    condition = [
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Condition
      if rule.Effect == "Deny" && rule.Principal == "*" && jsonencode(rule.Action) == jsonencode("s3:*") &&
      jsonencode(rule.Resource) == jsonencode(["arn:aws:s3:::example-data", "arn:aws:s3:::example-data/*"])
      ] == [
      { Bool = { "aws:SecureTransport" = "false" } },
      { NumericLessThan = { "s3:TlsVersion" = "1.2" } },
    ]
    error_message = "Data could be read without TLS 1.2."
  }
}

run "an_object_that_the_replication_role_could_not_decrypt_is_refused" {
  command = plan

  assert {
    condition = [
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Condition
      if rule.Effect == "Deny" && rule.Principal == "*" && jsonencode(rule.Action) == jsonencode("s3:PutObject") &&
      jsonencode(rule.Resource) == jsonencode("arn:aws:s3:::example-data/*")
      ] == [
      {
        Null            = { "s3:x-amz-server-side-encryption" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
      },
      {
        Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.kms_key_arn }
      },
    ]
    error_message = "Objects under other keys would be taken and never replicated, or a plain upload is refused."
  }
}

run "central_bucket_lets_nobody_in_and_is_written_by_its_own_account" {
  command = plan

  assert {
    condition = [for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Sid] == [
      "TlsOnly", "Tls12", "OnlyKms", "OnlyThisKey",
    ]
    error_message = "The policy says more than what holds for everybody."
  }
}

run "a_key_of_another_region_is_refused" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-0000-0000-00000000000a"
  }

  expect_failures = [aws_s3_bucket_server_side_encryption_configuration.this]
}

run "what_was_overwritten_or_deleted_can_be_brought_back_for_a_month" {
  command = plan

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule :
      [rule.status, rule.noncurrent_version_expiration[0].noncurrent_days, rule.expiration[0].expired_object_delete_marker, rule.abort_incomplete_multipart_upload[0].days_after_initiation]
    ] == [["Enabled", 30, true, 7]]
    error_message = "Old versions, delete markers or broken uploads live longer or shorter than that."
  }
}

run "old_versions_live_as_long_as_asked" {
  command = plan

  variables {
    old_versions_days = 3
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration[0].noncurrent_days == 3
    error_message = "old_versions_days is not heard."
  }
}

run "current_objects_expire_only_below_the_prefixes_that_were_named" {
  command = plan

  variables {
    expire_after_days = { "checkpoints/" = 30, "scratch/" = 2 }
  }

  assert {
    condition = {
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id => "${rule.status} ${rule.filter[0].prefix} ${rule.expiration[0].days}"
      if rule.id != "old-versions"
      } == {
      "expire-checkpoints/" = "Enabled checkpoints/ 30"
      "expire-scratch/"     = "Enabled scratch/ 2"
    }
    error_message = "Something else expires, or not in time."
  }
  # S3 takes no days beside a delete marker (S3 API reference, LifecycleExpiration), and of a plan they are not known.
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.expiration[0].expired_object_delete_marker if rule.id == "old-versions"
    ])
    error_message = "Every object of the bucket expires."
  }
}

run "access_logs_go_where_they_are_sent" {
  command = plan

  variables {
    access_log_bucket = "example-access-logs"
  }

  assert {
    condition = (
      aws_s3_bucket_logging.this[0].target_bucket == "example-access-logs" &&
      aws_s3_bucket_logging.this[0].target_prefix == "example-data/"
    )
    error_message = "Access logs go elsewhere."
  }
}

run "access_logs_are_off_unless_asked_for" {
  command = plan

  assert {
    condition     = length(aws_s3_bucket_logging.this) == 0
    error_message = "Access logs are sent without a bucket."
  }
}

run "outputs_are_what_replication_must_know" {
  command = apply

  variables {
    local_prefixes = ["checkpoints/", "scratch/"]
  }

  assert {
    condition = output.replication_end == {
      name           = aws_s3_bucket.this.id
      role           = "central"
      account_id     = "222222222222"
      region         = "us-west-2"
      kms_key_arn    = var.kms_key_arn
      versioning     = "Enabled"
      local_prefixes = tolist(["checkpoints/", "scratch/"])
    }
    error_message = "The end that replication sees is not this bucket's."
  }
  assert {
    condition     = output.bucket == aws_s3_bucket.this.id && output.bucket_arn == aws_s3_bucket.this.arn && output.role == "central"
    error_message = "An output is another bucket's."
  }
}
