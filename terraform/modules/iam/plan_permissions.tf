locals {
  # What providers read to refresh what the modules make. No data: no objects but state and lifecycle scripts, no items, no
  # secrets, no parameters but AWS's own, no decryption but of state. Jobs of pull requests run code that nobody has reviewed.
  plan_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in concat(
      [
        jsonencode({
          Sid    = "DescribeRegional"
          Effect = "Allow"
          Action = [
            "aps:Describe*", "aps:List*",
            "autoscaling:Describe*",
            "cloudformation:Describe*", "cloudformation:GetResource", "cloudformation:GetTemplate", "cloudformation:List*",
            "cloudwatch:Describe*", "cloudwatch:GetDashboard", "cloudwatch:List*",
            "dynamodb:Describe*", "dynamodb:GetResourcePolicy", "dynamodb:List*",
            "ec2:Describe*", "ec2:GetManagedPrefixListEntries",
            "ecr:Describe*", "ecr:GetLifecyclePolicy", "ecr:GetRegistryPolicy", "ecr:GetRegistryScanningConfiguration", "ecr:GetRepositoryPolicy", "ecr:List*",
            "eks:Describe*", "eks:List*",
            "elasticfilesystem:Describe*", "elasticfilesystem:List*",
            "events:Describe*", "events:List*",
            "fsx:Describe*", "fsx:List*",
            "grafana:Describe*", "grafana:List*",
            "kms:Describe*", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*",
            "logs:Describe*", "logs:List*",
            "sagemaker:Describe*", "sagemaker:List*",
            "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:List*",
            "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:List*",
            "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
          ]
          Resource  = "*"
          Condition = local.in_regions
        }),
        jsonencode({
          Sid      = "DescribeGlobal"
          Effect   = "Allow"
          Action   = ["iam:Get*", "iam:List*", "s3:ListAllMyBuckets"]
          Resource = "*"
        }),
        jsonencode({
          Sid      = "Buckets"
          Effect   = "Allow"
          Action   = ["s3:Get*Configuration", "s3:GetBucket*", "s3:ListBucket"]
          Resource = concat(local.bucket_arns, compact([local.state_bucket_arn]))
        }),
        jsonencode({
          Sid      = "LifecycleScripts"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectTagging"]
          Resource = "${local.lifecycle_bucket_arn}/*"
        }),
        jsonencode({
          Sid      = "PublicParameters"
          Effect   = "Allow"
          Action   = "ssm:GetParameter"
          Resource = "arn:${local.partition}:ssm:*::parameter/aws/service/*"
        }),
        jsonencode(local.never_buy),
      ],
      [for each in local.state_statements.read : jsonencode(each)],
    ) : jsondecode(statement)]
  })
}
