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
  target          = aws_cloudwatch_log_group.events
  override_during = plan
  values          = { arn = "arn:aws:logs:us-east-1:111111111111:log-group:/aws/events/ml" }
}

variables {
  name          = "ml"
  kms_key_arn   = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  subscriptions = { on-call = { protocol = "email", endpoint = "on-call@example.com" } }

  enable_prometheus = false
  enable_dashboard  = false
}

run "both_spellings_of_awss_events_about_blocks_are_matched" {
  command = plan

  assert {
    condition = {
      for name in ["capacity-block-delivered", "capacity-block-expiring"] : name => jsondecode(aws_cloudwatch_event_rule.told[name].event_pattern)
      } == {
      capacity-block-delivered = { source = ["aws.ec2"], detail-type = ["Capacity Block Delivered", "Capacity Block Reservation Delivered"] }
      capacity-block-expiring  = { source = ["aws.ec2"], detail-type = ["Capacity Block Expiration Warning", "Capacity Block Reservation Expiration Warning"] }
    }
    error_message = "wrong patterns"
  }
}

run "patterns_say_detail_type_with_a_hyphen" {
  command = plan

  assert {
    condition = alltrue([for each in concat(values(aws_cloudwatch_event_rule.told), values(aws_cloudwatch_event_rule.logged)) :
      length(setsubtract(keys(jsondecode(each.event_pattern)), ["source", "detail-type", "detail", "resources"])) == 0
      && contains(keys(jsondecode(each.event_pattern)), "detail-type")
    ])
    error_message = "detail_type, as the EC2 user guide's examples have it, matches nothing"
  }
}

run "awss_events_come_to_the_topic_in_words_with_the_queue_behind" {
  command = plan

  assert {
    condition = alltrue([for each in aws_cloudwatch_event_target.told :
      each.arn == "arn:aws:sns:us-east-1:111111111111:ml-alerts"
      && each.dead_letter_config[0].arn == "arn:aws:sqs:us-east-1:111111111111:ml-undelivered"
    ])
    error_message = "wrong target"
  }

  # jsonencode would have written \\u003cid\\u003e.
  assert {
    condition     = startswith(aws_cloudwatch_event_target.told["capacity-block-expiring"].input_transformer[0].input_template, "\"Capacity block <id> in <region>")
    error_message = aws_cloudwatch_event_target.told["capacity-block-expiring"].input_transformer[0].input_template
  }

  assert {
    condition = alltrue([for each in aws_cloudwatch_event_target.told :
      toset(flatten(regexall("<([a-z]+)>", each.input_transformer[0].input_template))) == toset(keys(each.input_transformer[0].input_paths))
    ])
    error_message = "a mark in a template has no path, or a path no mark"
  }

  assert {
    condition     = strcontains(aws_cloudwatch_event_target.told["capacity-block-expiring"].input_transformer[0].input_template, "cannot be extended any more")
    error_message = "it comes after the extension window has closed, and must say so"
  }
}

run "hyperpods_states_node_health_and_troubles_are_told" {
  command = plan

  assert {
    condition = {
      for name in ["hyperpod-state", "hyperpod-node-health", "hyperpod-trouble"] : name => jsondecode(aws_cloudwatch_event_rule.told[name].event_pattern)
      } == {
      hyperpod-state       = { source = ["aws.sagemaker"], detail-type = ["SageMaker HyperPod Cluster State Change"] }
      hyperpod-node-health = { source = ["aws.sagemaker"], detail-type = ["SageMaker HyperPod Cluster Node Health Event"] }
      hyperpod-trouble = {
        source      = ["aws.sagemaker"]
        detail-type = ["SageMaker HyperPod Cluster Event"]
        detail      = { EventDetails = { EventLevel = ["Warn", "Error"] } }
      }
    }
    error_message = "wrong patterns"
  }
}

run "hyperpod_can_be_narrowed_to_clusters" {
  command = plan

  variables {
    hyperpod_cluster_arns = ["arn:aws:sagemaker:us-east-1:111111111111:cluster/abc"]
  }

  assert {
    condition = alltrue([for name, each in merge(aws_cloudwatch_event_rule.told, aws_cloudwatch_event_rule.logged) :
      jsondecode(each.event_pattern).resources == ["arn:aws:sagemaker:us-east-1:111111111111:cluster/abc"] if startswith(name, "hyperpod")
    ])
    error_message = "a rule hears of every cluster"
  }

  assert {
    condition     = !strcontains(aws_cloudwatch_event_rule.told["capacity-block-expiring"].event_pattern, "resources")
    error_message = "blocks have nothing to do with it"
  }
}

