output "namespace" {
  description = "Namespace of Argo CD. A destroy leaves it."
  value       = helm_release.argocd.namespace
}

output "release" {
  description = "The release of Argo CD and the version of its chart. Waits for it."
  value       = "${helm_release.argocd.namespace}/${helm_release.argocd.id} ${var.chart.version}"
}

output "root_application" {
  description = "Namespace and name of the root application."
  value       = "${local.root_application.metadata.namespace}/${local.root_application.metadata.name}"
  depends_on  = [helm_release.root]
}

output "labels" {
  description = "Labels of the cluster's secret, which ApplicationSets select by."
  value       = local.labels
}

output "annotations" {
  description = "Annotations of the cluster's secret, which ApplicationSets read."
  value       = local.annotations
}

output "enabled_addons" {
  description = "Names of the add-ons that are turned on."
  value       = sort([for name, on in local.addons : name if on])
}
