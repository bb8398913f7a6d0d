# ---------------------------------------------------------------------------------------------------------------------
# Everywhere
# ---------------------------------------------------------------------------------------------------------------------

variable "name" {
  description = "Begins the name of everything that is made. IAM roles carry the region too, so the same name serves every region of an account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 20 characters: lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen. Schedules and IAM roles may have 64 and carry more than this in their names."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the customer key, in this region, that encrypts the topic, the schedules, the log groups and the Prometheus workspace. Its policy must let in those that the README names: without that a warning is lost."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not an alias or an id: the policies here name it, and IAM does not follow an alias."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that bounds every role made here. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy (arn:aws:iam::ACCOUNT:policy/NAME), or null."
  }
}

variable "log_retention_days" {
  description = "How long the log groups keep what they hold."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "subscriptions" {
  description = "Who hears the alerts, by a name of your own. An e-mail address hears nothing until the link in its first mail is followed, and Terraform cannot tell whether it was. Queues and functions need policies of their own that admit this topic."
  type = map(object({
    protocol = string
    endpoint = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for each in var.subscriptions : contains(["email", "email-json", "https", "lambda", "sms", "sqs"], each.protocol)])
    error_message = "subscriptions.protocol must be email, email-json, https, lambda, sms or sqs. Plain http is refused: alerts name reservations and accounts."
  }

  validation {
    condition = alltrue([for each in var.subscriptions : (
      startswith(each.protocol, "email") ? can(regex("^[^@[:space:]]+@[^@[:space:]]+$", each.endpoint)) :
      each.protocol == "https" ? startswith(each.endpoint, "https://") :
      each.protocol == "sms" ? can(regex("^\\+[0-9]{6,15}$", each.endpoint)) :
      startswith(each.endpoint, "arn:")
    )])
    error_message = "subscriptions.endpoint must fit its protocol: an address for email, https://… for https, +14255550100 for sms, an ARN for lambda and sqs."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# Owned capacity
# ---------------------------------------------------------------------------------------------------------------------

variable "enable_capacity" {
  description = "Whether to warn before owned capacity ends, and to pass on AWS's own events about capacity blocks."
  type        = bool
  default     = true
  nullable    = false
}

variable "capacity" {
  description = <<-EOT
    Owned capacity in this region, by a name of your own; warnings are sent 72, 24 and 3 hours before its end. Take an entry out when it is over. For a plan in two parts make an entry for each, the first with `extendable = false`.
    - `kind`: `block` or `plan`.
    - `id`: of a block its reservation (`cr-…`), of a plan its ARN.
    - `start`, `end`: RFC 3339 in UTC, such as `2026-12-24T11:30:00Z`: what AWS tells, not when the machines stop. After an extension, set the new end.
    - `region`: where it is; must be the provider's, as a guard.
    - `ultraserver`: whether it is one of UltraServers, whose machines stop 60 minutes before the end and not 30.
    - `target`: of a plan, what it serves: `training-job` (its machines stop 30 minutes before the end), `hyperpod-cluster`, `endpoint` or `studio-apps` (60).
    - `extendable`: false leaves the advice to extend out.
    - `used_by`: who must drain, such as a unit and its node group. Null leaves it out.
  EOT
  type = map(object({
    kind        = string
    id          = string
    start       = string
    end         = string
    region      = string
    ultraserver = optional(bool, false)
    target      = optional(string)
    extendable  = optional(bool, true)
    used_by     = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.capacity) : can(regex("^[a-z0-9][a-z0-9-]{0,26}$", name))])
    error_message = "capacity: a name must be 1 to 27 characters of lower-case letters, digits and hyphens, beginning with no hyphen: it goes into the names of schedules, which may have 64."
  }

  validation {
    condition     = alltrue([for each in var.capacity : contains(["block", "plan"], each.kind)])
    error_message = "capacity.kind must be block or plan."
  }

  validation {
    condition     = alltrue([for each in var.capacity : can(regex("^cr-[0-9a-f]+$", each.id)) if each.kind == "block"])
    error_message = "capacity.id of a block must be its reservation (cr-…), which is what can be extended and what AWS's events name; not the block (cb-…) and not the offering."
  }

  validation {
    condition = alltrue([for each in var.capacity :
      can(regex("^arn:[^:]+:sagemaker:[^:]+:[0-9]{12}:training-plan/.+$", each.id)) if each.kind == "plan"
    ])
    error_message = "capacity.id of a plan must be its ARN (arn:aws:sagemaker:REGION:ACCOUNT:training-plan/NAME)."
  }

  validation {
    condition = alltrue([for each in var.capacity :
      try(split(":", each.id)[3], each.region) == each.region if each.kind == "plan"
    ])
    error_message = "capacity.region must be the region in the plan's ARN."
  }

  validation {
    condition = alltrue(flatten([for each in var.capacity : [for moment in [each.start, each.end] :
      can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", moment)) && can(timeadd(moment, "0s"))
    ]]))
    error_message = "capacity.start and capacity.end must be times that exist, in RFC 3339 and UTC, without fractions of seconds: 2026-12-24T11:30:00Z."
  }

  validation {
    condition     = alltrue([for each in var.capacity : try(timecmp(each.start, each.end) < 0, true)])
    error_message = "capacity.start must be before capacity.end."
  }

  validation {
    condition = alltrue([for each in var.capacity :
      each.kind == "plan" ? contains(["training-job", "hyperpod-cluster", "endpoint", "studio-apps"], coalesce(each.target, "-")) : each.target == null
    ])
    error_message = "capacity.target must be training-job, hyperpod-cluster, endpoint or studio-apps for a plan (it decides when the machines stop), and must be left out for a block."
  }

  validation {
    condition     = length(distinct([for each in var.capacity : "${each.id} ${each.end}"])) == length(var.capacity)
    error_message = "capacity: two entries have the same id and end, so every warning would be sent twice. Keep one of them."
  }
}

variable "now" {
  description = "RFC 3339 time against which new entries of `capacity` are held, so that a warning whose moment is past is left out. Null, which is right, means the time of the plan; tests set it. A different value later changes nothing for entries that are there."
  type        = string
  default     = null

  validation {
    condition     = var.now == null || can(timeadd(var.now, "0s"))
    error_message = "now must be a time in RFC 3339, such as 2026-12-01T00:00:00Z, or null."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# HyperPod
# ---------------------------------------------------------------------------------------------------------------------

variable "enable_hyperpod" {
  description = "Whether to pass on what HyperPod says of its clusters and nodes. Costs nothing where there is no cluster."
  type        = bool
  default     = true
  nullable    = false
}

variable "hyperpod_cluster_arns" {
  description = "HyperPod clusters to hear of. Empty means every one in this account and region."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.hyperpod_cluster_arns : can(regex("^arn:[^:]+:sagemaker:[^:]+:[0-9]{12}:cluster/.+$", arn))])
    error_message = "hyperpod_cluster_arns must be ARNs of HyperPod clusters (arn:aws:sagemaker:REGION:ACCOUNT:cluster/ID)."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# CloudWatch alarms and dashboard
# ---------------------------------------------------------------------------------------------------------------------

variable "nat_gateways" {
  description = "NAT gateways to watch: an id (`nat-…`) by a name of your own."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in var.nat_gateways : startswith(id, "nat-")])
    error_message = "nat_gateways must hold ids of NAT gateways (nat-…)."
  }
}

