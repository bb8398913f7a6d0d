data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  flow_log_group_name = "${var.name}-flow-logs"

  # data.aws_region's name is deprecated in 6.x, and its region is not in 5.x; id is the same in both.
  arn_middle         = "${data.aws_region.this.id}:${data.aws_caller_identity.this.account_id}"
  flow_log_group_arn = "arn:${data.aws_partition.this.partition}:logs:${local.arn_middle}:log-group:${local.flow_log_group_name}"

  # The conditions keep flow logs of other accounts from using the role (VPC user guide, IAM role for publishing flow logs).
  flow_log_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.this.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${data.aws_partition.this.partition}:ec2:${local.arn_middle}:vpc-flow-log/*" }
      }
    }]
  }

  flow_log_permissions = {
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = [local.flow_log_group_arn, "${local.flow_log_group_arn}:*"]
    }]
  }
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  name              = local.flow_log_group_name
  kms_key_id        = var.kms_key_arn
  retention_in_days = var.flow_log_retention_days
  tags              = merge(var.tags, { Name = local.flow_log_group_name })

  lifecycle {
    precondition {
      condition     = split(":", var.kms_key_arn)[3] == data.aws_region.this.id
      error_message = "The key is of ${split(":", var.kms_key_arn)[3]} and the network of ${data.aws_region.this.id}: CloudWatch Logs encrypts only with keys of its own region. Pass the key of this region's kms module."
    }
  }
}

resource "aws_iam_role" "flow_logs" {
  name                 = "${var.name}-flow-logs"
  description          = "Lets VPC Flow Logs write to ${local.flow_log_group_name}."
  assume_role_policy   = jsonencode(local.flow_log_trust)
  permissions_boundary = var.permissions_boundary_arn
  tags                 = merge(var.tags, { Name = "${var.name}-flow-logs" })
}

resource "aws_iam_role_policy" "flow_logs" {
  name   = "deliver"
  role   = aws_iam_role.flow_logs.id
  policy = jsonencode(local.flow_log_permissions)
}

resource "aws_flow_log" "this" {
  vpc_id               = aws_vpc.this.id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow_logs.arn
  iam_role_arn         = aws_iam_role.flow_logs.arn
  tags                 = merge(var.tags, { Name = "${var.name}-flow-logs" })

  depends_on = [aws_iam_role_policy.flow_logs]
}
