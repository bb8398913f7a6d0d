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
  name                 = "example"
  replication_role_arn = "arn:aws:iam::111111111111:role/example-s3-replication"
  source_bucket = {
    name           = "hub"
    role           = "central"
    account_id     = "111111111111"
    region         = "us-east-1"
    kms_key_arn    = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
    versioning     = "Enabled"
    local_prefixes = ["checkpoints/"]
  }
  destinations = {
    secondary-us-west-2 = {
      bucket = {
        name           = "spoke-222222222222-us-west-2"
        role           = "replica"
        account_id     = "222222222222"
        region         = "us-west-2"
        kms_key_arn    = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
        versioning     = "Enabled"
        local_prefixes = ["checkpoints/"]
      }
      rules = {
        datasets = { prefix = "datasets/", priority = 1 }
      }
    }
  }
}

run "role_reads_the_source_and_writes_the_replicas_and_no_more" {
  command = plan

  assert {
    condition = jsonencode({
      for rule in jsondecode(output.role_policy).Statement : rule.Sid => [rule.Action, rule.Resource] if !startswith(rule.Sid, "Encrypt")
      }) == jsonencode({
      DecryptSource = [["kms:Decrypt"], "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"]
      ReadSource    = [["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"], "arn:aws:s3:::hub/*"]
      Source        = [["s3:GetReplicationConfiguration", "s3:ListBucket"], "arn:aws:s3:::hub"]
      WriteReplicas = [["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], ["arn:aws:s3:::spoke-222222222222-us-west-2/*"]]
    })
    error_message = "The role may too much or too little."
  }
  assert {
    condition     = alltrue([for rule in jsondecode(output.role_policy).Statement : rule.Effect == "Allow"])
    error_message = "A statement does not allow."
  }
}

run "role_decrypts_and_encrypts_through_s3_for_these_buckets_only" {
  command = plan

  assert {
    condition = jsonencode({
      for rule in jsondecode(output.role_policy).Statement : rule.Resource => [rule.Action, rule.Condition] if can(rule.Condition)
      }) == jsonencode({
      "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001" = [["kms:Decrypt"], {
        StringEquals = { "kms:ViaService" = "s3.us-east-1.amazonaws.com" }
        StringLike   = { "kms:EncryptionContext:aws:s3:arn" = ["arn:aws:s3:::hub", "arn:aws:s3:::hub/*"] }
      }]
      "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003" = [["kms:Encrypt", "kms:GenerateDataKey"], {
        StringEquals = { "kms:ViaService" = "s3.us-west-2.amazonaws.com" }
        StringLike   = { "kms:EncryptionContext:aws:s3:arn" = ["arn:aws:s3:::spoke-222222222222-us-west-2", "arn:aws:s3:::spoke-222222222222-us-west-2/*"] }
      }]
    })
    error_message = "Replication could not decrypt or encrypt, or the role could use a key past S3."
  }
}

run "destinations_key_lets_the_role_encrypt_through_s3" {
  command = plan

  assert {
    condition = jsonencode(jsondecode(output.destination_key_statements["secondary-us-west-2"])) == jsonencode({
      Sid       = "ReplicationInto"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111111111111:role/example-s3-replication" }
      Action    = ["kms:Encrypt", "kms:GenerateDataKey"]
      Resource  = "*"
      Condition = {
        StringEquals = { "kms:ViaService" = "s3.us-west-2.amazonaws.com" }
        StringLike   = { "kms:EncryptionContext:aws:s3:arn" = ["arn:aws:s3:::spoke-222222222222-us-west-2", "arn:aws:s3:::spoke-222222222222-us-west-2/*"] }
      }
    })
    error_message = "The other account's key would refuse the role, or lets it do more than replicate."
  }
}

run "hub" {
  command = apply

  assert {
    condition     = jsonencode(output.rule_ids) == jsonencode(["example-secondary-us-west-2-datasets"])
    error_message = "The output names other rules than the configuration has."
  }
}

# The other side of the contract: what this module asks of a destination's policy is what s3-data-bucket writes there.
run "a_replicas_policy_says_what_replication_needs" {
  command = plan

  module {
    source = "../s3-data-bucket"
  }

  variables {
    name        = "spoke-222222222222-us-west-2"
    role        = "replica"
    kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
  }

  assert {
    condition = jsonencode([
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule if rule.Effect == "Allow"
    ]) == jsonencode(jsondecode(run.hub.destination_bucket_statements["secondary-us-west-2"]))
    error_message = "The replica's policy and what replication needs have drifted apart."
  }
}

run "a_replica" {
  command = apply

  module {
    source = "../s3-data-bucket"
  }

  variables {
    name        = "spoke-222222222222-us-west-2"
    role        = "replica"
    kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
  }
}

run "an_end_that_s3_data_bucket_returns_fits_a_destination" {
  command = plan

  variables {
    destinations = {
      secondary-us-west-2 = {
        bucket = run.a_replica.replication_end
        rules  = { datasets = { prefix = "datasets/", priority = 1 } }
      }
    }
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.this.rule[0].destination[0].account == "222222222222"
    error_message = "The replica that was made is not where copies go."
  }
}
