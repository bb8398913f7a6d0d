data "aws_partition" "current" {}

locals {
  s3_arn = "arn:${data.aws_partition.current.partition}:s3:::"

  rules = merge([
    for destination_name, destination in var.destinations : {
      for rule_name, rule in destination.rules : "${var.name}-${destination_name}-${rule_name}" => merge(rule, {
        bucket        = destination.bucket
        cross_account = destination.bucket.account_id != var.source_bucket.account_id
      })
    }
  ]...)

  # Their order in the list is of no meaning to S3 but a change to Terraform: priorities are what people leave as they are.
  rule_ids = values({ for id, rule in local.rules : format("%010d", rule.priority) => id })
}

# The only one of the bucket: a second one would undo it at every apply, and be undone.
resource "aws_s3_bucket_replication_configuration" "this" {
  bucket = var.source_bucket.name
  role   = var.replication_role_arn

  dynamic "rule" {
    for_each = local.rule_ids

    content {
      id       = rule.value
      priority = local.rules[rule.value].priority
      status   = "Enabled"

      # With a filter the rule is of the second version, without which there are neither priorities nor a choice about delete
      # markers.
      filter {
        prefix = local.rules[rule.value].prefix
      }

      delete_marker_replication {
        status = local.rules[rule.value].replicate_delete_markers ? "Enabled" : "Disabled"
      }

      source_selection_criteria {
        sse_kms_encrypted_objects {
          status = "Enabled"
        }
      }

      destination {
        bucket        = "${local.s3_arn}${local.rules[rule.value].bucket.name}"
        account       = local.rules[rule.value].cross_account ? local.rules[rule.value].bucket.account_id : null
        storage_class = local.rules[rule.value].storage_class

        dynamic "access_control_translation" {
          # S3 refuses it where both buckets are of one account.
          for_each = local.rules[rule.value].cross_account ? ["Destination"] : []

          content {
            owner = access_control_translation.value
          }
        }

        encryption_configuration {
          replica_kms_key_id = local.rules[rule.value].bucket.kms_key_arn
        }

        dynamic "replication_time" {
          for_each = local.rules[rule.value].time_control ? [15] : []

          content {
            status = "Enabled"

            time {
              minutes = replication_time.value
            }
          }
        }

        metrics {
          status = "Enabled"

          dynamic "event_threshold" {
            for_each = local.rules[rule.value].time_control ? [15] : []

            content {
              minutes = event_threshold.value
            }
          }
        }
      }
    }
  }
}

# A copy that fails stays FAILED and is not tried again. Of the replication metrics this one is published in the source's region;
# latency and what is pending are published in the destination's (S3 user guide, replication metrics).
resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each = local.rules

  alarm_name          = "${each.key}-failed"
  alarm_description   = "Objects below ${each.value.prefix} of ${var.source_bucket.name} were not copied to ${each.value.bucket.name}. Look at the policies of the replication role, the replica and its key; then copy them again with S3 Batch Replication, objects with the status FAILED."
  namespace           = "AWS/S3"
  metric_name         = "OperationsFailedReplication"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns

  dimensions = {
    SourceBucket      = var.source_bucket.name
    DestinationBucket = each.value.bucket.name
    RuleId            = each.key
  }

  tags = var.tags
}
