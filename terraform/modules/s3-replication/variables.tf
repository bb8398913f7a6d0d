variable "name" {
  description = "Begins the names of the alarms, and those of the rules: NAME-DESTINATION-RULE."
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

variable "source_bucket" {
  description = <<-EOT
    The central bucket: the `replication_end` that s3-data-bucket returns. `local_prefixes` stay there: no rule may take them in.
  EOT
  type = object({
    name           = string
    role           = string
    account_id     = string
    region         = string
    kms_key_arn    = string
    versioning     = string
    local_prefixes = list(string)
  })
  nullable = false

  validation {
    condition     = var.source_bucket.role == "central"
    error_message = "The source must be a central bucket: S3 does not copy replicas onward, so a rule on a replica would copy nothing of what the hub sends it. Let the central bucket replicate to every destination itself."
  }

  validation {
    condition     = var.source_bucket.versioning == "Enabled"
    error_message = "The source bucket has no versioning, which S3 asks for at both ends. Enable it first."
  }

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:${var.source_bucket.region}:${var.source_bucket.account_id}:key/", var.source_bucket.kms_key_arn))
    error_message = "The source bucket's kms_key_arn is not the ARN of a key in the bucket's own account and region."
  }
}

variable "replication_role_arn" {
  description = "ARN of the role, in the source bucket's account, that S3 replicates with: the iam module's `s3_replication_role_arn`. What it must be allowed is the output `role_policy`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::${var.source_bucket.account_id}:role/[^*?]+$", var.replication_role_arn))
    error_message = "replication_role_arn is the ARN of a role in the source bucket's account: S3 can only be handed a role of the account that owns the configuration."
  }
}

