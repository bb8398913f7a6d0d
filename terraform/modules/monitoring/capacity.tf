# Warnings before owned capacity ends, as schedules of our own: AWS warns of a block 40 minutes before its end, when it can no
# longer be extended, and of a plan not at all.

locals {
  capacity = {
    for name, each in var.enable_capacity ? var.capacity : {} : name => merge(each, {
      # How long before the end AWS takes the machines back: 60 minutes for UltraServers, 30 for other blocks (EC2 user guide,
      # Capacity Blocks, considerations); of plans 30 from training jobs, 60 from HyperPod (SageMaker guide, Reserve training
      # plans). For what the guide leaves out the longer one is assumed.
      lead_minutes = each.ultraserver || (each.kind == "plan" && each.target != "training-job") ? 60 : 30

      # The last moment to extend, of blocks and plans alike (EC2 user guide, Capacity Blocks, extending; SageMaker guide,
      # Extend training plans).
      extend_until = timeadd(each.end, "-1h")
    })
  }

  # Hours before the end, and which advice is given then.
  steps = { "72" = "decide", "24" = "prepare", "3" = "drain" }

  every_warning = merge([
    for name, each in local.capacity : {
      for hours, advice in local.steps : "${name}-${hours}h" => {
        capacity = name
        hours    = hours
        advice   = advice
        at       = timeadd(each.end, "-${hours}h")
      }
    }
  ]...)

  # EventBridge Scheduler refuses a moment that is past. Moments are held against the time at which the capacity was first planned
  # with this end, never against the present: else each plan would find warnings to destroy once they were sent. The half hour is
  # for the apply, which comes after its plan.
  warnings = {
    for key, each in local.every_warning : key => each
    if timecmp(each.at, timeadd(terraform_data.registered[each.capacity].input, "30m")) > 0
  }

  now  = coalesce(var.now, plantimestamp())
  date = "YYYY-MM-DD hh:mm 'UTC'"

  messages = {
    for key, each in local.warnings : key => {
      subject = "${each.capacity} ends in ${each.hours} h: machines stop ${formatdate(local.date, local.usable_ends[each.capacity])}"
      body = templatefile("${path.module}/templates/capacity-end.txt.tftpl", merge(local.capacity[each.capacity], {
        name         = each.capacity
        account      = local.account
        hours        = each.hours
        advice       = each.advice
        started      = timecmp(each.at, local.capacity[each.capacity].start) >= 0
        start        = formatdate(local.date, local.capacity[each.capacity].start)
        end          = formatdate(local.date, local.capacity[each.capacity].end)
        usable_end   = formatdate(local.date, local.usable_ends[each.capacity])
        extend_until = formatdate(local.date, local.capacity[each.capacity].extend_until)
        # "until 35 minutes before the end" (EC2 user guide, Capacity Blocks, extending)
        paid_until = formatdate(local.date, timeadd(local.capacity[each.capacity].end, "-35m"))
      }))
    }
  }

  usable_ends = { for name, each in local.capacity : name => timeadd(each.end, "-${each.lead_minutes}m") }
}

# When an entry was first planned with its present end. It keeps that moment in the state, and takes a new one when the end moves.
resource "terraform_data" "registered" {
  for_each = local.capacity

  input            = local.now
  triggers_replace = each.value.end

  lifecycle {
    ignore_changes = [input]

    precondition {
      condition     = each.value.region == local.region
      error_message = "Capacity ${each.key} is in ${each.value.region}, and this applies to ${local.region}. Give the entry to the monitoring of ${each.value.region}: AWS's own events arrive only there."
    }

    precondition {
      condition     = each.value.kind == "block" || try(split(":", each.value.id)[4] == local.account, false)
      error_message = "Plan ${each.key} is of account ${try(split(":", each.value.id)[4], "?")}, and this applies to ${local.account}. A training plan serves only the account that bought it: give the entry to that account's monitoring, or mend its ARN."
    }
  }
}

resource "aws_scheduler_schedule_group" "this" {
  count = var.enable_capacity ? 1 : 0

  name = "${var.name}-capacity"
  tags = var.tags
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.warnings

  # The day is in the name so that a moved end makes a new schedule: one that has fired is over, and is not relied on to fire again.
  name       = "${var.name}-${each.key}-${formatdate("YYYYMMDD", each.value.at)}"
  group_name = aws_scheduler_schedule_group.this[0].name
  # What is said is in the target's input.
  description = "${each.value.hours} hours before the end of ${each.value.capacity}"
  kms_key_arn = var.kms_key_arn

  # No "Z" and no fractions of seconds: Scheduler refuses both.
  schedule_expression          = "at(${formatdate("YYYY-MM-DD'T'hh:mm:ss", each.value.at)})"
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    # The API call itself, since the ready-made target for topics knows no subject, and mail without one is overlooked.
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:sns:publish"
    role_arn = aws_iam_role.scheduler[0].arn

    input = jsonencode({
      TopicArn = aws_sns_topic.this.arn
      Subject  = local.messages[each.key].subject
      Message  = local.messages[each.key].body
    })

    dead_letter_config {
      arn = aws_sqs_queue.undelivered.arn
    }

    # A warning that is an hour late is still worth more than none; the last one has two hours to the extension deadline.
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 60
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

check "capacity_is_not_over" {
  assert {
    condition = alltrue([for each in local.capacity : timecmp(each.end, local.now) > 0])
    error_message = format("These have ended: %s. Take them out of `capacity`; their schedules go with them.",
    join(", ", [for name, each in local.capacity : name if timecmp(each.end, local.now) <= 0]))
  }
}

check "capacity_is_warned_of" {
  assert {
    condition = alltrue([for name, each in local.capacity :
      anytrue([for warning in local.warnings : warning.capacity == name]) || timecmp(each.end, local.now) <= 0
    ])
    error_message = format("No warning will be sent for %s: even 3 hours before the end is past, or less than half an hour away. Act now: save checkpoints and drain.",
      join(", ", [for name, each in local.capacity : name
        if !anytrue([for warning in local.warnings : warning.capacity == name]) && timecmp(each.end, local.now) > 0
    ]))
  }
}

resource "aws_iam_role" "scheduler" {
  count = var.enable_capacity ? 1 : 0

  name                 = "${var.name}-capacity-warnings-${local.iam_suffix}"
  description          = "EventBridge Scheduler publishes the warnings before capacity ends"
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = jsonencode(local.scheduler_trust)
  tags                 = var.tags
}

resource "aws_iam_role_policy" "scheduler" {
  count = var.enable_capacity ? 1 : 0

  name   = "publish"
  role   = aws_iam_role.scheduler[0].name
  policy = jsonencode(local.scheduler_permissions)
}

locals {
  scheduler_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        # A group, since a schedule is not accepted here (EventBridge Scheduler guide, confused deputy prevention).
        ArnEquals = { "aws:SourceArn" = "arn:${local.partition}:scheduler:${local.arn_suffix}:schedule-group/${var.name}-capacity" }
      }
    }]
  }

  scheduler_permissions = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Publish"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = aws_sns_topic.this.arn
      },
      {
        Sid      = "Undelivered"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.undelivered.arn
      },
      {
        # To read the schedule's input and to write to the topic.
        Sid      = "Key"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.kms_key_arn
      },
    ]
  }
}
