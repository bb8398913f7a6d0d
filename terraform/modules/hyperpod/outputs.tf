output "cluster_arn" {
  description = "ARN of the cluster."
  value       = awscc_sagemaker_cluster.this.cluster_arn
}

output "cluster_name" {
  description = "Name of the cluster, once it is there."
  value       = awscc_sagemaker_cluster.this.cluster_name
}

output "log_group_name" {
  description = "Log group that SageMaker makes; what lifecycle scripts say is in its streams LifecycleConfig/GROUP/INSTANCE."
  value       = "/aws/sagemaker/Clusters/${var.name}/${element(split("/", awscc_sagemaker_cluster.this.cluster_arn), -1)}"
}

output "lifecycle_scripts_uri" {
  description = "Where new machines read the scripts: a prefix that is other contents' hash when anything in them changes."
  value       = local.lifecycle_uri
}

output "capacity" {
  description = "Plans by group, as `capacity` of monitoring takes them, so that people are warned before they end."
  value = { for name, group in var.instance_groups : name => {
    kind    = "plan"
    id      = group.training_plan.arn
    start   = group.training_plan.starts_at
    end     = group.training_plan.ends_at
    region  = var.region
    target  = "hyperpod-cluster"
    used_by = "${var.name}, group ${name}"
  } if group.training_plan != null }
}

output "usable_until" {
  description = "When HyperPod gives back the machines of each group on a plan: an hour before the plan's end, in UTC."
  value       = { for name, group in var.instance_groups : name => timeadd(group.training_plan.ends_at, "-1h") if group.training_plan != null }
}
