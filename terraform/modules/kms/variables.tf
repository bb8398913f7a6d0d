variable "name" {
  description = "Begins the key's alias: alias/NAME. 3 to 32 lower-case letters, digits and hyphens. The same in every account and region, since an alias is of one."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }

  validation {
    condition     = !startswith(var.name, "aws")
    error_message = "name must not begin with \"aws\": KMS keeps alias/aws… for itself."
  }
}

variable "aliases" {
  description = "Further aliases of the key, without \"alias/\": NAME- and each of these. For what is to have a name of its own now and perhaps a key of its own later."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for alias in var.aliases : can(regex("^[a-z0-9][a-z0-9/_-]*$", alias))])
    error_message = "aliases must be lower-case letters, digits, / _ and -; \"alias/NAME-\" is put before each."
  }
}

variable "administrators" {
  description = "ARN patterns of users and roles of this account that may administer the key: its policy, rotation, tags and deletion, not its use. What they may do is up to their own policies too. Empty: whoever the account's IAM policies let."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for arn in var.administrators : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/*-]+$", arn))])
    error_message = "administrators must be ARNs or ARN patterns of users or roles (arn:aws:iam::111111111111:role/TerraformExecutionRole)."
  }
}

variable "users" {
  description = "ARN patterns of users and roles of this account that may use the key for data, as far as their own policies let them. Empty: nobody but the services named in services."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for arn in var.users : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+[*]?$", arn))])
    error_message = "users must be ARNs of users or roles, or begin their names and end with * (arn:aws:iam::111111111111:role/ml-clusters-*): any other pattern, and role/*, would let in more than is seen."
  }
}

variable "services" {
  description = <<-EOT
    Services that use the key, each with the conditions that AWS documents for it:
    autoscaling (EC2 Auto Scaling's service-linked role, which starts EKS nodes with encrypted volumes), aps, cloudwatch and events (alerts, alarms and rules that publish to an encrypted topic), logs (log groups);
    and, for whoever in this account asks through them as far as their own policies let them: aps (Prometheus workspaces), dynamodb, ec2 (volumes), ecr, efs, eks (secrets), fsx, s3, sagemaker, scheduler.
  EOT
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(setsubtract(var.services, ["aps", "autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "efs", "eks", "events", "fsx", "logs", "s3", "sagemaker", "scheduler"])) == 0
    error_message = "services must be of aps, autoscaling, cloudwatch, dynamodb, ec2, ecr, efs, eks, events, fsx, logs, s3, sagemaker and scheduler: others have not been given a statement."
  }
}

variable "cross_account" {
  description = <<-EOT
    Principals of other accounts that may use the key, by a name for what they do. Their own policies must let them too.
    principals: ARN patterns of users and roles, all of one account. actions: encrypt (writes replicas), decrypt (reads data) or both. via_services: services that they must come through (s3), in this region; empty: none.
  EOT
  type = map(object({
    principals   = set(string)
    actions      = set(string)
    via_services = optional(set(string), [])
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for name in keys(var.cross_account) : can(regex("^[A-Za-z0-9-]+$", name))])
    error_message = "cross_account's names must be letters, digits and hyphens."
  }

  validation {
    condition     = alltrue(flatten([for use in values(var.cross_account) : [for arn in use.principals : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+[*]?$", arn))]]))
    error_message = "cross_account's principals must be ARNs of users or roles, or begin their names (arn:aws:iam::222222222222:role/ml-clusters-*): a whole account is not let in."
  }

  validation {
    condition     = alltrue([for use in values(var.cross_account) : length(distinct([for arn in use.principals : split(":", arn)[4]])) == 1 if alltrue([for arn in use.principals : length(split(":", arn)) > 4])])
    error_message = "cross_account's principals must be of one account in each entry, and not none: give each account an entry of its own."
  }

  validation {
    condition     = alltrue([for use in values(var.cross_account) : length(use.actions) > 0 && length(setsubtract(use.actions, ["decrypt", "encrypt"])) == 0])
    error_message = "cross_account's actions must be [\"encrypt\"], [\"decrypt\"] or both."
  }

  validation {
    condition     = alltrue([for use in values(var.cross_account) : length(setsubtract(use.via_services, ["dynamodb", "ec2", "ecr", "efs", "eks", "fsx", "s3", "sagemaker"])) == 0])
    error_message = "cross_account's via_services must be of dynamodb, ec2, ecr, efs, eks, fsx, s3 and sagemaker."
  }
}

variable "rotation_period_in_days" {
  description = "Days between rotations of the key's material, 90 to 2560. Old material stays, so that nothing is encrypted anew."
  type        = number
  nullable    = false
  default     = 365

  validation {
    condition     = var.rotation_period_in_days >= 90 && var.rotation_period_in_days <= 2560
    error_message = "rotation_period_in_days must be 90 to 2560: KMS has no other."
  }
}

variable "deletion_window_in_days" {
  description = "Days, 7 to 30, in which a deletion can be taken back. After them everything that the key encrypted is lost, snapshots and replicas included."
  type        = number
  nullable    = false
  default     = 30

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30
    error_message = "deletion_window_in_days must be 7 to 30: KMS has no other."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  nullable    = false
  default     = {}
}
