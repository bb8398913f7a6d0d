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
  name                 = "example-replica"
  role                 = "replica"
  kms_key_arn          = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a"
  replication_role_arn = "arn:aws:iam::111111111111:role/example-s3-replication"
}

run "only_the_replication_role_is_let_in_and_only_to_replicate" {
  command = plan

  assert {
    condition = jsonencode({
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Sid => [rule.Principal, rule.Action, rule.Resource] if rule.Effect == "Allow"
      }) == jsonencode({
      ReplicationInto = [
        { AWS = "arn:aws:iam::111111111111:role/example-s3-replication" },
        ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
        "arn:aws:s3:::example-replica/*",
      ]
      ReplicationLooks = [
        { AWS = "arn:aws:iam::111111111111:role/example-s3-replication" },
        ["s3:GetBucketVersioning", "s3:ListBucket"],
        "arn:aws:s3:::example-replica",
      ]
    })
    error_message = "Replication from the central account would fail, or somebody may do more than replicate."
  }
}

run "nobody_but_replication_writes_outside_the_local_prefixes" {
  command = plan

  variables {
    local_prefixes = ["checkpoints/", "scratch/"]
  }

  assert {
    condition = jsonencode([
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : [rule.Effect, rule.Principal, rule.NotResource] if rule.Sid == "OnlyReplicationWrites"
      ]) == jsonencode([
      ["Deny", "*", ["arn:aws:s3:::example-replica/checkpoints/*", "arn:aws:s3:::example-replica/scratch/*"]]
    ])
    error_message = "A replica could be written past replication, or its checkpoints could not be written."
  }
  assert {
    condition = alltrue([
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement :
      length(setsubtract(["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectTagging", "s3:DeleteObjectTagging"], rule.Action)) == 0 &&
      alltrue([for action in rule.Action : !startswith(action, "s3:Replicate") && action != "s3:ObjectOwnerOverrideToBucketOwner"])
      if rule.Sid == "OnlyReplicationWrites"
    ])
    error_message = "A write is left open, or replication itself is refused."
  }
}

run "without_local_prefixes_nothing_is_excepted" {
  command = plan

  variables {
    local_prefixes = []
  }

  assert {
    condition = jsonencode([
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.NotResource if rule.Sid == "OnlyReplicationWrites"
    ]) == jsonencode([["arn:aws:s3:::example-replica"]])
    error_message = "S3 would refuse an empty NotResource, or an object is excepted."
  }
}

run "a_replica_can_be_opened_for_emptying" {
  command = plan

  variables {
    writes_only_by_replication = false
  }

  assert {
    condition = alltrue([
      for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Sid != "OnlyReplicationWrites"
    ])
    error_message = "The replica cannot be emptied."
  }
  assert {
    condition     = contains([for rule in jsondecode(aws_s3_bucket_policy.this.policy).Statement : rule.Sid], "ReplicationInto")
    error_message = "Replication stops while the replica is open."
  }
}

run "a_replica_says_that_it_is_one" {
  command = apply

  assert {
    condition     = output.replication_end.role == "replica" && output.role == "replica" && aws_s3_bucket.this.tags["DataRole"] == "replica"
    error_message = "The replica passes for a central bucket."
  }
}
