# ---------------------------------------------------------------------------------------------------------------------
# Cluster
# ---------------------------------------------------------------------------------------------------------------------

variable "name" {
  description = "Name of the cluster. Begins the names of everything else, so it should begin as the account's Terraform role asks. Fixed: another name is another cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,28}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 30 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen: names of IAM roles, which end with the region, have 64 characters."
  }
}

variable "kubernetes_version" {
  description = "Kubernetes version, without a patch. Goes up one step at a time and never down."
  type        = string
  nullable    = false
  default     = "1.34"

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "kubernetes_version must be a version without a patch, such as 1.34."
  }

  validation {
    condition     = !var.hyperpod || contains(var.hyperpod_kubernetes_versions, var.kubernetes_version)
    error_message = "HyperPod takes Kubernetes ${join(", ", sort(var.hyperpod_kubernetes_versions))}, not ${var.kubernetes_version}. Take one of these, add it to hyperpod_kubernetes_versions if AWS's guide has it by now, or set hyperpod = false if no HyperPod cluster will be attached."
  }
}

variable "hyperpod" {
  description = "Whether a HyperPod cluster may be attached: holds the versions of Kubernetes and of the VPC CNI to what HyperPod takes."
  type        = bool
  nullable    = false
  default     = true
}

variable "hyperpod_kubernetes_versions" {
  description = "Kubernetes versions that HyperPod takes (SageMaker guide, Getting started with Amazon EKS support in SageMaker HyperPod)."
  type        = set(string)
  nullable    = false
  default     = ["1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34"]

  validation {
    condition     = length(var.hyperpod_kubernetes_versions) > 0 && alltrue([for version in var.hyperpod_kubernetes_versions : can(regex("^1\\.[0-9]{2}$", version))])
    error_message = "hyperpod_kubernetes_versions must be versions without a patch, such as 1.34."
  }
}

variable "extended_support" {
  description = "Whether the cluster stays on its version beyond standard support, at several times the price. Otherwise EKS upgrades the control plane by itself when standard support ends."
  type        = bool
  nullable    = false
  default     = false
}

variable "deletion_protection" {
  description = "Whether EKS refuses to delete the cluster. Set it to false and apply before a destroy."
  type        = bool
  nullable    = false
  default     = true
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^vpc-[0-9a-z]+$", var.vpc_id))
    error_message = "vpc_id must be the id of a VPC, such as vpc-0123456789abcdef0."
  }
}

variable "control_plane_subnet_ids" {
  description = "Ids of the subnets for EKS's own interfaces, by zone id, in two zones or more: control_plane_subnet_ids of networking."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.control_plane_subnet_ids) >= 2
    error_message = "control_plane_subnet_ids must be in two zones or more, or EKS refuses the cluster."
  }

  validation {
    condition     = alltrue([for zone, id in var.control_plane_subnet_ids : can(regex("^[a-z0-9-]+-az[0-9]+$", zone)) && can(regex("^subnet-[0-9a-z]+$", id))])
    error_message = "control_plane_subnet_ids must be ids of subnets (subnet-…) by zone id (use1-az4), not by zone name: us-east-1a is another zone in another account."
  }
}

variable "private_subnet_ids" {
  description = "Ids of the subnets for nodes, by zone id: private_subnet_ids of networking. A capacity block is used in the one of its zone."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.private_subnet_ids) > 0
    error_message = "private_subnet_ids must have a subnet, or there is nowhere for nodes."
  }

  validation {
    condition     = alltrue([for zone, id in var.private_subnet_ids : can(regex("^[a-z0-9-]+-az[0-9]+$", zone)) && can(regex("^subnet-[0-9a-z]+$", id))])
    error_message = "private_subnet_ids must be ids of subnets (subnet-…) by zone id (use1-az4), not by zone name: us-east-1a is another zone in another account."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer key that encrypts Kubernetes secrets, logs, volumes of nodes and schedules. Its policy must let in Auto Scaling, EKS, CloudWatch Logs and, for capacity blocks, Scheduler with the role NAME-capacity-blocks-REGION (autoscaling, eks, logs and scheduler in services of kms, or the role in its users). Fixed: EKS takes no other key for secrets later."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:…:key/…), not of an alias."
  }
}

