data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition

  # ARNs are put together rather than taken from resources, so that every policy is known in the plan, where it can be reviewed.
  iam     = "arn:${local.partition}:iam::${local.account_id}"
  managed = "arn:${local.partition}:iam::aws:policy"

  boundary_arn = coalesce(var.permissions_boundary_arn, "${local.iam}:policy/${var.name}-boundary")

  in_regions = { StringEquals = { "aws:RequestedRegion" = sort(var.regions) } }

  # SECURITY.md: what no role but the purchaser's may ever do.
  purchases = [
    "ec2:PurchaseCapacityBlock",
    "ec2:PurchaseCapacityBlockExtension",
    "sagemaker:CreateTrainingPlan",
    "sagemaker:ExtendTrainingPlan",
  ]

  never_buy = {
    Sid      = "NeverBuy"
    Effect   = "Deny"
    Action   = local.purchases
    Resource = "*"
  }

  role_names = {
    ci        = "TerraformCIRole"
    execution = "TerraformExecutionRole"
    plan      = "TerraformPlanRole"
    reader    = "${var.name}-reader"
    purchaser = "${var.name}-purchaser"
  }

  # Who decides what may be bought and applied. Protected by name, whether made in this call or in another.
  protected = concat(
    [for role in values(local.role_names) : "${local.iam}:role/${role}"],
    [
      local.boundary_arn,
      "${local.iam}:policy/${var.name}-terraform-*",
      "${local.iam}:oidc-provider/${local.github_issuer}",
    ],
  )

  iam_writes = [
    "iam:Add*", "iam:Attach*", "iam:Change*", "iam:Create*", "iam:Deactivate*", "iam:Delete*", "iam:Detach*", "iam:Disable*",
    "iam:Enable*", "iam:PassRole", "iam:Put*", "iam:Remove*", "iam:Reset*", "iam:Resync*", "iam:Set*", "iam:Tag*", "iam:Untag*",
    "iam:Update*", "iam:Upload*",
  ]

  protect = {
    Sid      = "ProtectWhoDecides"
    Effect   = "Deny"
    Action   = local.iam_writes
    Resource = local.protected
  }

  role_prefixes = sort(setunion(["${var.name}-"], try(var.terraform_roles.execution.role_prefixes, [])))
  managed_roles = concat(
    [for prefix in local.role_prefixes : "${local.iam}:role/${prefix}*"],
    ["${local.iam}:role/parallelcluster/*"],
  )
  managed_profiles = concat(
    [for prefix in local.role_prefixes : "${local.iam}:instance-profile/${prefix}*"],
    ["${local.iam}:instance-profile/parallelcluster/*"],
  )
}
