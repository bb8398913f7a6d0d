# Everything that a person must hear comes to this one topic, and what could not be delivered to the queue beside it.

resource "aws_sns_topic" "this" {
  name              = "${var.name}-alerts"
  kms_master_key_id = var.kms_key_arn
  signature_version = 2
  tags              = var.tags
}

resource "aws_sns_topic_policy" "this" {
  arn    = aws_sns_topic.this.arn
  policy = jsonencode(local.topic_policy)
}

locals {
  # EventBridge Scheduler publishes with a role of ours, which needs nothing here.
  topic_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "PublishAlarms"
          Effect    = "Allow"
          Principal = { Service = "cloudwatch.amazonaws.com" }
          Action    = "sns:Publish"
          Resource  = aws_sns_topic.this.arn
          Condition = {
            StringEquals = { "aws:SourceAccount" = local.account }
            ArnLike      = { "aws:SourceArn" = local.our_alarms }
          }
        },
        {
          # No condition: EventBridge tells SNS neither account nor rule, so with one it could never publish, and nothing would say so
          # (EventBridge user guide, troubleshooting, Amazon SNS topics).
          Sid       = "PublishRules"
          Effect    = "Allow"
          Principal = { Service = "events.amazonaws.com" }
          Action    = "sns:Publish"
          Resource  = aws_sns_topic.this.arn
        },
      ],
      # The alert manager looks the topic up before it publishes (Amazon Managed Service for Prometheus guide, alert receiver).
      [for arn in aws_prometheus_workspace.this[*].arn : {
        Sid       = "PublishPrometheus"
        Effect    = "Allow"
        Principal = { Service = "aps.amazonaws.com" }
        Action    = ["sns:Publish", "sns:GetTopicAttributes"]
        Resource  = aws_sns_topic.this.arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          ArnEquals    = { "aws:SourceArn" = arn }
        }
      }],
      [{
        Sid       = "OnlyTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["sns:Publish", "sns:Subscribe"]
        Resource  = aws_sns_topic.this.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
    )
  }
}

resource "aws_sns_topic_subscription" "this" {
  for_each = var.subscriptions

  topic_arn = aws_sns_topic.this.arn
  protocol  = each.value.protocol
  endpoint  = each.value.endpoint
}

check "somebody_listens" {
  assert {
    condition     = length(var.subscriptions) > 0
    error_message = "Nobody is subscribed to ${var.name}-alerts by this module: unless somebody subscribes elsewhere, every warning goes unheard. Add an entry to `subscriptions`."
  }
}

# Not under var.kms_key_arn: a key that forgets a publisher is what most often keeps a message from the topic, and would keep
# it from this queue too. What comes here names capacity and times, nothing secret.
resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-undelivered"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Rules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.undelivered.arn
        Condition = { ArnLike = { "aws:SourceArn" = local.our_rules } }
      },
      {
        Sid       = "OnlyTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["sqs:SendMessage", "sqs:ReceiveMessage"]
        Resource  = aws_sqs_queue.undelivered.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