variable "log_retention_days" {
  description = "Days that the control plane's logs are kept."
  type        = number
  nullable    = false
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of CloudWatch Logs' periods from 30 days on, such as 90, 365 or 731."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# Access
# ---------------------------------------------------------------------------------------------------------------------

variable "access_entries" {
  description = <<-EOT
    Who gets into Kubernetes, by a name of your own. Whoever creates the cluster gets nothing by that.
    - `principal_arn`: an IAM role or user.
    - `policy`: an access policy of EKS by name, such as AmazonEKSClusterAdminPolicy, AmazonEKSEditPolicy or AmazonEKSViewPolicy. Null: only `kubernetes_groups`.
    - `namespaces`: where the policy holds. Empty: everywhere.
    - `kubernetes_groups`: groups that RBAC binds. EKS refuses those that begin with system:.
  EOT
  type = map(object({
    principal_arn     = string
    policy            = optional(string)
    namespaces        = optional(set(string), [])
    kubernetes_groups = optional(list(string))
  }))
  nullable = false

  validation {
    condition     = anytrue([for entry in values(var.access_entries) : try(entry.policy == "AmazonEKSClusterAdminPolicy" && length(entry.namespaces) == 0, false)])
    error_message = "access_entries must have one with AmazonEKSClusterAdminPolicy for no namespace in particular, or nobody could ever administer the cluster: with authentication mode API its creator cannot."
  }

  validation {
    condition     = alltrue([for entry in values(var.access_entries) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$", entry.principal_arn))])
    error_message = "access_entries' principal_arn must be of an IAM role or user (arn:aws:iam::111111111111:role/NAME): EKS takes no sts assumed-role ARN, and no account."
  }

  validation {
    condition     = length(distinct(values(var.access_entries)[*].principal_arn)) == length(var.access_entries)
    error_message = "access_entries must name each principal once: EKS has one entry for each."
  }

  validation {
    condition     = alltrue([for entry in values(var.access_entries) : try(startswith(entry.policy, "AmazonEKS") && endswith(entry.policy, "Policy"), entry.policy == null)])
    error_message = "access_entries' policy must be the name of an access policy of EKS (AmazonEKSViewPolicy), not an ARN nor an IAM policy."
  }

  validation {
    condition     = alltrue([for entry in values(var.access_entries) : alltrue([for group in coalesce(entry.kubernetes_groups, []) : !startswith(group, "system:")])])
    error_message = "access_entries' kubernetes_groups must not begin with system:, which EKS refuses: use a policy instead of system:masters."
  }

  validation {
    condition     = alltrue([for entry in values(var.access_entries) : entry.policy != null || length(coalesce(entry.kubernetes_groups, [])) > 0])
    error_message = "access_entries must each have a policy or kubernetes_groups: with neither they can do nothing."
  }
}

variable "private_access_cidrs" {
  description = "IPv4 blocks that reach the private Kubernetes API beside the nodes: where Terraform, Argo CD of another cluster and people come from."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for cidr in var.private_access_cidrs : try(cidrsubnet(cidr, 0, 0) == cidr && tonumber(split("/", cidr)[1]) >= 8, false)])
    error_message = "private_access_cidrs must be first addresses and prefixes of IPv4 blocks no larger than a /8, such as 10.0.0.0/16."
  }
}

variable "private_access_security_group_ids" {
  description = "Ids of security groups whose members reach the private Kubernetes API beside the nodes, by a name that stays; HyperPod's instances, if they are in another group."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for id in values(var.private_access_security_group_ids) : can(regex("^sg-[0-9a-z]+$", id))])
    error_message = "private_access_security_group_ids must be ids of security groups (sg-…)."
  }
}

