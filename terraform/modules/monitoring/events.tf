# What AWS itself says of capacity blocks and of HyperPod: the worst of it to people, all of it to a log group.

locals {
  # Newer pages of the EC2 user guide leave "Reservation" out of these names, older ones and what has been seen have it: both are
  # matched. In a pattern the key is detail-type; the guide's examples write detail_type, which matches nothing.
  delivered = ["Capacity Block Delivered", "Capacity Block Reservation Delivered"]
  expiring  = ["Capacity Block Expiration Warning", "Capacity Block Reservation Expiration Warning"]

  # One for every instance, so only logged.
  interrupted = ["EC2 Capacity Reservation Instance Interruption Warning", "Capacity Reservation Instance Interruption Warning"]

  # Narrowed to clusters, if some are named. `resources` holds the cluster's ARN in all three (HyperPod cluster events reference).
  hyperpod_scope = merge(
    { source = ["aws.sagemaker"] },
    { for key, arns in { resources = sort(var.hyperpod_cluster_arns) } : key => arns if length(arns) > 0 },
  )

  # Templates are written out: jsonencode would turn < and > into \u003c and \u003e, which EventBridge does not take for its marks.
  told = merge(
    { for key, each in {
      capacity-block-delivered = {
        description = "A capacity block can be used"
        pattern     = { source = ["aws.ec2"], detail-type = local.delivered }
        paths       = { id = "$.detail.capacity-reservation-id", end = "$.detail.end-date", account = "$.account", region = "$.region" }
        template    = "\"Capacity block <id> in <region>, account <account>, can be used now. It ends <end>; its machines stop 30 minutes before that, 60 for UltraServers.\""
      }
      capacity-block-expiring = {
        description = "AWS's last warning of a capacity block, 40 minutes before its end"
        pattern     = { source = ["aws.ec2"], detail-type = local.expiring }
        paths       = { id = "$.detail.capacity-reservation-id", end = "$.detail.end-date", account = "$.account", region = "$.region" }
        template    = "\"Capacity block <id> in <region>, account <account>, ends <end>. AWS begins to terminate its machines in ten minutes, those of UltraServers already. It cannot be extended any more: save what can be saved, now.\""
      }
    } : key => each if var.enable_capacity },
    { for key, each in {
      hyperpod-state = {
        description = "A HyperPod cluster changed its state"
        pattern     = merge(local.hyperpod_scope, { detail-type = ["SageMaker HyperPod Cluster State Change"] })
        paths       = { cluster = "$.detail.ClusterName", status = "$.detail.ClusterStatus", failure = "$.detail.FailureMessage", region = "$.region" }
        template    = "\"HyperPod cluster <cluster> in <region> is <status>. <failure>\""
      }
      hyperpod-node-health = {
        description = "A HyperPod node became unhealthy or healthy"
        pattern     = merge(local.hyperpod_scope, { detail-type = ["SageMaker HyperPod Cluster Node Health Event"] })
        paths = {
          cluster = "$.detail.ClusterName", instance = "$.detail.InstanceId", status = "$.detail.HealthSummary.HealthStatus",
          reason  = "$.detail.HealthSummary.HealthStatusReason", repair = "$.detail.HealthSummary.RepairAction",
          advice  = "$.detail.HealthSummary.Recommendation", region = "$.region"
        }
        template = "\"Node <instance> of HyperPod cluster <cluster> in <region> is <status>. <reason> Repair: <repair>. <advice>\""
      }
      # Only clusters whose NodeProvisioningMode is Continuous send these.
      hyperpod-trouble = {
        description = "An operation of a HyperPod cluster failed or needs attention"
        pattern = merge(local.hyperpod_scope, {
          detail-type = ["SageMaker HyperPod Cluster Event"]
          detail      = { EventDetails = { EventLevel = ["Warn", "Error"] } }
        })
        paths = {
          cluster = "$.detail.EventDetails.ClusterName", level = "$.detail.EventDetails.EventLevel",
          what    = "$.detail.EventDetails.Description", region = "$.region"
        }
        template = "\"HyperPod cluster <cluster> in <region>, <level>: <what>\""
      }
    } : key => each if var.enable_hyperpod },
  )

  logged = merge(
    { for key, each in {
      capacity-log = { source = ["aws.ec2"], detail-type = concat(local.delivered, local.expiring, local.interrupted) }
    } : key => each if var.enable_capacity },
    { for key, each in {
      hyperpod-log = merge(local.hyperpod_scope, {
        detail-type = ["SageMaker HyperPod Cluster State Change", "SageMaker HyperPod Cluster Node Health Event", "SageMaker HyperPod Cluster Event"]
      })
    } : key => each if var.enable_hyperpod },
  )
}

resource "aws_cloudwatch_event_rule" "told" {
  for_each = local.told

  name          = "${var.name}-${each.key}"
  description   = each.value.description
  event_pattern = jsonencode(each.value.pattern)
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "told" {
  for_each = local.told

  rule      = aws_cloudwatch_event_rule.told[each.key].name
  target_id = "topic"
  arn       = aws_sns_topic.this.arn

  input_transformer {
    input_paths    = each.value.paths
    input_template = each.value.template
  }

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  depends_on = [aws_sns_topic_policy.this, aws_sqs_queue_policy.undelivered]
}

resource "aws_cloudwatch_event_rule" "logged" {
  for_each = local.logged

  name          = "${var.name}-${each.key}"
  description   = "Kept in ${local.events_log_group}"
  event_pattern = jsonencode(each.value)
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "logged" {
  for_each = local.logged

  rule      = aws_cloudwatch_event_rule.logged[each.key].name
  target_id = "log"
  arn       = aws_cloudwatch_log_group.events[0].arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  depends_on = [aws_cloudwatch_log_resource_policy.events, aws_sqs_queue_policy.undelivered]
}

locals {
  events_log_group   = "/aws/events/${var.name}"
  events_log_streams = "arn:${local.partition}:logs:${local.arn_suffix}:log-group:${local.events_log_group}:*"
}

resource "aws_cloudwatch_log_group" "events" {
  count = length(local.logged) > 0 ? 1 : 0

  name              = local.events_log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

# EventBridge writes to a log group by this policy and not by a role. A region has room for ten of them.
resource "aws_cloudwatch_log_resource_policy" "events" {
  count = length(local.logged) > 0 ? 1 : 0

  policy_name     = "${var.name}-events"
  policy_document = jsonencode(local.events_log_policy)
}

locals {
  # As the EventBridge guide has it: what makes the stream tells no rule.
  events_log_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Stream"
        Effect    = "Allow"
        Principal = { Service = ["events.amazonaws.com", "delivery.logs.amazonaws.com"] }
        Action    = "logs:CreateLogStream"
        Resource  = local.events_log_streams
      },
      {
        Sid       = "Events"
        Effect    = "Allow"
        Principal = { Service = ["events.amazonaws.com", "delivery.logs.amazonaws.com"] }
        Action    = "logs:PutLogEvents"
        Resource  = local.events_log_streams
        Condition = { ArnLike = { "aws:SourceArn" = local.our_rules } }
      },
    ]
  }
}
