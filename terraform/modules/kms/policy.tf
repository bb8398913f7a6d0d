# A key policy says who may at most; IAM policies say who does. Every statement for people and roles therefore names the
# account, which lets IAM decide, and the principals in a condition: KMS refuses a policy with a principal that does not exist.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  # Not name, which aws 6 deprecates, nor region, which aws 5 lacks.
  region = data.aws_region.this.id

  account = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }

  # KMS developer guide, key administrators. None of them uses the key.
  administration = [
    "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:Describe*", "kms:DisableKey", "kms:DisableKeyRotation",
    "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*", "kms:PutKeyPolicy",
    "kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
  ]

  cryptography = {
    encrypt = ["kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncryptTo"]
    decrypt = ["kms:Decrypt", "kms:ReEncryptFrom"]
  }
  use = concat(local.cryptography.encrypt, local.cryptography.decrypt, ["kms:DescribeKey"])

  # The names by which services stand in kms:ViaService.
  via_names = { efs = "elasticfilesystem" }
  via = { for service in ["aps", "dynamodb", "ec2", "ecr", "efs", "eks", "fsx", "s3", "sagemaker", "scheduler"] :
    service => "${lookup(local.via_names, service, service)}.${local.region}.amazonaws.com"
  }
  through = [for service in sort(setintersection(var.services, keys(local.via))) : local.via[service]]

  administration_statements = concat(
    length(var.administrators) > 0 ? [] : [jsonencode({
      Sid       = "AdministrationByIam"
      Effect    = "Allow"
      Principal = local.account
      Action    = local.administration
      Resource  = "*"
    })],
    length(var.administrators) == 0 ? [] : [
      jsonencode({
        Sid       = "Administrators"
        Effect    = "Allow"
        Principal = local.account
        Action    = local.administration
        Resource  = "*"
        Condition = { ArnLike = { "aws:PrincipalArn" = sort(var.administrators) } }
      }),
      # Else a key whose administrators are gone could never be administered again, by nobody but AWS support.
      jsonencode({
        Sid       = "RootRescues"
        Effect    = "Allow"
        Principal = local.account
        Action    = local.administration
        Resource  = "*"
        Condition = { ArnEquals = { "aws:PrincipalArn" = local.account.AWS } }
      }),
      # What plans and audits read. It changes nothing.
      jsonencode({
        Sid       = "ReadByIam"
        Effect    = "Allow"
        Principal = local.account
        Action    = ["kms:Describe*", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*"]
        Resource  = "*"
      }),
    ],
  )

  user_statements = length(var.users) == 0 ? [] : [
    jsonencode({
      Sid       = "Users"
      Effect    = "Allow"
      Principal = local.account
      Action    = local.use
      Resource  = "*"
      Condition = { ArnLike = { "aws:PrincipalArn" = sort(var.users) } }
    }),
  ]

  service_statements = concat(
    length(local.through) == 0 ? [] : [
      jsonencode({
        Sid       = "ThroughServices"
        Effect    = "Allow"
        Principal = local.account
        Action    = local.use
        Resource  = "*"
        Condition = { StringEquals = { "kms:CallerAccount" = local.account_id, "kms:ViaService" = local.through } }
      }),
      jsonencode({
        Sid       = "GrantsToServices"
        Effect    = "Allow"
        Principal = local.account
        Action    = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
        Resource  = "*"
        Condition = {
          Bool         = { "kms:GrantIsForAWSResource" = "true" }
          StringEquals = { "kms:CallerAccount" = local.account_id, "kms:ViaService" = local.through }
        }
      }),
    ],
    # CloudWatch Logs user guide, encrypt log data.
    contains(var.services, "logs") ? [jsonencode({
      Sid       = "Logs"
      Effect    = "Allow"
      Principal = { Service = "logs.${local.region}.amazonaws.com" }
      Action    = local.use
      Resource  = "*"
      Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:*" } }
    })] : [],
    # SNS developer guide, event sources and encrypted topics. EventBridge meets no aws:Source… condition there, and of Prometheus
    # none is documented: who may publish is what a topic's own policy says.
    [for service in sort(setintersection(var.services, ["aps", "cloudwatch", "events"])) : jsonencode(merge(
      {
        Sid       = "Publish${title(service)}"
        Effect    = "Allow"
        Principal = { Service = "${service}.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
      },
      service == "cloudwatch" ? { Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } } } : {},
    ))],
    # EC2 Auto Scaling user guide, required key policy for encrypted volumes. The role's own policy cannot be added to, so this
    # must let it in by itself: hence everybody, of whom the condition leaves one. It need not exist yet.
    contains(var.services, "autoscaling") ? [
      jsonencode({
        Sid       = "AutoScaling"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = local.use
        Resource  = "*"
        Condition = local.autoscaling_role
      }),
      jsonencode({
        Sid       = "AutoScalingGrants"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = "kms:CreateGrant"
        Resource  = "*"
        Condition = merge(local.autoscaling_role, { Bool = { "kms:GrantIsForAWSResource" = "true" } })
      }),
    ] : [],
  )

  autoscaling_role = {
    ArnEquals    = { "aws:PrincipalArn" = "arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling" }
    StringEquals = { "kms:CallerAccount" = local.account_id }
  }

  cross_account_statements = [for name, use in var.cross_account : jsonencode({
    Sid       = "Elsewhere${substr(sha1(name), 0, 8)}"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${split(":", tolist(use.principals)[0])[4]}:root" }
    Action    = concat(flatten([for action in sort(use.actions) : local.cryptography[action]]), ["kms:DescribeKey"])
    Resource  = "*"
    Condition = merge(
      { ArnLike = { "aws:PrincipalArn" = sort(use.principals) } },
      length(use.via_services) == 0 ? {} : { StringEquals = { "kms:ViaService" = [for service in sort(use.via_services) : local.via[service]] } },
    )
  })]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in concat(
      local.administration_statements,
      local.user_statements,
      local.service_statements,
      local.cross_account_statements,
    ) : jsondecode(statement)]
  })
}
