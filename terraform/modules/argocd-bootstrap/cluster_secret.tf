locals {
  # What HyperPod's chart also brings, unless it leaves a part to Argo CD.
  hyperpod_parts = ["efa-device-plugin", "mpi-operator", "neuron-device-plugin", "nvidia-device-plugin", "training-operators"]
  hyperpod_addons = var.hyperpod == null ? {} : {
    for part in local.hyperpod_parts : replace(part, "-", "_") => false if !contains(var.hyperpod.elsewhere, part)
  }

  addons = merge({ karpenter = var.karpenter != null }, var.addons, local.hyperpod_addons)

  labels = merge(
    var.labels,
    { for addon, on in local.addons : "enable_${addon}" => tostring(on) },
    {
      "argocd.argoproj.io/secret-type" = "cluster"
      aws_account_id                   = var.cluster.account_id
      aws_region                       = var.cluster.region
      hyperpod                         = tostring(var.hyperpod != null)
    },
  )

  annotations = merge(
    var.annotations,
    {
      aws_account_id       = var.cluster.account_id
      aws_account_name     = coalesce(var.cluster.account_name, var.cluster.account_id)
      aws_cluster_name     = var.cluster.name
      aws_region           = var.cluster.region
      aws_vpc_id           = var.cluster.vpc_id
      addons_repo_path     = var.repository.path
      addons_repo_revision = var.repository.revision
      addons_repo_url      = var.repository.url
    },
    var.karpenter == null ? {} : {
      karpenter_controller_role_arn = var.karpenter.controller_role_arn
      karpenter_namespace           = var.karpenter.namespace
      karpenter_node_role_name      = var.karpenter.node_role_name
      karpenter_queue_name          = var.karpenter.queue_name
      karpenter_service_account     = var.karpenter.service_account
    },
    var.efa_security_group_id == null ? {} : { efa_security_group_id = var.efa_security_group_id },
  )
}

# Its name and namespace are fixed: a replacement would be a moment without a cluster, in which ApplicationSets delete everything.
resource "kubernetes_secret_v1" "cluster" {
  metadata {
    name        = "in-cluster"
    namespace   = local.namespace
    labels      = local.labels
    annotations = local.annotations
  }

  # Nothing secret: Argo CD reaches the cluster that it runs in with its own service account.
  data = {
    name   = var.cluster.name
    server = local.server
    config = jsonencode({ tlsClientConfig = { insecure = false } })
  }

  depends_on = [helm_release.namespace]
}
