variable "name" {
  description = "Begins the names of the stack and of the role that calls the API: the name given to iam, whose TerraformExecutionRole manages only what begins with it. 3 to 20 lower-case letters, digits and hyphens."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 20 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "parallelcluster_version" {
  description = "Version of ParallelCluster, such as 3.16.1. The API manages clusters of this version alone: another one in place is refused. Call the module once more, and remove the old API after its last cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^3\\.([89]|[1-9][0-9])\\.[0-9]+$", var.parallelcluster_version))
    error_message = "parallelcluster_version must be a release of ParallelCluster with all three numbers, 3.8.0 or later: earlier ones know no capacity blocks, and no prefix for the API's roles."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the boundary of every role that the stack, the API and this module make: the output of iam. It must be a policy without a path."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/[a-zA-Z0-9_-]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a customer-managed policy without a path (arn:aws:iam::111111111111:policy/ml-clusters-boundary): ParallelCluster's API refuses a boundary with one."
  }
}

variable "role_prefix" {
  description = "Begins the names of the roles and policies in the stack (its parameter IAMRoleAndPolicyPrefix). Name it in terraform_roles.execution.role_prefixes of iam too. 2 to 10 characters that end with a hyphen."
  type        = string
  default     = "pcluster-"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,8}-$", var.role_prefix))
    error_message = "role_prefix must be 2 to 10 lower-case letters, digits and hyphens, begin with a letter and end with a hyphen: ParallelCluster takes no more than 10."
  }
}

variable "principals" {
  description = "ARNs of the roles and users, of this or another account, that may call the API: those that Terraform's provider runs as. Each needs sts:AssumeRole on the output role_arn in a policy of its own."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.principals) > 0
    error_message = "principals must not be empty, or nobody could make a cluster."
  }

  validation {
    condition     = alltrue([for arn in var.principals : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "principals must be ARNs of roles or users, whole: no accounts, no wildcards, no sessions (arn:aws:sts::…)."
  }
}

variable "max_session_duration" {
  description = "Seconds that whoever calls the API may keep its credentials, 3600 to 43200. The provider waits up to 3 hours for a cluster with those that it began with; a session begun from another role's ends after an hour all the same."
  type        = number
  default     = 14400
  nullable    = false

  validation {
    condition     = var.max_session_duration >= 3600 && var.max_session_duration <= 43200 && floor(var.max_session_duration) == var.max_session_duration
    error_message = "max_session_duration must be 3600 to 43200 seconds."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
