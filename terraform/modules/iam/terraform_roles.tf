resource "aws_iam_role" "execution" {
  count = var.terraform_roles == null ? 0 : 1

  name                 = local.role_names.execution
  description          = "Plans and applies with Terraform in this account; never buys, and makes roles only under ${var.name}-boundary"
  assume_role_policy   = local.trust.execution
  max_session_duration = var.terraform_roles.max_session_duration
  tags                 = var.tags

  lifecycle {
    precondition {
      condition     = length(jsondecode(local.trust.execution).Statement) > 0
      error_message = "Nobody could assume TerraformExecutionRole: terraform_roles.execution needs environments, web_identities or principals, or terraform_roles.ci."
    }

    precondition {
      condition     = length(local.trust.execution) <= 2048
      error_message = "The trust policy of TerraformExecutionRole has ${length(local.trust.execution)} characters, and IAM takes 2,048 unless the quota (Role trust policy length) was raised: name fewer principals."
    }
  }

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_policy" "execution" {
  for_each = var.terraform_roles == null ? {} : local.execution_policies

  name        = "${var.name}-terraform-${each.key}"
  description = "TerraformExecutionRole: ${each.key}"
  policy      = each.value
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(each.value) <= 6144
      error_message = "Policy ${var.name}-terraform-${each.key} has ${length(each.value)} characters, and IAM takes 6,144: let role_prefixes or regions be fewer."
    }
  }
}

resource "aws_iam_role_policy_attachment" "execution" {
  for_each = aws_iam_policy.execution

  role       = aws_iam_role.execution[0].name
  policy_arn = each.value.arn
}

resource "aws_iam_role" "ci" {
  count = try(var.terraform_roles.ci, null) == null ? 0 : 1

  name                 = local.role_names.ci
  description          = "GitHub jobs of protected environments: assumes TerraformExecutionRole in each account"
  assume_role_policy   = local.trust.ci
  max_session_duration = var.terraform_roles.max_session_duration
  tags                 = var.tags

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "ci" {
  count = length(aws_iam_role.ci)

  name = "terraform"
  role = aws_iam_role.ci[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "BecomeExecutionRole"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = [for account in sort(var.terraform_roles.ci.execution_accounts) : "arn:${local.partition}:iam::${account}:role/${local.role_names.execution}"]
      }],
      # aws-parallelcluster's provider has no role of Terraform's to go through: it takes parallelcluster-api's directly.
      [{
        Sid      = "BecomeParallelClusterCaller"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = [for account in sort(var.terraform_roles.ci.execution_accounts) : "arn:${local.partition}:iam::${account}:role/${var.name}-pcluster-api-*"]
      }],
      local.state_statements.write,
    )
  })
}

resource "aws_iam_role" "plan" {
  count = var.terraform_roles == null ? 0 : 1

  name                 = local.role_names.plan
  description          = "GitHub jobs of pull requests: reads what Terraform compares, and its state"
  assume_role_policy   = local.trust.plan
  max_session_duration = 3600
  tags                 = var.tags

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_policy" "plan" {
  count = length(aws_iam_role.plan)

  name        = "${var.name}-terraform-plan"
  description = "TerraformPlanRole: reads"
  policy      = local.plan_policy
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(local.plan_policy) <= 6144
      error_message = "Policy ${var.name}-terraform-plan has ${length(local.plan_policy)} characters, and IAM takes 6,144."
    }
  }
}

resource "aws_iam_role_policy_attachment" "plan" {
  count = length(aws_iam_role.plan)

  role       = aws_iam_role.plan[0].name
  policy_arn = aws_iam_policy.plan[0].arn
}

# A chain is enough where nothing waits for more than an hour, so this only warns.
check "long_waits" {
  assert {
    condition     = var.terraform_roles == null || length(local.trusted_github.execution) + length(local.trusted_web_identities) > 0
    error_message = "TerraformExecutionRole can only be assumed by sts:AssumeRole here. From another role that is a chain, which ends after an hour whatever max_session_duration says; ParallelCluster's and HyperPod's waits are longer. Give terraform_roles.execution environments or web_identities."
  }
}
