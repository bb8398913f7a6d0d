# ParallelCluster user guide, example instance role and user policies, for Slurm. Names and paths that begin with
# parallelcluster are ParallelCluster's own.

locals {
  parallelcluster_ec2 = "arn:${local.partition}:ec2:*:${local.account_id}"

  parallelcluster_artifacts = "arn:${local.partition}:s3:::parallelcluster-*-v1-do-not-delete"

  # Its tables, stacks and buckets, in this account only: a bucket's name says nothing of whose it is.
  parallelcluster_own = { StringEquals = { "aws:ResourceAccount" = local.account_id } }

  parallelcluster_statements = {
    head = [
      jsonencode({
        Sid    = "Describe"
        Effect = "Allow"
        Action = [
          "ec2:DescribeCapacityReservations", "ec2:DescribeInstanceAttribute", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus",
          "ec2:DescribeVolumes",
        ]
        Resource  = "*"
        Condition = local.in_regions
      }),
      jsonencode({
        Sid    = "StartNodes"
        Effect = "Allow"
        Action = ["ec2:CreateFleet", "ec2:RunInstances"]
        Resource = concat(
          [for kind in [
            "capacity-reservation", "fleet", "instance", "key-pair", "launch-template", "network-interface", "placement-group", "security-group",
            "subnet", "volume",
          ] : "${local.parallelcluster_ec2}:${kind}/*"],
          ["arn:${local.partition}:ec2:*::image/*", "${local.parallelcluster_ec2}:image/*"],
        )
        Condition = local.in_regions
      }),
      jsonencode({
        Sid       = "EndNodes"
        Effect    = "Allow"
        Action    = "ec2:TerminateInstances"
        Resource  = "${local.parallelcluster_ec2}:instance/*"
        Condition = { StringEquals = { "ec2:ResourceTag/parallelcluster:node-type" = "Compute" } }
      }),
      jsonencode({
        Sid       = "TagAndAttach"
        Effect    = "Allow"
        Action    = ["ec2:AttachVolume", "ec2:CreateTags", "ec2:DetachVolume", "ec2:GetConsoleOutput"]
        Resource  = ["${local.parallelcluster_ec2}:instance/*", "${local.parallelcluster_ec2}:volume/*"]
        Condition = local.in_regions
      }),
      jsonencode({
        Sid       = "PassComputeRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = "${local.iam}:role/parallelcluster/*"
        Condition = { StringEquals = { "iam:PassedToService" = "ec2.amazonaws.com" } }
      }),
      jsonencode({
        Sid      = "FleetTable"
        Effect   = "Allow"
        Action   = ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        Resource = "arn:${local.partition}:dynamodb:*:${local.account_id}:table/parallelcluster-*"
      }),
      jsonencode({
        Sid      = "Stacks"
        Effect   = "Allow"
        Action   = ["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks", "cloudformation:SignalResource"]
        Resource = "arn:${local.partition}:cloudformation:*:${local.account_id}:stack/*"
      }),
      jsonencode({
        Sid      = "NodeNames"
        Effect   = "Allow"
        Action   = "route53:ChangeResourceRecordSets"
        Resource = "arn:${local.partition}:route53:::hostedzone/*"
      }),
      jsonencode({
        Sid      = "PublishedPackages"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = ["arn:${local.partition}:s3:::*-aws-parallelcluster/*", "arn:${local.partition}:s3:::dcv-license.*/*"]
      }),
      jsonencode({
        Sid       = "Artifacts"
        Effect    = "Allow"
        Action    = ["s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]
        Resource  = [local.parallelcluster_artifacts, "${local.parallelcluster_artifacts}/*"]
        Condition = local.parallelcluster_own
      }),
    ]

    compute = [
      jsonencode({
        Sid      = "FleetTable"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
        Resource = "arn:${local.partition}:dynamodb:*:${local.account_id}:table/parallelcluster-*"
      }),
      jsonencode({
        Sid      = "PublishedPackages"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:${local.partition}:s3:::*-aws-parallelcluster/*"
      }),
      jsonencode({
        Sid       = "Describe"
        Effect    = "Allow"
        Action    = "ec2:DescribeInstanceAttribute"
        Resource  = "${local.parallelcluster_ec2}:instance/*"
        Condition = local.in_regions
      }),
      jsonencode({
        Sid      = "Stacks"
        Effect   = "Allow"
        Action   = "cloudformation:DescribeStackResource"
        Resource = "arn:${local.partition}:cloudformation:*:${local.account_id}:stack/*"
      }),
    ]

    lambda = [
      jsonencode({
        Sid      = "NodeNames"
        Effect   = "Allow"
        Action   = ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"]
        Resource = "arn:${local.partition}:route53:::hostedzone/*"
      }),
      jsonencode({
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${local.partition}:logs:*:${local.account_id}:log-group:/aws/lambda/pcluster-*"
      }),
      jsonencode({
        Sid       = "Describe"
        Effect    = "Allow"
        Action    = "ec2:DescribeInstances"
        Resource  = "*"
        Condition = local.in_regions
      }),
      jsonencode({
        Sid       = "EndNodes"
        Effect    = "Allow"
        Action    = "ec2:TerminateInstances"
        Resource  = "${local.parallelcluster_ec2}:instance/*"
        Condition = { StringEquals = { "ec2:ResourceTag/parallelcluster:node-type" = "Compute" } }
      }),
      jsonencode({
        Sid       = "RemoveArtifacts"
        Effect    = "Allow"
        Action    = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucket", "s3:ListBucketVersions"]
        Resource  = [local.parallelcluster_artifacts, "${local.parallelcluster_artifacts}/*"]
        Condition = local.parallelcluster_own
      }),
    ]
  }
}
