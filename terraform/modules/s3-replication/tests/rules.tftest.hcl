mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  name                 = "example"
  replication_role_arn = "arn:aws:iam::111111111111:role/example-s3-replication"
  tags                 = { Team = "ml-platform" }
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
        datasets = { prefix = "datasets/", priority = 2, storage_class = "STANDARD_IA", time_control = false }
      }
    }
    main-us-west-2 = {
      bucket = {
        name           = "spoke-111111111111-us-west-2"
        role           = "replica"
        account_id     = "111111111111"
        region         = "us-west-2"
        kms_key_arn    = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000002"
        versioning     = "Enabled"
        local_prefixes = ["checkpoints/"]
      }
      rules = {
        models   = { prefix = "models/", priority = 10, replicate_delete_markers = true }
        datasets = { prefix = "datasets/", priority = 1 }
      }
    }
  }
}

run "each_destination_has_its_rules_with_prefix_and_priority" {
  command = plan

  assert {
    condition = jsonencode([
      for rule in aws_s3_bucket_replication_configuration.this.rule : [rule.id, rule.priority, rule.filter[0].prefix, rule.destination[0].bucket, rule.status]
      ]) == jsonencode([
      ["example-main-us-west-2-datasets", 1, "datasets/", "arn:aws:s3:::spoke-111111111111-us-west-2", "Enabled"],
      ["example-secondary-us-west-2-datasets", 2, "datasets/", "arn:aws:s3:::spoke-222222222222-us-west-2", "Enabled"],
      ["example-main-us-west-2-models", 10, "models/", "arn:aws:s3:::spoke-111111111111-us-west-2", "Enabled"],
    ])
    error_message = "A rule lacks, or its place in the list follows something other than its priority."
  }
  assert {
    condition     = aws_s3_bucket_replication_configuration.this.bucket == "hub" && aws_s3_bucket_replication_configuration.this.role == var.replication_role_arn
    error_message = "The rules are another bucket's, or run with another role."
  }
  # The V1 form: without a filter there is no choice about delete markers.
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_replication_configuration.this.rule : rule.prefix == null && length(rule.filter) == 1])
    error_message = "A rule is of the first version."
  }
}

run "every_rule_says_what_becomes_of_delete_markers" {
  command = plan

  assert {
    condition = {
      for rule in aws_s3_bucket_replication_configuration.this.rule : rule.id => rule.delete_marker_replication[0].status
      } == {
      example-main-us-west-2-datasets      = "Disabled"
      example-main-us-west-2-models        = "Enabled"
      example-secondary-us-west-2-datasets = "Disabled"
    }
    error_message = "Deletions are copied unasked, or not although asked."
  }
}

run "encrypted_objects_are_copied_and_encrypted_with_the_destinations_key" {
  command = plan

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_replication_configuration.this.rule : rule.source_selection_criteria[0].sse_kms_encrypted_objects[0].status == "Enabled"
    ])
    error_message = "S3 would leave out every object that is encrypted with a key."
  }
  assert {
    condition = {
      for rule in aws_s3_bucket_replication_configuration.this.rule : rule.id => rule.destination[0].encryption_configuration[0].replica_kms_key_id
      } == {
      example-main-us-west-2-datasets      = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000002"
      example-main-us-west-2-models        = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000002"
      example-secondary-us-west-2-datasets = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
    }
    error_message = "A copy is encrypted with another key than its bucket's."
  }
}

run "copies_in_another_account_belong_to_it" {
  command = plan

  assert {
    condition = [
      for rule in aws_s3_bucket_replication_configuration.this.rule : [rule.destination[0].account, rule.destination[0].access_control_translation[*].owner]
      if rule.id == "example-secondary-us-west-2-datasets"
    ] == [["222222222222", tolist(["Destination"])]]
    error_message = "The central account would own the copies, and the other could not read them."
  }
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_replication_configuration.this.rule : rule.destination[0].account == null && length(rule.destination[0].access_control_translation) == 0
      if startswith(rule.id, "example-main-")
    ])
    error_message = "S3 refuses a change of owner within one account."
  }
}

run "time_control_comes_with_its_metrics_at_fifteen_minutes" {
  command = plan

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_replication_configuration.this.rule :
      rule.destination[0].replication_time[0].status == "Enabled" && rule.destination[0].replication_time[0].time[0].minutes == 15 &&
      rule.destination[0].metrics[0].event_threshold[0].minutes == 15
      if startswith(rule.id, "example-main-")
    ])
    error_message = "S3 takes time control at 15 minutes only, and with metrics of the same threshold."
  }
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_replication_configuration.this.rule :
      length(rule.destination[0].replication_time) == 0 && length(rule.destination[0].metrics[0].event_threshold) == 0
      if startswith(rule.id, "example-secondary-")
    ])
    error_message = "Time control is paid for unasked."
  }
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_replication_configuration.this.rule : rule.destination[0].metrics[0].status == "Enabled"])
    error_message = "A rule has no metrics, so that nobody would hear of failures."
  }
}

run "copies_keep_their_class_unless_one_is_asked_for" {
  command = plan

  assert {
    condition = [for rule in aws_s3_bucket_replication_configuration.this.rule : coalesce(rule.destination[0].storage_class, "as the source")] == [
      "as the source", "STANDARD_IA", "as the source",
    ]
    error_message = "A copy's storage class is not the one asked for."
  }
}

# S3 answers MalformedXML to existing_object_replication; copying both ways needs replica_modifications, and there is one hub.
run "nothing_is_asked_that_s3_refuses_or_a_hub_does_not_need" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_replication_configuration.this.rule : length(rule.existing_object_replication) == 0])
    error_message = "S3 refuses the configuration: existing objects are copied by S3 Batch Replication."
  }
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_replication_configuration.this.rule : length(rule.source_selection_criteria[0].replica_modifications) == 0])
    error_message = "Changes of replicas would come back to the hub."
  }
}

run "failed_copies_raise_an_alarm_rule_by_rule" {
  command = plan

  variables {
    alarm_topic_arns = ["arn:aws:sns:us-east-1:111111111111:ops"]
  }

  assert {
    condition = jsonencode({
      for id, alarm in aws_cloudwatch_metric_alarm.failed : alarm.alarm_name => [alarm.namespace, alarm.metric_name, alarm.statistic, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data, alarm.dimensions]
      }) == jsonencode({
      example-main-us-west-2-datasets-failed = ["AWS/S3", "OperationsFailedReplication", "Sum", "GreaterThanThreshold", 0, "notBreaching",
      { SourceBucket = "hub", DestinationBucket = "spoke-111111111111-us-west-2", RuleId = "example-main-us-west-2-datasets" }]
      example-main-us-west-2-models-failed = ["AWS/S3", "OperationsFailedReplication", "Sum", "GreaterThanThreshold", 0, "notBreaching",
      { SourceBucket = "hub", DestinationBucket = "spoke-111111111111-us-west-2", RuleId = "example-main-us-west-2-models" }]
      example-secondary-us-west-2-datasets-failed = ["AWS/S3", "OperationsFailedReplication", "Sum", "GreaterThanThreshold", 0, "notBreaching",
      { SourceBucket = "hub", DestinationBucket = "spoke-222222222222-us-west-2", RuleId = "example-secondary-us-west-2-datasets" }]
    })
    error_message = "A rule's failures would not be heard of."
  }
  assert {
    condition = alltrue([
      for alarm in values(aws_cloudwatch_metric_alarm.failed) :
      alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:111111111111:ops"]) && alarm.tags == tomap({ Team = "ml-platform" })
    ])
    error_message = "An alarm tells nobody, or lacks its tags."
  }
}
