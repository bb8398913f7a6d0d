# Trust policies, all of them. Those of users and roles name the account and, in a condition, the principal: IAM refuses a
# policy that names a principal which does not exist yet, and one that was made anew under its name would no longer match.
# Such a principal needs sts:AssumeRole in its own policy too.

locals {
  github_issuer = "token.actions.githubusercontent.com"
  sts_audience  = "sts.amazonaws.com"

  github_provider_arn = var.github == null ? null : coalesce(var.github.oidc_provider_arn, "${local.iam}:oidc-provider/${local.github_issuer}")

  # GitHub, OpenID Connect reference, immutable subject claims.
  github_subject = var.github == null ? null : join("", ["repo:", (
    var.github.repository_id == null
    ? var.github.repository
    : format("%s@%s/%s@%s", split("/", var.github.repository)[0], var.github.owner_id, split("/", var.github.repository)[1], var.github.repository_id)
  )])

  ci_principals = try(var.terraform_roles.ci, null) == null ? [] : ["${local.iam}:role/${local.role_names.ci}"]

  principals = {
    execution = setunion(local.ci_principals, try(var.terraform_roles.execution.principals, []))
    reader    = toset(try(var.capacity_roles.reader.principals, []))
    purchaser = toset(try(var.capacity_roles.purchaser.principals, []))
  }

  second_factor = {
    execution = {}
    reader    = {}
    # Not BoolIfExists: a request with plain access keys has no such key, and would pass.
    purchaser = try(var.capacity_roles.purchaser.require_mfa, true) ? { Bool = { "aws:MultiFactorAuthPresent" = "true" } } : {}
  }

  trusted_principals = {
    for role, arns in local.principals : role => [
      for account in sort(distinct([for arn in arns : split(":", arn)[4]])) : {
        Sid       = "From${account}"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${account}:root" }
        Action    = "sts:AssumeRole"
        Condition = merge(
          { ArnEquals = { "aws:PrincipalArn" = sort([for arn in arns : arn if split(":", arn)[4] == account]) } },
          local.second_factor[role],
        )
      }
    ]
  }

  github_subjects = {
    ci        = [for environment in sort(try(var.terraform_roles.ci.environments, [])) : "${local.github_subject}:environment:${environment}"]
    execution = [for environment in sort(try(var.terraform_roles.execution.environments, [])) : "${local.github_subject}:environment:${environment}"]
    plan = var.github == null ? [] : concat(
      [for environment in sort(try(var.terraform_roles.plan.environments, [])) : "${local.github_subject}:environment:${environment}"],
      ["${local.github_subject}:pull_request"],
    )
  }

  trusted_github = {
    for role, subjects in local.github_subjects : role => [
      for provider in [local.github_provider_arn] : {
        Sid       = "FromGitHub"
        Effect    = "Allow"
        Principal = { Federated = provider }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = { StringEquals = {
          "${local.github_issuer}:aud" = local.sts_audience
          "${local.github_issuer}:sub" = subjects
        } }
      } if length(subjects) > 0
    ]
  }

  trusted_web_identities = [
    for name, identity in try(var.terraform_roles.execution.web_identities, {}) : {
      Sid       = "FromWebIdentity${substr(sha1(name), 0, 8)}"
      Effect    = "Allow"
      Principal = { Federated = identity.provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "${split(":oidc-provider/", identity.provider_arn)[1]}:aud" = identity.audience
        "${split(":oidc-provider/", identity.provider_arn)[1]}:sub" = sort(identity.subjects)
      } }
    }
  ]

  # jsonencode, so that an absent Condition is absent and statements of different shapes fit in one list.
  trust = { for role, statements in {
    ci        = [for each in local.trusted_github.ci : jsonencode(each)]
    execution = concat([for each in local.trusted_github.execution : jsonencode(each)], [for each in local.trusted_web_identities : jsonencode(each)], [for each in local.trusted_principals.execution : jsonencode(each)])
    plan      = [for each in local.trusted_github.plan : jsonencode(each)]
    reader    = [for each in local.trusted_principals.reader : jsonencode(each)]
    purchaser = [for each in local.trusted_principals.purchaser : jsonencode(each)]
  } : role => jsonencode({ Version = "2012-10-17", Statement = [for each in statements : jsondecode(each)] }) }

  # For services: who they are, and what they call. AWS documents no aws:SourceArn or aws:SourceAccount for these trusts, but
  # for Lambda functions of our own account.
  trusted_services = { for role, statement in {
    eks_cluster             = { Service = "eks.amazonaws.com", Action = ["sts:AssumeRole", "sts:TagSession"] }
    eks_node                = { Service = "ec2.amazonaws.com", Action = ["sts:AssumeRole"] }
    hyperpod_execution      = { Service = "sagemaker.amazonaws.com", Action = ["sts:AssumeRole"] }
    parallelcluster_head    = { Service = "ec2.amazonaws.com", Action = ["sts:AssumeRole"] }
    parallelcluster_compute = { Service = "ec2.amazonaws.com", Action = ["sts:AssumeRole"] }
    parallelcluster_lambda  = { Service = "lambda.amazonaws.com", Action = ["sts:AssumeRole"] }
    s3_replication          = { Service = "s3.amazonaws.com", Action = ["sts:AssumeRole"] }
    } : role => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Service = statement.Service }
        Action    = statement.Action
      }]
  }) }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.github != null && try(var.github.oidc_provider_arn, null) == null ? 1 : 0

  url            = "https://${local.github_issuer}"
  client_id_list = [local.sts_audience]
  tags           = var.tags
}
