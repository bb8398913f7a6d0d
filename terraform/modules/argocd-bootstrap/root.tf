locals {
  # Both or neither: an application whose project has gone cannot be deleted.
  finalizers = var.delete_addons_on_destroy ? { finalizers = ["resources-finalizer.argocd.argoproj.io"] } : {}

  automated = var.automated_sync == null ? {} : {
    automated = { prune = var.automated_sync.prune, selfHeal = var.automated_sync.self_heal, allowEmpty = false }
  }

  # Applications and their projects in Argo CD's namespace, from one repository, and nothing else.
  root_project = {
    apiVersion = "argoproj.io/v1alpha1"
    kind       = "AppProject"
    metadata   = merge({ name = "root", namespace = local.namespace }, local.finalizers)
    spec = {
      description  = "The root application, which makes applications and projects only"
      sourceRepos  = [var.repository.url]
      destinations = [{ server = local.server, namespace = local.namespace }]
      namespaceResourceWhitelist = [
        { group = "argoproj.io", kind = "Application" },
        { group = "argoproj.io", kind = "ApplicationSet" },
        { group = "argoproj.io", kind = "AppProject" },
      ]
    }
  }

  root_application = {
    apiVersion = "argoproj.io/v1alpha1"
    kind       = "Application"
    metadata   = merge({ name = "root", namespace = local.namespace }, local.finalizers)
    spec = {
      project     = "root"
      source      = { repoURL = var.repository.url, path = var.repository.path, targetRevision = var.repository.revision }
      destination = { server = local.server, namespace = local.namespace }
      syncPolicy = merge(local.automated, {
        retry = { limit = 10, backoff = { duration = "10s", factor = 2, maxDuration = "5m" } }
      })
    }
  }
}

# A chart, since kubernetes_manifest cannot plan before the definition of applications is in the cluster.
resource "helm_release" "root" {
  name        = "argocd-root"
  namespace   = local.namespace
  chart       = "${path.module}/chart"
  description = "The root application of Argo CD"

  values = [yamlencode({ manifests = [local.root_project, local.root_application] })]

  upgrade_install = true
  atomic          = true
  # With finalizers, a destroy waits here until Argo CD has deleted everything, and only then is Argo CD itself taken out.
  wait        = true
  timeout     = var.delete_addons_on_destroy ? 2400 : 300
  max_history = 5

  depends_on = [helm_release.argocd]
}