variable "fsx_file_systems" {
  description = "Lustre file systems to watch, by a name of your own: `id` (`fs-…`) and `storage_capacity_gib`, their size, of which CloudWatch does not know."
  type = map(object({
    id                   = string
    storage_capacity_gib = number
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for each in var.fsx_file_systems : startswith(each.id, "fs-") && each.storage_capacity_gib >= 1200])
    error_message = "fsx_file_systems must hold ids of file systems (fs-…), and sizes in GiB: the smallest Lustre file system has 1200."
  }
}

variable "efs_file_systems" {
  description = "EFS file systems to watch, by a name of your own: `id` (`fs-…`) and `throughput_mode` (`elastic`, `bursting` or `provisioned`); only a bursting one has burst credits."
  type = map(object({
    id              = string
    throughput_mode = optional(string, "elastic")
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for each in var.efs_file_systems :
      startswith(each.id, "fs-") && contains(["elastic", "bursting", "provisioned"], each.throughput_mode)
    ])
    error_message = "efs_file_systems must hold ids of file systems (fs-…), with a throughput_mode of elastic, bursting or provisioned."
  }
}

variable "eks_clusters" {
  description = "EKS clusters whose control plane to watch: the cluster's name by a name of your own. The metrics are there from Kubernetes 1.28 on."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for cluster in var.eks_clusters : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", cluster))])
    error_message = "eks_clusters must hold names of EKS clusters, not their ARNs."
  }
}

