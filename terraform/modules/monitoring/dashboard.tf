# One page for this region: what ends when, what is in alarm, and the metrics behind the alarms.

locals {
  metric_charts = [for each in [
    { title = "NAT: ports not found, packets dropped", ids = var.nat_gateways, namespace = "AWS/NATGateway", dimension = "NatGatewayId", metrics = ["ErrorPortAllocation", "PacketsDropCount"], stat = "Sum" },
    { title = "NAT: bytes out", ids = var.nat_gateways, namespace = "AWS/NATGateway", dimension = "NatGatewayId", metrics = ["BytesOutToDestination"], stat = "Sum" },
    { title = "Lustre: free bytes", ids = { for name, fs in var.fsx_file_systems : name => fs.id }, namespace = "AWS/FSx", dimension = "FileSystemId", metrics = ["FreeDataStorageCapacity"], stat = "Sum" },
    { title = "Lustre: bytes read and written", ids = { for name, fs in var.fsx_file_systems : name => fs.id }, namespace = "AWS/FSx", dimension = "FileSystemId", metrics = ["DataReadBytes", "DataWriteBytes"], stat = "Sum" },
    { title = "EFS: percent of the most operations", ids = { for name, fs in var.efs_file_systems : name => fs.id }, namespace = "AWS/EFS", dimension = "FileSystemId", metrics = ["PercentIOLimit"], stat = "Maximum" },
    { title = "EFS: burst credits", ids = { for name, fs in var.efs_file_systems : name => fs.id if fs.throughput_mode == "bursting" }, namespace = "AWS/EFS", dimension = "FileSystemId", metrics = ["BurstCreditBalance"], stat = "Minimum" },
    { title = "EKS: answers with an error, throttled", ids = var.eks_clusters, namespace = "AWS/EKS", dimension = "ClusterName", metrics = ["apiserver_request_total_5XX", "apiserver_request_total_429"], stat = "Sum" },
    { title = "EKS: pods that find no node", ids = var.eks_clusters, namespace = "AWS/EKS", dimension = "ClusterName", metrics = ["scheduler_pending_pods_UNSCHEDULABLE"], stat = "Maximum" },
    ] : {
    type   = "metric"
    width  = 12
    height = 6
    properties = {
      title   = each.title
      region  = local.region
      view    = "timeSeries"
      stat    = each.stat
      period  = 300
      metrics = [for pair in setproduct(each.metrics, keys(each.ids)) : [each.namespace, pair[0], each.dimension, each.ids[pair[1]], { label = "${pair[1]} ${pair[0]}" }]]
    }
  } if length(each.ids) > 0]

  # Only what stays as it is: a countdown would change the dashboard at every plan.
  capacity_table = join("\n", concat(
    ["| capacity | id | used by | machines stop | extend until | ends |", "|---|---|---|---|---|---|"],
    [for name, each in local.capacity : join("", ["| ", join(" | ", [
      name, each.id, coalesce(each.used_by, "-"),
      formatdate(local.date, local.usable_ends[name]),
      each.extendable ? formatdate(local.date, each.extend_until) : "-",
      formatdate(local.date, each.end),
    ]), " |"])],
  ))

  widgets = concat(
    length(local.capacity) == 0 ? [] : [{
      type       = "text"
      width      = 24
      height     = 3 + length(local.capacity)
      properties = { markdown = local.capacity_table }
    }],
    [{
      type   = "alarm"
      width  = 24
      height = 4
      properties = {
        title  = "Alarms"
        alarms = concat(values(aws_cloudwatch_metric_alarm.this)[*].arn, values(aws_cloudwatch_metric_alarm.fsx_fullest)[*].arn)
      }
    }],
    local.metric_charts,
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.enable_dashboard ? 1 : 0

  dashboard_name = "${var.name}-${local.region}"
  dashboard_body = jsonencode({ widgets = local.widgets })
}
