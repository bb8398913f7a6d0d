variable "name" {
  description = "Begins every name. Fixed once a file system exists: its security group is named after it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,62}$", var.name))
    error_message = "name has 1 to 63 lower-case letters, digits and hyphens."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "vpc_id" {
  description = "Id of the VPC in which the file systems are mounted."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "vpc_id is the id of a VPC (vpc-…)."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer key that encrypts both file systems and their logs. Its policy must let in CloudWatch Logs. Fixed once a file system exists."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), since the file systems remember the key and not its alias."
  }
}

variable "client_security_group_ids" {
  description = "Ids of the security groups whose members mount the file systems, by a name of your choosing: nodes of each cluster, head nodes, login nodes."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.client_security_group_ids) : can(regex("^[a-z0-9][a-z0-9-]*$", name)) && name != "self"])
    error_message = "A name in client_security_group_ids has lower-case letters, digits and hyphens, and is not self."
  }

  validation {
    condition     = alltrue([for id in values(var.client_security_group_ids) : can(regex("^sg-[0-9a-f]+$", id))])
    error_message = "client_security_group_ids holds ids of security groups (sg-…)."
  }
}

variable "lustre" {
  description = <<-EOT
    FSx for Lustre, PERSISTENT_2 on SSD. Null: none.
    `subnet_id`: the one subnet it is in. Put it into the zone of the machines: across zones it is slower and billed by the
    gigabyte. Fixed.
    `storage_capacity_gib`: 1200 or a multiple of 2400; with EFA a multiple of what FSx asks for at that throughput. Only grows.
    `throughput_mbps_per_tib`: 125, 250, 500 or 1000. Fixed with EFA.
    `compression`: LZ4 for what is written from then on.
    `metadata_iops`: 1500, 3000, 6000, or a multiple of 12000 up to 192000; only grows. Null: FSx scales it with the capacity.
    `version`: Lustre's version. Fixed here; FSx upgrades it in place, see the README.
    `efa`: EFA and GPUDirect Storage, for clients in `efa_security_group_id`, which allows everything from and to itself. Fixed.
    `maintenance_window`: d:HH:MM in UTC, Monday is 1. Null: FSx chooses one.
    `backup_retention_days`: days that daily backups are kept; only without `data_repository`, since FSx backs up no file system
    that is linked to S3.
    `log_retention_days`: days that warnings and errors of data repositories are kept.
  EOT
  type = object({
    subnet_id               = string
    storage_capacity_gib    = number
    throughput_mbps_per_tib = optional(number, 250)
    compression             = optional(bool, true)
    metadata_iops           = optional(number)
    version                 = optional(string, "2.15")
    efa                     = optional(bool, false)
    efa_security_group_id   = optional(string)
    maintenance_window      = optional(string)
    backup_retention_days   = optional(number, 0)
    log_retention_days      = optional(number, 365)
  })
  default = null

  validation {
    condition     = var.lustre == null ? true : can(regex("^subnet-[0-9a-f]+$", var.lustre.subnet_id))
    error_message = "lustre.subnet_id is the id of one subnet (subnet-…)."
  }

  validation {
    condition     = var.lustre == null ? true : contains([125, 250, 500, 1000], var.lustre.throughput_mbps_per_tib)
    error_message = "lustre.throughput_mbps_per_tib is 125, 250, 500 or 1000: the throughputs of PERSISTENT_2 on SSD."
  }

  validation {
    condition     = var.lustre == null ? true : var.lustre.storage_capacity_gib == 1200 || (var.lustre.storage_capacity_gib >= 2400 && var.lustre.storage_capacity_gib % 2400 == 0)
    error_message = "lustre.storage_capacity_gib is 1200 or a multiple of 2400."
  }

  validation {
    # FSx for Lustre user guide, managing storage capacity: 4800 GiB at 1000 MB/s per TiB, twice that at half the throughput, and
    # so on.
    condition     = var.lustre == null ? true : !var.lustre.efa || var.lustre.storage_capacity_gib % (4800000 / max(1, var.lustre.throughput_mbps_per_tib)) == 0
    error_message = "With EFA, lustre.storage_capacity_gib is a multiple of 38400 at 125 MB/s per TiB, of 19200 at 250, of 9600 at 500 and of 4800 at 1000."
  }

  validation {
    condition = var.lustre == null ? true : var.lustre.metadata_iops == null ? true : (
      contains([1500, 3000, 6000], var.lustre.metadata_iops) ||
      (var.lustre.metadata_iops >= 12000 && var.lustre.metadata_iops <= 192000 && var.lustre.metadata_iops % 12000 == 0)
    )
    error_message = "lustre.metadata_iops is 1500, 3000, 6000, or a multiple of 12000 up to 192000."
  }

  validation {
    condition     = var.lustre == null ? true : contains(["2.12", "2.15"], var.lustre.version)
    error_message = "lustre.version is 2.12 or 2.15: data repository associations need at least 2.12."
  }

  validation {
    condition     = var.lustre == null ? true : !var.lustre.efa || var.lustre.version != "2.12"
    error_message = "EFA needs Lustre 2.15."
  }

  validation {
    condition     = var.lustre == null ? true : var.lustre.efa == (var.lustre.efa_security_group_id != null)
    error_message = "lustre.efa and lustre.efa_security_group_id go together: FSx creates no EFA file system without a group that allows everything from and to itself."
  }

  validation {
    condition     = var.lustre == null ? true : var.lustre.efa_security_group_id == null || can(regex("^sg-[0-9a-f]+$", var.lustre.efa_security_group_id))
    error_message = "lustre.efa_security_group_id is the id of a security group (sg-…)."
  }

  validation {
    condition     = var.lustre == null ? true : var.lustre.maintenance_window == null || can(regex("^[1-7]:([01][0-9]|2[0-3]):[0-5][0-9]$", var.lustre.maintenance_window))
    error_message = "lustre.maintenance_window is d:HH:MM in UTC with Monday as 1, such as 7:04:00."
  }

  validation {
    condition     = var.lustre == null ? true : var.lustre.backup_retention_days >= 0 && var.lustre.backup_retention_days <= 90 && floor(var.lustre.backup_retention_days) == var.lustre.backup_retention_days
    error_message = "lustre.backup_retention_days is a whole number from 0 (no backups) to 90."
  }

  validation {
    condition     = var.lustre == null ? true : contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.lustre.log_retention_days)
    error_message = "lustre.log_retention_days is one of the periods that CloudWatch Logs knows: 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731."
  }
}

