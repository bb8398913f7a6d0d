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

  # EFA between machines is what P and Trainium are bought for; other accelerators are tested alone. Connectivity needs two machines,
  # and sizes of one digit (ml.p5.4xlarge) are parts of a machine.
  default_checks = {
    for name, group in var.instance_groups : name => (
      can(regex("^ml\\.(p|trn)[0-9]", group.instance_type)) && !can(regex("\\.[0-9]?xlarge$", group.instance_type)) && group.instance_count >= 2 ? ["InstanceConnectivity", "InstanceStress"] :
      can(regex("^ml\\.(p|trn|g|inf)[0-9]", group.instance_type)) ? ["InstanceStress"] :
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

  # As awscc's plan is held against it: empty where nothing is asked for.
  asked = { for name, group in var.instance_groups : name => {
    training_plan = try(group.training_plan.arn, "none")
    checks        = jsonencode(sort(local.checks[name]))
    labels        = jsonencode(coalesce(group.labels, {}))
    taints        = jsonencode(sort([for taint in coalesce(group.taints, []) : "${taint.key}=${taint.value == null ? "" : taint.value}:${taint.effect}"]))
  } }

  filled_in  = "It fills what a group leaves out from what is at the same place of the list. A plan that says so has changed nothing. See the README, the order of groups."
  set_by_aws = "If AWS has set it on each of these groups itself (aws sagemaker describe-cluster), name it in let_through."
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

    # What is null here awscc leaves as it is, what is empty it takes away.
    kubernetes_config = var.instance_groups[name].labels == null && var.instance_groups[name].taints == null ? null : {
      labels = var.instance_groups[name].labels
      taints = var.instance_groups[name].taints
    }
  }]

  tags = [for key, value in var.tags : { key = key, value = value }]

  depends_on = [aws_s3_object.lifecycle]

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

    # What awscc fills in is partly known only after the apply. anytrue finds what is known beside it, alltrue would wait.
    postcondition {
      condition     = !anytrue([for group in self.instance_groups : coalesce(group.training_plan_arn, "none") != local.asked[group.instance_group_name].training_plan])
      error_message = "awscc would give a group a training plan that it shall not have, or leave it on one. ${local.filled_in}"
    }

    postcondition {
      condition     = !anytrue([for group in self.instance_groups : jsonencode(sort(coalesce(group.on_start_deep_health_checks, []))) != local.asked[group.instance_group_name].checks])
      error_message = "awscc would test a group in depth that shall not be. ${local.filled_in}"
    }

    postcondition {
      condition     = !anytrue([for group in self.instance_groups : jsonencode(try(coalesce(group.kubernetes_config.labels, {}), {})) != local.asked[group.instance_group_name].labels])
      error_message = "awscc would give a group labels that it shall not have, or leave them on it. If they shall go, say labels = {} for one apply. ${local.filled_in}"
    }

    postcondition {
      condition = !anytrue([for group in self.instance_groups :
        jsonencode(sort([for taint in try(coalesce(group.kubernetes_config.taints, []), []) : "${taint.key}=${taint.value == null ? "" : taint.value}:${taint.effect}"])) != local.asked[group.instance_group_name].taints
      ])
      error_message = "awscc would give a group taints that it shall not have, or leave them on it. If they shall go, say taints = [] for one apply. ${local.filled_in}"
    }

    # Of what this module leaves to AWS, only what AWS does anyway.
    postcondition {
      condition     = contains(var.let_through, "image_id") || !anytrue([for group in self.instance_groups : coalesce(group.image_id, "default") != "default"])
      error_message = "awscc would give a group an image_id. ${local.filled_in} ${local.set_by_aws}"
    }

    postcondition {
      condition     = contains(var.let_through, "min_instance_count") || !anytrue([for group in self.instance_groups : coalesce(group.min_instance_count, 0) != 0])
      error_message = "awscc would give a group a min_instance_count. ${local.filled_in} ${local.set_by_aws}"
    }

    postcondition {
      condition     = contains(var.let_through, "capacity_requirements") || !anytrue([for group in self.instance_groups : try(coalesce(group.capacity_requirements.spot, "none"), "none") != "none"])
      error_message = "awscc would have a group run on spot. ${local.filled_in} ${local.set_by_aws}"
    }

    postcondition {
      condition     = contains(var.let_through, "scheduled_update_config") || !anytrue([for group in self.instance_groups : try(coalesce(group.scheduled_update_config.schedule_expression, "none"), "none") != "none"])
      error_message = "awscc would give a group a schedule of updates. ${local.filled_in} ${local.set_by_aws}"
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

# A warning as well: AWS may sell other plans one day, and extensions add up.
check "plans_are_such_as_are_sold" {
  assert {
    condition = alltrue([for group in values(var.instance_groups) :
      timecmp(group.training_plan.ends_at, timeadd(group.training_plan.starts_at, "${182 * 24}h")) <= 0 if group.training_plan != null
    ])
    error_message = "From starts_at to ends_at the training plan of ${join(", ", [for name, group in var.instance_groups : name if try(timecmp(group.training_plan.ends_at, timeadd(group.training_plan.starts_at, "${182 * 24}h")) > 0, false)])} has more than 182 days, the longest that is sold. Unless it was extended, compare both with aws sagemaker describe-training-plan: machines go when the plan does, whatever stands here."
  }

  assert {
    condition     = alltrue([for group in values(var.instance_groups) : formatdate("hh:mm:ss", group.training_plan.ends_at) == "11:30:00" if group.training_plan != null])
    error_message = "The training plan of ${join(", ", [for name, group in var.instance_groups : name if try(formatdate("hh:mm:ss", group.training_plan.ends_at) != "11:30:00", false)])} does not end at 11:30 UTC, and plans do. Compare ends_at with aws sagemaker describe-training-plan: machines go when the plan does, whatever stands here."
  }
}