variable "public_access_cidrs" {
  description = "IPv4 blocks that reach the Kubernetes API from the internet. Empty, which is right: the API has no public endpoint."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : try(cidrsubnet(cidr, 0, 0) == cidr && tonumber(split("/", cidr)[1]) >= 16, false)])
    error_message = "public_access_cidrs must be first addresses and prefixes of IPv4 blocks no larger than a /16, such as 203.0.113.0/24: 0.0.0.0/0 is everybody."
  }
}

variable "enable_oidc_provider" {
  description = "Whether the account trusts the cluster's own OIDC issuer, for software that knows IAM roles for service accounts only. Pod Identity does not need it."
  type        = bool
  nullable    = false
  default     = false
}

# ---------------------------------------------------------------------------------------------------------------------
# Add-ons
# ---------------------------------------------------------------------------------------------------------------------

variable "addons" {
  description = <<-EOT
    What differs from the defaults, by add-on: vpc-cni, coredns, kube-proxy, eks-pod-identity-agent, aws-fsx-csi-driver, aws-efs-csi-driver, aws-mountpoint-s3-csi-driver.
    - `version`: with EKS's build (`aws eks describe-addon-versions`). Null: the version that belongs to this module's default Kubernetes.
    - `configuration`: JSON as the add-on's schema has it.
    - `enabled`: false leaves a CSI driver out.
  EOT
  type = map(object({
    version       = optional(string)
    configuration = optional(string)
    enabled       = optional(bool, true)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = length(setsubtract(keys(var.addons), keys(local.addon_versions))) == 0
    error_message = "addons must be of ${join(", ", keys(local.addon_versions))}: Argo CD installs everything else."
  }

  validation {
    condition     = alltrue([for addon in values(var.addons) : addon.version == null || can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+-eksbuild\\.[0-9]+$", addon.version))])
    error_message = "addons' version must be pinned with EKS's build, such as v1.21.1-eksbuild.1."
  }

  validation {
    condition     = alltrue([for addon in values(var.addons) : addon.configuration == null || can(jsondecode(addon.configuration))])
    error_message = "addons' configuration must be JSON: use jsonencode."
  }

  validation {
    condition     = alltrue([for name, addon in var.addons : addon.enabled || endswith(name, "-csi-driver")])
    error_message = "addons: only CSI drivers can be left out. Without vpc-cni, kube-proxy and coredns no node becomes useful, without eks-pod-identity-agent no pod gets its role."
  }

  validation {
    condition     = can(regex("^v${replace(var.kubernetes_version, ".", "\\.")}\\.", coalesce(try(var.addons["kube-proxy"].version, null), local.addon_versions["kube-proxy"])))
    error_message = "addons' kube-proxy must be of the cluster's version: set addons.kube-proxy.version to a v${var.kubernetes_version}.…-eksbuild.… (aws eks describe-addon-versions --addon-name kube-proxy --kubernetes-version ${var.kubernetes_version}), and look at the others with it."
  }

  validation {
    condition     = !var.hyperpod || try(sum([for place, part in regex("^v([0-9]+)\\.([0-9]+)\\.([0-9]+)-", coalesce(try(var.addons["vpc-cni"].version, null), local.addon_versions["vpc-cni"])) : tonumber(part) * pow(1000, 2 - place)]) >= 1018003, false)
    error_message = "addons' vpc-cni must be v1.18.3 or later, which HyperPod asks for; or set hyperpod = false."
  }
}

variable "s3_buckets" {
  description = "Buckets that pods mount with the S3 CSI driver's role, by name: the prefixes (\"checkpoints/\") that they also write, and the ARN of the bucket's key, if it is a customer's. Empty: each pod brings its own role."
  type = map(object({
    write_prefixes = optional(set(string), [])
    kms_key_arn    = optional(string)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for bucket in keys(var.s3_buckets) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))])
    error_message = "s3_buckets must have names of buckets as keys: neither ARNs nor patterns."
  }

  validation {
    condition     = alltrue(flatten([for bucket in values(var.s3_buckets) : [for prefix in bucket.write_prefixes : can(regex("^[^*?/][^*?]*/$", prefix))]]))
    error_message = "s3_buckets' write_prefixes must be folders that end with a slash, without wildcards: \"checkpoints\" would also be \"checkpoints-of-others/\"."
  }

  validation {
    condition     = alltrue([for bucket in values(var.s3_buckets) : bucket.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", bucket.kms_key_arn))])
    error_message = "s3_buckets' kms_key_arn must be ARNs of keys (arn:aws:kms:…:key/…): IAM does not take an alias."
  }

  validation {
    condition     = length(var.s3_buckets) == 0 || try(tonumber(regex("^v([0-9]+)\\.", local.chosen_addons["aws-mountpoint-s3-csi-driver"].version)[0]) >= 2, false)
    error_message = "s3_buckets need aws-mountpoint-s3-csi-driver v2 or later, enabled: earlier ones do not know Pod Identity."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# Node groups
# ---------------------------------------------------------------------------------------------------------------------

variable "node_groups" {
  description = <<-EOT
    Managed node groups on demand or spot, by name. One without taints must be there for CoreDNS, Karpenter and Argo CD.
    - `instance_types`: all of one kind. The image follows: Amazon Linux 2023 plain, NVIDIA or Neuron, x86 or Arm.
    - `capacity_type`: ON_DEMAND or SPOT.
    - `min_size`, `max_size`; `desired_size`: nodes at first, `min_size` if null. Terraform leaves it alone later, and EKS refuses a `min_size` above the present desired size: raise that by hand first.
    - `zone_ids`: zones of private_subnet_ids. Empty: all.
    - `efa`: an interface on every network card, in a placement group. Takes one instance type and one zone.
    - `ami_release_version`: such as 1.34.2-20260101. Null: EKS's newest when the group is made or Kubernetes goes up.
    - `volume_size_gib`: root volume. `raid0`: whether local NVMe disks become one volume for pods.
    - `labels`, `taints`: taints by a name of your own, `effect` as EKS has it (NO_SCHEDULE). Null: accelerators get nvidia.com/gpu or aws.amazon.com/neuron.
  EOT
  type = map(object({
    instance_types      = list(string)
    capacity_type       = optional(string, "ON_DEMAND")
    min_size            = optional(number, 1)
    max_size            = optional(number, 3)
    desired_size        = optional(number)
    zone_ids            = optional(set(string), [])
    efa                 = optional(bool, false)
    ami_release_version = optional(string)
    volume_size_gib     = optional(number, 100)
    raid0               = optional(bool, false)
    labels              = optional(map(string), {})
    taints = optional(map(object({
      key    = string
      value  = optional(string)
      effect = string
    })))
  }))
  nullable = false
  default = {
    system = {
      instance_types = ["m7i.xlarge"]
      min_size       = 2
      max_size       = 4
    }
  }

  validation {
    condition     = alltrue([for name in keys(var.node_groups) : can(regex("^[a-z][a-z0-9-]{0,25}[a-z0-9]$", name))])
    error_message = "node_groups' names must be 2 to 27 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }

  validation {
    condition     = anytrue([for group in values(var.node_groups) : group.min_size > 0 && try(length(group.taints) == 0, !can(regex("^((g|gr|p)[0-9]|trn|inf)", group.instance_types[0])))])
    error_message = "node_groups must have one without taints and with min_size of 1 or more: CoreDNS and the controllers have nowhere to run otherwise, and the apply waits for them in vain."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : length(group.instance_types) > 0 && alltrue([for type in group.instance_types : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", type))])])
    error_message = "node_groups' instance_types must be types such as m7i.xlarge, one at least."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : alltrue([for type in group.instance_types : !startswith(type, "g4ad.")])])
    error_message = "node_groups' instance_types must not be of g4ad: EKS has no image with AMD's driver."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : length(distinct([for type in group.instance_types : [for image in local.images : image.ami_type if can(regex(image.types, type))][0]])) <= 1])
    error_message = "node_groups' instance_types must all take the same image: do not mix x86 with Arm, nor machines with accelerators with others."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : contains(["ON_DEMAND", "SPOT"], group.capacity_type)])
    error_message = "node_groups' capacity_type must be ON_DEMAND or SPOT: capacity blocks go into capacity_blocks."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : group.min_size >= 0 && group.max_size >= 1 && group.min_size <= group.max_size && try(group.desired_size >= group.min_size && group.desired_size <= group.max_size, group.desired_size == null)])
    error_message = "node_groups' sizes must be 0 <= min_size <= desired_size <= max_size, and max_size 1 or more."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : length(setsubtract(group.zone_ids, keys(var.private_subnet_ids))) == 0])
    error_message = "node_groups' zone_ids must be of private_subnet_ids (${join(", ", keys(var.private_subnet_ids))})."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : length(group.instance_types) == 1 && length(group.zone_ids) == 1 && try(contains(keys(local.network_cards), group.instance_types[0]), false) if group.efa])
    error_message = "node_groups with efa must have exactly one zone and one instance type, of the table of network cards (${join(", ", keys(local.network_cards))}): EFA's traffic never leaves a zone."
  }

  validation {
    condition     = var.efa_security_group_id != null || !anytrue(values(var.node_groups)[*].efa)
    error_message = "node_groups with efa need efa_security_group_id."
  }

  validation {
    condition     = alltrue(flatten([for group in values(var.node_groups) : [for taint in try(values(group.taints), []) : contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)]]))
    error_message = "node_groups' taints' effect must be NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE, as EKS spells them and Kubernetes does not."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : group.volume_size_gib >= 30 && group.volume_size_gib <= 16384])
    error_message = "node_groups' volume_size_gib must be 30 to 16384."
  }
}

