mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
}

override_resource {
  target          = aws_sns_topic.this
  override_during = plan
  values          = { arn = "arn:aws:sns:us-east-1:111111111111:ml-alerts" }
}

override_resource {
  target          = aws_sqs_queue.undelivered
  override_during = plan
  values          = { arn = "arn:aws:sqs:us-east-1:111111111111:ml-undelivered" }
}

override_resource {
  target          = aws_iam_role.scheduler
  override_during = plan
  values          = { arn = "arn:aws:iam::111111111111:role/ml-capacity-warnings-us-east-1" }
}

variables {
  name              = "ml"
  kms_key_arn       = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  subscriptions     = { on-call = { protocol = "email", endpoint = "on-call@example.com" } }
  enable_prometheus = false
  enable_dashboard  = false
  now               = "2026-12-01T00:00:00Z"

  capacity = {
    p5 = {
      kind    = "block"
      id      = "cr-0123456789abcdef0"
      start   = "2026-12-17T11:30:00Z"
      end     = "2026-12-24T11:30:00Z"
      region  = "us-east-1"
      used_by = "eks-training, group p5"
    }
  }
}

run "a_block_is_warned_of_72_and_24_and_3_hours_before_its_end" {
  command = plan

  assert {
    condition = { for key, each in aws_scheduler_schedule.this : key => each.schedule_expression } == {
      p5-72h = "at(2026-12-21T11:30:00)"
      p5-24h = "at(2026-12-23T11:30:00)"
      p5-3h  = "at(2026-12-24T08:30:00)"
    }
    error_message = "wrong moments: ${jsonencode(values(aws_scheduler_schedule.this)[*].schedule_expression)}"
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : each.schedule_expression_timezone == "UTC" && each.flexible_time_window[0].mode == "OFF"])
    error_message = "moments must be exact and in UTC"
  }

  assert {
    condition     = output.capacity.p5.usable_end == "2026-12-24T11:00:00Z" && output.capacity.p5.extend_until == "2026-12-24T10:30:00Z"
    error_message = "a block's machines stop 30 minutes before its end, and it can be extended until an hour before"
  }

  assert {
    condition     = output.capacity.p5.warnings == tolist(["2026-12-21T11:30:00Z", "2026-12-23T11:30:00Z", "2026-12-24T08:30:00Z"]) && length(output.capacity.p5.left_out) == 0
    error_message = "the output must tell every warning"
  }
}

run "a_moved_end_makes_new_schedules_since_names_carry_the_day" {
  command = plan

  assert {
    condition     = sort(values(aws_scheduler_schedule.this)[*].name) == tolist(["ml-p5-24h-20261223", "ml-p5-3h-20261224", "ml-p5-72h-20261221"])
    error_message = "wrong names: ${jsonencode(values(aws_scheduler_schedule.this)[*].name)}"
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : each.group_name == "ml-capacity"])
    error_message = "schedules must be in the group that the role's trust names"
  }
}

run "a_warning_is_published_with_a_subject_by_our_role_and_goes_to_the_queue_when_it_fails" {
  command = plan

  assert {
    condition = alltrue([for each in aws_scheduler_schedule.this :
      each.target[0].arn == "arn:aws:scheduler:::aws-sdk:sns:publish"
      && each.target[0].role_arn == "arn:aws:iam::111111111111:role/ml-capacity-warnings-us-east-1"
      && each.target[0].dead_letter_config[0].arn == "arn:aws:sqs:us-east-1:111111111111:ml-undelivered"
      && jsondecode(each.target[0].input).TopicArn == "arn:aws:sns:us-east-1:111111111111:ml-alerts"
    ])
    error_message = "wrong target"
  }

  assert {
    condition     = jsondecode(aws_scheduler_schedule.this["p5-24h"].target[0].input).Subject == "p5 ends in 24 h: machines stop 2026-12-24 11:00 UTC"
    error_message = jsondecode(aws_scheduler_schedule.this["p5-24h"].target[0].input).Subject
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : each.kms_key_arn == var.kms_key_arn])
    error_message = "what schedules say is encrypted with the customer's key"
  }
}

