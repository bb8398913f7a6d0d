locals {
  # Not on nodes that Karpenter, HyperPod or a capacity block's end may take away.
  node_affinity = [
    { key = "eks.amazonaws.com/nodegroup", operator = "Exists" },
    { key = "ml-clusters/capacity-block", operator = "DoesNotExist" },
  ]

  tolerations = [for each in var.tolerations : { for name, value in each : name => value if value != null }]

  two = {
    replicas = 2
    pdb      = { enabled = true, minAvailable = 1 }
  }

  redis_placement = {
    nodeSelector = var.node_selector
    tolerations  = local.tolerations
    additionalAffinities = {
      nodeAffinity = {
        requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms = [{ matchExpressions = local.node_affinity }] }
      }
    }
  }

  argocd_values = {
    crds = { install = true, keep = true }

    global = {
      nodeSelector = var.node_selector
      tolerations  = local.tolerations
      affinity     = { nodeAffinity = { type = "hard", matchExpressions = local.node_affinity } }
      topologySpreadConstraints = [{
        maxSkew           = 1
        topologyKey       = "topology.kubernetes.io/zone"
        whenUnsatisfiable = "ScheduleAnyway"
      }]
      networkPolicy = { create = true }
    }

    configs = {
      cm = {
        "exec.enabled"            = false
        "users.anonymous.enabled" = false
        # Else an application of applications is healthy at once, and its waves do not wait for one another.
        "resource.customizations.health.argoproj.io_Application" = <<-EOT
          local health = (obj.status or {}).health or {}
          return { status = health.status or "Progressing", message = health.message or "" }
        EOT
      }
      rbac = { "policy.default" = "" }
    }

    # One cluster is one shard: a second controller would have nothing to do.
    controller = {
      replicas  = 1
      resources = { requests = { cpu = "250m", memory = "1Gi" }, limits = { memory = "2Gi" } }
    }
    repoServer = merge(local.two, {
      resources = { requests = { cpu = "100m", memory = "512Mi" }, limits = { memory = "1Gi" } }
    })
    server = merge(local.two, {
      service   = { type = "ClusterIP" }
      ingress   = { enabled = false }
      resources = { requests = { cpu = "50m", memory = "128Mi" }, limits = { memory = "512Mi" } }
    })
    applicationSet = merge(local.two, {
      ingress   = { enabled = false }
      resources = { requests = { cpu = "50m", memory = "128Mi" }, limits = { memory = "512Mi" } }
    })

    # A cache: what is lost with it is computed again.
    redis = {
      resources = { requests = { cpu = "50m", memory = "128Mi" }, limits = { memory = "512Mi" } }
    }
    redis-ha = merge(local.redis_placement, {
      enabled = var.redis_high_availability
      haproxy = local.redis_placement
    })

    dex           = { enabled = false }
    notifications = { enabled = false }
    commitServer  = { enabled = false }
  }
}
