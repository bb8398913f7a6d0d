locals {
  # What a role under the boundary may be allowed at most. IAM is left out, but for what ParallelCluster does to its own roles.
  boundary = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in [
      jsonencode({
        Sid      = "Services"
        Effect   = "Allow"
        Action   = [for service in sort(var.boundary_services) : "${service}:*"]
        Resource = "*"
      }),
      jsonencode({
        Sid      = "ReadIam"
        Effect   = "Allow"
        Action   = ["iam:Get*", "iam:List*", "iam:SimulatePrincipalPolicy"]
        Resource = "*"
      }),
      jsonencode({
        Sid      = "AssumeOwnRoles"
        Effect   = "Allow"
        Action   = ["sts:AssumeRole", "sts:TagSession"]
        Resource = "arn:${local.partition}:iam::*:role/${var.name}-*"
      }),
      jsonencode({
        Sid       = "PassOwnRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = local.managed_roles
        Condition = { StringEquals = { "iam:PassedToService" = ["ec2.amazonaws.com", "lambda.amazonaws.com", "pods.eks.amazonaws.com"] } }
      }),
      jsonencode({
        Sid       = "ParallelClusterRoles"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy"]
        Resource  = "${local.iam}:role/parallelcluster/*"
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      }),
      jsonencode({
        Sid      = "ParallelClusterUpkeep"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole"]
        Resource = "${local.iam}:role/parallelcluster/*"
      }),
      jsonencode({
        Sid    = "InstanceProfiles"
        Effect = "Allow"
        Action = [
          "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:AddRoleToInstanceProfile",
          "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:UntagInstanceProfile",
        ]
        Resource = local.managed_profiles
      }),
      jsonencode({
        # EKS makes it with the cluster's role, for the first load balancer of an account (AmazonEKSClusterPolicy).
        Sid       = "LoadBalancers"
        Effect    = "Allow"
        Action    = "iam:CreateServiceLinkedRole"
        Resource  = "${local.iam}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"
        Condition = { StringEquals = { "iam:AWSServiceName" = "elasticloadbalancing.amazonaws.com" } }
      }),
      jsonencode(local.never_buy),
      jsonencode(local.protect),
      jsonencode({
        Sid      = "LeaveWhoDecidesAlone"
        Effect   = "Deny"
        Action   = ["sts:AssumeRole", "sts:TagSession"]
        Resource = [for role in values(local.role_names) : "arn:${local.partition}:iam::*:role/${role}"]
      }),
      var.state == null ? "" : jsonencode({
        Sid      = "LeaveStateAlone"
        Effect   = "Deny"
        Action   = "s3:*"
        Resource = local.state_arns
      }),
    ] : jsondecode(statement) if statement != ""]
  })
}

resource "aws_iam_policy" "boundary" {
  count = var.permissions_boundary_arn == null ? 1 : 0

  # No path: ParallelCluster's API refuses the ARN of a boundary that has one.
  name        = "${var.name}-boundary"
  description = "The most that a role made by Terraform or by ParallelCluster can be allowed"
  policy      = local.boundary
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(local.boundary) <= 6144
      error_message = "The boundary has ${length(local.boundary)} characters, and IAM takes 6,144: let boundary_services or role_prefixes be fewer."
    }
  }
}
