variable "name" {
  description = "Begins every repository's name: NAME/REPOSITORY. 3 to 32 lower-case letters, digits and hyphens."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "repositories" {
  description = <<-EOT
    Repositories, by name without NAME/. The same in every region that images are replicated to.
    untagged_days: days after which an image without a tag expires.
    keep: for tags that begin with a prefix ("nightly-"), how many images are kept, the newest. Images with none of these tags are kept for ever: a training run must be repeatable.
  EOT
  type = map(object({
    untagged_days = optional(number, 14)
    keep          = optional(map(number), {})
  }))
  nullable = false

  validation {
    condition     = length(var.repositories) > 0
    error_message = "repositories must name a repository."
  }

  validation {
    condition     = alltrue([for repository in keys(var.repositories) : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", repository))])
    error_message = "repositories must be lower-case letters and digits, joined by single . _ - or /: ECR has no other names."
  }

  validation {
    condition     = alltrue([for repository in values(var.repositories) : repository.untagged_days >= 1])
    error_message = "repositories' untagged_days must be 1 or more."
  }

  validation {
    condition     = alltrue(flatten([for repository in values(var.repositories) : [for prefix, count in repository.keep : prefix != "" && count >= 1]]))
    error_message = "repositories' keep needs a prefix and at least 1 image for each: an empty prefix would be every tag, and expire what trainings were run with."
  }

  validation {
    condition = alltrue(flatten([for repository in values(var.repositories) : [for prefix in keys(repository.keep) : [
      for other in keys(repository.keep) : prefix == other || !startswith(other, prefix)
    ]]]))
    error_message = "repositories' keep must not have a prefix that begins another: ECR counts an image under the first rule that it matches, and would expire it by the wrong number."
  }
}

variable "kms_key_arn" {
  description = "ARN of this region's key, by which images are encrypted. Another one later makes every repository anew: ECR refuses that while images are in it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:…:key/…): with an alias ECR reports a key ARN, and every plan would make the repositories anew."
  }
}

variable "pull_accounts" {
  description = "Other accounts that may pull every repository. Their roles need permission to pull, and ecr:GetAuthorizationToken, of their own."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for account in var.pull_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "pull_accounts must be account numbers of 12 digits, in quotes."
  }
}

variable "replicate_to" {
  description = "Regions to which images under NAME/ are copied, in the same account. Empty: this call leaves the registry's replication alone. A registry, which is an account in a region, has ONE replication configuration: give it here, in one call only."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for region in var.replicate_to : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", region))])
    error_message = "replicate_to must be region names such as \"us-west-2\"."
  }

  validation {
    condition     = length(var.replicate_to) <= 25
    error_message = "replicate_to must be 25 regions or fewer: ECR has no more destinations."
  }
}

variable "force_delete" {
  description = "Whether repositories are destroyed with the images in them. Leave it off but in tests: images of a running cluster cannot be pulled again."
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
