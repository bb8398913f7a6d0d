data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  # Roles are the account's, and clusters of the same name may be in several regions.
  iam_suffix = local.region

  cluster_arn = "arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${var.name}"

  now = coalesce(var.now, plantimestamp())
}

module "eks" {
  #checkov:skip=CKV_TF_1:The registry's modules are pinned by exact version; a commit hash would need git instead of the registry.
  source  = "terraform-aws-modules/eks/aws"
  version = "21.19.0"

  name                = var.name
  kubernetes_version  = var.kubernetes_version
  deletion_protection = var.deletion_protection
  upgrade_policy      = { support_type = var.extended_support ? "EXTENDED" : "STANDARD" }

  vpc_id                   = var.vpc_id
  subnet_ids               = values(var.private_subnet_ids)
  control_plane_subnet_ids = values(var.control_plane_subnet_ids)

  endpoint_private_access      = true
  endpoint_public_access       = length(var.public_access_cidrs) > 0
  endpoint_public_access_cidrs = length(var.public_access_cidrs) > 0 ? sort(var.public_access_cidrs) : null

  security_group_additional_rules = merge(
    { for cidr in var.private_access_cidrs : "ingress_${cidr}" => {
      type        = "ingress"
      description = "Kubernetes API from ${cidr}"
      protocol    = "tcp"
      from_port   = 443
      to_port     = 443
      cidr_blocks = [cidr]
    } },
    { for name, id in var.private_access_security_group_ids : "ingress_${name}" => {
      type                     = "ingress"
      description              = "Kubernetes API from ${name}"
      protocol                 = "tcp"
      from_port                = 443
      to_port                  = 443
      source_security_group_id = id
    } },
  )

  # HyperPod wants API or API_AND_CONFIG_MAP, and the way back from API is closed.
  authentication_mode                      = "API"
  enable_cluster_creator_admin_permissions = false

  access_entries = { for name, entry in var.access_entries : name => {
    principal_arn     = entry.principal_arn
    kubernetes_groups = entry.kubernetes_groups
    policy_associations = entry.policy == null ? {} : { policy = {
      policy_arn = "arn:${local.partition}:eks::aws:cluster-access-policy/${entry.policy}"
      access_scope = {
        type       = length(entry.namespaces) > 0 ? "namespace" : "cluster"
        namespaces = length(entry.namespaces) > 0 ? sort(entry.namespaces) : null
      }
    } }
  } }

  create_kms_key    = false
  encryption_config = { provider_key_arn = var.kms_key_arn, resources = ["secrets"] }

  enabled_log_types                      = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  cloudwatch_log_group_retention_in_days = var.log_retention_days
  cloudwatch_log_group_kms_key_id        = var.kms_key_arn

  # Pods get roles by Pod Identity. The thumbprint would ask the cluster's address at each plan, and AWS no longer wants one.
  enable_irsa                     = var.enable_oidc_provider
  include_oidc_root_ca_thumbprint = false

  create_iam_role                   = var.role_arns == null
  iam_role_arn                      = try(var.role_arns.cluster, null)
  iam_role_name                     = "${var.name}-cluster-${local.iam_suffix}"
  iam_role_use_name_prefix          = false
  iam_role_permissions_boundary     = var.permissions_boundary_arn
  encryption_policy_use_name_prefix = false

  # Karpenter's NodeClasses find the group by it.
  node_security_group_tags = { "karpenter.sh/discovery" = var.name }

  addons                  = local.addons
  eks_managed_node_groups = local.node_groups

  tags = var.tags
}
