variable "name" {
  description = "Name of the cluster and of its CloudFormation stack. Another one would be another cluster, and the old one deleted: it is refused."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{0,59}$", var.name))
    error_message = "name must be 1 to 60 letters, digits and hyphens, and begin with a letter."
  }

  validation {
    condition     = var.accounting == null || length(var.name) <= 40
    error_message = "With accounting, name can have 40 characters at most, for the database is called by it."
  }
}

variable "region" {
  description = "Region of the cluster, by name: the one that its API stack is in, which controls no other."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be the name of a region, such as us-east-1, not a zone."
  }
}

variable "template" {
  description = "Path of the cluster's configuration: a template, such as cluster-configs/parallelcluster/gpu-training.yaml of this repository, that is filled in with these variables. Terragrunt copies modules without the files around them, so let it be absolute there."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.template)
    error_message = "template must be the path of a file; there is none at ${var.template}."
  }
}

variable "os" {
  description = "Operating system of all nodes, in ParallelCluster's word for it. It cannot be changed later. Capacity blocks are sold for Linux/UNIX, which RHEL is not."
  type        = string
  default     = "alinux2023"
  nullable    = false

  validation {
    condition     = contains(["alinux2023", "ubuntu2204", "ubuntu2404", "rhel8", "rhel9", "rocky8", "rocky9"], var.os)
    error_message = "os must be alinux2023, ubuntu2204, ubuntu2404, rhel8, rhel9, rocky8 or rocky9."
  }

  validation {
    condition     = length(var.capacity_blocks) == 0 || !startswith(var.os, "rhel")
    error_message = "ParallelCluster refuses a capacity block for RHEL, whose platform is another: choose alinux2023, Ubuntu or Rocky Linux."
  }

  validation {
    condition     = !anytrue([for block in values(var.capacity_blocks) : startswith(block.instance_type, "p6e-gb200")]) || var.os != "rocky8"
    error_message = "p6e-gb200 does not run on rocky8: choose alinux2023, Ubuntu or rocky9."
  }
}

variable "head_node" {
  description = <<-EOT
    The head node. It cannot be changed later, but for ssh_cidr; a plan that would is refused.
    zone_id: the zone it is in, one of subnet_ids; best the file system's. root_volume_gib: its disk, which also holds /home.
    ssh_cidr: who reaches it by SSH; by default nobody does, and Session Manager is the way in. key_name: an EC2 key pair.
  EOT
  type = object({
    instance_type   = optional(string, "m7i.2xlarge")
    zone_id         = string
    root_volume_gib = optional(number, 100)
    ssh_cidr        = optional(string, "127.0.0.1/32")
    key_name        = optional(string)
  })
  nullable = false

  validation {
    condition     = contains(keys(var.subnet_ids), var.head_node.zone_id)
    error_message = "head_node.zone_id is ${var.head_node.zone_id}, and subnet_ids has only ${join(", ", keys(var.subnet_ids))}."
  }

  validation {
    condition     = can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", var.head_node.instance_type))
    error_message = "head_node.instance_type must be an instance type of EC2, such as m7i.2xlarge."
  }

  validation {
    condition     = var.head_node.root_volume_gib >= 40 && floor(var.head_node.root_volume_gib) == var.head_node.root_volume_gib
    error_message = "head_node.root_volume_gib must be a whole number, 40 or more: ParallelCluster's images need as much."
  }

  validation {
    condition     = can(cidrhost(var.head_node.ssh_cidr, 0)) && try(tonumber(split("/", var.head_node.ssh_cidr)[1]) >= 8, false)
    error_message = "head_node.ssh_cidr must be an IPv4 block no larger than a /8, not the whole internet."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : startswith(block.instance_type, "p6e-gb200") == can(regex(local.arm64, var.head_node.instance_type))])
    error_message = "ParallelCluster has nodes of one architecture: with p6e-gb200, which is arm64, the head node must be of Graviton, such as m7g.2xlarge, and with any other block of x86, such as m7i.2xlarge. So p6e-gb200 and other blocks cannot be in one cluster."
  }
}

variable "subnet_ids" {
  description = "Ids of the private subnets by zone id: the output private_subnet_ids of networking."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for zone, subnet in var.subnet_ids : can(regex("-az[0-9]+$", zone)) && can(regex("^subnet-([0-9a-f]{8}|[0-9a-f]{17})$", subnet))])
    error_message = "subnet_ids must be subnets by zone id (use1-az4), not by zone (us-east-1a), which is another place in another account: use1-az4 = \"subnet-0123456789abcdef0\"."
  }
}

variable "efa_security_group_id" {
  description = "Id of the VPC's EFA security group: the output of efa-security-group. Every node is in it, beside ParallelCluster's own groups, and through it reaches the file system."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", var.efa_security_group_id))
    error_message = "efa_security_group_id must be the id of a security group, such as sg-0123456789abcdef0."
  }
}

