# Off unless asked for: people sign in through IAM Identity Center, which only an organization can set up. One is enough for an
# account: it reads the workspaces of other regions too.

resource "aws_grafana_workspace" "this" {
  count = var.enable_grafana ? 1 : 0

  name                     = var.name
  description              = "GPU clusters"
  grafana_version          = var.grafana_version
  account_access_type      = "CURRENT_ACCOUNT"
  authentication_providers = ["AWS_SSO"]

  # With our own role: SERVICE_MANAGED makes one only in the console, and over the API asks for a role all the same.
  permission_type = "CUSTOMER_MANAGED"
  role_arn        = aws_iam_role.grafana[0].arn
  data_sources    = ["CLOUDWATCH", "PROMETHEUS"]
  tags            = var.tags

  dynamic "network_access_control" {
    for_each = var.grafana_network_access[*]

    content {
      prefix_list_ids = network_access_control.value.prefix_list_ids
      vpce_ids        = network_access_control.value.vpce_ids
    }
  }
}

resource "aws_grafana_role_association" "this" {
  for_each = var.enable_grafana ? var.grafana_groups : {}

  workspace_id = aws_grafana_workspace.this[0].id
  role         = each.key
  group_ids    = each.value
}

resource "aws_iam_role" "grafana" {
  count = var.enable_grafana ? 1 : 0

  name                 = "${var.name}-grafana-${local.iam_suffix}"
  description          = "Grafana reads Prometheus workspaces and CloudWatch metrics"
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = jsonencode(local.grafana_trust)
  tags                 = var.tags
}

resource "aws_iam_role_policy" "grafana" {
  count = var.enable_grafana ? 1 : 0

  name   = "read"
  role   = aws_iam_role.grafana[0].name
  policy = jsonencode(local.grafana_permissions)
}

locals {
  readable_workspaces = concat(aws_prometheus_workspace.this[*].arn, sort(var.grafana_prometheus_workspace_arns))

  grafana_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "grafana.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:grafana:${local.arn_suffix}:/workspaces/*" }
      }
    }]
  }

  grafana_permissions = {
    Version = "2012-10-17"
    Statement = concat(
      [for arns in [local.readable_workspaces] : {
        Sid      = "Prometheus"
        Effect   = "Allow"
        Action   = ["aps:DescribeWorkspace", "aps:QueryMetrics", "aps:GetLabels", "aps:GetSeries", "aps:GetMetricMetadata"]
        Resource = arns
      } if length(arns) > 0],
      [{
        # None of these can be narrowed to resources (Service Authorization Reference).
        Sid    = "List"
        Effect = "Allow"
        Action = [
          "aps:ListWorkspaces", "cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmsForMetric", "cloudwatch:GetMetricData",
          "cloudwatch:ListMetrics", "ec2:DescribeRegions",
        ]
        Resource = "*"
      }],
    )
  }
}
