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

variables {
  name          = "ml"
  kms_key_arn   = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  subscriptions = { on-call = { protocol = "email", endpoint = "on-call@example.com" } }

  enable_prometheus = false
  enable_hyperpod   = false
  now               = "2026-12-01T00:00:00Z"

  nat_gateways     = { main = "nat-0123456789abcdef0" }
  eks_clusters     = { training = "eks-training" }
  fsx_file_systems = { scratch = { id = "fs-0123456789abcdef0", storage_capacity_gib = 4800 } }
  efs_file_systems = {
    home = { id = "fs-0fedcba9876543210" }
    old  = { id = "fs-0fedcba9876543211", throughput_mode = "bursting" }
  }
}

run "each_thing_gets_its_alarms" {
  command = plan

  assert {
    condition = keys(aws_cloudwatch_metric_alarm.this) == [
      "efs-home-io", "efs-old-burst", "efs-old-io", "eks-training-errors", "eks-training-storage", "eks-training-throttled",
      "fsx-scratch-free", "nat-main-drops", "nat-main-ports", "undelivered",
    ]
    error_message = jsonencode(keys(aws_cloudwatch_metric_alarm.this))
  }

  assert {
    condition     = alltrue([for key, each in aws_cloudwatch_metric_alarm.this : each.alarm_name == "ml-${key}"]) && aws_cloudwatch_metric_alarm.fsx_fullest["scratch"].alarm_name == "ml-fsx-scratch-fullest"
    error_message = "the topic's policy admits only alarms whose names begin with ours"
  }

  assert {
    condition = alltrue([for each in concat(values(aws_cloudwatch_metric_alarm.this), values(aws_cloudwatch_metric_alarm.fsx_fullest)) :
      each.alarm_actions == toset(["arn:aws:sns:us-east-1:111111111111:ml-alerts"]) && each.ok_actions == each.alarm_actions && each.treat_missing_data == "notBreaching"
    ])
    error_message = "an alarm tells nobody"
  }
}

run "alarms_watch_what_they_say" {
  command = plan

  assert {
    condition = { for key, each in aws_cloudwatch_metric_alarm.this : key => join(" ", concat(
      [each.namespace, each.metric_name], [for name, value in each.dimensions : "${name}=${value}"],
      [each.statistic, each.comparison_operator == "GreaterThanThreshold" ? ">" : "<", tostring(each.threshold)],
      ))
      } == {
      efs-home-io            = "AWS/EFS PercentIOLimit FileSystemId=fs-0fedcba9876543210 Maximum > 95"
      efs-old-io             = "AWS/EFS PercentIOLimit FileSystemId=fs-0fedcba9876543211 Maximum > 95"
      efs-old-burst          = "AWS/EFS BurstCreditBalance FileSystemId=fs-0fedcba9876543211 Minimum < 549755813888"
      eks-training-errors    = "AWS/EKS apiserver_request_total_5XX ClusterName=eks-training Sum > 10"
      eks-training-throttled = "AWS/EKS apiserver_request_total_429 ClusterName=eks-training Sum > 100"
      eks-training-storage   = "AWS/EKS apiserver_storage_size_bytes ClusterName=eks-training Maximum > 6442450944"
      fsx-scratch-free       = "AWS/FSx FreeDataStorageCapacity FileSystemId=fs-0123456789abcdef0 Sum < 773094113280"
      nat-main-drops         = "AWS/NATGateway PacketsDropCount NatGatewayId=nat-0123456789abcdef0 Sum > 100"
      nat-main-ports         = "AWS/NATGateway ErrorPortAllocation NatGatewayId=nat-0123456789abcdef0 Sum > 0"
      undelivered            = "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=ml-undelivered Maximum > 0"
    }
    error_message = "wrong alarms"
  }
}

run "thresholds_can_be_moved" {
  command = plan

  variables {
    thresholds = { fsx_free_percent = 20, efs_burst_credit_gib = 1 }
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["fsx-scratch-free"].threshold == 1030792151040 && aws_cloudwatch_metric_alarm.fsx_fullest["scratch"].threshold == 20
      && aws_cloudwatch_metric_alarm.this["efs-old-burst"].threshold == 1073741824 && aws_cloudwatch_metric_alarm.this["nat-main-drops"].threshold == 100
    )
    error_message = "wrong thresholds"
  }
}

run "the_fullest_disk_of_lustre_is_watched_too" {
  command = plan

  assert {
    condition = { for each in aws_cloudwatch_metric_alarm.fsx_fullest["scratch"].metric_query : each.id => try(each.metric[0].stat, each.expression) } == {
      free    = "100 * fullest * disks / 5153960755200"
      fullest = "Minimum"
      disks   = "SampleCount"
    }
    error_message = jsonencode(aws_cloudwatch_metric_alarm.fsx_fullest["scratch"].metric_query)
  }

  assert {
    condition = alltrue([for each in aws_cloudwatch_metric_alarm.fsx_fullest["scratch"].metric_query :
      each.metric[0].metric_name == "FreeDataStorageCapacity" && each.metric[0].dimensions == tomap({ FileSystemId = "fs-0123456789abcdef0" }) && each.metric[0].period == 60
      if each.id != "free"
    ])
    error_message = jsonencode(aws_cloudwatch_metric_alarm.fsx_fullest["scratch"].metric_query)
  }
}

run "with_nothing_named_only_our_own_alarm_is_left" {
  command = plan

  variables {
    nat_gateways     = {}
    eks_clusters     = {}
    fsx_file_systems = {}
    efs_file_systems = {}
  }

  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["undelivered"] && length(aws_cloudwatch_metric_alarm.fsx_fullest) == 0
    error_message = jsonencode(keys(aws_cloudwatch_metric_alarm.this))
  }
}
