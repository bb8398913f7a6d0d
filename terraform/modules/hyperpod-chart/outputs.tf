output "release" {
  description = "The release and the revision that is installed: `eks.chart_release` of hyperpod, whose machines then wait for it."
  value       = "${helm_release.this.namespace}/${helm_release.this.id} ${var.chart.revision}"
}

output "elsewhere" {
  description = "Parts that the chart leaves out, and that something else must install."
  value       = var.elsewhere
}
