locals {
  lifecycle_bucket_arn = "arn:${local.partition}:s3:::sagemaker-${var.name}-*"
  bucket_arns          = ["arn:${local.partition}:s3:::${var.name}-*", local.lifecycle_bucket_arn]

  # One managed policy each: IAM ends one at 6,144 characters. Actions are named by what they act on ("ec2:*Vpc*"), so that
  # what the modules do not make is not in them: no purchases, no images, no snapshots, no instances but a launch template's try.
  execution_statements = {
    network = [
      {
        Sid    = "Network"
        Effect = "Allow"
        Action = [
          "ec2:Describe*", "ec2:GetManagedPrefixListEntries",
          "ec2:*Address*", "ec2:*DhcpOptions", "ec2:*FlowLogs", "ec2:*InternetGateway*", "ec2:*LaunchTemplate*", "ec2:*NatGateway*",
          "ec2:*NetworkAcl*", "ec2:*NetworkInterface*", "ec2:*PlacementGroup*", "ec2:*PrefixList*", "ec2:*Route*",
          "ec2:*SecurityGroup*", "ec2:*Subnet*", "ec2:*Tags", "ec2:*Vpc*",
          # EKS tries a launch template by it, as whoever makes the node group.
          "ec2:RunInstances",
          "autoscaling:*ScheduledAction*", "autoscaling:*ScheduledUpdateGroupAction*", "autoscaling:*Tags", "autoscaling:Describe*",
        ]
        Resource  = "*"
        Condition = local.in_regions
      },
    ]

    clusters = [
      {
        Sid    = "Clusters"
        Effect = "Allow"
        Action = [
          "eks:Associate*", "eks:Create*", "eks:Delete*", "eks:Describe*", "eks:Disassociate*", "eks:List*", "eks:TagResource",
          "eks:UntagResource", "eks:Update*",
          "sagemaker:*Cluster*", "sagemaker:*Tags", "sagemaker:DescribeTrainingPlan", "sagemaker:ListTrainingPlans",
          # Cloud Control, by which the awscc provider makes HyperPod clusters.
          "cloudformation:*Resource", "cloudformation:*ResourceRequest*", "cloudformation:ListResources", "cloudformation:Describe*",
          "cloudformation:GetTemplate*", "cloudformation:List*", "cloudformation:ValidateTemplate",
        ]
        Resource  = "*"
        Condition = local.in_regions
      },
      {
        Sid    = "ParallelClusterApi"
        Effect = "Allow"
        Action = [
          "cloudformation:*ChangeSet", "cloudformation:CreateStack", "cloudformation:DeleteStack", "cloudformation:UpdateStack",
          "lambda:*Function*", "lambda:*LayerVersion*", "lambda:*Permission", "lambda:GetPolicy", "lambda:ListTags", "lambda:TagResource",
          "lambda:UntagResource",
        ]
        Resource = concat(
          flatten([for prefix in concat(local.role_prefixes, ["ParallelCluster"]) : [
            "arn:${local.partition}:cloudformation:*:${local.account_id}:stack/${prefix}*",
            "arn:${local.partition}:lambda:*:${local.account_id}:function:${prefix}*",
            "arn:${local.partition}:lambda:*:${local.account_id}:layer:${prefix}*",
          ]]),
          ["arn:${local.partition}:cloudformation:*:aws:transform/*"],
          # The stack's own name for it.
          ["arn:${local.partition}:lambda:*:${local.account_id}:layer:PCLayer-*"],
        )
        Condition = local.in_regions
      },
      {
        Sid       = "ParallelClusterGateway"
        Effect    = "Allow"
        Action    = ["apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"]
        Resource  = ["arn:${local.partition}:apigateway:*::/restapis*", "arn:${local.partition}:apigateway:*::/tags/*"]
        Condition = local.in_regions
      },
      {
        Sid       = "CallParallelCluster"
        Effect    = "Allow"
        Action    = "execute-api:Invoke"
        Resource  = "arn:${local.partition}:execute-api:*:${local.account_id}:*"
        Condition = local.in_regions
      },
      {
        # parallelcluster-api's role, which the provider of clusters takes.
        Sid      = "BecomeParallelClusterCaller"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = "${local.iam}:role/${var.name}-pcluster-api-*"
      },
      {
        Sid      = "PublicParameters"
        Effect   = "Allow"
        Action   = "ssm:GetParameter"
        Resource = "arn:${local.partition}:ssm:*::parameter/aws/service/*"
      },
      {
        Sid      = "ParallelClusterTemplates"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:${local.partition}:s3:::*-aws-parallelcluster/*"
      },
    ]

    storage = concat([
      {
        Sid      = "Buckets"
        Effect   = "Allow"
        Action   = ["s3:*Bucket*", "s3:*Configuration"]
        Resource = concat(local.bucket_arns, compact([local.state_bucket_arn]))
      },
      {
        Sid      = "LifecycleScripts"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject*", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = "${local.lifecycle_bucket_arn}/*"
      },
      {
        Sid    = "FileSystems"
        Effect = "Allow"
        Action = [
          "elasticfilesystem:*AccessPoint*", "elasticfilesystem:*BackupPolicy", "elasticfilesystem:*FileSystem*",
          "elasticfilesystem:*LifecycleConfiguration", "elasticfilesystem:*MountTarget*", "elasticfilesystem:*Resource",
          "fsx:Create*", "fsx:Delete*", "fsx:Describe*", "fsx:ListTagsForResource", "fsx:TagResource", "fsx:UntagResource", "fsx:Update*",
        ]
        Resource  = "*"
        Condition = local.in_regions
      },
      {
        Sid       = "Repositories"
        Effect    = "Allow"
        Action    = ["ecr:*LifecyclePolicy*", "ecr:*Repositor*", "ecr:*Resource", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability"]
        Resource  = "arn:${local.partition}:ecr:*:${local.account_id}:repository/${var.name}/*"
        Condition = local.in_regions
      },
      {
        Sid       = "Registry"
        Effect    = "Allow"
        Action    = ["ecr:DescribeRegistry", "ecr:DescribeRepositories", "ecr:PutReplicationConfiguration"]
        Resource  = "*"
        Condition = local.in_regions
      },
      {
        Sid    = "Tables"
        Effect = "Allow"
        Action = [
          "dynamodb:*ResourcePolicy", "dynamodb:*Table", "dynamodb:*TagsOfResource", "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeTimeToLive", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups",
        ]
        Resource  = "arn:${local.partition}:dynamodb:*:${local.account_id}:table/${var.name}-*"
        Condition = local.in_regions
      },
      {
        Sid    = "Keys"
        Effect = "Allow"
        Action = [
          "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:Describe*", "kms:DisableKeyRotation",
          "kms:EnableKey*", "kms:GetKey*", "kms:List*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource",
          "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
        ]
        Resource  = "*"
        Condition = local.in_regions
      },
      {
        # Services ask for these as whoever makes the file system, table, repository or cluster.
        Sid       = "KeysThroughServices"
        Effect    = "Allow"
        Action    = ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { StringLike = { "kms:ViaService" = [for region in sort(var.regions) : "*.${region}.amazonaws.com"] } }
      },
      ], [for bucket in compact([local.state_bucket_arn]) : {
        Sid    = "KeepStates"
        Effect = "Deny"
        Action = [
          "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutBucketVersioning",
          "s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration",
        ]
        Resource = local.state_arns
        }], [for bucket in compact([local.state_bucket_arn]) : {
        # Also where a policy of the bucket's own would allow it. Locks end otherwise.
        Sid      = "KeepCurrentStates"
        Effect   = "Deny"
        Action   = "s3:DeleteObject"
        Resource = "${bucket}/*.tfstate"
    }])

    observability = [
      {
        Sid    = "Observability"
        Effect = "Allow"
        Action = [
          "aps:*AlertManagerDefinition", "aps:*LoggingConfiguration", "aps:*RuleGroupsNamespace*", "aps:*Scraper*", "aps:*Workspace*", "aps:*Resource",
          "cloudwatch:*Alarm*", "cloudwatch:*Dashboard*", "cloudwatch:*Resource",
          "grafana:*Workspace*", "grafana:*Resource", "grafana:ListPermissions", "grafana:UpdatePermissions", "grafana:ListVersions",
          "logs:*LogDelivery", "logs:*LogDeliveries", "logs:*KmsKey", "logs:*MetricFilter*", "logs:*Resource", "logs:*ResourcePolic*", "logs:*RetentionPolicy",
          "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DescribeLogGroups",
        ]
        Resource  = "*"
        Condition = local.in_regions
      },
      {
        Sid    = "NamedObservability"
        Effect = "Allow"
        Action = [
          "events:*Rule*", "events:*Targets*", "events:*Resource", "scheduler:*Schedule*", "scheduler:*Resource", "sns:*Resource",
          "sns:*Topic*", "sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Subscribe", "sns:Unsubscribe",
          "sqs:*Queue*",
        ]
        Resource = [
          "arn:${local.partition}:events:*:${local.account_id}:rule/${var.name}-*",
          "arn:${local.partition}:scheduler:*:${local.account_id}:schedule/*/${var.name}-*",
          "arn:${local.partition}:scheduler:*:${local.account_id}:schedule-group/${var.name}*",
          "arn:${local.partition}:scheduler:*:${local.account_id}:schedule/${var.name}*/*",
          "arn:${local.partition}:sns:*:${local.account_id}:${var.name}-*",
          "arn:${local.partition}:sqs:*:${local.account_id}:${var.name}-*",
        ]
        Condition = local.in_regions
      },
    ]

    identity = [
      {
        Sid      = "ReadIam"
        Effect   = "Allow"
        Action   = ["iam:Get*", "iam:List*"]
        Resource = "*"
      },
      {
        Sid    = "RolesUnderTheBoundary"
        Effect = "Allow"
        Action = [
          "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
        ]
        Resource  = local.managed_roles
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        Sid      = "RoleUpkeep"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"]
        Resource = local.managed_roles
      },
      {
        Sid    = "Policies"
        Effect = "Allow"
        Action = [
          "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion",
          "iam:TagPolicy", "iam:UntagPolicy",
        ]
        Resource = [for prefix in local.role_prefixes : "${local.iam}:policy/${prefix}*"]
      },
      {
        Sid    = "InstanceProfiles"
        Effect = "Allow"
        Action = [
          "iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile",
          "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:UntagInstanceProfile",
        ]
        Resource = local.managed_profiles
      },
      {
        Sid      = "PassRoles"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = local.managed_roles
        Condition = { StringEquals = { "iam:PassedToService" = [
          "apigateway.amazonaws.com", "batchoperations.s3.amazonaws.com", "ec2.amazonaws.com", "eks-nodegroup.amazonaws.com",
          "eks.amazonaws.com", "grafana.amazonaws.com", "hyperpod.sagemaker.amazonaws.com", "lambda.amazonaws.com",
          "pods.eks.amazonaws.com", "s3.amazonaws.com", "sagemaker.amazonaws.com", "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com",
        ] } }
      },
      {
        Sid      = "ServiceLinkedRoles"
        Effect   = "Allow"
        Action   = "iam:CreateServiceLinkedRole"
        Resource = "${local.iam}:role/aws-service-role/*"
        Condition = { StringEquals = { "iam:AWSServiceName" = [
          "autoscaling.amazonaws.com", "eks-fargate.amazonaws.com", "eks-nodegroup.amazonaws.com", "eks.amazonaws.com",
          "elasticfilesystem.amazonaws.com", "elasticloadbalancing.amazonaws.com", "fsx.amazonaws.com", "grafana.amazonaws.com",
          "hyperpod.sagemaker.amazonaws.com", "ops.apigateway.amazonaws.com", "replication.ecr.amazonaws.com", "s3.data-source.lustre.fsx.amazonaws.com",
          "scraper.aps.amazonaws.com", "spot.amazonaws.com",
        ] } }
      },
      {
        # FSx user guide, data repositories: who links a bucket also writes the policy of the role that FSx reads it with.
        Sid      = "LustreDataRepositories"
        Effect   = "Allow"
        Action   = ["iam:AttachRolePolicy", "iam:PutRolePolicy"]
        Resource = "${local.iam}:role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/*"
      },
      {
        # Denied as well as not allowed, so that no policy that is added later lifts it.
        Sid       = "NoRoleWithoutTheBoundary"
        Effect    = "Deny"
        Action    = ["iam:CreateRole", "iam:CreateUser", "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"]
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        Sid      = "TheBoundaryStays"
        Effect   = "Deny"
        Action   = ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"]
        Resource = "*"
      },
      local.protect,
      local.never_buy,
    ]
  }

  # jsonencode first: statements of different shapes do not fit in one list.
  execution_policies = { for part, statements in merge(
    { for part, statements in local.execution_statements : part => [for statement in statements : jsonencode(statement)] },
    var.state == null ? {} : { state = [for statement in local.state_statements.write : jsonencode(statement)] },
  ) : part => jsonencode({ Version = "2012-10-17", Statement = [for statement in statements : jsondecode(statement)] }) }
}
