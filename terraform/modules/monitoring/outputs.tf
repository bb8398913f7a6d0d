output "topic_arn" {
  description = "ARN of the topic to which everything is published; for the alarms of others too, whose names must begin with `name`."
  value       = aws_sns_topic.this.arn
}

output "undelivered_queue_url" {
  description = "URL of the queue that holds warnings which could not be delivered."
  value       = aws_sqs_queue.undelivered.url
}

output "undelivered_queue_arn" {
  description = "ARN of that queue, for what else may fail to be delivered in this region: undelivered_queue_arn of eks-cluster. It has an alarm."
  value       = aws_sqs_queue.undelivered.arn
}

output "capacity" {
  description = "By name of owned capacity: when its machines stop (`usable_end`), until when it can be extended (`extend_until`), when warnings are sent (`warnings`) and which were left out, since they were past when the entry was first planned (`left_out`)."
  value = { for name, each in local.capacity : name => {
    usable_end   = local.usable_ends[name]
    extend_until = each.extendable ? each.extend_until : null
    warnings     = sort([for warning in local.warnings : warning.at if warning.capacity == name])
    left_out     = sort([for key, warning in local.every_warning : warning.at if warning.capacity == name && !contains(keys(local.warnings), key)])
  } }
}

output "alarm_arns" {
  description = "ARNs of the CloudWatch alarms, by name."
  value = merge(
    { for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name => alarm.arn },
    { for alarm in aws_cloudwatch_metric_alarm.fsx_fullest : alarm.alarm_name => alarm.arn },
  )
}

output "events_log_group_name" {
  description = "Log group that keeps AWS's events about capacity blocks and HyperPod. Null where neither is on."
  value       = one(aws_cloudwatch_log_group.events[*].name)
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard. Null where it is off."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "prometheus_workspace_arn" {
  description = "ARN of the Prometheus workspace. Null where it is off."
  value       = one(aws_prometheus_workspace.this[*].arn)
}

output "prometheus_endpoint" {
  description = "URL of the Prometheus workspace: agents write to it with `api/v1/remote_write` behind it. Null where it is off."
  value       = one(aws_prometheus_workspace.this[*].prometheus_endpoint)
}

output "remote_write_role_arn" {
  description = "ARN of the role for agents in EKS clusters, to be tied to their service account by Pod Identity. Null where Prometheus is off."
  value       = one(aws_iam_role.remote_write[*].arn)
}

output "remote_write_policy_arn" {
  description = "ARN of the policy that lets nodes of ParallelCluster and HyperPod send metrics. Null where Prometheus is off."
  value       = one(aws_iam_policy.remote_write[*].arn)
}

output "required_metrics" {
  description = "Metrics that the alerts read. dcgm-exporter and the EFA node exporter must export them, and dcgm-exporter does not export all of them unless told."
  value       = sort(distinct(flatten([for rules in values(local.rules) : regexall("DCGM_FI_[A-Z_]+|node_amazonefa_[a-z_]+", rules)])))
}

output "grafana_endpoint" {
  description = "Host name of Grafana. Null where it is off."
  value       = one(aws_grafana_workspace.this[*].endpoint)
}

output "grafana_role_arn" {
  description = "ARN of the role with which Grafana reads. Null where it is off."
  value       = one(aws_iam_role.grafana[*].arn)
}