variable "thresholds" {
  description = <<-EOT
    Where the CloudWatch alarms begin.
    - `nat_packets_dropped`: packets in 5 minutes.
    - `fsx_free_percent`: free space of a Lustre file system, and of its fullest disk.
    - `efs_burst_credit_gib`: burst credits left; a new file system has 2100.
    - `eks_server_errors`, `eks_throttled`: answers in 5 minutes.
    - `eks_storage_gib`: size of the cluster's database, whose limit is 8.
  EOT
  type = object({
    nat_packets_dropped  = optional(number, 100)
    fsx_free_percent     = optional(number, 15)
    efs_burst_credit_gib = optional(number, 512)
    eks_server_errors    = optional(number, 10)
    eks_throttled        = optional(number, 100)
    eks_storage_gib      = optional(number, 6)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for each in values(var.thresholds) : each >= 0]) && var.thresholds.fsx_free_percent < 100 && var.thresholds.eks_storage_gib < 8
    error_message = "thresholds must not be negative; fsx_free_percent must be less than 100, and eks_storage_gib less than 8, which is the limit."
  }
}

variable "enable_dashboard" {
  description = "Whether to make the CloudWatch dashboard."
  type        = bool
  default     = true
  nullable    = false
}

# ---------------------------------------------------------------------------------------------------------------------
# Prometheus
# ---------------------------------------------------------------------------------------------------------------------

variable "enable_prometheus" {
  description = "Whether to make the Prometheus workspace with its alerts. Turning it off deletes the workspace with every metric in it."
  type        = bool
  default     = true
  nullable    = false
}

variable "gpu_alerts" {
  description = <<-EOT
    Where the alerts on GPUs and EFA begin.
    - `fatal_xids`: XID errors that mean faulty hardware; AWS's list is the one of the EKS node monitoring agent.
    - `program_xids`: XID errors that programs cause, of which nothing is said.
    - `corrected_ecc_an_hour`: corrected memory errors of one GPU.
    - `gpu_celsius`, `memory_celsius`: for 5 minutes.
    - `idle_percent`, `idle_minutes`: a node is idle when its GPUs were on average less busy than this for so long, twice over.
    - `efa_timeouts_a_second`, `efa_drops_a_second`: of one interface, for 10 minutes.
  EOT
  type = object({
    fatal_xids            = optional(list(number), [46, 48, 54, 62, 63, 64, 74, 79, 95, 109, 110, 119, 120, 136, 140, 142, 143, 151, 155, 156, 158])
    program_xids          = optional(list(number), [13, 31, 43, 45])
    corrected_ecc_an_hour = optional(number, 1000)
    gpu_celsius           = optional(number, 85)
    memory_celsius        = optional(number, 95)
    idle_percent          = optional(number, 5)
    idle_minutes          = optional(number, 30)
    efa_timeouts_a_second = optional(number, 1)
    efa_drops_a_second    = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.gpu_alerts.fatal_xids) > 0 && alltrue([for xid in concat(var.gpu_alerts.fatal_xids, var.gpu_alerts.program_xids) : xid > 0 && floor(xid) == xid])
    error_message = "gpu_alerts: XIDs must be whole numbers above 0, and fatal_xids must have at least one."
  }

  validation {
    condition     = length(setintersection(var.gpu_alerts.fatal_xids, var.gpu_alerts.program_xids)) == 0
    error_message = "gpu_alerts: an XID is in both fatal_xids and program_xids; it can be only one of them."
  }

  validation {
    condition = (
      var.gpu_alerts.idle_minutes >= 5 && floor(var.gpu_alerts.idle_minutes) == var.gpu_alerts.idle_minutes
      && var.gpu_alerts.idle_percent > 0 && var.gpu_alerts.idle_percent < 100
    )
    error_message = "gpu_alerts: idle_minutes must be a whole number of at least 5, and idle_percent between 0 and 100."
  }
}

