output "cluster_name" {
  description = "Name of the cluster."
  value       = var.name
}

output "configuration" {
  description = "The configuration as it was sent, in YAML: what `pcluster update-cluster --dryrun true` takes."
  value       = yamlencode(local.configuration)
}

output "capacity_blocks" {
  description = "The blocks by queue, with the moment at which AWS begins to take the machines back: 30 minutes before the end, 60 of an UltraServer. What monitoring warns of."
  value = {
    for name, block in var.capacity_blocks : name => {
      reservation_id = block.reservation_id
      zone_id        = block.zone_id
      count          = block.count
      starts_at      = block.starts_at
      ends_at        = block.ends_at
      usable_end     = local.usable_ends[name]
    }
  }
}

output "cloudformation_stack_arn" {
  description = "ARN of the cluster's stack. It is no stack to change by hand."
  value       = module.this.clusters[var.name].cloudformation_stack_arn
}

output "parallelcluster_version" {
  description = "Version of ParallelCluster that the cluster has: that of the API which made it."
  value       = module.this.clusters[var.name].version
}
