output "permissions_boundary_arn" {
  description = "ARN of the boundary of every role that Terraform makes; pass it to other calls of this module, and to whatever else makes roles."
  value       = local.boundary_arn
  depends_on  = [aws_iam_policy.boundary]
}

output "github_oidc_provider_arn" {
  description = "ARN of the provider for GitHub's tokens; null where github is null."
  value       = local.github_provider_arn
  depends_on  = [aws_iam_openid_connect_provider.github]
}

output "terraform_role_arns" {
  description = "ARNs of TerraformExecutionRole, TerraformPlanRole and TerraformCIRole; null where a role is not made."
  value = {
    execution = one(aws_iam_role.execution[*].arn)
    plan      = one(aws_iam_role.plan[*].arn)
    ci        = one(aws_iam_role.ci[*].arn)
  }
}

output "capacity_role_arns" {
  description = "ARNs of the reader's and the purchaser's role: `role` in ml-clusters.toml, and `purchaser_role` in policy.toml; null where a role is not made."
  value = {
    reader    = one(aws_iam_role.reader[*].arn)
    purchaser = one(aws_iam_role.purchaser[*].arn)
  }
}

output "eks_role_arns" {
  description = "ARNs of the roles of EKS control planes and of nodes; null where they are not made."
  value = {
    cluster = try(aws_iam_role.cluster["eks_cluster"].arn, null)
    node    = try(aws_iam_role.cluster["eks_node"].arn, null)
  }
}

output "hyperpod_execution_role_arn" {
  description = "ARN of the execution role of HyperPod's instance groups; null where it is not made."
  value       = try(aws_iam_role.cluster["hyperpod_execution"].arn, null)
}

output "parallelcluster_role_arns" {
  description = "ARNs for a ParallelCluster configuration: HeadNode/Iam/InstanceRole, SlurmQueues/Iam/InstanceRole and Iam/Roles/LambdaFunctionsRole; null where they are not made."
  value = {
    head    = try(aws_iam_role.cluster["parallelcluster_head"].arn, null)
    compute = try(aws_iam_role.cluster["parallelcluster_compute"].arn, null)
    lambda  = try(aws_iam_role.cluster["parallelcluster_lambda"].arn, null)
  }
}

output "s3_replication_role_arn" {
  description = "ARN of the role with which S3 replicates; null where it is not made."
  value       = try(aws_iam_role.cluster["s3_replication"].arn, null)
}
