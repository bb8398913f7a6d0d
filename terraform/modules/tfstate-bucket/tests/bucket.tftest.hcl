mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::example-tfstate" }
  }
}

variables {
  name        = "example-tfstate"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-00000000000a"
  tags        = { Team = "ml-platform" }
}

run "state_is_versioned_encrypted_and_closed" {
  command = plan

  assert {
    condition     = aws_s3_bucket.this.bucket == "example-tfstate"
    error_message = "The bucket has another name."
  }
  assert {
    condition     = aws_s3_bucket.this.tags == tomap({ Team = "ml-platform", Name = "example-tfstate" })
    error_message = "The bucket lacks a tag."
  }
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "State has no history."
  }
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule :
      rule.bucket_key_enabled && rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" &&
      rule.apply_server_side_encryption_by_default[0].kms_master_key_id == var.kms_key_arn
    ])
    error_message = "State is not encrypted with the key that was passed in."
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
    error_message = "Another account could own a state that it wrote."
  }
  assert {
    condition     = aws_s3_bucket.this.force_destroy != true
    error_message = "A destroy would delete all state."
  }
}

run "a_key_that_is_passed_in_is_the_only_key" {
  command = plan

  assert {
    condition     = length(aws_kms_key.this) + length(aws_kms_alias.this) == 0
    error_message = "A second key is made."
  }
  assert {
    condition     = output.kms_key_arn == var.kms_key_arn
    error_message = "The output names another key."
  }
}

run "without_a_key_one_is_made_and_rotated" {
  command = plan

  variables {
    kms_key_arn = null
  }

  assert {
    condition     = aws_kms_key.this[0].enable_key_rotation && aws_kms_key.this[0].deletion_window_in_days == 30
    error_message = "The key is not rotated, or is gone too soon after a mistaken destroy."
  }
  assert {
    condition     = aws_kms_alias.this[0].name == "alias/example-tfstate"
    error_message = "The key cannot be found by the bucket's name."
  }
  assert {
    condition     = aws_kms_key.this[0].tags == tomap({ Team = "ml-platform", Name = "example-tfstate" })
    error_message = "The key lacks a tag."
  }
  assert {
    condition     = [for rule in jsondecode(aws_kms_key.this[0].policy).Statement : rule.Principal.AWS] == ["arn:aws:iam::111111111111:root"]
    error_message = "The key's policy names more than this account."
  }
}

run "made_key_encrypts_the_bucket" {
  command = apply

  variables {
    kms_key_arn = null
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule :
      rule.apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.this[0].arn
    ])
    error_message = "The bucket is encrypted with another key than the one made for it."
  }
  assert {
    condition     = output.kms_key_arn == aws_kms_key.this[0].arn && output.backend.kms_key_id == aws_kms_key.this[0].arn
    error_message = "The outputs name another key."
  }
}

run "lock_files_old_versions_go_after_a_day" {
  command = plan

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.noncurrent_version_expiration[0].noncurrent_days
      if rule.id == "lock-files" && rule.status == "Enabled" && rule.filter[0].object_size_less_than == 512
    ] == [1]
    error_message = "Lock files pile up, or the rule takes states with resources too."
  }
  # S3 answers MalformedXML to a delete marker's expiry beside a filter by size.
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : length(rule.expiration) == 0 if rule.id == "lock-files"])
    error_message = "S3 would refuse the configuration."
  }
}

run "delete_markers_that_locks_leave_are_removed" {
  command = plan

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.expiration[0].expired_object_delete_marker
      if rule.id == "history" && rule.status == "Enabled"
    ] == [true]
    error_message = "Delete markers of locks stay for ever."
  }
}

run "old_states_are_kept_by_age_and_by_number" {
  command = plan

  variables {
    history_days     = 30
    history_versions = 7
  }

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule :
      "${rule.noncurrent_version_expiration[0].noncurrent_days} ${rule.noncurrent_version_expiration[0].newer_noncurrent_versions}"
      if rule.id == "history"
    ] == ["30 7"]
    error_message = "The history is not the one that was asked for."
  }
  # No rule may ever expire what is current.
  assert {
    condition = alltrue(flatten([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : [for expiration in rule.expiration : coalesce(expiration.days, 0) == 0 && expiration.date == null]
    ]))
    error_message = "A current state would expire."
  }
}

run "backend_takes_the_bucket_key_and_the_native_lock" {
  command = apply

  assert {
    condition = output.backend == {
      bucket       = aws_s3_bucket.this.id
      region       = "us-east-1"
      encrypt      = true
      kms_key_id   = var.kms_key_arn
      use_lockfile = true
    }
    error_message = "The backend's settings do not fit the bucket."
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
      aws_s3_bucket_logging.this[0].target_prefix == "example-tfstate/"
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