variable "data_repository" {
  description = <<-EOT
    Links between directories of the Lustre file system and prefixes of one bucket of its region. Null: none.
    `bucket`: the `replication_end` of an s3-data-bucket.
    `associations`, by name, at most eight:
    `prefix`: keys below it are the directory's files, such as `datasets/`.
    `path`: the directory. Null: named like the prefix, `/datasets`.
    `import`: which changes in S3 come here: any of NEW, CHANGED, DELETED.
    `export`: which changes here go to S3. On a replica only below its `local_prefixes`, where checkpoints belong: elsewhere
    replication alone writes. Nobody reconciles a file that changes on both sides: let a prefix be written on one side.
    `publish`: true lets a file system of the central bucket export outside `local_prefixes`, which replication then copies to
    every region.
  EOT
  type = object({
    bucket = object({
      name           = string
      role           = string
      region         = string
      local_prefixes = list(string)
    })
    associations = map(object({
      prefix  = string
      path    = optional(string)
      import  = optional(set(string), ["NEW", "CHANGED", "DELETED"])
      export  = optional(set(string), [])
      publish = optional(bool, false)
    }))
  })
  default = null

  validation {
    condition     = var.data_repository == null || var.lustre != null
    error_message = "data_repository links a Lustre file system: set lustre too."
  }

  validation {
    condition     = var.data_repository == null || try(var.lustre.backup_retention_days, 0) == 0
    error_message = "FSx backs up no file system that is linked to S3: set lustre.backup_retention_days to 0, and export to the data repository what must not be lost."
  }

  validation {
    condition     = var.data_repository == null ? true : contains(["central", "replica"], var.data_repository.bucket.role)
    error_message = "data_repository.bucket.role is central or replica."
  }

  validation {
    condition     = var.data_repository == null ? true : length(var.data_repository.associations) >= 1 && length(var.data_repository.associations) <= 8
    error_message = "data_repository has one to eight associations (FSx for Lustre user guide, linking your file system to a bucket)."
  }

  validation {
    condition = var.data_repository == null ? true : alltrue([
      for association in values(var.data_repository.associations) : can(regex("^[^/*?][^*?]*/$", association.prefix))
    ])
    error_message = "A prefix ends with /, does not begin with it, and has no wildcards: datasets/ and not /datasets or datasets/*. The whole bucket would take in checkpoints of other clusters."
  }

  validation {
    condition = var.data_repository == null ? true : alltrue([
      for association in values(var.data_repository.associations) : association.path == null ? true : can(regex("^(/[A-Za-z0-9._-]+)+$", association.path))
    ])
    error_message = "A path begins with / and does not end with it: /datasets. The root of the file system is not linked, since nothing else could be linked beside it."
  }

  validation {
    condition = var.data_repository == null ? true : alltrue(flatten([
      for association in values(var.data_repository.associations) : [
        for event in setunion(association.import, association.export) : contains(["NEW", "CHANGED", "DELETED"], event)
      ]
    ]))
    error_message = "Events to import and to export are NEW, CHANGED and DELETED."
  }

  validation {
    condition = var.data_repository == null ? true : alltrue([
      for association in values(var.data_repository.associations) : length(association.import) + length(association.export) > 0
    ])
    error_message = "An association neither imports nor exports: leave it out."
  }

  validation {
    condition = var.data_repository == null ? true : alltrue(flatten([
      for name, association in var.data_repository.associations : [
        for other_name, other in var.data_repository.associations :
        name == other_name || !startswith(association.prefix, other.prefix)
      ]
    ]))
    error_message = "Two associations have the same prefix or one within the other's, which FSx refuses."
  }

  validation {
    condition = var.data_repository == null ? true : alltrue(flatten([
      for name, association in var.data_repository.associations : [
        for other_name, other in var.data_repository.associations :
        name == other_name || !startswith("${coalesce(association.path, "/${trimsuffix(association.prefix, "/")}")}/", "${coalesce(other.path, "/${trimsuffix(other.prefix, "/")}")}/")
      ]
    ]))
    error_message = "Two associations have the same path or one within the other's, which FSx refuses."
  }

  validation {
    condition = var.data_repository == null ? true : alltrue([
      for association in values(var.data_repository.associations) :
      length(association.export) == 0 || association.publish || anytrue([for local in var.data_repository.bucket.local_prefixes : startswith(association.prefix, local)])
    ])
    error_message = "An association exports outside the bucket's local_prefixes. On a replica import only; on the central bucket everything there is copied to every region, so say publish = true if that is meant. Checkpoints belong below a local prefix."
  }

  validation {
    condition = var.data_repository == null ? true : alltrue([
      for association in values(var.data_repository.associations) : !association.publish || var.data_repository.bucket.role == "central"
    ])
    error_message = "Only a file system of the central bucket publishes: what is written to a replica is copied nowhere, and overwritten by the central bucket."
  }
}

