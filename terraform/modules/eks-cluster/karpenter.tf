module "karpenter" {
  #checkov:skip=CKV_TF_1:The registry's modules are pinned by exact version; a commit hash would need git instead of the registry.
  source  = "terraform-aws-modules/eks/aws//modules/karpenter"
  version = "21.19.0"

  count = var.karpenter == null ? 0 : 1

  cluster_name = module.eks.cluster_name

  namespace       = var.karpenter.namespace
  service_account = var.karpenter.service_account

  iam_role_name                     = "${var.name}-karpenter-${local.iam_suffix}"
  iam_role_use_name_prefix          = false
  iam_role_permissions_boundary_arn = var.permissions_boundary_arn
  # A managed policy ends at 6,144 characters.
  enable_inline_policy       = true
  iam_policy_name            = "karpenter"
  iam_policy_use_name_prefix = false

  # Not the managed groups' role: EKS makes that one's access entry itself, and a second one is refused.
  node_iam_role_name                 = "${var.name}-karpenter-node-${local.iam_suffix}"
  node_iam_role_use_name_prefix      = false
  node_iam_role_permissions_boundary = var.permissions_boundary_arn
  node_iam_role_attach_cni_policy    = false
  node_iam_role_additional_policies  = var.enable_ssm ? { ssm = "arn:${local.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore" } : {}

  queue_name = "${var.name}-karpenter"
  # EventBridge ends names of rules at 38 characters before its own suffix, of which "InstanceStateChange-" takes 20.
  rule_name_prefix = "${trimsuffix(substr(var.name, 0, 17), "-")}-"

  tags = var.tags
}
