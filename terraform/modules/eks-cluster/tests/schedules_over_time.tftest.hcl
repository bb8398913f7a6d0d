mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "null" {}

mock_provider "time" {}

mock_provider "tls" {}

mock_provider "cloudinit" {}

variables {
  name                     = "ml-training"
  vpc_id                   = "vpc-0123456789abcdef0"
  control_plane_subnet_ids = { use1-az4 = "subnet-00000000000000004", use1-az6 = "subnet-00000000000000006" }
  private_subnet_ids       = { use1-az4 = "subnet-00000000000000014", use1-az6 = "subnet-00000000000000016" }
  efa_security_group_id    = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  now                      = "2026-12-01T00:00:00Z"

  access_entries = {
    administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
  }

  capacity_blocks = {
    p5 = {
      reservation_id = "cr-0123456789abcdef0"
      instance_type  = "p5.48xlarge"
      count          = 4
      zone_id        = "use1-az6"
      starts_at      = "2999-12-17T11:30:00Z"
      ends_at        = "2999-12-24T11:30:00Z"
    }
  }
}

run "nodes_start_with_the_block_and_drain_45_minutes_before_its_end" {
  variables {
    now                   = "2999-12-01T00:00:00Z"
    undelivered_queue_arn = "arn:aws:sqs:us-east-1:111111111111:ml-undelivered"
  }

  assert {
    condition = { for key, each in aws_scheduler_schedule.this : key => each.schedule_expression } == {
      p5-out = "at(2999-12-17T11:30:00)"
      p5-in  = "at(2999-12-24T10:45:00)"
    }
    error_message = jsonencode({ for key, each in aws_scheduler_schedule.this : key => each.schedule_expression })
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : each.schedule_expression_timezone == "UTC" && each.flexible_time_window[0].mode == "OFF"])
    error_message = "in UTC and to the minute"
  }

  assert {
    condition = { for key, each in aws_scheduler_schedule.this : key => jsondecode(each.target[0].input) } == {
      p5-out = { ClusterName = "ml-training", NodegroupName = "p5-december-2026", ScalingConfig = { MinSize = 0, MaxSize = 4, DesiredSize = 4 } }
      p5-in  = { ClusterName = "ml-training", NodegroupName = "p5-december-2026", ScalingConfig = { MinSize = 0, MaxSize = 4, DesiredSize = 0 } }
    }
    error_message = jsonencode([for each in aws_scheduler_schedule.this : each.target[0].input])
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : jsondecode(each.target[0].input).ScalingConfig.MinSize == output.node_group_settings["p5"].min_size && jsondecode(each.target[0].input).ScalingConfig.MaxSize == output.node_group_settings["p5"].max_size])
    error_message = "any other least or most would be set back by the next apply"
  }

  assert {
    condition     = toset([for each in aws_scheduler_schedule.this : each.target[0].arn]) == toset(["arn:aws:scheduler:::aws-sdk:eks:updateNodegroupConfig"])
    error_message = "EKS itself is called"
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : each.kms_key_arn == var.kms_key_arn && each.target[0].dead_letter_config[0].arn == var.undelivered_queue_arn])
    error_message = "under the customer's key, and what fails is kept"
  }

  assert {
    condition     = aws_scheduler_schedule.this["p5-in"].target[0].retry_policy[0].maximum_event_age_in_seconds == 900
    error_message = "after 15 minutes AWS takes the machines back itself"
  }

  assert {
    condition     = aws_scheduler_schedule.this["p5-out"].target[0].retry_policy[0] == { maximum_event_age_in_seconds = 3600, maximum_retry_attempts = 60 }
    error_message = "EKS refuses a second update while one is running, which may be for long"
  }

  assert {
    condition = jsondecode(aws_iam_role.scheduler[0].assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = "111111111111" }
        ArnEquals    = { "aws:SourceArn" = "arn:aws:scheduler:us-east-1:111111111111:schedule-group/ml-training-capacity-blocks" }
      }
    }]
    error_message = aws_iam_role.scheduler[0].assume_role_policy
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : each.group_name == "ml-training-capacity-blocks"])
    error_message = "the group that the role trusts is the one that they are in"
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.scheduler[0].policy).Statement : [statement.Action, statement.Resource[0], length(statement.Resource)]] == [
      ["eks:UpdateNodegroupConfig", "arn:aws:eks:us-east-1:111111111111:nodegroup/ml-training/p5-december-2026/11111111-1111-1111-1111-111111111111", 1],
      ["kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111", 1],
      ["sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:ml-undelivered", 1],
    ]
    error_message = aws_iam_role_policy.scheduler[0].policy
  }
}

run "a_plan_after_the_start_changes_nothing" {
  command = plan

  variables {
    now = "2999-12-20T00:00:00Z"
  }

  assert {
    condition     = { for key, each in aws_scheduler_schedule.this : key => each.name } == { p5-out = "p5-out-299912171130", p5-in = "p5-in-299912241045" }
    error_message = "a schedule that has fired must not be planned away, nor anew in the past"
  }

  assert {
    condition     = alltrue([for each in terraform_data.registered : each.input == "2999-12-01T00:00:00Z"])
    error_message = "the moment of the first plan is kept"
  }
}

