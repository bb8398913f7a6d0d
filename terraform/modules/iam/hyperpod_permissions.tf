locals {
  hyperpod_statements = var.hyperpod_role == null ? [] : concat(
    [
      # SageMaker developer guide, IAM role for SageMaker HyperPod: for clusters in a VPC of one's own.
      jsonencode({
        Sid    = "NetworkInterfaces"
        Effect = "Allow"
        Action = [
          "ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission",
          "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission", "ec2:DetachNetworkInterface",
          "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses",
        ]
        Resource = [
          for kind in ["instance", "network-interface", "security-group", "subnet"] : "arn:${local.partition}:ec2:*:${local.account_id}:${kind}/*"
        ]
        Condition = local.in_regions
      }),
      jsonencode({
        Sid       = "TagNetworkInterfaces"
        Effect    = "Allow"
        Action    = "ec2:CreateTags"
        Resource  = "arn:${local.partition}:ec2:*:${local.account_id}:network-interface/*"
        Condition = local.in_regions
      }),
      jsonencode({
        Sid    = "Describe"
        Effect = "Allow"
        Action = [
          "ec2:DescribeDhcpOptions", "ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags", "ec2:DescribeVpcs", "fsx:DescribeFileSystems",
        ]
        Resource  = "*"
        Condition = local.in_regions
      }),
      jsonencode({
        Sid      = "LifecycleScripts"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:ListBucket"]
        Resource = ["arn:${local.partition}:s3:::${var.hyperpod_role.lifecycle_bucket}", "arn:${local.partition}:s3:::${var.hyperpod_role.lifecycle_bucket}/*"]
      }),
    ],
    length(var.hyperpod_role.volume_kms_key_arns) == 0 ? [] : [
      # SageMaker developer guide, customer managed keys for SageMaker HyperPod: the grant is what attaches a volume.
      jsonencode({
        Sid      = "VolumeKeys"
        Effect   = "Allow"
        Action   = ["kms:CreateGrant", "kms:DescribeKey"]
        Resource = sort(var.hyperpod_role.volume_kms_key_arns)
      }),
    ],
    length(var.hyperpod_role.eks_cluster_arns) == 0 ? [] : [
      jsonencode({
        Sid      = "PodIdentity"
        Effect   = "Allow"
        Action   = "eks-auth:AssumeRoleForPodIdentity"
        Resource = sort(var.hyperpod_role.eks_cluster_arns)
      }),
      jsonencode({
        Sid       = "LogInToRegistry"
        Effect    = "Allow"
        Action    = "ecr:GetAuthorizationToken"
        Resource  = "*"
        Condition = local.in_regions
      }),
      jsonencode({
        Sid    = "PullImages"
        Effect = "Allow"
        Action = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        # Of AWS's registries and other accounts' too, whose repository policies decide.
        Resource  = "arn:${local.partition}:ecr:*:*:repository/*"
        Condition = local.in_regions
      }),
    ],
  )
}
