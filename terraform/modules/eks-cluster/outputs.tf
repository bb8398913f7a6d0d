output "name" {
  description = "Name of the cluster. Waits for it."
  value       = module.eks.cluster_name
}

output "arn" {
  description = "ARN of the cluster, as HyperPod's orchestrator wants it."
  value       = module.eks.cluster_arn
}

output "endpoint" {
  description = "URL of the Kubernetes API; reached from the VPC and private_access_cidrs only, unless public_access_cidrs says otherwise."
  value       = module.eks.cluster_endpoint
}

output "certificate_authority_data" {
  description = "Certificate of the Kubernetes API, in Base64."
  value       = module.eks.cluster_certificate_authority_data
}

output "kubernetes_version" {
  description = "Kubernetes version of the cluster."
  value       = module.eks.cluster_version
}

output "oidc_provider_arn" {
  description = "ARN of the OIDC provider; null where enable_oidc_provider is off."
  value       = module.eks.oidc_provider_arn
}

output "cluster_security_group_id" {
  description = "Id of the control plane's security group."
  value       = module.eks.cluster_security_group_id
}

output "node_security_group_id" {
  description = "Id of the nodes' security group, for client_security_group_ids of shared-storage."
  value       = module.eks.node_security_group_id
}

output "node_role_arn" {
  description = "ARN of the role of the managed groups' nodes."
  value       = local.node_role_arn
}

output "addon_role_arns" {
  description = "ARNs of the add-ons' roles, by add-on."
  value       = { for name, role in aws_iam_role.addon : name => role.arn }
}

output "external_secrets_role_arn" {
  description = "ARN of the role of external-secrets, which Pod Identity ties to its pods: a SecretStore names none. Null where it is not made."
  value       = one(values(aws_iam_role.external_secrets)[*].arn)
}

output "addon_versions" {
  description = "Versions of the add-ons, by add-on: what Argo CD must leave alone."
  value       = { for name, addon in local.chosen_addons : name => addon.version }
}

output "capacity_blocks" {
  description = "By group on a capacity block: its reservation, zone and subnet, the EKS node group's name and ARN, EFA interfaces of a node, when nodes start (`scale_out_at`) and drain (`scale_in_at`), and when AWS takes the machines back (`usable_end`)."
  value = { for name, block in local.blocks : name => {
    reservation_id  = block.reservation_id
    instance_type   = block.instance_type
    count           = block.count
    zone_id         = block.zone_id
    subnet_id       = local.capacity_block_node_groups[name].subnet_ids[0]
    node_group_name = try(split(":", module.eks.eks_managed_node_groups[name].node_group_id)[1], null)
    node_group_arn  = module.eks.eks_managed_node_groups[name].node_group_arn
    efa_interfaces  = local.network_cards[block.instance_type].efa
    scale_out_at    = local.moments["${name}-out"]
    scale_in_at     = local.moments["${name}-in"]
    usable_end      = block.usable_end
  } }
}

output "node_group_settings" {
  description = "What terraform-aws-eks is given for each managed group, by name. For who reads a plan or tests one: Terraform itself shows it in the launch template only."
  value       = local.node_groups
}

output "karpenter" {
  description = "What Karpenter's chart and NodeClasses want: controller_role_arn with the namespace and service_account that get it, node_role_name, queue_name, and the tag of discovery_tag that its security group has. Null where karpenter is."
  value = var.karpenter == null ? null : {
    controller_role_arn = module.karpenter[0].iam_role_arn
    namespace           = var.karpenter.namespace
    service_account     = var.karpenter.service_account
    node_role_name      = module.karpenter[0].node_iam_role_name
    queue_name          = module.karpenter[0].queue_name
    discovery_tag       = { "karpenter.sh/discovery" = var.name }
  }
}