run "a_plan_after_the_end_changes_nothing_and_asks_for_the_entry_to_be_taken_out" {
  command = plan

  variables {
    now = "2999-12-24T11:30:00Z"
  }

  expect_failures = [check.capacity_blocks_are_not_over]

  assert {
    condition     = { for key, each in aws_scheduler_schedule.this : key => each.name } == { p5-out = "p5-out-299912171130", p5-in = "p5-in-299912241045" }
    error_message = jsonencode({ for key, each in aws_scheduler_schedule.this : key => each.name })
  }
}

run "a_plan_by_the_real_clock_changes_nothing_either" {
  command = plan

  variables {
    now = null
  }

  assert {
    condition     = { for key, each in aws_scheduler_schedule.this : key => each.name } == { p5-out = "p5-out-299912171130", p5-in = "p5-in-299912241045" }
    error_message = jsonencode({ for key, each in aws_scheduler_schedule.this : key => each.name })
  }
}

run "an_extension_moves_the_scale_in_and_scales_out_again_for_the_old_scale_in_may_have_fired" {
  variables {
    now = "2999-12-20T00:00:00Z"
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2999-12-17T11:30:00Z"
        ends_at        = "2999-12-27T11:30:00Z"
      }
    }
  }

  expect_failures = [check.capacity_blocks_start_on_time]

  assert {
    condition     = { for key, each in aws_scheduler_schedule.this : key => each.name } == { p5-out = "p5-out-299912200030", p5-in = "p5-in-299912271045" }
    error_message = "else days that are paid for begin with an empty group"
  }

  assert {
    condition     = { for key, each in terraform_data.registered : key => each.input } == { p5-out = "2999-12-20T00:00:00Z", p5-in = "2999-12-20T00:00:00Z" }
    error_message = "both are held against the time of the extension"
  }
}

run "an_end_that_is_moved_into_the_past_is_refused_before_scheduler_refuses_it" {
  command = plan

  variables {
    now = "2999-12-24T10:20:00Z"
  }

  expect_failures = [aws_scheduler_schedule.this["p5-in"], aws_scheduler_schedule.this["p5-out"], check.capacity_blocks_start_on_time]
}

run "a_group_that_is_made_anew_starts_empty_and_is_scaled_out_once_more" {
  variables {
    now = "2999-12-21T00:00:00Z"
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2999-12-17T11:30:00Z"
        ends_at        = "2999-12-27T11:30:00Z"
      }
    }
  }

  plan_options {
    replace = [module.eks.module.eks_managed_node_group["p5"].aws_eks_node_group.this[0]]
  }

  expect_failures = [check.capacity_blocks_start_on_time]

  assert {
    condition     = aws_scheduler_schedule.this["p5-out"].schedule_expression == "at(2999-12-21T00:30:00)"
    error_message = aws_scheduler_schedule.this["p5-out"].schedule_expression
  }
}

run "more_machines_are_scaled_out_once_more" {
  command = plan

  variables {
    now = "2999-12-20T00:00:00Z"
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 6
        zone_id        = "use1-az6"
        starts_at      = "2999-12-17T11:30:00Z"
        ends_at        = "2999-12-27T11:30:00Z"
      }
    }
  }

  expect_failures = [check.capacity_blocks_start_on_time]

  assert {
    condition     = { for key, each in aws_scheduler_schedule.this : key => each.name } == { p5-out = "p5-out-299912200030", p5-in = "p5-in-299912271045" }
    error_message = jsonencode({ for key, each in aws_scheduler_schedule.this : key => each.name })
  }
}

run "a_second_block_leaves_the_first_alone_and_is_late_if_it_has_started" {
  command = plan

  variables {
    now = "2999-12-25T12:00:00Z"
    capacity_blocks = {
      p5 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2999-12-17T11:30:00Z"
        ends_at        = "2999-12-27T11:30:00Z"
      }
      now = {
        reservation_id = "cr-0fedcba9876543210"
        instance_type  = "p5.48xlarge"
        count          = 1
        zone_id        = "use1-az4"
        starts_at      = "2999-12-25T11:30:00Z"
        ends_at        = "2999-12-26T11:30:00Z"
      }
    }
  }

  expect_failures = [check.capacity_blocks_start_on_time]

  assert {
    condition = { for key, each in aws_scheduler_schedule.this : key => each.schedule_expression } == {
      p5-out  = "at(2999-12-21T00:30:00)"
      p5-in   = "at(2999-12-27T10:45:00)"
      now-out = "at(2999-12-25T12:30:00)"
      now-in  = "at(2999-12-26T10:45:00)"
    }
    error_message = jsonencode({ for key, each in aws_scheduler_schedule.this : key => each.schedule_expression })
  }
}