variable "efs" {
  description = <<-EOT
    EFS with elastic throughput, for homes, code and what is small and shared. Null: none.
    `subnet_ids`: a subnet for each zone in which it is mounted, by zone id (use1-az4). EFS takes one for a zone.
    `access_points`, by name: directory, its owner and the user that every client of it becomes. Each is fixed: a changed one gets
    a new id, its files stay.
    `root_access_arns`: roles that are root on the file system; everybody else's root is nobody.
    `transition_to_ia`: when unread files go to the cheaper class, such as AFTER_30_DAYS. Null: never.
    `backups`: whether AWS Backup keeps daily backups for 35 days.
  EOT
  type = object({
    subnet_ids = map(string)
    access_points = optional(map(object({
      path           = string
      uid            = number
      gid            = number
      secondary_gids = optional(set(number), [])
      permissions    = optional(string, "0750")
    })), {})
    root_access_arns = optional(list(string), [])
    transition_to_ia = optional(string)
    backups          = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.efs != null || var.lustre != null
    error_message = "Neither lustre nor efs is set: without one this module has nothing to do."
  }

  validation {
    condition     = var.efs == null ? true : length(var.efs.subnet_ids) > 0
    error_message = "efs.subnet_ids is empty: nobody could mount the file system."
  }

  validation {
    condition     = var.efs == null ? true : alltrue([for zone in keys(var.efs.subnet_ids) : can(regex("^[a-z0-9]+-az[0-9]+$", zone))])
    error_message = "efs.subnet_ids is keyed by zone id (use1-az4), not by zone name (us-east-1a), which means another zone in each account."
  }

  validation {
    condition     = var.efs == null ? true : alltrue([for id in values(var.efs.subnet_ids) : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "efs.subnet_ids holds ids of subnets (subnet-…)."
  }

  validation {
    condition     = var.efs == null ? true : alltrue([for point in values(var.efs.access_points) : can(regex("^(/[^/]+)+$", point.path))])
    error_message = "An access point's path begins with / and is not the root: else its user would own the whole file system."
  }

  validation {
    condition = var.efs == null ? true : alltrue(flatten([
      for point in values(var.efs.access_points) : [for id in concat([point.uid, point.gid], tolist(point.secondary_gids)) : id > 0 && id <= 4294967295 && floor(id) == id]
    ]))
    error_message = "uid, gid and secondary_gids are whole numbers from 1 to 4294967295: root needs no access point, see root_access_arns."
  }

  validation {
    condition     = var.efs == null ? true : alltrue([for point in values(var.efs.access_points) : can(regex("^0[0-7]{3}$", point.permissions))])
    error_message = "permissions are four octal digits that begin with 0, such as 0750."
  }

  validation {
    condition     = var.efs == null ? true : alltrue([for arn in var.efs.root_access_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "Each of efs.root_access_arns is the ARN of one role or user, without wildcards."
  }

  validation {
    condition = var.efs == null ? true : var.efs.transition_to_ia == null ? true : contains(
      ["AFTER_1_DAY", "AFTER_7_DAYS", "AFTER_14_DAYS", "AFTER_30_DAYS", "AFTER_60_DAYS", "AFTER_90_DAYS", "AFTER_180_DAYS", "AFTER_270_DAYS", "AFTER_365_DAYS"],
      var.efs.transition_to_ia
    )
    error_message = "efs.transition_to_ia is AFTER_1_DAY, AFTER_7_DAYS, AFTER_14_DAYS, AFTER_30_DAYS, AFTER_60_DAYS, AFTER_90_DAYS, AFTER_180_DAYS, AFTER_270_DAYS or AFTER_365_DAYS."
  }
}
