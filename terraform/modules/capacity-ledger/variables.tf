variable "name" {
  description = "Name of the table, in full: it is what follows dynamodb://. 3 to 64 lower-case letters, digits and hyphens."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 64 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key by which the table and its backups are encrypted. Whoever reads or appends needs kms:Decrypt on it, through DynamoDB. A key that is deleted takes the ledger with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:…:key/…), not an alias."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the table. To destroy it, apply with false first: Terraform cannot do both at once. It refuses a replacement too."
  type        = bool
  nullable    = false
  default     = true
}

variable "recovery_period_in_days" {
  description = "Days back, 1 to 35, to any second of which the table can be restored, as another table."
  type        = number
  nullable    = false
  default     = 35

  validation {
    condition     = var.recovery_period_in_days >= 1 && var.recovery_period_in_days <= 35
    error_message = "recovery_period_in_days must be 1 to 35: DynamoDB has no other."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  nullable    = false
  default     = {}
}
