variable "name" {
  description = "Name of the bucket, unique among all AWS accounts: 3 to 63 lower-case letters, digits and hyphens."
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

variable "kms_key_arn" {
  description = <<-EOT
    ARN of the customer key that encrypts state, in the bucket's region. Null makes a key for this bucket alone: the state
    bucket comes before everything else, so its key cannot come from a unit whose state would lie in it. Known at plan.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID): an alias means another key in each account that uses it."
  }
}

variable "cross_account_access" {
  description = <<-EOT
    Who else than this account's own principals reads and writes state, by a name of your choosing. Principals of this account
    need nothing here: their IAM policies say what they may.
    `principal_arns`: roles or users of other accounts, which need the same permissions in their own account.
    `write_prefixes`: keys below which they read, write and lock state, such as `secondary/`.
    `read_prefixes`: keys below which they only read: plan there with `-lock=false`.
  EOT
  type = map(object({
    principal_arns = list(string)
    write_prefixes = optional(list(string), [])
    read_prefixes  = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    # Names become statement ids, which have only letters and digits and differ from each other.
    condition     = alltrue([for name in keys(var.cross_account_access) : can(regex("^[a-z][a-z0-9]*$", name))])
    error_message = "A name in cross_account_access has lower-case letters and digits only: it becomes part of a statement's id."
  }

  validation {
    condition = alltrue(flatten([
      for access in var.cross_account_access : [
        for arn in access.principal_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))
      ]
    ]))
    error_message = "Each of principal_arns is the ARN of one role or user (arn:aws:iam::ACCOUNT:role/NAME), without wildcards."
  }

  validation {
    condition     = alltrue([for access in var.cross_account_access : length(access.principal_arns) > 0])
    error_message = "principal_arns is empty: leave the entry out if nobody is to have access."
  }

  validation {
    condition = alltrue(flatten([
      for access in var.cross_account_access : [
        for prefix in concat(access.write_prefixes, access.read_prefixes) : can(regex("^[^/*?][^*?]*/$", prefix))
      ]
    ]))
    error_message = "A prefix ends with /, does not begin with it, and has no wildcards: secondary/ and not /secondary or secondary/*."
  }

  validation {
    condition     = alltrue([for access in var.cross_account_access : length(access.write_prefixes) + length(access.read_prefixes) > 0])
    error_message = "An entry needs write_prefixes or read_prefixes, else its principals could do nothing."
  }
}

variable "history_days" {
  description = "Days for which an old version of a state is kept, whatever their number."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.history_days >= 7 && floor(var.history_days) == var.history_days
    error_message = "history_days is a whole number of at least 7: the way back from a broken state must outlive a week's holiday."
  }
}

variable "history_versions" {
  description = "How many old versions of a state are kept for good, however old they are."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.history_versions >= 1 && var.history_versions <= 100 && floor(var.history_versions) == var.history_versions
    error_message = "history_versions is a whole number from 1 to 100, the most that S3 Lifecycle keeps (S3 user guide, lifecycle configuration elements)."
  }
}

variable "access_log_bucket" {
  description = "Name of an existing bucket of this account and region that takes this bucket's server access logs. Null: no access logs."
  type        = string
  default     = null
}
