variable "name" {
  description = "Name of the cluster, and of its part of the bucket of lifecycle scripts. Fixed."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](-*[a-z0-9]){0,62}$", var.name))
    error_message = "name has 1 to 63 lower-case letters, digits and hyphens, and a hyphen neither begins nor ends it."
  }
}

variable "tags" {
  description = "Tags of the cluster."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 50
    error_message = "A cluster takes 50 tags at most."
  }
}

variable "account_id" {
  description = "Account that the cluster belongs in, as a guard: awscc has no `allowed_account_ids`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id has twelve digits."
  }
}

variable "region" {
  description = "Region that the cluster belongs in, as a guard: it must be that of both providers."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is the name of a region, such as us-west-2, and not of a zone."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# Orchestrator
# ---------------------------------------------------------------------------------------------------------------------

variable "orchestrator" {
  description = "`slurm`, which lifecycle scripts set up from provisioning_parameters.json; or `eks`, which attaches the machines to an EKS cluster. Fixed."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["eks", "slurm"], var.orchestrator)
    error_message = "orchestrator is slurm or eks."
  }
}

variable "eks" {
  description = <<-EOT
    The EKS cluster that the machines are attached to, one HyperPod cluster to each; it is in the account and region above.
    `cluster_name`: its name. Fixed.
    `chart_release`: the output `release` of hyperpod-chart, so that the attachment waits for the chart: without it, creation
    fails, or health checks and recovery are missing.
  EOT
  type = object({
    cluster_name  = string
    chart_release = string
  })
  default = null

  validation {
    condition     = (var.eks != null) == (var.orchestrator == "eks")
    error_message = var.eks == null ? "orchestrator is eks: give eks = { cluster_name, chart_release }, the latter the release of hyperpod-chart, which must be in the cluster first." : "eks goes with orchestrator eks, and with no other."
  }

  validation {
    condition     = var.eks == null ? true : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$", var.eks.cluster_name))
    error_message = "eks.cluster_name is the name of an EKS cluster, not its ARN: the ARN follows from account_id and region."
  }

  validation {
    condition     = var.eks == null ? true : try(length(var.eks.chart_release) > 0, false)
    error_message = "eks.chart_release is the output release of hyperpod-chart. HyperPod's chart must be in the EKS cluster before machines are attached to it."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# Where it is
# ---------------------------------------------------------------------------------------------------------------------

variable "subnet_ids" {
  description = "One private subnet in every zone where capacity may ever be bought, by zone id. Fixed: a zone that is added later would replace the whole cluster."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1 && length(var.subnet_ids) <= 16
    error_message = "subnet_ids has one to sixteen subnets, one for each zone."
  }

  validation {
    # Only what a zone's name has and no zone id has: ids have more shapes than AWS's own pattern knows.
    condition     = alltrue([for zone in keys(var.subnet_ids) : can(regex("^[a-z0-9-]+-az[0-9]+$", zone))])
    error_message = "subnet_ids is by zone id (usw2-az1), not by zone name (us-west-2a): names mean other zones in other accounts."
  }

  validation {
    condition     = alltrue([for id in values(var.subnet_ids) : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "subnet_ids holds ids of subnets (subnet-…)."
  }

  validation {
    condition     = length(distinct(values(var.subnet_ids))) == length(var.subnet_ids)
    error_message = "subnet_ids: two zones have the same subnet, and a subnet is in one zone."
  }
}

variable "security_group_ids" {
  description = "Security groups of every machine. Fixed. With EFA that of efa-security-group, alone or beside others that also allow everything from and to themselves."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) >= 1 && length(var.security_group_ids) <= 5
    error_message = "security_group_ids has one to five groups, and security_group_id of efa-security-group is one of them: without it EFA falls back to TCP or hangs."
  }

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
    error_message = "security_group_ids holds ids of security groups (sg-…)."
  }
}