variable "security_group_ids" {
  description = "Ids of further security groups of every node."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", id))])
    error_message = "security_group_ids must be ids of security groups, such as sg-0123456789abcdef0."
  }
}

variable "roles" {
  description = "ARNs of the roles of the head node, of compute nodes and of ParallelCluster's Lambda functions: the output parallelcluster_role_arns of iam."
  type = object({
    head    = string
    compute = string
    lambda  = string
  })
  nullable = false

  validation {
    condition     = alltrue([for arn in values(var.roles) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/parallelcluster/.+$", arn))])
    error_message = "roles must be ARNs of roles under the path /parallelcluster/: the API passes no others."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the boundary of whatever role ParallelCluster makes: the output of iam, and the one that the API has."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/[a-zA-Z0-9_-]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a customer-managed policy without a path, such as arn:aws:iam::111111111111:policy/ml-clusters-boundary."
  }
}

variable "lustre" {
  description = "The FSx for Lustre file system that every node mounts, by the id in shared-storage's output lustre. It must admit efa_security_group_id. null: none."
  type = object({
    file_system_id = string
    mount_dir      = optional(string, "/fsx")
  })
  default = null

  validation {
    condition     = can(regex("^fs-[0-9a-f]{17}$", var.lustre.file_system_id)) || var.lustre == null
    error_message = "lustre.file_system_id must be the id of a file system, such as fs-0123456789abcdef0."
  }

  validation {
    condition     = var.lustre == null || can(regex("^/[a-z0-9_-]+(/[a-z0-9_-]+)*$", var.lustre.mount_dir)) && !can(regex("^/(bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|scratch|srv|sys|tmp|usr|var)$", var.lustre.mount_dir))
    error_message = "lustre.mount_dir must be a path that is not in use, such as /fsx: the system's directories, /home and /scratch are."
  }
}

variable "capacity_blocks" {
  description = <<-EOT
    Owned capacity blocks, each a queue by its name. The cluster may be there before a block begins: its nodes start with it.
    reservation_id: the reservation behind the block, cr-…. count: its instances, all of which the queue takes. zone_id: where
    it is, by id. starts_at and ends_at: RFC 3339, UTC, as bought or extended; they change nothing in the cluster, and are in the output.
  EOT
  type = map(object({
    reservation_id = string
    instance_type  = string
    count          = number
    zone_id        = string
    starts_at      = string
    ends_at        = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.capacity_blocks) : can(regex("^[a-z][a-z0-9-]{0,24}$", name)) && name != "default"])
    error_message = "A block's name is a queue's: 1 to 25 lower-case letters, digits and hyphens that begin with a letter, and not default."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : can(regex("^cr-[0-9a-f]{17}$", block.reservation_id))])
    error_message = "reservation_id must be the id of the reservation behind a block, cr-0123456789abcdef0. An offering (cb-) is not owned, and a training plan is for HyperPod. Not so: ${join(", ", [for name, block in var.capacity_blocks : name if !can(regex("^cr-[0-9a-f]{17}$", block.reservation_id))])}."
  }

  validation {
    condition     = length(distinct(values(var.capacity_blocks)[*].reservation_id)) == length(var.capacity_blocks)
    error_message = "Two queues cannot share a block, for each takes all of it: name every reservation once."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : can(regex("^(p|trn)[0-9][a-z0-9-]*\\.[a-z0-9-]+$", block.instance_type))])
    error_message = "instance_type must be a type that AWS sells in blocks, of P or Trainium, such as p5.48xlarge. Those that begin with ml. are SageMaker's."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : block.count >= 1 && block.count <= 64 && floor(block.count) == block.count])
    error_message = "count must be the number of the block's instances, a whole number from 1 to 64, the most that AWS sells in a block."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : contains([9, 18], block.count) if startswith(block.instance_type, "p6e-gb200")])
    error_message = "ParallelCluster takes blocks of p6e-gb200 with 9 or 18 instances, one UltraServer, and no others."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : contains(keys(var.subnet_ids), block.zone_id)])
    error_message = "A block is used in its own zone only, and subnet_ids has no subnet there: ${join(", ", [for name, block in var.capacity_blocks : "${name} is in ${block.zone_id}" if !contains(keys(var.subnet_ids), block.zone_id)])}. Zones differ between accounts; ids do not."
  }

  validation {
    condition = alltrue(flatten([for block in values(var.capacity_blocks) : [for moment in [block.starts_at, block.ends_at] :
      can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", moment)) && can(timeadd(moment, "0s"))
    ]]))
    error_message = "starts_at and ends_at must be times that exist, in RFC 3339 and UTC, without fractions of seconds: 2026-12-17T11:30:00Z."
  }

  validation {
    condition     = alltrue([for block in values(var.capacity_blocks) : try(timecmp(timeadd(block.starts_at, "2h"), block.ends_at) < 0, true)])
    error_message = "ends_at must be more than two hours after starts_at: AWS sells whole days, less what is gone of the first, and takes the machines back up to an hour before the end."
  }
}

