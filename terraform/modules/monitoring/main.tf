data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition

  # `id`, since `name` is deprecated in aws 6 and `region` does not exist in aws 5.
  region = data.aws_region.this.id

  arn_suffix = "${local.region}:${local.account}"

  # IAM is global and this module is applied in every region: without the region two of them would fight for one name.
  iam_suffix = local.region

  # What any name of ours may be, and so what the policies below may name before the things exist.
  our_alarms = "arn:${local.partition}:cloudwatch:${local.arn_suffix}:alarm:${var.name}-*"
  our_rules  = "arn:${local.partition}:events:${local.arn_suffix}:rule/${var.name}-*"
}
