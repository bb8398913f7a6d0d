variable "account" {
  description = "Name of the account that this is for, of account_ids."
  type        = string
  nullable    = false

  validation {
    condition     = contains(keys(var.account_ids), var.account)
    error_message = "account must be one of ${join(", ", keys(var.account_ids))}."
  }
}

variable "account_ids" {
  description = "Ids of all accounts by name, as they stand in */account.hcl: docs/live/new-account.md has the command that reads them."
  type        = map(string)
  nullable    = false

  validation {
    condition     = contains(keys(var.account_ids), "main") && alltrue([for id in values(var.account_ids) : can(regex("^[0-9]{12}$", id))])
    error_message = "account_ids must have main, whose bucket holds the states, and ids of 12 digits."
  }
}

variable "name" {
  description = "What every name begins with: name in project.hcl."
  type        = string
  nullable    = false
  default     = "ml-clusters"
}

variable "regions" {
  description = "Regions in which the roles may act: regions in project.hcl."
  type        = set(string)
  nullable    = false
  default     = ["us-east-1", "us-west-2"]
}

variable "github" {
  description = "The repository whose jobs plan and apply: github of iam."
  type = object({
    repository        = string
    owner_id          = optional(string)
    repository_id     = optional(string)
    oidc_provider_arn = optional(string)
  })
  nullable = false
}

variable "state_kms_key_arn" {
  description = "ARN of the key of the state bucket: kms_key_arn of s3-tfstate."
  type        = string
  nullable    = false
}

variable "apply_by_actions" {
  description = "Whether GitHub Actions apply (.github/workflows/apply.yml) instead of Atlantis: TerraformCIRole is made in the main account, and jobs of GitHub's environments, each called by an account, and by it with -long at the end, get to TerraformExecutionRole. Anything else in GitHub only plans."
  type        = bool
  nullable    = false
  default     = false
}

variable "web_identities" {
  description = "Tokens with which TerraformExecutionRole is assumed, such as that of Atlantis: terraform_roles.execution.web_identities of iam."
  type = map(object({
    provider_arn = string
    subjects     = set(string)
    audience     = optional(string, "sts.amazonaws.com")
  }))
  nullable = false
  default  = {}

  validation {
    condition     = var.apply_by_actions || length(var.web_identities) + length(var.execution_principals) > 0
    error_message = "Nobody could assume TerraformExecutionRole: name Atlantis's token in web_identities, or a user or role in execution_principals, or let GitHub Actions apply by apply_by_actions = true."
  }
}

variable "execution_principals" {
  description = "ARNs of users and roles, of any account, that assume TerraformExecutionRole: terraform_roles.execution.principals of iam. They read and write states with their own credentials. From a role it ends after an hour."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "reader_principals" {
  description = "ARNs of the users and roles that may look for capacity. Empty: no roles for capacity are made."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "purchaser_principals" {
  description = "ARNs of the IAM users that may buy capacity, with a code from their device. Empty: nobody may."
  type        = set(string)
  nullable    = false
  default     = []
}
