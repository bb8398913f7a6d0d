variable "name" {
  description = "Name of the bucket, unique among all AWS accounts: 3 to 63 lower-case letters, digits and hyphens. HyperPod reads lifecycle scripts only from buckets whose name begins with `sagemaker-`."
  type        = string
  nullable    = false

  validation {
    # S3 allows dots, but its certificate does not cover a name with dots, and this bucket is read over TLS only.
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits and hyphens, begins and ends with a letter or digit, and has no dots."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "role" {
  description = "`central`: data is written here, and copied from here to every replica. `replica`: filled by replication alone, except below `local_prefixes`."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["central", "replica"], var.role)
    error_message = "role is central or replica."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer key that encrypts every object, in the bucket's region. Its policy must let in whoever reads or writes here, FSx's service-linked role and, for a replica, the replication role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID): an alias means another key in each account that uses it."
  }
}

variable "replication_role_arn" {
  description = "ARN of the role, in the central bucket's account, that S3 replicates with. A replica needs it; a central bucket takes none."
  type        = string
  default     = null

  validation {
    condition     = (var.role == "replica") == (var.replication_role_arn != null)
    error_message = "A replica needs replication_role_arn, since nothing else fills it; a central bucket takes none, since replicas are not copied onward."
  }

  validation {
    condition     = var.replication_role_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*?]+$", var.replication_role_arn))
    error_message = "replication_role_arn is the ARN of one role (arn:aws:iam::ACCOUNT:role/NAME)."
  }
}

variable "local_prefixes" {
  description = "Prefixes whose objects stay in this bucket: checkpoints, which are large, short-lived and read where they were written. A replica can be written below these alone; no replication rule may take them in."
  type        = list(string)
  default     = ["checkpoints/"]
  nullable    = false

  validation {
    condition     = alltrue([for prefix in var.local_prefixes : can(regex("^[^/*?][^*?]*/$", prefix))])
    error_message = "A prefix ends with /, does not begin with it, and has no wildcards: checkpoints/ and not /checkpoints or checkpoints/*."
  }
}

variable "writes_only_by_replication" {
  description = "Whether a replica refuses everybody but replication outside `local_prefixes`. False is for emptying a replica that is to go. A central bucket takes no notice."
  type        = bool
  default     = true
  nullable    = false
}

variable "expire_after_days" {
  description = "Days after which objects below a prefix are deleted, by prefix: `{ \"checkpoints/\" = 30 }`. Replication copies no deletion that a lifecycle makes: to shorten the life of replicated data, say it in every bucket."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for prefix in keys(var.expire_after_days) : can(regex("^[^/*?][^*?]*/$", prefix))])
    error_message = "A prefix ends with /, does not begin with it, and has no wildcards: checkpoints/ and not /checkpoints or checkpoints/*."
  }

  validation {
    condition     = alltrue([for days in values(var.expire_after_days) : days >= 1 && floor(days) == days])
    error_message = "Objects expire after a whole number of days, at least one."
  }
}

variable "old_versions_days" {
  description = "Days for which an overwritten or deleted object can be brought back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.old_versions_days >= 1 && floor(var.old_versions_days) == var.old_versions_days
    error_message = "old_versions_days is a whole number of at least 1."
  }
}

variable "access_log_bucket" {
  description = "Name of an existing bucket of this account and region that takes this bucket's server access logs. Null: no access logs."
  type        = string
  default     = null
}