variable "capacity_blocks" {
  description = <<-EOT
    Node groups on bought capacity blocks, by name. There is no node outside the block's time: EventBridge Scheduler scales out when it starts and in before it ends. Take an entry out when it is over.
    - `reservation_id`: what the purchase gave (`cr-…`).
    - `instance_type`, `count`: what was bought. They are believed: machines beyond it never start.
    - `zone_id`: zone of the block, such as use1-az4; must be of private_subnet_ids. It is believed: in another zone no node ever starts.
    - `starts_at`, `ends_at`: RFC 3339 in UTC, such as `2026-12-24T11:30:00Z`: what AWS tells, not when the machines stop. Once an extension is paid, set the new end, or nodes drain at the old one.
    - `scale_in_minutes`: minutes before the end at which nodes drain, 40 or more, 70 for UltraServers. Null: 45, and 75.
    - `ami_release_version`, `volume_size_gib`, `raid0`, `labels`, `taints`: as in node_groups.
  EOT
  type = map(object({
    reservation_id      = string
    instance_type       = string
    count               = number
    zone_id             = string
    starts_at           = string
    ends_at             = string
    scale_in_minutes    = optional(number)
    ami_release_version = optional(string)
    volume_size_gib     = optional(number, 500)
    raid0               = optional(bool, true)
    labels              = optional(map(string), {})
    taints = optional(map(object({
      key    = string
      value  = optional(string)
      effect = string
    })))
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for name in keys(var.capacity_blocks) : can(regex("^[a-z][a-z0-9-]{0,25}[a-z0-9]$", name))])
    error_message = "capacity_blocks' names must be 2 to 27 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }

  validation {
    condition     = length(setintersection(keys(var.capacity_blocks), keys(var.node_groups))) == 0
    error_message = "capacity_blocks and node_groups must not have the same name: ${join(", ", setintersection(keys(var.capacity_blocks), keys(var.node_groups)))}."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : can(regex("^cr-[0-9a-f]+$", block.reservation_id))])
    error_message = "capacity_blocks' reservation_id must be the reservation behind the block (cr-…), which launch templates take; not the block (cb-…), not the offering, not a training plan, which only HyperPod and training jobs take. Not so: ${join(", ", [for name, block in var.capacity_blocks : "${name} (${block.reservation_id})" if !can(regex("^cr-[0-9a-f]+$", block.reservation_id))])}."
  }

  validation {
    condition     = length(distinct(values(var.capacity_blocks)[*].reservation_id)) == length(var.capacity_blocks)
    error_message = "capacity_blocks: a reservation must be in one group only, or two groups scale out to the same machines."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : contains([for type in keys(local.network_cards) : type if can(regex("^(p|trn)", type))], block.instance_type)])
    error_message = "capacity_blocks' instance_type must be of the table of network cards (${join(", ", [for type in keys(local.network_cards) : type if can(regex("^(p|trn)", type))])}). Those that begin with ml. are SageMaker's: no block serves them. A new type goes into network_interfaces.tf, with its cards and EFA interfaces. Not so: ${join(", ", [for name, block in var.capacity_blocks : "${name} (${block.instance_type})" if !contains([for type in keys(local.network_cards) : type if can(regex("^(p|trn)", type))], block.instance_type)])}."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : block.count >= 1 && block.count <= 64 && floor(block.count) == block.count])
    error_message = "capacity_blocks' count must be a whole number from 1 to 64, the most that AWS sells in a block. Not so: ${join(", ", [for name, block in var.capacity_blocks : "${name} (${block.count})" if !try(block.count >= 1 && block.count <= 64 && floor(block.count) == block.count, false)])}."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : contains(keys(var.private_subnet_ids), block.zone_id)])
    error_message = "capacity_blocks' zone_id must be of private_subnet_ids (${join(", ", keys(var.private_subnet_ids))}): a block's machines start in its own zone only. A zone name such as us-east-1a is another zone in another account. Not so: ${join(", ", [for name, block in var.capacity_blocks : "${name} (${block.zone_id})" if !contains(keys(var.private_subnet_ids), block.zone_id)])}."
  }

  validation {
    condition = alltrue(flatten([for block in values(var.capacity_blocks) : [for moment in [block.starts_at, block.ends_at] :
      can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", moment)) && can(timeadd(moment, "0s"))
    ]]))
    error_message = "capacity_blocks' starts_at and ends_at must be times that exist, in RFC 3339 and UTC, without fractions of seconds: 2026-12-24T11:30:00Z."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : try(timecmp(timeadd(block.starts_at, "2h"), block.ends_at) < 0, true)])
    error_message = "capacity_blocks' ends_at must be more than two hours after starts_at: AWS sells whole days."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : try(block.scale_in_minutes >= (contains(local.ultraserver_types, block.instance_type) ? 70 : 40) && block.scale_in_minutes <= 720 && floor(block.scale_in_minutes) == block.scale_in_minutes, block.scale_in_minutes == null)])
    error_message = "capacity_blocks' scale_in_minutes must be whole minutes from 40 (70 for UltraServers) to 720: AWS takes the machines back 30 (60) minutes before the end, and nodes need time to drain."
  }

  validation {
    condition     = var.efa_security_group_id != null || length(var.capacity_blocks) == 0
    error_message = "capacity_blocks need efa_security_group_id: all their types have EFA, which falls back to TCP or hangs without its group."
  }

  validation {
    condition     = alltrue(flatten([for block in values(var.capacity_blocks) : [for taint in try(values(block.taints), []) : contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)]]))
    error_message = "capacity_blocks' taints' effect must be NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE, as EKS spells them and Kubernetes does not."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : block.volume_size_gib >= 30 && block.volume_size_gib <= 16384])
    error_message = "capacity_blocks' volume_size_gib must be 30 to 16384."
  }
}

