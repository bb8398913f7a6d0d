# GPU and EFA metrics: exporters on the nodes, read by a managed collector or sent by an agent of the cluster, into one workspace.

resource "aws_prometheus_workspace" "this" {
  count = var.enable_prometheus ? 1 : 0

  alias       = var.name
  kms_key_arn = var.kms_key_arn
  tags        = var.tags

  logging_configuration {
    log_group_arn = "${aws_cloudwatch_log_group.prometheus[0].arn}:*"
  }
}

resource "aws_cloudwatch_log_group" "prometheus" {
  count = var.enable_prometheus ? 1 : 0

  # Under vendedlogs, since the policy that CloudWatch Logs keeps for other groups has little room.
  name              = "/aws/vendedlogs/prometheus/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

locals {
  rules = { for group in var.enable_prometheus ? ["gpu-xid", "gpu-ecc", "gpu-thermal", "gpu-idle", "efa"] : [] :
    group => templatefile("${path.module}/rules/${group}.yaml.tftpl", var.gpu_alerts)
  }
}

resource "aws_prometheus_rule_group_namespace" "this" {
  for_each = local.rules

  name         = "${var.name}-${each.key}"
  workspace_id = aws_prometheus_workspace.this[0].id
  data         = each.value
  tags         = var.tags
}

resource "aws_prometheus_alert_manager_definition" "this" {
  count = var.enable_prometheus ? 1 : 0

  workspace_id = aws_prometheus_workspace.this[0].id
  definition   = yamlencode({ alertmanager_config = yamlencode(local.alert_manager) })

  # Else the first alerts are refused by the topic, and only the workspace's log says so.
  depends_on = [aws_sns_topic_policy.this]
}

locals {
  alert_manager = {
    route = {
      receiver        = "topic"
      group_by        = ["alertname", "cluster"]
      group_wait      = "30s"
      group_interval  = "5m"
      repeat_interval = "12h"
      routes = [
        { matchers = ["severity = critical"], receiver = "topic", repeat_interval = "1h" },
      ]
    }
    receivers = [{
      name = "topic"
      sns_configs = [{
        topic_arn     = aws_sns_topic.this.arn
        send_resolved = true
        # The region is asked for (Amazon Managed Service for Prometheus guide, alert receiver).
        sigv4 = { region = local.region }
        # Its own subject is made of every label, and SNS refuses more than 100 characters.
        subject = "[{{ .Status }}] {{ .CommonLabels.alertname }} {{ .CommonLabels.cluster }}"
        message = "{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }} {{ .Annotations.action }}\n{{ end }}"
      }]
    }]
  }
}

# Collectors that AWS runs: nothing but the exporters in the cluster.
resource "aws_prometheus_scraper" "this" {
  for_each = var.enable_prometheus ? var.prometheus_scrapers : {}

  alias = "${var.name}-${each.key}"
  tags  = var.tags

  source {
    eks {
      cluster_arn        = each.value.cluster_arn
      subnet_ids         = each.value.subnet_ids
      security_group_ids = each.value.security_group_ids
    }
  }

  destination {
    amp {
      workspace_arn = aws_prometheus_workspace.this[0].arn
    }
  }

  scrape_configuration = templatefile("${path.module}/templates/scrape.yaml.tftpl", { cluster = each.key })
}

# For whatever sends by itself: an agent in a cluster takes the role by Pod Identity, nodes of ParallelCluster and HyperPod get the
# policy attached to theirs.
resource "aws_iam_policy" "remote_write" {
  count = var.enable_prometheus ? 1 : 0

  name        = "${var.name}-remote-write-${local.iam_suffix}"
  description = "Send metrics to the Prometheus workspace of ${local.region}"
  policy      = jsonencode(local.remote_write_permissions)
  tags        = var.tags
}

resource "aws_iam_role" "remote_write" {
  count = var.enable_prometheus ? 1 : 0

  name                 = "${var.name}-remote-write-${local.iam_suffix}"
  description          = "Agents in EKS clusters send metrics to the Prometheus workspace of ${local.region}"
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = jsonencode(local.pod_trust)
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "remote_write" {
  count = var.enable_prometheus ? 1 : 0

  role       = aws_iam_role.remote_write[0].name
  policy_arn = aws_iam_policy.remote_write[0].arn
}

locals {
  remote_write_permissions = {
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "aps:RemoteWrite"
      Resource = one(aws_prometheus_workspace.this[*].arn)
    }]
  }

  # Pod Identity tags its sessions, and is refused where it may not (EKS user guide, Pod Identity, roles).
  pod_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:eks:${local.arn_suffix}:cluster/*" }
      }
    }]
  }
}