variable "execution_role_arn" {
  description = "ARN of the role of every machine: `hyperpod_execution_role_arn` of iam. Fixed for a group that exists."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$", var.execution_role_arn))
    error_message = "execution_role_arn is the ARN of a role (arn:aws:iam::ACCOUNT:role/NAME)."
  }

  validation {
    condition     = try(split(":", var.execution_role_arn)[4] == var.account_id, false)
    error_message = "execution_role_arn is of another account than account_id: SageMaker passes only roles of the cluster's own."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# What runs on a new machine
# ---------------------------------------------------------------------------------------------------------------------

variable "lifecycle_scripts" {
  description = <<-EOT
    Scripts that run on every new machine. They are uploaded under a prefix that is a hash of all of them, so that machines which
    exist and machines which come never disagree about what they ran.
    `path`: absolute path of a folder of text files, such as cluster-configs/hyperpod/lifecycle-scripts.
    `bucket`: name of a bucket of the region; it begins with `sagemaker-`.
    `kms_key_arn`: ARN of that bucket's key, which the execution role may decrypt with: name the bucket in iam's `data_buckets`.
    `entry_point`: the file that HyperPod runs.
  EOT
  type = object({
    path        = string
    bucket      = string
    kms_key_arn = string
    entry_point = optional(string, "on_create.sh")
  })
  nullable = false

  validation {
    condition     = can(regex("^sagemaker-[a-z0-9-]{1,52}[a-z0-9]$", var.lifecycle_scripts.bucket))
    error_message = "lifecycle_scripts.bucket is the name of a bucket that begins with sagemaker-: AmazonSageMakerClusterInstanceRolePolicy lets machines read no other."
  }

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.lifecycle_scripts.kms_key_arn))
    error_message = "lifecycle_scripts.kms_key_arn is the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not of an alias."
  }

  validation {
    condition     = try(split(":", var.lifecycle_scripts.kms_key_arn)[3] == var.region, false)
    error_message = "lifecycle_scripts.kms_key_arn is of another region than region: S3 encrypts only with keys of the bucket's own."
  }

  validation {
    condition     = fileexists("${var.lifecycle_scripts.path}/${var.lifecycle_scripts.entry_point}")
    error_message = "lifecycle_scripts.path has no file ${var.lifecycle_scripts.entry_point}. Give an absolute path: Terragrunt runs Terraform in a folder of its own."
  }

  validation {
    condition     = !fileexists("${var.lifecycle_scripts.path}/provisioning_parameters.json")
    error_message = "lifecycle_scripts.path holds a provisioning_parameters.json, and this module writes that file from instance_groups. Take it out."
  }

  validation {
    condition     = alltrue([for file in fileset(var.lifecycle_scripts.path, "**") : can(file("${var.lifecycle_scripts.path}/${file}"))])
    error_message = "lifecycle_scripts.path holds a file that is not text in UTF-8. Keep binaries elsewhere, and fetch them by their hash."
  }

  validation {
    condition     = alltrue([for file in fileset(var.lifecycle_scripts.path, "**") : try(!strcontains(file("${var.lifecycle_scripts.path}/${file}"), "\r"), true)])
    error_message = "lifecycle_scripts.path holds a file with Windows line endings: no shell on a machine would run it."
  }
}

variable "fsx_lustre" {
  description = "File system that Slurm's machines mount at /fsx: the output `lustre` of shared-storage. Its security group must know that of the machines. Null: none. Pods of EKS mount by FSx CSI instead."
  type = object({
    dns_name   = string
    mount_name = string
  })
  default = null

  validation {
    condition     = var.fsx_lustre == null || var.orchestrator == "slurm"
    error_message = "fsx_lustre is mounted by lifecycle scripts on Slurm alone. On EKS use the FSx CSI driver."
  }

  validation {
    condition     = var.fsx_lustre == null ? true : can(regex("^fs-[0-9a-f]+\\.fsx\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?$", var.fsx_lustre.dns_name))
    error_message = "fsx_lustre.dns_name is the DNS name of a file system (fs-….fsx.REGION.amazonaws.com)."
  }

  validation {
    condition     = var.fsx_lustre == null ? true : try(split(".", var.fsx_lustre.dns_name)[2] == var.region, true)
    error_message = "fsx_lustre is in another region than region, from which Lustre cannot be mounted."
  }

  validation {
    condition     = var.fsx_lustre == null ? true : can(regex("^[a-z0-9]{8}$", var.fsx_lustre.mount_name)) || var.fsx_lustre.mount_name == "fsx"
    error_message = "fsx_lustre.mount_name is the eight characters that FSx chose."
  }
}