variable "on_demand_queues" {
  description = <<-EOT
    Queues of on-demand instances by name, which come when a job needs them. zone_id: one of subnet_ids. min_count: instances that
    are always there; max_count: the most. efa: Elastic Fabric Adapter and a placement group, for types that have it.
  EOT
  type = map(object({
    instance_type = string
    zone_id       = string
    min_count     = optional(number, 0)
    max_count     = number
    efa           = optional(bool, false)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.on_demand_queues) : can(regex("^[a-z][a-z0-9-]{0,24}$", name)) && name != "default"])
    error_message = "A queue's name must be 1 to 25 lower-case letters, digits and hyphens that begin with a letter, and not default."
  }

  validation {
    condition     = length(setintersection(keys(var.on_demand_queues), keys(var.capacity_blocks))) == 0
    error_message = "A block and an on-demand queue have the same name: ${join(", ", setintersection(keys(var.on_demand_queues), keys(var.capacity_blocks)))}."
  }

  validation {
    condition     = length(var.on_demand_queues) + length(var.capacity_blocks) > 0
    error_message = "A cluster needs a queue: a capacity block or an on-demand queue."
  }

  validation {
    condition     = alltrue([for queue in values(var.on_demand_queues) : contains(keys(var.subnet_ids), queue.zone_id)])
    error_message = "zone_id must be one of subnet_ids: ${join(", ", [for name, queue in var.on_demand_queues : "${name} is in ${queue.zone_id}" if !contains(keys(var.subnet_ids), queue.zone_id)])}."
  }

  validation {
    condition     = alltrue([for queue in values(var.on_demand_queues) : queue.min_count >= 0 && queue.max_count >= max(queue.min_count, 1) && floor(queue.min_count) == queue.min_count && floor(queue.max_count) == queue.max_count])
    error_message = "min_count must be 0 or more, max_count 1 or more and no less than min_count."
  }

  validation {
    condition     = alltrue([for queue in values(var.on_demand_queues) : can(regex(local.arm64, queue.instance_type)) == can(regex(local.arm64, var.head_node.instance_type))])
    error_message = "instance_type must be of the head node's architecture (${var.head_node.instance_type}), and is not in ${join(", ", [for name, queue in var.on_demand_queues : "${name} (${queue.instance_type})" if can(regex(local.arm64, queue.instance_type)) != can(regex(local.arm64, var.head_node.instance_type))])}."
  }
}

variable "accounting" {
  description = <<-EOT
    Slurm accounting in a MySQL database that exists. null: none.
    uri: its host and port. password_secret_arn: the secret of Secrets Manager that is the password; the head node's role must be
    allowed to read it, which iam's does not. database_name: null is one that is called after the cluster.
  EOT
  type = object({
    uri                 = string
    user_name           = string
    password_secret_arn = string
    database_name       = optional(string)
  })
  default = null

  validation {
    condition     = var.accounting == null || can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+$", var.accounting.password_secret_arn))
    error_message = "accounting.password_secret_arn must be the ARN of a secret in Secrets Manager, never the password."
  }

  validation {
    condition     = try(var.accounting.database_name, null) == null || can(regex("^[a-z0-9_]{1,64}$", var.accounting.database_name))
    error_message = "accounting.database_name must be 1 to 64 lower-case letters, digits and underscores."
  }
}

variable "queue_update_strategy" {
  description = "What a change does to running nodes. DRAIN: they are replaced once their jobs have ended. TERMINATE: now. COMPUTE_FLEET_STOP: the change is refused until the fleet was stopped. A queue is removed or made smaller only by TERMINATE, or in a stopped fleet."
  type        = string
  default     = "DRAIN"
  nullable    = false

  validation {
    condition     = contains(["DRAIN", "TERMINATE", "COMPUTE_FLEET_STOP"], var.queue_update_strategy)
    error_message = "queue_update_strategy must be DRAIN, TERMINATE or COMPUTE_FLEET_STOP."
  }
}

variable "rollback_on_failure" {
  description = "Whether a cluster that cannot be created is taken down again, and one that cannot be updated is put back. false leaves what is there for a look at what failed."
  type        = bool
  default     = true
  nullable    = false
}

variable "validation_failure_level" {
  description = "What ParallelCluster finds and refuses: ERROR, or WARNING as well."
  type        = string
  default     = "ERROR"
  nullable    = false

  validation {
    condition     = contains(["ERROR", "WARNING"], var.validation_failure_level)
    error_message = "validation_failure_level must be ERROR or WARNING."
  }
}

variable "log_retention_days" {
  description = "Days that the logs of nodes are kept in CloudWatch, also after the cluster is gone."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653], var.log_retention_days)
    error_message = "log_retention_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827 or 3653."
  }
}

variable "tags" {
  description = "Tags of everything in the cluster."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(key, "parallelcluster:") && !startswith(key, "aws:")])
    error_message = "Tags that begin with parallelcluster: or aws: are not ours to set."
  }
}