variable "efa_security_group_id" {
  description = "Id of the security group of EFA's traffic: security_group_id of efa-security-group. Null: no group has EFA."
  type        = string
  default     = null

  validation {
    condition     = var.efa_security_group_id == null || can(regex("^sg-[0-9a-z]+$", var.efa_security_group_id))
    error_message = "efa_security_group_id must be the id of a security group (sg-…), or null."
  }
}

variable "undelivered_queue_arn" {
  description = "ARN of an SQS queue of this region for scalings that failed to the last, to be alarmed on. Null: they are seen in CloudWatch's metrics of Scheduler only."
  type        = string
  default     = null

  validation {
    condition     = var.undelivered_queue_arn == null || can(regex("^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:.+$", var.undelivered_queue_arn))
    error_message = "undelivered_queue_arn must be the ARN of an SQS queue (arn:aws:sqs:…), not its URL, or null."
  }
}

variable "now" {
  description = "RFC 3339 time against which new schedules are held, since Scheduler refuses a moment that is past. Null, which is right, means the time of the plan; tests set it. A different value later changes nothing for schedules that are there."
  type        = string
  default     = null

  validation {
    condition     = var.now == null || can(timeadd(var.now, "0s"))
    error_message = "now must be a time in RFC 3339, such as 2026-12-01T00:00:00Z, or null."
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# Karpenter, external-secrets and roles
# ---------------------------------------------------------------------------------------------------------------------

variable "karpenter" {
  description = "What Karpenter needs of AWS: its role by Pod Identity, its nodes' role, its queue of interruptions. namespace, service_account: where Argo CD installs it. Null: nothing."
  type = object({
    namespace       = optional(string, "kube-system")
    service_account = optional(string, "karpenter")
  })
  default = {}

  validation {
    condition     = var.karpenter == null || try(alltrue([for value in values(var.karpenter) : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", value))]), false)
    error_message = "karpenter's namespace and service_account must be names of Kubernetes: lower-case letters, digits and hyphens."
  }
}

variable "external_secrets" {
  description = <<-EOT
    What external-secrets, where Argo CD installs it, needs of AWS: its role by Pod Identity, for the service account external-secrets/external-secrets. Null: nothing.
    - `secret_prefix`: what the names of secrets in Secrets Manager begin with that it reads, of this account and region, ending with a slash ("ml-clusters/training/").
    - `kms_key_arns`: ARNs of the keys of these secrets, if they are a customer's.
  EOT
  type = object({
    secret_prefix = string
    kms_key_arns  = optional(set(string), [])
  })
  default = null

  validation {
    condition     = var.external_secrets == null || can(regex("^[A-Za-z0-9_+=.@-][A-Za-z0-9/_+=.@-]*/$", var.external_secrets.secret_prefix))
    error_message = "external_secrets' secret_prefix must begin names of secrets and end with a slash, without wildcards: \"ml\" would also read \"ml-of-others\"."
  }

  validation {
    condition     = alltrue([for arn in try(var.external_secrets.kms_key_arns, []) : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", arn))])
    error_message = "external_secrets' kms_key_arns must be ARNs of keys (arn:aws:kms:…:key/…): IAM does not take an alias."
  }
}

variable "role_arns" {
  description = "ARNs of roles that are there already: the control plane's, and the nodes' of managed groups (eks_role_arns of iam). Null: this module makes them."
  type = object({
    cluster = string
    node    = string
  })
  default = null

  validation {
    condition     = var.role_arns == null || try(alltrue([for arn in values(var.role_arns) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", arn))]), false)
    error_message = "role_arns must be ARNs of IAM roles (arn:aws:iam::111111111111:role/NAME), both of them."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of every role that is made here. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a managed policy (arn:aws:iam::111111111111:policy/NAME), or null."
  }
}

variable "enable_ssm" {
  description = "Whether people may open shells on nodes by Session Manager."
  type        = bool
  nullable    = false
  default     = false
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  nullable    = false
  default     = {}
}