variable "destinations" {
  description = <<-EOT
    Where to copy, by a name of your choosing, which becomes part of its rules' ids: one destination for each account and region.
    `bucket`: the `replication_end` of a replica.
    `rules`, by name: what to copy there.
    `rules.prefix`: keys below it are copied, such as `datasets/`.
    `rules.priority`: a number that no other rule has. Of two rules of one destination that fit an object, the higher wins.
    `rules.replicate_delete_markers`: whether an object that is deleted in the central bucket is deleted there too. False keeps
    the replica's copy for ever. Either way S3 never copies the deletion of a version, nor one that a lifecycle makes.
    `rules.storage_class`: class of the copies. Null: as in the central bucket.
    `rules.time_control`: whether S3 is to copy within 15 minutes, at a price for each gigabyte.
  EOT
  type = map(object({
    bucket = object({
      name           = string
      role           = string
      account_id     = string
      region         = string
      kms_key_arn    = string
      versioning     = string
      local_prefixes = list(string)
    })
    rules = map(object({
      prefix                   = string
      priority                 = number
      replicate_delete_markers = optional(bool, false)
      storage_class            = optional(string)
      time_control             = optional(bool, true)
    }))
  }))
  nullable = false

  validation {
    condition     = length(var.destinations) > 0
    error_message = "There is no destination: without one this module has nothing to do."
  }

  validation {
    condition     = alltrue([for name, destination in var.destinations : can(regex("^[a-z0-9][a-z0-9-]{0,62}$", name)) && alltrue([for rule in keys(destination.rules) : can(regex("^[a-z0-9][a-z0-9-]{0,62}$", rule))])])
    error_message = "Names of destinations and rules have 1 to 63 lower-case letters, digits and hyphens."
  }

  validation {
    condition = length(flatten([for destination in values(var.destinations) : keys(destination.rules)])) == length(distinct(flatten([
      for name, destination in var.destinations : [for rule in keys(destination.rules) : "${name}-${rule}"]
    ])))
    error_message = "Two rules would have the same id, NAME-DESTINATION-RULE: one of them would be lost. Rename a destination or a rule."
  }

  validation {
    condition     = alltrue([for destination in values(var.destinations) : length(destination.rules) > 0])
    error_message = "A destination without rules gets nothing: give it a rule or leave it out."
  }

  validation {
    condition     = alltrue([for destination in values(var.destinations) : destination.bucket.role == "replica"])
    error_message = "Every destination is a replica. A central bucket would copy what it receives to nobody, and jobs write to it."
  }

  validation {
    condition     = alltrue([for destination in values(var.destinations) : destination.bucket.versioning == "Enabled"])
    error_message = "A destination has no versioning, which S3 asks for at both ends. Enable it first."
  }

  validation {
    condition     = alltrue([for destination in values(var.destinations) : destination.bucket.name != var.source_bucket.name])
    error_message = "A bucket cannot be replicated into itself."
  }

  validation {
    condition     = length(distinct([for destination in values(var.destinations) : "${destination.bucket.account_id} ${destination.bucket.region}"])) == length(var.destinations)
    error_message = "Two destinations are in the same account and region. Clusters there read one replica: put the rules of both into one destination."
  }

  validation {
    condition = alltrue([
      for destination in values(var.destinations) :
      can(regex("^arn:[a-z-]+:kms:${destination.bucket.region}:${destination.bucket.account_id}:key/", destination.bucket.kms_key_arn))
    ])
    error_message = "A destination's kms_key_arn is not the ARN of a key in the destination's own account and region. S3 encrypts a copy there with a key from there; the replica of a multi-region key counts as a key of its own."
  }

  validation {
    condition = alltrue(flatten([
      for destination in values(var.destinations) : [for rule in values(destination.rules) : can(regex("^[^/*?][^*?]*/$", rule.prefix))]
    ]))
    error_message = "A rule's prefix ends with /, does not begin with it, and has no wildcards: datasets/ and not /datasets or datasets/*. To copy everything would copy checkpoints as well."
  }

  validation {
    condition = alltrue(flatten([
      for destination in values(var.destinations) : [
        for rule in values(destination.rules) : [
          for local in concat(var.source_bucket.local_prefixes, destination.bucket.local_prefixes) :
          !startswith(rule.prefix, local) && !startswith(local, rule.prefix)
        ]
      ]
    ]))
    error_message = "A rule would copy a local prefix of the central bucket or into one of the replica, such as checkpoints/: these stay where they were written. Choose another prefix or change the bucket's local_prefixes."
  }

  validation {
    condition = alltrue([
      for destination in values(var.destinations) : length(distinct(values(destination.rules)[*].prefix)) == length(destination.rules)
    ])
    error_message = "Two rules of one destination have the same prefix: only that of the higher priority would ever count."
  }

  validation {
    condition = alltrue(flatten([
      for destination in values(var.destinations) : [
        for rule in values(destination.rules) : rule.priority >= 0 && rule.priority <= 2147483647 && floor(rule.priority) == rule.priority
      ]
    ]))
    error_message = "A priority is a whole number from 0 to 2147483647."
  }

  validation {
    condition = length(distinct(flatten([for destination in values(var.destinations) : values(destination.rules)[*].priority]))) == length(flatten([
      for destination in values(var.destinations) : keys(destination.rules)
    ]))
    error_message = "Two rules have the same priority, which S3 refuses. Number them through all destinations."
  }

  validation {
    condition = alltrue(flatten([
      for destination in values(var.destinations) : [
        for rule in values(destination.rules) :
        rule.storage_class == null ? true : contains(["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"], rule.storage_class)
      ]
    ]))
    error_message = "storage_class is STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING or GLACIER_IR. Of the archive classes S3 gives nothing back at once, so neither a job nor FSx could read the replica."
  }
}

variable "alarm_topic_arns" {
  description = "ARNs of SNS topics, in the source bucket's region, that hear of copies that failed."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:${var.source_bucket.region}:[0-9]{12}:.+$", arn))])
    error_message = "alarm_topic_arns are ARNs of SNS topics in the source bucket's region, where the metric and so the alarm is."
  }
}
