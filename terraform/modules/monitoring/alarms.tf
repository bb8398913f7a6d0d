# CloudWatch alarms on what clusters stand on. Each is asked for by naming the thing in a map; an empty map makes none.

locals {
  gib = pow(1024, 3)

  nat_alarms = merge([for name, id in var.nat_gateways : {
    "nat-${name}-ports" = {
      about     = "NAT gateway ${name} has no port left for new connections to some destination: image pulls and S3 without an endpoint fail. Add gateways or addresses, or an endpoint."
      namespace = "AWS/NATGateway", metric = "ErrorPortAllocation", dimensions = { NatGatewayId = id }
      statistic = "Sum", period = 300, periods = 1, above = 0
    }
    "nat-${name}-drops" = {
      about     = "NAT gateway ${name} drops packets."
      namespace = "AWS/NATGateway", metric = "PacketsDropCount", dimensions = { NatGatewayId = id }
      statistic = "Sum", period = 300, periods = 3, above = var.thresholds.nat_packets_dropped
    }
  }]...)

  efs_alarms = merge([for name, each in var.efs_file_systems : merge(
    {
      "efs-${name}-io" = {
        about     = "EFS ${name} is near the most operations that it can do: move what is busy to Lustre or spread it."
        namespace = "AWS/EFS", metric = "PercentIOLimit", dimensions = { FileSystemId = each.id }
        statistic = "Maximum", period = 300, periods = 3, above = 95
      }
    },
    # Only a bursting file system has credits; with elastic throughput the metric does not exist and its alarm would wait for ever.
    { for key, alarm in {
      "efs-${name}-burst" = {
        about     = "EFS ${name} runs out of burst credits and then becomes slow: use elastic throughput."
        namespace = "AWS/EFS", metric = "BurstCreditBalance", dimensions = { FileSystemId = each.id }
        statistic = "Minimum", period = 300, periods = 3, below = var.thresholds.efs_burst_credit_gib * local.gib
      }
    } : key => alarm if each.throughput_mode == "bursting" },
  )]...)

  eks_alarms = merge([for name, cluster in var.eks_clusters : {
    "eks-${name}-errors" = {
      about     = "The API server of EKS cluster ${cluster} answers with errors of its own (5xx)."
      namespace = "AWS/EKS", metric = "apiserver_request_total_5XX", dimensions = { ClusterName = cluster }
      statistic = "Sum", period = 300, periods = 3, above = var.thresholds.eks_server_errors
    }
    "eks-${name}-throttled" = {
      about     = "The API server of EKS cluster ${cluster} turns requests away (429): something asks too much of it."
      namespace = "AWS/EKS", metric = "apiserver_request_total_429", dimensions = { ClusterName = cluster }
      statistic = "Sum", period = 300, periods = 3, above = var.thresholds.eks_throttled
    }
    "eks-${name}-storage" = {
      about     = "The database of EKS cluster ${cluster} nears its limit of 8 GiB, at which the cluster can only be read: delete old objects (events, jobs, custom resources)."
      namespace = "AWS/EKS", metric = "apiserver_storage_size_bytes", dimensions = { ClusterName = cluster }
      statistic = "Maximum", period = 300, periods = 3, above = var.thresholds.eks_storage_gib * local.gib
    }
  }]...)

  fsx_alarms = merge([for name, each in var.fsx_file_systems : {
    "fsx-${name}-free" = {
      about     = "Lustre ${name} has less than ${var.thresholds.fsx_free_percent}% free: delete or release files, or raise its capacity (which cannot be lowered again)."
      namespace = "AWS/FSx", metric = "FreeDataStorageCapacity", dimensions = { FileSystemId = each.id }
      statistic = "Sum", period = 60, periods = 5, below = each.storage_capacity_gib * local.gib * var.thresholds.fsx_free_percent / 100
    }
  }]...)

  # Failed deliveries are told where they can be: the topic may be the very thing that fails, and then the dashboard shows this.
  own_alarms = {
    undelivered = {
      about     = "A warning could not be delivered and lies in ${var.name}-undelivered: read it there, act on it, and mend why (most often the key's policy)."
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = aws_sqs_queue.undelivered.name }
      statistic = "Maximum", period = 300, periods = 1, above = 0
    }
  }

  alarms = merge(local.own_alarms, local.nat_alarms, local.efs_alarms, local.eks_alarms, local.fsx_alarms)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = try(each.value.above, null) != null ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = try(each.value.above, each.value.below)
  # An idle cluster reports less, and that is no trouble.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_sns_topic.this.arn]
  ok_actions         = [aws_sns_topic.this.arn]
  tags               = var.tags
}

# A write fails when the one disk (OST) that it goes to is full, whatever the others have: so also as if every disk were as full as the
# fullest (Minimum is of the fullest disk, SampleCount counts them: FSx for Lustre guide, metrics).
resource "aws_cloudwatch_metric_alarm" "fsx_fullest" {
  for_each = var.fsx_file_systems

  alarm_name          = "${var.name}-fsx-${each.key}-fullest"
  alarm_description   = "The fullest disk of Lustre ${each.key} has less than ${var.thresholds.fsx_free_percent}% free, and writes to it will fail soon: stripe large files wider (lfs setstripe, lfs migrate) or free space."
  comparison_operator = "LessThanThreshold"
  threshold           = var.thresholds.fsx_free_percent
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
  tags                = var.tags

  metric_query {
    id          = "free"
    expression  = "100 * fullest * disks / ${each.value.storage_capacity_gib * local.gib}"
    label       = "Free on the fullest disk, percent"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { fullest = "Minimum", disks = "SampleCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/FSx"
        metric_name = "FreeDataStorageCapacity"
        dimensions  = { FileSystemId = each.value.id }
        stat        = metric_query.value
        period      = 60
      }
    }
  }
}
