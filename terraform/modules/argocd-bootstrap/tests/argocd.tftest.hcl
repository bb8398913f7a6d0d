mock_provider "helm" {}
mock_provider "kubernetes" {}

run "argo_cd_is_a_pinned_release" {
  command = plan

  assert {
    condition = (
      helm_release.argocd.name == "argocd" && helm_release.argocd.namespace == "argocd" && helm_release.argocd.chart == "argo-cd" &&
      helm_release.argocd.repository == "https://argoproj.github.io/argo-helm" && helm_release.argocd.version == "10.1.1"
    )
    error_message = "Another release is installed."
  }
  assert {
    condition     = helm_release.argocd.wait && helm_release.argocd.atomic && helm_release.argocd.upgrade_install && helm_release.argocd.timeout == 900
    error_message = "The root application could come before its definition, or a failed upgrade stay."
  }
}

run "a_mirror_can_have_the_chart" {
  command = plan

  variables {
    chart = { repository = "oci://222222222222.dkr.ecr.us-east-1.amazonaws.com/charts", version = "10.2.0" }
  }

  assert {
    condition     = helm_release.argocd.repository == "oci://222222222222.dkr.ecr.us-east-1.amazonaws.com/charts" && helm_release.argocd.version == "10.2.0"
    error_message = "The chart comes from elsewhere."
  }
}

run "argo_cd_stays_inside_and_its_definitions_stay_at_all" {
  command = plan

  assert {
    condition = (
      local.argocd_values.crds == { install = true, keep = true } && local.argocd_values.server.service.type == "ClusterIP" &&
      !local.argocd_values.server.ingress.enabled && !local.argocd_values.applicationSet.ingress.enabled &&
      local.argocd_values.configs.cm["users.anonymous.enabled"] == false && local.argocd_values.configs.cm["exec.enabled"] == false &&
      local.argocd_values.configs.rbac["policy.default"] == ""
    )
    error_message = "Somebody gets in, or every application goes with the chart."
  }
  assert {
    condition     = [for part in ["dex", "notifications", "commitServer"] : local.argocd_values[part].enabled] == [false, false, false]
    error_message = "A part runs that nobody asked for."
  }
  assert {
    condition     = yamldecode(helm_release.argocd.values[0]) == yamldecode(yamlencode(local.argocd_values)) && length(helm_release.argocd.values) == 1
    error_message = "The chart gets something else."
  }
}

run "what_can_run_twice_does_and_the_controller_does_not" {
  command = plan

  assert {
    condition = alltrue([for part in ["server", "repoServer", "applicationSet"] :
      local.argocd_values[part].replicas == 2 && local.argocd_values[part].pdb == { enabled = true, minAvailable = 1 }
    ])
    error_message = "The loss of a node stops it."
  }
  assert {
    condition     = local.argocd_values.controller.replicas == 1 && !local.argocd_values["redis-ha"].enabled
    error_message = "Three nodes are needed where two are."
  }
  assert {
    condition = alltrue([for part in ["controller", "repoServer", "server", "applicationSet", "redis"] :
      can(local.argocd_values[part].resources.requests.memory) && can(local.argocd_values[part].resources.limits.memory)
    ])
    error_message = "A part has no requests or limits."
  }
}

# Karpenter's and HyperPod's machines, and those of a block, go away.
run "argo_cd_runs_on_machines_that_stay" {
  command = plan

  variables {
    node_selector = { "kubernetes.io/arch" = "arm64" }
    tolerations   = [{ key = "system", operator = "Exists", effect = "NoSchedule" }]
  }

  assert {
    condition = jsonencode(local.argocd_values.global.affinity.nodeAffinity) == jsonencode({
      type = "hard"
      matchExpressions = [
        { key = "eks.amazonaws.com/nodegroup", operator = "Exists" },
        { key = "ml-clusters/capacity-block", operator = "DoesNotExist" },
      ]
    })
    error_message = "Argo CD goes with its machine."
  }
  assert {
    condition = alltrue([for placed in [yamldecode(helm_release.argocd.values[0]).global, yamldecode(helm_release.argocd.values[0])["redis-ha"], yamldecode(helm_release.argocd.values[0])["redis-ha"].haproxy] :
      jsonencode(placed.nodeSelector) == jsonencode({ "kubernetes.io/arch" = "arm64" }) &&
      jsonencode(placed.tolerations) == jsonencode([{ key = "system", operator = "Exists", effect = "NoSchedule" }])
    ])
    error_message = "A part finds no machine, or another one."
  }
  assert {
    condition = alltrue([for redis in [local.argocd_values["redis-ha"], local.argocd_values["redis-ha"].haproxy] :
      redis.additionalAffinities.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions == local.node_affinity
    ])
    error_message = "The cache goes with its machine."
  }
}

run "the_cache_can_run_three_times" {
  command = plan

  variables {
    redis_high_availability = true
  }

  assert {
    condition     = yamldecode(helm_release.argocd.values[0])["redis-ha"].enabled
    error_message = "It runs once."
  }
}

run "waves_wait_for_the_health_of_applications" {
  command = plan

  assert {
    condition     = strcontains(local.argocd_values.configs.cm["resource.customizations.health.argoproj.io_Application"], "return { status = health.status or \"Progressing\"")
    error_message = "Every application would count as healthy at once."
  }
}

run "more_values_come_after_ours" {
  command = plan

  variables {
    values = "repoServer: { replicas: 3 }"
  }

  assert {
    condition     = length(helm_release.argocd.values) == 2 && helm_release.argocd.values[1] == "repoServer: { replicas: 3 }"
    error_message = "The caller's values lose."
  }
}

run "the_namespace_outlives_a_destroy" {
  command = plan

  assert {
    condition = jsonencode(yamldecode(helm_release.namespace.values[0])) == jsonencode({
      manifests = [{
        apiVersion = "v1"
        kind       = "Namespace"
        metadata = {
          name        = "argocd"
          labels      = { "pod-security.kubernetes.io/enforce" = "baseline" }
          annotations = { "helm.sh/resource-policy" = "keep" }
        }
      }]
    })
    error_message = "Applications that stay would hold its deletion up for good."
  }
  assert {
    condition     = helm_release.namespace.namespace == "kube-system" && helm_release.namespace.take_ownership
    error_message = "It would be recorded in itself, or fail where it is there already."
  }
}

run "what_is_there_is_told" {
  command = apply

  variables {
    repository_credential = { kind = "https", username = "argocd" }
    repository_secret     = "a-token-of-nobody"
  }

  override_resource {
    target = helm_release.argocd
    values = { id = "argocd" }
  }

  assert {
    condition     = output.namespace == "argocd" && output.release == "argocd/argocd 10.1.1" && output.root_application == "argocd/root"
    error_message = "Something else is told."
  }
}
