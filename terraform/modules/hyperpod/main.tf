data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  eks_cluster_arn = var.eks == null ? null : "arn:${data.aws_partition.current.partition}:eks:${var.region}:${var.account_id}:cluster/${var.eks.cluster_name}"

  # Slurm is what there is without one.
  orchestrator = var.orchestrator == "eks" ? { eks = { cluster_arn = local.eks_cluster_arn } } : null

  # Missing machines then come later instead of rolling all back, and customer keys are taken. On Slurm AWS ties it to a
  # configuration that awscc does not have.
  provisioning_mode = var.orchestrator == "eks" ? "Continuous" : null

  # EFA between machines is what P and Trainium are bought for; other accelerators are tested alone.
  default_checks = {
    for name, group in var.instance_groups : name => (
      can(regex("^ml\\.(p|trn)[0-9]", group.instance_type)) ? ["InstanceConnectivity", "InstanceStress"] :
      can(regex("^ml\\.(g|inf)[0-9]", group.instance_type)) ? ["InstanceStress"] :
      []
    )
  }
  checks = {
    for name, group in var.instance_groups : name => group.deep_health_checks == null ? local.default_checks[name] : sort(group.deep_health_checks)
  }

  # Groups without a plan first. What a group leaves out, awscc fills with what state has at the same place in the list: so a
  # group that comes or goes with its plan moves no group that must not get that plan.
  group_order = concat(
    [for name in var.group_order : name if contains(keys(var.instance_groups), name)],
    [for name, group in var.instance_groups : name if group.training_plan == null && !contains(var.group_order, name)],
    [for name, group in var.instance_groups : name if group.training_plan != null && !contains(var.group_order, name)],
  )
}

resource "awscc_sagemaker_cluster" "this" {
  cluster_name           = var.name
  node_recovery          = var.node_recovery ? "Automatic" : "None"
  node_provisioning_mode = local.provisioning_mode
  orchestrator           = local.orchestrator

  vpc_config = {
    security_group_ids = var.security_group_ids
    subnets            = [for zone in sort(keys(var.subnet_ids)) : var.subnet_ids[zone]]
  }

  instance_groups = [for name in local.group_order : {
    instance_group_name = name
    instance_type       = var.instance_groups[name].instance_type
    instance_count      = var.instance_groups[name].instance_count
    execution_role      = var.execution_role_arn
    threads_per_core    = var.instance_groups[name].threads_per_core
    training_plan_arn   = try(var.instance_groups[name].training_plan.arn, null)

    on_start_deep_health_checks = length(local.checks[name]) == 0 ? null : local.checks[name]

    life_cycle_config = {
      source_s3_uri = local.lifecycle_uri
      on_create     = var.lifecycle_scripts.entry_point
    }

    instance_storage_configs = [{
      ebs_volume_config = {
        volume_size_in_gb = var.instance_groups[name].volume_gib
        volume_kms_key_id = var.volume_kms_key_arn
      }
    }]

    # Its own, also where there is one zone: the cluster's would put machines into any zone.
    override_vpc_config = {
      security_group_ids = var.security_group_ids
      subnets            = [var.subnet_ids[var.instance_groups[name].zone_id]]
    }

    kubernetes_config = length(var.instance_groups[name].labels) + length(var.instance_groups[name].taints) == 0 ? null : {
      labels = var.instance_groups[name].labels
      taints = var.instance_groups[name].taints
    }
  }]

  tags = [for key, value in var.tags : { key = key, value = value }]

  depends_on = [
    aws_s3_object.lifecycle,
    terraform_data.cluster_created_with,
    terraform_data.group_created_with,
  ]

  lifecycle {
    precondition {
      condition     = data.aws_caller_identity.current.account_id == var.account_id
      error_message = "The aws provider is in account ${data.aws_caller_identity.current.account_id} and the cluster belongs in ${var.account_id}. Configure aws and awscc with a role of ${var.account_id}: awscc cannot check by itself."
    }

    precondition {
      condition     = data.aws_region.current.id == var.region
      error_message = "The aws provider is in ${data.aws_region.current.id} and the cluster belongs in ${var.region}. Configure aws and awscc with ${var.region}."
    }

    # It also makes the attachment wait for the chart.
    precondition {
      condition     = var.eks == null ? true : length(var.eks.chart_release) > 0
      error_message = "HyperPod's chart is not in the EKS cluster."
    }

    postcondition {
      condition     = try(join(":", slice(split(":", self.cluster_arn), 3, 5)), "") == "${var.region}:${var.account_id}"
      error_message = "awscc is in another account or region than aws: the cluster is ${self.cluster_arn}, and belongs in ${var.account_id}, ${var.region}. Mend awscc's configuration and destroy that cluster from where it is."
    }

    postcondition {
      condition = alltrue([for group in self.instance_groups :
        coalesce(group.training_plan_arn, "none") == try(coalesce(var.instance_groups[group.instance_group_name].training_plan.arn, "none"), "none")
      ])
      error_message = "awscc would give a group a training plan that it shall not have: ${join(", ", [for group in self.instance_groups : "${group.instance_group_name} gets ${coalesce(group.training_plan_arn, "none")}" if coalesce(group.training_plan_arn, "none") != try(coalesce(var.instance_groups[group.instance_group_name].training_plan.arn, "none"), "none")])}. It fills what a group leaves out from its place in the list. Nothing has been changed. See the README, the order of groups."
    }

    postcondition {
      condition = alltrue([for group in self.instance_groups :
        length(coalesce(group.on_start_deep_health_checks, [])) == 0 || length(try(local.checks[group.instance_group_name], [])) > 0
      ])
      error_message = "awscc would test a group in depth that shall not be: it fills what a group leaves out from its place in the list. Nothing has been changed. See the README, the order of groups."
    }
  }
}

# A warning and not an error: machines are gone, and everything else must still be changeable.
check "plans_are_not_over" {
  assert {
    condition = alltrue([for group in values(var.instance_groups) :
      group.instance_count == 0 || timecmp(plantimestamp(), timeadd(group.training_plan.ends_at, "-1h")) < 0 if group.training_plan != null
    ])
    error_message = "The training plan of ${join(", ", [for name, group in var.instance_groups : name if try(group.instance_count > 0 && timecmp(plantimestamp(), timeadd(group.training_plan.ends_at, "-1h")) >= 0, false)])} is over: AWS has taken the machines. If it was extended, set ends_at; if there is another plan, set its ARN and dates; else take the group out."
  }
}