run "every_warning_names_the_usable_end_the_extension_deadline_and_who_must_act" {
  command = plan

  assert {
    condition = alltrue([for each in aws_scheduler_schedule.this : alltrue([for words in [
      "Capacity block p5 in us-east-1, account 111111111111",
      "reservation   cr-0123456789abcdef0",
      "used by       eks-training, group p5",
      "machines stop 2026-12-24 11:00 UTC, 30 minutes before the end",
      "extend until  2026-12-24 10:30 UTC",
      "ends          2026-12-24 11:30 UTC",
      "until 2026-12-24 10:55 UTC or 12 hours after the purchase",
      "set the new end in `capacity`",
      "AWS's own warning comes 40 minutes before the end, when it cannot be extended any more.",
    ] : strcontains(jsondecode(each.target[0].input).Message, words)])])
    error_message = jsondecode(aws_scheduler_schedule.this["p5-72h"].target[0].input).Message
  }
}

run "each_warning_says_what_to_do_at_its_hour" {
  command = plan

  assert {
    condition = (
      strcontains(jsondecode(aws_scheduler_schedule.this["p5-72h"].target[0].input).Message, "ends in 72 hours")
      && strcontains(jsondecode(aws_scheduler_schedule.this["p5-72h"].target[0].input).Message, "Decide whether the work goes on")
      && strcontains(jsondecode(aws_scheduler_schedule.this["p5-72h"].target[0].input).Message, "see that checkpoints go to storage that outlives the machines")
      && strcontains(jsondecode(aws_scheduler_schedule.this["p5-72h"].target[0].input).Message, "who drains before 2026-12-24 11:00 UTC")
      && !strcontains(jsondecode(aws_scheduler_schedule.this["p5-72h"].target[0].input).Message, "LAST CALL")
    )
    error_message = jsondecode(aws_scheduler_schedule.this["p5-72h"].target[0].input).Message
  }

  assert {
    condition = (
      strcontains(jsondecode(aws_scheduler_schedule.this["p5-24h"].target[0].input).Message, "Extend today if the work goes on")
      && strcontains(jsondecode(aws_scheduler_schedule.this["p5-24h"].target[0].input).Message, "Save a checkpoint and try that it can be restored")
      && strcontains(jsondecode(aws_scheduler_schedule.this["p5-24h"].target[0].input).Message, "be ready to drain before it")
    )
    error_message = jsondecode(aws_scheduler_schedule.this["p5-24h"].target[0].input).Message
  }

  assert {
    condition = (
      strcontains(jsondecode(aws_scheduler_schedule.this["p5-3h"].target[0].input).Message, "LAST CALL to extend: the window closes at 2026-12-24 10:30 UTC")
      && strcontains(jsondecode(aws_scheduler_schedule.this["p5-3h"].target[0].input).Message, "Save checkpoints now")
      && strcontains(jsondecode(aws_scheduler_schedule.this["p5-3h"].target[0].input).Message, "Drain, so that nothing is left running at 2026-12-24 11:00 UTC")
    )
    error_message = jsondecode(aws_scheduler_schedule.this["p5-3h"].target[0].input).Message
  }

  assert {
    condition     = !strcontains(jsondecode(aws_scheduler_schedule.this["p5-72h"].target[0].input).Message, "starts ")
    error_message = "what has started needs no start"
  }

  assert {
    condition     = !strcontains(jsondecode(aws_scheduler_schedule.this["p5-3h"].target[0].input).Message, "\n\n\n")
    error_message = "no holes in the text"
  }
}

run "machines_of_ultraservers_stop_an_hour_before_the_end_and_awss_warning_is_too_late" {
  command = plan

  variables {
    capacity = {
      gb200 = {
        kind        = "block"
        id          = "cr-0123456789abcdef0"
        start       = "2026-12-17T11:30:00Z"
        end         = "2026-12-24T11:30:00Z"
        region      = "us-east-1"
        ultraserver = true
      }
    }
  }

  assert {
    condition     = output.capacity.gb200.usable_end == "2026-12-24T10:30:00Z"
    error_message = "wrong usable end: ${output.capacity.gb200.usable_end}"
  }

  assert {
    condition = (
      strcontains(jsondecode(aws_scheduler_schedule.this["gb200-3h"].target[0].input).Message, "machines stop 2026-12-24 10:30 UTC, 60 minutes before the end")
      && strcontains(jsondecode(aws_scheduler_schedule.this["gb200-3h"].target[0].input).Message, "when the machines are already being taken")
      && !strcontains(jsondecode(aws_scheduler_schedule.this["gb200-3h"].target[0].input).Message, "used by")
    )
    error_message = jsondecode(aws_scheduler_schedule.this["gb200-3h"].target[0].input).Message
  }
}