run "all_events_are_kept_with_the_interruptions_that_nobody_is_told_of" {
  command = plan

  assert {
    condition = toset(jsondecode(aws_cloudwatch_event_rule.logged["capacity-log"].event_pattern)["detail-type"]) == toset([
      "Capacity Block Delivered", "Capacity Block Reservation Delivered", "Capacity Block Expiration Warning", "Capacity Block Reservation Expiration Warning",
      "EC2 Capacity Reservation Instance Interruption Warning", "Capacity Reservation Instance Interruption Warning",
    ])
    error_message = aws_cloudwatch_event_rule.logged["capacity-log"].event_pattern
  }

  assert {
    condition = toset(jsondecode(aws_cloudwatch_event_rule.logged["hyperpod-log"].event_pattern)["detail-type"]) == toset([
      "SageMaker HyperPod Cluster State Change", "SageMaker HyperPod Cluster Node Health Event", "SageMaker HyperPod Cluster Event",
    ])
    error_message = aws_cloudwatch_event_rule.logged["hyperpod-log"].event_pattern
  }

  assert {
    condition     = alltrue([for each in aws_cloudwatch_event_target.logged : each.arn == "arn:aws:logs:us-east-1:111111111111:log-group:/aws/events/ml"])
    error_message = "wrong log group"
  }

  assert {
    condition = (
      aws_cloudwatch_log_group.events[0].name == "/aws/events/ml" && aws_cloudwatch_log_group.events[0].kms_key_id == var.kms_key_arn
      && aws_cloudwatch_log_group.events[0].retention_in_days == 365
    )
    error_message = "wrong log group"
  }
}

run "only_our_rules_write_to_the_log_group" {
  command = plan

  assert {
    condition = one([for each in jsondecode(aws_cloudwatch_log_resource_policy.events[0].policy_document).Statement : each.Condition if each.Sid == "Events"]) == {
      ArnLike = { "aws:SourceArn" = "arn:aws:events:us-east-1:111111111111:rule/ml-*" }
    }
    error_message = aws_cloudwatch_log_resource_policy.events[0].policy_document
  }

  assert {
    condition = alltrue([for each in jsondecode(aws_cloudwatch_log_resource_policy.events[0].policy_document).Statement :
      each.Resource == "arn:aws:logs:us-east-1:111111111111:log-group:/aws/events/ml:*"
    ])
    error_message = aws_cloudwatch_log_resource_policy.events[0].policy_document
  }
}

run "names_of_rules_begin_with_the_name_that_the_policies_admit" {
  command = plan

  assert {
    condition     = alltrue([for each in concat(values(aws_cloudwatch_event_rule.told), values(aws_cloudwatch_event_rule.logged)) : startswith(each.name, "ml-") && length(each.name) <= 64])
    error_message = "a rule of another name is not admitted by topic, queue and log group"
  }
}

run "hyperpod_off_leaves_the_blocks" {
  command = plan

  variables {
    enable_hyperpod = false
  }

  assert {
    condition     = keys(aws_cloudwatch_event_rule.told) == ["capacity-block-delivered", "capacity-block-expiring"] && keys(aws_cloudwatch_event_rule.logged) == ["capacity-log"]
    error_message = jsonencode(keys(aws_cloudwatch_event_rule.told))
  }
}

run "capacity_off_leaves_hyperpod" {
  command = plan

  variables {
    enable_capacity = false
  }

  assert {
    condition     = keys(aws_cloudwatch_event_rule.told) == ["hyperpod-node-health", "hyperpod-state", "hyperpod-trouble"] && keys(aws_cloudwatch_event_rule.logged) == ["hyperpod-log"]
    error_message = jsonencode(keys(aws_cloudwatch_event_rule.told))
  }
}

run "both_off_leave_no_rule_and_no_log" {
  command = plan

  variables {
    enable_capacity = false
    enable_hyperpod = false
  }

  assert {
    condition = (
      length(aws_cloudwatch_event_rule.told) + length(aws_cloudwatch_event_rule.logged) + length(aws_cloudwatch_event_target.told)
      + length(aws_cloudwatch_event_target.logged) + length(aws_cloudwatch_log_group.events) + length(aws_cloudwatch_log_resource_policy.events) == 0
    )
    error_message = "something was made"
  }

  assert {
    condition     = output.events_log_group_name == null
    error_message = "there is no log group"
  }
}
