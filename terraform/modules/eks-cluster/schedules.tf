# The nodes of a capacity block start and end by EventBridge Scheduler, which calls EKS itself. A variable cannot start them:
# terraform-aws-eks 21 ignores changes of desired_size, and a min_size above the present desired size is refused.

locals {
  steps = merge([for name, block in local.blocks : {
    "${name}-out" = {
      group = name
      what  = "out"
      at    = block.starts_at
      size  = block.count
      # Its end, too: the old scale-in may have fired before an extension is applied, and the group would stay empty.
      anew_for = [block.reservation_id, block.starts_at, tostring(block.count), block.ends_at]
    }
    "${name}-in" = {
      group    = name
      what     = "in"
      at       = timeadd(block.ends_at, "-${block.scale_in_minutes}m")
      size     = 0
      anew_for = [block.ends_at, tostring(block.scale_in_minutes)]
    }
  }]...)

  # Scheduler refuses a moment that is past; the half hour is for the apply, which comes after its plan. A block that has
  # started by then is scaled out as soon as can be.
  soonest = { for key in keys(local.steps) : key => timeadd(terraform_data.registered[key].input, "30m") }

  moments = {
    for key, step in local.steps : key => step.what == "out" && timecmp(step.at, local.soonest[key]) < 0 ? local.soonest[key] : step.at
  }
}

# When a step was first planned as it is now. The state keeps that moment, so that a schedule that has fired stays as it is:
# held against the present, each later plan would find it to be made again, in the past.
resource "terraform_data" "registered" {
  for_each = local.steps

  input = local.now
  # A group that is made anew starts empty, and has to be scaled out once more.
  triggers_replace = concat(each.value.anew_for, [module.eks.eks_managed_node_groups[each.value.group].node_group_arn])

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_scheduler_schedule_group" "this" {
  count = length(var.capacity_blocks) > 0 ? 1 : 0

  name = "${var.name}-capacity-blocks"
  tags = var.tags
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.steps

  # The time is in the name so that another time makes a new schedule: one that has fired is not relied on to fire again.
  name        = "${each.key}-${formatdate("YYYYMMDDhhmm", local.moments[each.key])}"
  group_name  = aws_scheduler_schedule_group.this[0].name
  description = "Scales ${each.value.group} of ${var.name} ${each.value.what} to ${each.value.size}"
  kms_key_arn = var.kms_key_arn

  # No "Z" and no fractions of seconds: Scheduler refuses both.
  schedule_expression          = "at(${formatdate("YYYY-MM-DD'T'hh:mm:ss", local.moments[each.key])})"
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:eks:updateNodegroupConfig"
    role_arn = aws_iam_role.scheduler[0].arn

    # Capitals, unlike EKS's own API: Scheduler refuses clusterName as a missing ClusterName.
    input = jsonencode({
      ClusterName   = var.name
      NodegroupName = try(split(":", module.eks.eks_managed_node_groups[each.value.group].node_group_id)[1], "")
      ScalingConfig = {
        MinSize     = local.capacity_block_node_groups[each.value.group].min_size
        MaxSize     = local.capacity_block_node_groups[each.value.group].max_size
        DesiredSize = each.value.size
      }
    })

    # EKS refuses a second update while one is running. Scaling in is of no use once AWS takes the machines back.
    retry_policy {
      maximum_event_age_in_seconds = each.value.what == "out" ? 3600 : 900
      maximum_retry_attempts       = each.value.what == "out" ? 60 : 15
    }

    dynamic "dead_letter_config" {
      for_each = var.undelivered_queue_arn == null ? [] : [var.undelivered_queue_arn]

      content {
        arn = dead_letter_config.value
      }
    }
  }

  lifecycle {
    precondition {
      condition     = each.value.what == "out" || timecmp(each.value.at, local.soonest[each.key]) > 0
      error_message = "Capacity block ${each.value.group} would be scaled in at ${each.value.at}, which is past or less than half an hour away. Take the block out of capacity_blocks, or mend ends_at."
    }

    precondition {
      condition     = timecmp(local.moments["${each.value.group}-out"], local.moments["${each.value.group}-in"]) < 0
      error_message = "Capacity block ${each.value.group} would be scaled out at ${local.moments["${each.value.group}-out"]}, after it is scaled in at ${local.moments["${each.value.group}-in"]}: too little of it is left. Take it out of capacity_blocks."
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

check "capacity_blocks_are_not_over" {
  assert {
    condition = alltrue([for block in local.blocks : timecmp(block.ends_at, local.now) > 0])
    error_message = format("These have ended: %s. Take them out of capacity_blocks; their node groups and schedules go with them.",
    join(", ", [for name, block in local.blocks : name if timecmp(block.ends_at, local.now) <= 0]))
  }
}

check "capacity_blocks_have_times_that_aws_sells" {
  assert {
    condition = alltrue([for block in local.blocks : endswith(block.ends_at, "T11:30:00Z") && timecmp(block.ends_at, timeadd(block.starts_at, "${24 * 182 + 1}h")) < 0])
    error_message = format("No block is sold with these times: %s. Blocks end at 11:30 UTC, after 182 days at most unless they were extended; 11:00 or 10:30 is the usable end, and local time would drain nodes too late.",
    join(", ", [for name, block in local.blocks : "${name} from ${block.starts_at} to ${block.ends_at}" if !endswith(block.ends_at, "T11:30:00Z") || timecmp(block.ends_at, timeadd(block.starts_at, "${24 * 182 + 1}h")) >= 0]))
  }
}

check "capacity_blocks_start_on_time" {
  assert {
    condition = alltrue([for name, block in local.blocks : local.moments["${name}-out"] == block.starts_at || timecmp(local.moments["${name}-out"], local.now) <= 0])
    error_message = format("Scaled out later than the block starts: %s. Nodes that run, as after an extension, stay. Sooner by hand, once the group is there: aws eks update-nodegroup-config --scaling-config.",
      join(", ", [for name, block in local.blocks : "${name} at ${local.moments["${name}-out"]}" if local.moments["${name}-out"] != block.starts_at && timecmp(local.moments["${name}-out"], local.now) > 0
    ]))
  }
}

resource "aws_iam_role" "scheduler" {
  count = length(var.capacity_blocks) > 0 ? 1 : 0

  name        = "${var.name}-capacity-blocks-${local.iam_suffix}"
  description = "EventBridge Scheduler scales the node groups of capacity blocks of ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        # A group, since a schedule is not accepted here (EventBridge Scheduler guide, confused deputy prevention).
        ArnEquals = { "aws:SourceArn" = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/${var.name}-capacity-blocks" }
      }
    }]
  })
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy" "scheduler" {
  count = length(var.capacity_blocks) > 0 ? 1 : 0

  name = "scale"
  role = aws_iam_role.scheduler[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Scale"
          Effect   = "Allow"
          Action   = "eks:UpdateNodegroupConfig"
          Resource = [for name in keys(var.capacity_blocks) : module.eks.eks_managed_node_groups[name].node_group_arn]
        },
        {
          # To read the schedule's input.
          Sid      = "Key"
          Effect   = "Allow"
          Action   = "kms:Decrypt"
          Resource = [var.kms_key_arn]
        },
      ],
      [for arn in var.undelivered_queue_arn == null ? [] : [var.undelivered_queue_arn] : {
        Sid      = "Undelivered"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = [arn]
      }],
    )
  })
}