variable "prometheus_scrapers" {
  description = <<-EOT
    Managed collectors, by the name that metrics carry as their label `cluster`; each costs by the hour and by what it reads. Empty where clusters send by themselves.
    - `cluster_arn`: the EKS cluster. Its authentication mode must be API or API_AND_CONFIG_MAP and its private endpoint on.
    - `subnet_ids`: private subnets in at least two zones.
    - `security_group_ids`: of the collector; must reach the API server, and the exporters' pods at their port called `metrics`.
  EOT
  type = map(object({
    cluster_arn        = string
    subnet_ids         = set(string)
    security_group_ids = set(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for each in var.prometheus_scrapers : can(regex("^arn:[^:]+:eks:[^:]+:[0-9]{12}:cluster/.+$", each.cluster_arn))])
    error_message = "prometheus_scrapers.cluster_arn must be the ARN of an EKS cluster."
  }

  validation {
    condition     = alltrue([for each in var.prometheus_scrapers : length(each.subnet_ids) >= 2 && length(each.security_group_ids) >= 1])
    error_message = "prometheus_scrapers need subnets in at least two zones, and a security group."
  }

  validation {
    condition     = alltrue([for name in keys(var.prometheus_scrapers) : can(regex("^[a-z0-9][a-z0-9-]{0,60}$", name))])
    error_message = "prometheus_scrapers: a name must be lower-case letters, digits and hyphens, since it becomes the label `cluster`."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# Grafana
# ---------------------------------------------------------------------------------------------------------------------

variable "enable_grafana" {
  description = "Whether to make the Grafana workspace. It needs IAM Identity Center in the organization; without it the apply fails. Once for an account is enough."
  type        = bool
  default     = false
  nullable    = false
}

variable "grafana_version" {
  description = "Grafana's version, such as 10.4. Null means what AWS gives new workspaces. It can be raised and never lowered."
  type        = string
  default     = null

  validation {
    condition     = var.grafana_version == null || can(regex("^[0-9]+\\.[0-9]+$", var.grafana_version))
    error_message = "grafana_version must be like 10.4, or null."
  }
}

variable "grafana_groups" {
  description = "Groups of IAM Identity Center by what they may do in Grafana: ids under `ADMIN`, `EDITOR` and `VIEWER`. Whoever is in none of them cannot sign in."
  type        = map(set(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for role in keys(var.grafana_groups) : contains(["ADMIN", "EDITOR", "VIEWER"], role)])
    error_message = "grafana_groups must be keyed by ADMIN, EDITOR or VIEWER."
  }

  validation {
    condition     = !var.enable_grafana || length(lookup(var.grafana_groups, "ADMIN", [])) > 0
    error_message = "grafana_groups must name a group under ADMIN where enable_grafana is true: else nobody can sign in to add data sources."
  }
}

variable "grafana_network_access" {
  description = "From where Grafana can be reached: prefix lists and VPC endpoints. Null means from everywhere, behind the sign-in."
  type = object({
    prefix_list_ids = optional(set(string), [])
    vpce_ids        = optional(set(string), [])
  })
  default = null

  validation {
    condition = var.grafana_network_access == null || (
      length(try(var.grafana_network_access.prefix_list_ids, [])) + length(try(var.grafana_network_access.vpce_ids, [])) > 0
    )
    error_message = "grafana_network_access must name a prefix list or a VPC endpoint, or be null: with neither nobody could reach Grafana."
  }
}

variable "grafana_prometheus_workspace_arns" {
  description = "Prometheus workspaces that Grafana reads besides the one made here: those of the account's other regions."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.grafana_prometheus_workspace_arns : can(regex("^arn:[^:]+:aps:[^:]+:[0-9]{12}:workspace/.+$", arn))])
    error_message = "grafana_prometheus_workspace_arns must be ARNs of Prometheus workspaces (arn:aws:aps:REGION:ACCOUNT:workspace/ID)."
  }
}