run "machines_of_plans_stop_an_hour_before_the_end_but_half_an_hour_for_training_jobs" {
  command = plan

  variables {
    capacity = {
      for target in ["training-job", "hyperpod-cluster", "endpoint", "studio-apps"] : target => {
        kind   = "plan"
        id     = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/${target}"
        start  = "2026-12-17T11:30:00Z"
        end    = "2026-12-24T11:30:00Z"
        region = "us-east-1"
        target = target
      }
    }
  }

  assert {
    condition = { for name, each in output.capacity : name => each.usable_end } == {
      training-job     = "2026-12-24T11:00:00Z"
      hyperpod-cluster = "2026-12-24T10:30:00Z"
      endpoint         = "2026-12-24T10:30:00Z"
      studio-apps      = "2026-12-24T10:30:00Z"
    }
    error_message = jsonencode(output.capacity)
  }

  assert {
    condition     = alltrue([for each in output.capacity : each.extend_until == "2026-12-24T10:30:00Z"])
    error_message = "plans too can be extended until an hour before the end"
  }

  assert {
    condition = alltrue([for words in [
      "Training plan hyperpod-cluster in us-east-1",
      "plan          arn:aws:sagemaker:us-east-1:111111111111:training-plan/hyperpod-cluster",
      "SageMaker AI, Training plans",
      "AWS sends no warning of its own for a training plan.",
    ] : strcontains(jsondecode(aws_scheduler_schedule.this["hyperpod-cluster-3h"].target[0].input).Message, words)])
    error_message = jsondecode(aws_scheduler_schedule.this["hyperpod-cluster-3h"].target[0].input).Message
  }
}

run "a_plan_of_ultraservers_stops_an_hour_before_the_end_for_training_jobs_too" {
  command = plan

  variables {
    capacity = {
      gb200 = {
        kind        = "plan"
        id          = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/gb200"
        start       = "2026-12-17T11:30:00Z"
        end         = "2026-12-24T11:30:00Z"
        region      = "us-east-1"
        target      = "training-job"
        ultraserver = true
      }
    }
  }

  assert {
    condition     = output.capacity.gb200.usable_end == "2026-12-24T10:30:00Z"
    error_message = output.capacity.gb200.usable_end
  }
}

run "what_is_not_to_be_extended_is_told_without_a_deadline" {
  command = plan

  variables {
    capacity = {
      first-half = {
        kind       = "plan"
        id         = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/split"
        start      = "2026-12-17T11:30:00Z"
        end        = "2026-12-24T11:30:00Z"
        region     = "us-east-1"
        target     = "training-job"
        extendable = false
      }
    }
  }

  assert {
    condition     = output.capacity.first-half.extend_until == null
    error_message = "no deadline"
  }

  assert {
    condition = alltrue([for each in aws_scheduler_schedule.this :
      strcontains(jsondecode(each.target[0].input).Message, "not to be extended")
      && length(regexall("extend until|Extend |LAST CALL", jsondecode(each.target[0].input).Message)) == 0
    ])
    error_message = jsondecode(aws_scheduler_schedule.this["first-half-3h"].target[0].input).Message
  }
}

run "a_warning_before_the_start_says_so" {
  command = plan

  variables {
    capacity = {
      short = {
        kind   = "block"
        id     = "cr-0123456789abcdef0"
        start  = "2026-12-23T11:30:00Z"
        end    = "2026-12-24T11:30:00Z"
        region = "us-east-1"
      }
    }
  }

  assert {
    condition     = strcontains(jsondecode(aws_scheduler_schedule.this["short-72h"].target[0].input).Message, "starts        2026-12-23 11:30 UTC: not yet")
    error_message = jsondecode(aws_scheduler_schedule.this["short-72h"].target[0].input).Message
  }

  assert {
    condition     = !strcontains(jsondecode(aws_scheduler_schedule.this["short-24h"].target[0].input).Message, "not yet")
    error_message = "at its start it has started"
  }
}

run "names_stay_within_64_characters_and_subjects_within_100" {
  command = plan

  variables {
    name = "abcdefghijklmnopqrst"
    capacity = {
      abcdefghijklmnopqrstuvwxyz0 = {
        kind   = "block"
        id     = "cr-0123456789abcdef0"
        start  = "2026-12-17T11:30:00Z"
        end    = "2026-12-24T11:30:00Z"
        region = "us-east-1"
      }
    }
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : length(each.name) <= 64 && length(jsondecode(each.target[0].input).Subject) <= 100])
    error_message = "too long"
  }

  assert {
    condition     = length(aws_iam_role.scheduler[0].name) <= 64
    error_message = "too long"
  }
}