variable "volume_kms_key_arn" {
  description = "ARN of the customer key of the volumes, for EKS alone; its policy must have no condition on encryption context, and the execution role must be let use it (volume_kms_key_arns of iam). Null: AWS's own key. Fixed for a group that exists."
  type        = string
  default     = null

  validation {
    condition     = var.volume_kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.volume_kms_key_arn))
    error_message = "volume_kms_key_arn is the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not of an alias."
  }

  validation {
    condition     = var.volume_kms_key_arn == null ? true : try(split(":", var.volume_kms_key_arn)[3] == var.region, true)
    error_message = "volume_kms_key_arn is of another region than region: EBS encrypts only with keys of its own."
  }

  validation {
    condition     = var.volume_kms_key_arn == null || var.orchestrator == "eks"
    error_message = "volume_kms_key_arn is for EKS alone: HyperPod takes customer keys only with continuous provisioning, which this module has on EKS. On Slurm volumes are encrypted with AWS's own key."
  }
}

variable "node_recovery" {
  description = "Whether HyperPod restarts or replaces a faulty machine by itself."
  type        = bool
  default     = true
  nullable    = false
}

# ---------------------------------------------------------------------------------------------------------------------
# Instance groups
# ---------------------------------------------------------------------------------------------------------------------

variable "instance_groups" {
  description = <<-EOT
    Instance groups by name. What is marked fixed cannot be changed in a group that exists: make a group under another name, and
    then take the old one out.
    `instance_type`: with its `ml.`. Fixed.
    `instance_count`: machines. At the end of a plan AWS takes them back, whatever stands here.
    `zone_id`: the zone, one of `subnet_ids`; with a plan, the plan's. Fixed.
    `threads_per_core`: 1, which every type takes, or 2. Fixed.
    `volume_gib`: the volume at /opt/sagemaker, in GiB.
    `training_plan`: a plan that is bought, by its ARN, for the target hyperpod-cluster, with its start and end in RFC 3339 and
    UTC as AWS tells them. One group for each plan. It can be exchanged for another, but not taken out: see the README.
    `deep_health_checks`: what is tested before a machine is used: any of InstanceStress and InstanceConnectivity, which needs two
    machines. Null: both on P and Trainium, but InstanceStress alone for one machine and for sizes such as 4xlarge; InstanceStress on
    other accelerators; nothing elsewhere. They take about two hours of each new machine (SageMaker guide, resiliency), paid time on
    a plan. `[]`: none.
    `slurm`: on Slurm, what the machines are: `role` controller, login or compute, and of compute the `partition`, which is named
    like the group if nothing is said.
    `labels`, `taints`: of Kubernetes nodes, on EKS. A taint's `effect` is spelled as Kubernetes does: NoSchedule. Null: none. Empty:
    those that are there go; for one apply, see the README.
  EOT
  type = map(object({
    instance_type      = string
    instance_count     = number
    zone_id            = string
    threads_per_core   = optional(number, 1)
    volume_gib         = optional(number, 500)
    deep_health_checks = optional(set(string))
    training_plan = optional(object({
      arn       = string
      starts_at = string
      ends_at   = string
    }))
    slurm = optional(object({
      role      = string
      partition = optional(string)
    }))
    labels = optional(map(string))
    taints = optional(list(object({
      key    = string
      value  = optional(string)
      effect = string
    })))
  }))
  nullable = false

  validation {
    condition     = length(var.instance_groups) >= 1 && length(var.instance_groups) <= 100
    error_message = "instance_groups has one to a hundred groups."
  }

  validation {
    condition     = alltrue([for name in keys(var.instance_groups) : can(regex("^[a-z0-9](-*[a-z0-9]){0,62}$", name))])
    error_message = "A group's name has 1 to 63 lower-case letters, digits and hyphens, and a hyphen neither begins nor ends it."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9]+$", group.instance_type))])
    error_message = "instance_type is SageMaker's, with ml. before it: ml.p5.48xlarge and not p5.48xlarge."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : group.instance_count >= 0 && group.instance_count <= 6758 && floor(group.instance_count) == group.instance_count])
    error_message = "instance_count is a whole number from 0 to 6758."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : contains(keys(var.subnet_ids), group.zone_id)])
    error_message = "zone_id is one of subnet_ids, which has ${join(", ", keys(var.subnet_ids))}. Not so: ${join(", ", [for name, group in var.instance_groups : "${name} (${group.zone_id})" if !contains(keys(var.subnet_ids), group.zone_id)])}. It is an id such as usw2-az2; a name such as us-west-2b is another zone in another account. Another zone can only be had by a new cluster, so put every zone there from the start."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : contains([1, 2], group.threads_per_core)])
    error_message = "threads_per_core is 1 or 2."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : group.volume_gib >= 1 && group.volume_gib <= 16384 && floor(group.volume_gib) == group.volume_gib])
    error_message = "volume_gib is a whole number from 1 to 16384."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : length(setsubtract(coalesce(group.deep_health_checks, []), ["InstanceConnectivity", "InstanceStress"])) == 0])
    error_message = "deep_health_checks are of InstanceStress and InstanceConnectivity."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : length(coalesce(group.deep_health_checks, [])) == 0 || can(regex("^ml\\.(p|g|trn|inf)[0-9]", group.instance_type))])
    error_message = "deep_health_checks test accelerators and the network between them: a group without accelerators has none."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : !contains(coalesce(group.deep_health_checks, []), "InstanceConnectivity") || group.instance_count != 1])
    error_message = "InstanceConnectivity tests the network between machines, and this group has one. Take it out of deep_health_checks, or give the group two machines."
  }

  # Plans

  validation {
    condition = alltrue([for group in values(var.instance_groups) :
      can(regex("^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:training-plan/[A-Za-z0-9-]+$", group.training_plan.arn)) if group.training_plan != null
    ])
    error_message = "training_plan.arn is the ARN of a training plan (arn:aws:sagemaker:REGION:ACCOUNT:training-plan/NAME). A capacity block (cr-…) cannot serve HyperPod: it is for EKS's own node groups and ParallelCluster."
  }

  validation {
    condition = alltrue([for group in values(var.instance_groups) :
      try(split(":", group.training_plan.arn)[4] == var.account_id, true) if group.training_plan != null
    ])
    error_message = "training_plan.arn is of another account than account_id, and plans cannot be shared: buy in the account that runs the cluster."
  }

  validation {
    condition = alltrue([for group in values(var.instance_groups) :
      try(split(":", group.training_plan.arn)[3] == var.region, true) if group.training_plan != null
    ])
    error_message = "training_plan.arn is of another region than region, and a plan's machines are in its own."
  }

  validation {
    condition = alltrue(flatten([for group in values(var.instance_groups) : [for moment in [group.training_plan.starts_at, group.training_plan.ends_at] :
      can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", moment)) && can(timeadd(moment, "0s"))
    ] if group.training_plan != null]))
    error_message = "training_plan.starts_at and ends_at are times that exist, in RFC 3339 and UTC: 2026-12-24T11:30:00Z."
  }

  validation {
    # Its machines are taken an hour before its end.
    condition = alltrue([for group in values(var.instance_groups) :
      try(timecmp(timeadd(group.training_plan.starts_at, "1h"), group.training_plan.ends_at) < 0, true) if group.training_plan != null
    ])
    error_message = "training_plan.ends_at is more than an hour after starts_at: HyperPod gives machines back an hour before a plan's end."
  }

  validation {
    condition = length(distinct([for group in values(var.instance_groups) : group.training_plan.arn if group.training_plan != null])) == length(
      [for group in values(var.instance_groups) : group.training_plan.arn if group.training_plan != null]
    )
    error_message = "Two groups are on one training plan: they would draw on the same machines, and the second would wait for ever. Give a plan to one group."
  }

  validation {
    condition = alltrue([for group in values(var.instance_groups) :
      can(regex("^ml\\.(p|g|trn|inf)[0-9]", group.instance_type)) if group.training_plan != null
    ])
    error_message = "training_plan: plans are sold for accelerators, and this group has none."
  }

  # Slurm

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : (group.slurm != null) == (var.orchestrator == "slurm")])
    error_message = "Every group says in slurm what it is when the orchestrator is slurm, and none does on EKS."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : contains(["controller", "login", "compute"], group.slurm.role) if group.slurm != null])
    error_message = "slurm.role is controller, login or compute."
  }

  validation {
    condition = var.orchestrator != "slurm" ? true : (
      length([for group in values(var.instance_groups) : group if try(group.slurm.role, "") == "controller" && group.instance_count == 1]) == 1 &&
      length([for group in values(var.instance_groups) : group if try(group.slurm.role, "") == "controller"]) == 1
    )
    error_message = "Slurm has exactly one controller group, of one machine: several need a shared state and database that these scripts do not set up."
  }

  validation {
    condition     = length([for group in values(var.instance_groups) : group if try(group.slurm.role, "") == "login"]) <= 1
    error_message = "provisioning_parameters.json knows one login group: make it larger."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : try(group.slurm.partition, null) == null || try(group.slurm.role, "") == "compute"])
    error_message = "slurm.partition is of compute groups alone."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : can(regex("^[A-Za-z0-9](-*[A-Za-z0-9])*$", group.slurm.partition)) if try(group.slurm.partition, null) != null])
    error_message = "slurm.partition has letters, digits and hyphens, and a hyphen neither begins nor ends it."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : contains(["controller", "login"], try(group.slurm.role, "")) ? group.training_plan == null : true])
    error_message = "A controller or login group is on no training plan: it would go when the plan ends, and the cluster with it."
  }

  # Kubernetes

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : (group.labels == null && group.taints == null) || var.orchestrator == "eks"])
    error_message = "labels and taints are of Kubernetes nodes: Slurm has partitions."
  }

  validation {
    condition     = alltrue(flatten([for group in values(var.instance_groups) : [for taint in coalesce(group.taints, []) : contains(["NoSchedule", "PreferNoSchedule", "NoExecute"], taint.effect)]]))
    error_message = "A taint's effect is NoSchedule, PreferNoSchedule or NoExecute, as Kubernetes spells it; NO_SCHEDULE is EKS's own spelling, for its node groups."
  }

  validation {
    condition     = alltrue([for group in values(var.instance_groups) : length(coalesce(group.taints, [])) <= 50])
    error_message = "A group takes 50 taints at most."
  }
}

variable "group_order" {
  description = "Names of groups in the order in which AWS lists them; others follow. Only where a plan asks for it: see the README, the order of groups."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(distinct(var.group_order)) == length(var.group_order)
    error_message = "group_order names a group twice."
  }
}

variable "let_through" {
  description = "What AWS itself has set on groups, and a plan shall not be refused for: any of `capacity_requirements`, `image_id`, `min_instance_count` and `scheduled_update_config`. Only where a plan asks for it: see the README, the order of groups."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.let_through, ["capacity_requirements", "image_id", "min_instance_count", "scheduled_update_config"])) == 0
    error_message = "let_through knows capacity_requirements, image_id, min_instance_count and scheduled_update_config."
  }
}
