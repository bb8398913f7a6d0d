locals {
  namespace = "argocd"
  # What Argo CD calls the cluster that it runs in, whatever name the cluster's secret gives it.
  server = "https://kubernetes.default.svc"
}

# Kept by a destroy: applications that stay would hold its deletion up for good, with nobody left to take their finalizers off.
resource "helm_release" "namespace" {
  name        = "argocd-namespace"
  namespace   = "kube-system"
  chart       = "${path.module}/chart"
  description = "The namespace of Argo CD"

  values = [yamlencode({
    manifests = [{
      apiVersion = "v1"
      kind       = "Namespace"
      metadata = {
        name        = local.namespace
        labels      = { "pod-security.kubernetes.io/enforce" = "baseline" }
        annotations = { "helm.sh/resource-policy" = "keep" }
      }
    }]
  })]

  upgrade_install = true
  take_ownership  = true
  atomic          = true
  max_history     = 5
}

resource "helm_release" "argocd" {
  name       = "argocd"
  namespace  = local.namespace
  repository = var.chart.repository
  chart      = var.chart.name
  version    = var.chart.version

  values = concat([yamlencode(local.argocd_values)], var.values == "" ? [] : [var.values])

  # The root application needs its definitions, and a failed upgrade must not leave the cluster without it.
  atomic  = true
  wait    = true
  timeout = 900
  # An apply that was interrupted leaves a release that the state does not know.
  upgrade_install = true
  max_history     = 5

  # Gone before the cluster's secret is: ApplicationSets that no longer see their cluster delete what they made.
  depends_on = [kubernetes_secret_v1.cluster, kubernetes_secret_v1.repository]
}