run "the_schedulers_role_trusts_only_our_group_of_schedules" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.scheduler[0].assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = "111111111111" }
        ArnEquals    = { "aws:SourceArn" = "arn:aws:scheduler:us-east-1:111111111111:schedule-group/ml-capacity" }
      }
    }]
    error_message = aws_iam_role.scheduler[0].assume_role_policy
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.scheduler[0].policy).Statement[*].Resource == [
      "arn:aws:sns:us-east-1:111111111111:ml-alerts", "arn:aws:sqs:us-east-1:111111111111:ml-undelivered", var.kms_key_arn,
    ]
    error_message = aws_iam_role_policy.scheduler[0].policy
  }

  assert {
    condition = flatten(jsondecode(aws_iam_role_policy.scheduler[0].policy).Statement[*].Action) == [
      "sns:Publish", "sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey",
    ]
    error_message = aws_iam_role_policy.scheduler[0].policy
  }

  assert {
    condition     = aws_iam_role.scheduler[0].name == "ml-capacity-warnings-us-east-1"
    error_message = "without the region, the module in another region could not make its role"
  }
}

run "off_makes_nothing_of_it" {
  command = plan

  variables {
    enable_capacity = false
  }

  assert {
    condition = (
      length(aws_scheduler_schedule.this) + length(aws_scheduler_schedule_group.this) + length(aws_iam_role.scheduler)
      + length(aws_iam_role_policy.scheduler) + length(terraform_data.registered) == 0
    )
    error_message = "something was made"
  }

  assert {
    condition     = output.capacity == {}
    error_message = "nothing is warned of"
  }
}

run "a_moment_that_is_past_or_less_than_half_an_hour_away_is_left_out" {
  command = plan

  variables {
    now = "2026-12-23T11:00:00Z"
  }

  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["p5-3h"]
    error_message = jsonencode(keys(aws_scheduler_schedule.this))
  }

  assert {
    condition     = output.capacity.p5.left_out == tolist(["2026-12-21T11:30:00Z", "2026-12-23T11:30:00Z"])
    error_message = jsonencode(output.capacity.p5)
  }
}

run "a_moment_just_more_than_half_an_hour_away_is_kept" {
  command = plan

  variables {
    now = "2026-12-23T10:59:59Z"
  }

  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["p5-24h", "p5-3h"]
    error_message = jsonencode(keys(aws_scheduler_schedule.this))
  }
}

run "the_clock_of_the_plan_is_taken_where_none_is_given" {
  command = plan

  variables {
    now = null
    capacity = {
      far = {
        kind   = "block"
        id     = "cr-0123456789abcdef0"
        start  = "2999-12-17T11:30:00Z"
        end    = "2999-12-24T11:30:00Z"
        region = "us-east-1"
      }
    }
  }

  assert {
    condition     = length(aws_scheduler_schedule.this) == 3
    error_message = "all are to come"
  }
}

run "capacity_that_is_over_has_no_schedule_and_is_asked_to_be_taken_out" {
  command = plan

  variables {
    now = "2026-12-24T11:30:00Z"
  }

  expect_failures = [check.capacity_is_not_over]

  assert {
    condition     = length(aws_scheduler_schedule.this) == 0
    error_message = "a past moment would be refused by Scheduler"
  }
}

run "capacity_that_comes_too_late_for_any_warning_is_told_at_once" {
  command = plan

  variables {
    now = "2026-12-24T08:10:00Z"
  }

  expect_failures = [check.capacity_is_warned_of]

  assert {
    condition     = length(aws_scheduler_schedule.this) == 0
    error_message = "none can be sent"
  }
}

run "capacity_of_another_region_is_refused" {
  command = plan

  variables {
    capacity = {
      west = {
        kind   = "block"
        id     = "cr-0123456789abcdef0"
        start  = "2026-12-17T11:30:00Z"
        end    = "2026-12-24T11:30:00Z"
        region = "us-west-2"
      }
    }
  }

  expect_failures = [terraform_data.registered]
}

run "a_plan_of_another_account_is_refused_since_plans_cannot_be_shared" {
  command = plan

  variables {
    capacity = {
      theirs = {
        kind   = "plan"
        id     = "arn:aws:sagemaker:us-east-1:222222222222:training-plan/theirs"
        start  = "2026-12-17T11:30:00Z"
        end    = "2026-12-24T11:30:00Z"
        region = "us-east-1"
        target = "training-job"
      }
    }
  }

  expect_failures = [terraform_data.registered]
}
