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
  target          = aws_prometheus_workspace.this
  override_during = plan
  values          = { arn = "arn:aws:aps:us-east-1:111111111111:workspace/ws-mock" }
}

variables {
  name          = "ml"
  kms_key_arn   = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  subscriptions = { on-call = { protocol = "email", endpoint = "on-call@example.com" } }
  now           = "2026-12-01T00:00:00Z"
}

run "the_topic_and_its_name_are_ours_and_its_key_the_customers" {
  command = plan

  assert {
    condition     = aws_sns_topic.this.name == "ml-alerts" && aws_sns_topic.this.kms_master_key_id == var.kms_key_arn
    error_message = "wrong topic"
  }
}

run "only_alarms_and_the_workspace_that_are_ours_publish" {
  command = plan

  assert {
    condition = {
      for each in jsondecode(aws_sns_topic_policy.this.policy).Statement : each.Principal.Service => each.Condition
      if each.Effect == "Allow" && can(each.Condition)
      } == {
      "cloudwatch.amazonaws.com" = {
        StringEquals = { "aws:SourceAccount" = "111111111111" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:ml-*" }
      }
      "aps.amazonaws.com" = {
        StringEquals = { "aws:SourceAccount" = "111111111111" }
        ArnEquals    = { "aws:SourceArn" = "arn:aws:aps:us-east-1:111111111111:workspace/ws-mock" }
      }
    }
    error_message = aws_sns_topic_policy.this.policy
  }

  assert {
    condition = alltrue([for each in jsondecode(aws_sns_topic_policy.this.policy).Statement :
      each.Resource == "arn:aws:sns:us-east-1:111111111111:ml-alerts" && alltrue([for action in flatten([each.Action]) : !strcontains(action, "*")])
    ])
    error_message = aws_sns_topic_policy.this.policy
  }
}

run "rules_publish_without_a_condition_since_eventbridge_meets_none" {
  command = plan

  assert {
    condition     = [for each in jsondecode(aws_sns_topic_policy.this.policy).Statement : try(each.Principal.Service, "") if each.Effect == "Allow" && !can(each.Condition)] == ["events.amazonaws.com"]
    error_message = "with a condition no event would ever arrive: ${aws_sns_topic_policy.this.policy}"
  }
}

run "the_alert_manager_may_look_at_the_topic_as_well" {
  command = plan

  assert {
    condition = one([for each in jsondecode(aws_sns_topic_policy.this.policy).Statement : each.Action if each.Sid == "PublishPrometheus"]) == [
      "sns:Publish", "sns:GetTopicAttributes",
    ]
    error_message = aws_sns_topic_policy.this.policy
  }
}

run "what_is_not_over_tls_is_denied_at_topic_and_queue" {
  command = plan

  assert {
    condition = alltrue([for policy in [aws_sns_topic_policy.this.policy, aws_sqs_queue_policy.undelivered.policy] : length([
      for each in jsondecode(policy).Statement : each
      if each.Effect == "Deny" && each.Principal == "*" && try(each.Condition.Bool["aws:SecureTransport"], null) == "false"
    ]) == 1])
    error_message = "plain text is admitted"
  }
}

run "without_prometheus_it_may_not_publish" {
  command = plan

  variables {
    enable_prometheus = false
  }

  assert {
    condition     = !strcontains(aws_sns_topic_policy.this.policy, "aps.amazonaws.com")
    error_message = aws_sns_topic_policy.this.policy
  }
}

run "what_was_not_delivered_is_kept_two_weeks_and_not_under_the_same_key" {
  command = plan

  assert {
    condition = (
      aws_sqs_queue.undelivered.name == "ml-undelivered" && aws_sqs_queue.undelivered.message_retention_seconds == 1209600
      && aws_sqs_queue.undelivered.sqs_managed_sse_enabled == true && aws_sqs_queue.undelivered.kms_master_key_id == null
    )
    error_message = "a key's policy that keeps messages from the topic must not keep them from the queue"
  }

  assert {
    condition = one([for each in jsondecode(aws_sqs_queue_policy.undelivered.policy).Statement : each.Condition if each.Effect == "Allow"]) == {
      ArnLike = { "aws:SourceArn" = "arn:aws:events:us-east-1:111111111111:rule/ml-*" }
    }
    error_message = aws_sqs_queue_policy.undelivered.policy
  }
}

run "every_subscription_is_made" {
  command = plan

  variables {
    subscriptions = {
      on-call = { protocol = "email", endpoint = "on-call@example.com" }
      pager   = { protocol = "https", endpoint = "https://events.example.com/key" }
      phone   = { protocol = "sms", endpoint = "+14255550100" }
      chat    = { protocol = "lambda", endpoint = "arn:aws:lambda:us-east-1:111111111111:function:chat" }
    }
  }

  assert {
    condition     = { for name, each in aws_sns_topic_subscription.this : name => each.protocol } == { on-call = "email", pager = "https", phone = "sms", chat = "lambda" }
    error_message = "wrong subscriptions"
  }

  assert {
    condition     = aws_sns_topic_subscription.this["pager"].endpoint == "https://events.example.com/key"
    error_message = "wrong endpoint"
  }
}

run "nobody_listening_is_told" {
  command = plan

  variables {
    subscriptions = {}
  }

  expect_failures = [check.somebody_listens]
}

run "tags_are_on_whatever_takes_them" {
  command = plan

  variables {
    tags           = { Team = "ml" }
    enable_grafana = true
    grafana_groups = { ADMIN = ["11111111-1111-1111-1111-111111111111"] }
    capacity = {
      p5 = {
        kind   = "block"
        id     = "cr-0123456789abcdef0"
        start  = "2026-12-17T11:30:00Z"
        end    = "2026-12-24T11:30:00Z"
        region = "us-east-1"
      }
    }
    fsx_file_systems = { scratch = { id = "fs-0123456789abcdef0", storage_capacity_gib = 4800 } }
    prometheus_scrapers = {
      training = {
        cluster_arn        = "arn:aws:eks:us-east-1:111111111111:cluster/training"
        subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
        security_group_ids = ["sg-0123456789abcdef0"]
      }
    }
  }

  assert {
    condition = alltrue([for each in concat(
      [aws_sns_topic.this.tags, aws_sqs_queue.undelivered.tags], aws_scheduler_schedule_group.this[*].tags, aws_iam_role.scheduler[*].tags,
      values(aws_cloudwatch_event_rule.told)[*].tags, values(aws_cloudwatch_event_rule.logged)[*].tags, aws_cloudwatch_log_group.events[*].tags,
      values(aws_cloudwatch_metric_alarm.this)[*].tags, values(aws_cloudwatch_metric_alarm.fsx_fullest)[*].tags, aws_prometheus_workspace.this[*].tags,
      aws_cloudwatch_log_group.prometheus[*].tags, values(aws_prometheus_rule_group_namespace.this)[*].tags, values(aws_prometheus_scraper.this)[*].tags,
      aws_iam_policy.remote_write[*].tags, aws_iam_role.remote_write[*].tags, aws_grafana_workspace.this[*].tags, aws_iam_role.grafana[*].tags,
    ) : each == tomap({ Team = "ml" })])
    error_message = "some are untagged"
  }
}

run "every_role_is_within_the_boundary" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/boundary"
    enable_grafana           = true
    grafana_groups           = { ADMIN = ["11111111-1111-1111-1111-111111111111"] }
  }

  assert {
    condition = alltrue([for each in concat(
      aws_iam_role.scheduler[*].permissions_boundary, aws_iam_role.remote_write[*].permissions_boundary, aws_iam_role.grafana[*].permissions_boundary,
    ) : each == "arn:aws:iam::111111111111:policy/boundary"])
    error_message = "a role is not bounded"
  }
}
