# What the two roles need is the table in the repository's README, under Buying; tests/terraform holds them to it.
# They are made by a person: TerraformExecutionRole can make no role without the boundary, and the boundary denies purchases.

locals {
  reader_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in [
      jsonencode({
        Sid    = "FindAndListCapacity"
        Effect = "Allow"
        Action = [
          "cloudtrail:LookupEvents",
          "ec2:DescribeAvailabilityZones",
          "ec2:DescribeCapacityBlockExtensionHistory",
          "ec2:DescribeCapacityBlockExtensionOfferings",
          "ec2:DescribeCapacityBlockOfferings",
          "ec2:DescribeCapacityBlockStatus",
          "ec2:DescribeCapacityReservations",
          "ec2:DescribeSubnets",
          "ec2:GetCapacityReservationUsage",
          "sagemaker:DescribeTrainingPlan",
          "sagemaker:DescribeTrainingPlanExtensionHistory",
          "sagemaker:ListTags",
          "sagemaker:ListTrainingPlans",
          "sagemaker:SearchTrainingPlanOfferings",
          "servicequotas:GetAWSDefaultServiceQuota",
          "servicequotas:GetServiceQuota",
        ]
        # Everything owned must be seen, in whatever region: what is not seen may be bought again.
        Resource = "*"
      }),
      jsonencode({
        Sid    = "ReadClusters"
        Effect = "Allow"
        Action = [
          "autoscaling:DescribeAutoScalingGroups",
          "cloudformation:DescribeStacks",
          "ec2:DescribeInstanceStatus",
          "ec2:DescribeInstances",
          "ec2:DescribeLaunchTemplateVersions",
          "eks:DescribeAddon",
          "eks:DescribeCluster",
          "eks:DescribeNodegroup",
          "eks:DescribeUpdate",
          "eks:ListAddons",
          "eks:ListClusters",
          "eks:ListNodegroups",
          "eks:ListUpdates",
          "sagemaker:DescribeCluster",
          "sagemaker:ListClusterEvents",
          "sagemaker:ListClusterNodes",
          "sagemaker:ListClusters",
        ]
        Resource = "*"
      }),
      jsonencode({
        Sid    = "ReadFleetsOfParallelCluster"
        Effect = "Allow"
        Action = "dynamodb:GetItem"
        # One for each cluster, named after it.
        Resource = "arn:${local.partition}:dynamodb:*:${local.account_id}:table/parallelcluster-*"
      }),
      jsonencode({
        Sid    = "ReadConfigurationsOfParallelCluster"
        Effect = "Allow"
        Action = ["s3:GetObject", "s3:GetObjectVersion"]
        # Nobody's data: the bucket that ParallelCluster makes in each region, and in it only what clusters are made from.
        Resource = "arn:${local.partition}:s3:::parallelcluster-*-v1-do-not-delete/parallelcluster/*/clusters/*/configs/cluster-config.yaml"
      }),
      jsonencode(local.never_buy),
      jsonencode({
        Sid      = "NeverEdit"
        Effect   = "Deny"
        Action   = local.iam_writes
        Resource = "*"
      }),
    ] : jsondecode(statement)]
  })

  purchaser_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in [
      jsonencode({
        Sid    = "BuyBlocks"
        Effect = "Allow"
        Action = ["ec2:PurchaseCapacityBlock", "ec2:PurchaseCapacityBlockExtension"]
        # An offering has no ARN.
        Resource  = "*"
        Condition = local.in_regions
      }),
      jsonencode({
        Sid       = "TagBlocks"
        Effect    = "Allow"
        Action    = "ec2:CreateTags"
        Resource  = [for kind in ["capacity-block", "capacity-reservation"] : "arn:${local.partition}:ec2:*:${local.account_id}:${kind}/*"]
        Condition = local.in_regions
      }),
      jsonencode({
        Sid       = "BuyPlans"
        Effect    = "Allow"
        Action    = ["sagemaker:AddTags", "sagemaker:CreateReservedCapacity", "sagemaker:CreateTrainingPlan", "sagemaker:ExtendTrainingPlan"]
        Resource  = [for kind in ["reserved-capacity", "training-plan"] : "arn:${local.partition}:sagemaker:*:${local.account_id}:${kind}/*"]
        Condition = local.in_regions
      }),
    ] : jsondecode(statement)]
  })
}

resource "aws_iam_role" "reader" {
  count = var.capacity_roles == null ? 0 : 1

  name                 = local.role_names.reader
  description          = "Finds and lists capacity; denied every purchase"
  assume_role_policy   = local.trust.reader
  max_session_duration = 3600
  tags                 = var.tags
}

resource "aws_iam_role_policy" "reader" {
  count = length(aws_iam_role.reader)

  name   = "capacity"
  role   = aws_iam_role.reader[0].name
  policy = local.reader_policy
}

resource "aws_iam_role" "purchaser" {
  count = try(var.capacity_roles.purchaser, null) == null ? 0 : 1

  name               = local.role_names.purchaser
  description        = "Buys and extends capacity; assumed anew for each purchase"
  assume_role_policy = local.trust.purchaser
  # The least that IAM has. A purchase asks for 15 minutes.
  max_session_duration = 3600
  tags                 = var.tags
}

resource "aws_iam_role_policy" "purchaser" {
  count = length(aws_iam_role.purchaser)

  name   = "purchases"
  role   = aws_iam_role.purchaser[0].name
  policy = local.purchaser_policy
}
