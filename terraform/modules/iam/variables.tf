variable "name" {
  description = "Begins the names of everything but the three Terraform roles, whose names are a contract: see the README. 3 to 20 lower-case letters, digits and hyphens."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 20 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen: role names, which it begins, end at 64 characters."
  }
}

variable "regions" {
  description = "Regions, by name, in which the roles may act. Requests to regional services elsewhere are not allowed; IAM itself is global."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.regions) > 0
    error_message = "regions must name at least one region: without one no role could do anything."
  }

  validation {
    condition     = alltrue([for region in var.regions : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", region))])
    error_message = "regions must be region names such as \"us-east-1\": neither zones (\"us-east-1a\") nor patterns (\"us-*\")."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of every role that Terraform makes. null: it is made here, as NAME-boundary, which takes a person's credentials, since TerraformExecutionRole may neither make nor change it. Elsewhere pass the output of that call."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/[A-Za-z0-9_-]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a customer-managed policy without a path (arn:aws:iam::111111111111:policy/ml-clusters-boundary): ParallelCluster's API refuses a boundary with one."
  }
}

variable "boundary_services" {
  description = "IAM prefixes of the services that a role under the boundary can be allowed at all. The boundary grants nothing by itself. Used only where the boundary is made here."
  type        = set(string)
  nullable    = false
  default = [
    "aps", "autoscaling", "cloudformation", "cloudwatch", "dynamodb", "ec2", "ec2messages", "ecr", "eks", "eks-auth",
    "elasticfilesystem", "elasticloadbalancing", "events", "execute-api", "fsx", "imagebuilder", "kms", "lambda", "logs", "pricing",
    "resource-groups", "route53", "s3", "sagemaker", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "tag", "xray",
  ]

  validation {
    condition     = alltrue([for service in var.boundary_services : can(regex("^[a-z0-9-]+$", service))])
    error_message = "boundary_services must be prefixes such as \"ec2\": no actions, no wildcards."
  }

  validation {
    condition     = length(setintersection(var.boundary_services, ["account", "iam", "organizations", "sso", "sts"])) == 0
    error_message = "boundary_services must not hold account, iam, organizations, sso or sts: a role that has one of them whole can rid itself of its boundary."
  }
}

variable "github" {
  description = <<-EOT
    The GitHub repository whose jobs may assume roles by OIDC. null: none may.
    repository: OWNER/NAME, in GitHub's own spelling; it is compared case by case.
    owner_id, repository_id: the numbers behind both names. Repositories that were made, renamed or moved since 2026-07-15, and those that opted in, have them in every subject (repo:OWNER@1/NAME@2:…); without them here their jobs are refused. Give both or neither.
    oidc_provider_arn: ARN of the account's provider for token.actions.githubusercontent.com. null: it is made here. An account can have one only.
  EOT
  type = object({
    repository        = string
    owner_id          = optional(string)
    repository_id     = optional(string)
    oidc_provider_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.github == null || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github.repository))
    error_message = "github.repository must be one repository, OWNER/NAME. A pattern would let other repositories in."
  }

  validation {
    condition     = var.github == null || (try(var.github.owner_id, null) == null) == (try(var.github.repository_id, null) == null)
    error_message = "github needs owner_id and repository_id together: a subject has both numbers or neither."
  }

  validation {
    condition     = var.github == null || alltrue([for id in compact([try(var.github.owner_id, ""), try(var.github.repository_id, "")]) : can(regex("^[0-9]+$", id))])
    error_message = "github.owner_id and github.repository_id must be the numbers that `gh api repos/OWNER/NAME --jq '.owner.id, .id'` prints."
  }

  validation {
    condition     = try(var.github.oidc_provider_arn, null) == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github.oidc_provider_arn))
    error_message = "github.oidc_provider_arn must be that of token.actions.githubusercontent.com: any other issuer could mint the subjects that are trusted here."
  }
}

variable "state" {
  description = "Where Terraform's state is: the bucket's name, and the ARN of its key, if it is a customer's. The Terraform roles get to it; no role under the boundary does, since state holds secrets. null: its backend is none of this module's business."
  type = object({
    bucket      = string
    kms_key_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.state == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state.bucket))
    error_message = "state.bucket must be the name of a bucket: neither an ARN nor a pattern."
  }

  validation {
    condition     = try(var.state.kms_key_arn, null) == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.state.kms_key_arn))
    error_message = "state.kms_key_arn must be the ARN of a key (arn:aws:kms:…:key/…): IAM does not take an alias."
  }
}

variable "terraform_roles" {
  description = <<-EOT
    Switch of the roles with which Terraform runs: TerraformExecutionRole and TerraformPlanRole, and TerraformCIRole where ci is given. null: none of them. They need github.
    ci: TerraformCIRole, in the main account alone. environments: the GitHub environments whose jobs assume it. execution_accounts: the accounts whose TerraformExecutionRole it may assume.
    execution: environments and web_identities assume TerraformExecutionRole directly, for up to max_session_duration; principals (ARNs of users and roles; TerraformCIRole of this call needs not be named) by sts:AssumeRole, which from a role is a chain and ends after an hour, whatever is asked. web_identities are other OIDC tokens, such as that of Atlantis: the provider's ARN, exact subjects, and the audience.
    execution.role_prefixes: what the names of roles and policies that Terraform manages begin with, beside NAME- and the path /parallelcluster/; for instance that of ParallelCluster's API (its parameter IAMRoleAndPolicyPrefix).
    plan.environments: GitHub environments whose jobs assume TerraformPlanRole, beside those of pull requests; for instance one that looks for drift on a schedule.
    max_session_duration: seconds, 3600 to 43200, of TerraformCIRole and TerraformExecutionRole. ParallelCluster's provider waits up to 3 hours with the credentials that it began with, HyperPod's up to 12.
  EOT
  type = object({
    ci = optional(object({
      environments       = set(string)
      execution_accounts = set(string)
    }))
    execution = optional(object({
      environments = optional(set(string), [])
      principals   = optional(set(string), [])
      web_identities = optional(map(object({
        provider_arn = string
        subjects     = set(string)
        audience     = optional(string, "sts.amazonaws.com")
      })), {})
      role_prefixes = optional(set(string), [])
    }), {})
    plan = optional(object({
      environments = optional(set(string), [])
    }), {})
    max_session_duration = optional(number, 43200)
  })
  default = null

  validation {
    condition     = var.terraform_roles == null || var.github != null
    error_message = "terraform_roles needs github: TerraformPlanRole is assumed by its jobs alone."
  }

  validation {
    condition = var.terraform_roles == null || alltrue([
      for environment in setunion(try(var.terraform_roles.ci.environments, []), try(var.terraform_roles.execution.environments, []), try(var.terraform_roles.plan.environments, [])) :
      can(regex("^[A-Za-z0-9._/-]+$", environment))
    ])
    error_message = "Environments must be names of GitHub environments made of letters, digits and . _ / -: a pattern would trust environments that nobody protects, and GitHub encodes what else a name may have."
  }

  validation {
    condition     = try(var.terraform_roles.ci, null) == null || length(try(var.terraform_roles.ci.environments, [])) > 0
    error_message = "terraform_roles.ci.environments must name an environment: nobody could assume TerraformCIRole otherwise. Leave ci out where there is to be no such role."
  }

  validation {
    condition     = alltrue([for account in try(var.terraform_roles.ci.execution_accounts, []) : can(regex("^[0-9]{12}$", account))])
    error_message = "terraform_roles.ci.execution_accounts must be account numbers of 12 digits, in quotes."
  }

  validation {
    condition     = alltrue([for arn in try(var.terraform_roles.execution.principals, []) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "terraform_roles.execution.principals must be ARNs of single users or roles (arn:aws:iam::…:role/…): no patterns, no whole accounts, and of a role not the ARN of its session (arn:aws:sts::…)."
  }

  validation {
    condition     = alltrue([for identity in values(try(var.terraform_roles.execution.web_identities, {})) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[A-Za-z0-9._/-]+$", identity.provider_arn))])
    error_message = "terraform_roles.execution.web_identities need the ARN of an OIDC provider each (arn:aws:iam::…:oidc-provider/…)."
  }

  validation {
    condition     = alltrue([for identity in values(try(var.terraform_roles.execution.web_identities, {})) : length(identity.subjects) > 0 && alltrue([for subject in identity.subjects : subject != "" && !can(regex("[*?]", subject))])])
    error_message = "terraform_roles.execution.web_identities need exact subjects, such as system:serviceaccount:atlantis:atlantis: without, or with a pattern, whoever the issuer serves could assume the role."
  }

  validation {
    condition     = alltrue([for identity in values(try(var.terraform_roles.execution.web_identities, {})) : !strcontains(lower(identity.provider_arn), "token.actions.githubusercontent.com")])
    error_message = "terraform_roles.execution.web_identities must not hold GitHub: its environments are named in execution.environments, so that no pull request gets in."
  }

  validation {
    condition     = alltrue([for prefix in try(var.terraform_roles.execution.role_prefixes, []) : can(regex("^[A-Za-z0-9+=,.@_-]{3,}$", prefix)) && !startswith("Terraform", prefix) && !startswith(prefix, "Terraform")])
    error_message = "terraform_roles.execution.role_prefixes must be three characters of a name or more, without wildcards, and none that Terraform's own roles begin with."
  }

  validation {
    condition     = var.terraform_roles == null || (try(var.terraform_roles.max_session_duration, 3600) >= 3600 && try(var.terraform_roles.max_session_duration, 3600) <= 43200)
    error_message = "terraform_roles.max_session_duration must be 3600 to 43200 seconds (1 to 12 hours): IAM has no other."
  }
}

variable "capacity_roles" {
  description = <<-EOT
    Switch of the roles with which capacity is found and bought: NAME-reader and, where purchaser is given, NAME-purchaser. null: neither.
    reader.principals: ARNs of the users and roles that may read, agents' included. It is denied every purchase.
    purchaser.principals: ARNs of those who may buy. require_mfa: a code from a device, typed for each purchase; such principals are users, since a role has no device. Without it they must be others than those who read or run Terraform.
  EOT
  type = object({
    reader = object({
      principals = set(string)
    })
    purchaser = optional(object({
      principals  = set(string)
      require_mfa = optional(bool, true)
    }))
  })
  default = null

  validation {
    condition     = alltrue([for arn in concat(tolist(try(var.capacity_roles.reader.principals, [])), tolist(try(var.capacity_roles.purchaser.principals, []))) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "capacity_roles' principals must be ARNs of single users or roles (arn:aws:iam::…:user/…): no patterns, no whole accounts, and of a role not the ARN of its session (arn:aws:sts::…)."
  }

  validation {
    condition     = var.capacity_roles == null || length(try(var.capacity_roles.reader.principals, [])) > 0
    error_message = "capacity_roles.reader.principals must name somebody: a role that nobody can assume is none."
  }

  validation {
    condition     = try(var.capacity_roles.purchaser, null) == null || length(try(var.capacity_roles.purchaser.principals, [])) > 0
    error_message = "capacity_roles.purchaser.principals must name somebody. Leave purchaser out where nobody is to buy."
  }

  validation {
    condition     = !try(var.capacity_roles.purchaser.require_mfa, false) || alltrue([for arn in try(var.capacity_roles.purchaser.principals, []) : strcontains(arn, ":user/")])
    error_message = "capacity_roles.purchaser.require_mfa takes IAM users: a role has no device whose code could be typed, so it would never get in. Let a user buy, or say require_mfa = false and name principals that neither read nor run Terraform."
  }

  validation {
    condition = try(var.capacity_roles.purchaser.require_mfa, true) || length(setintersection(
      try(var.capacity_roles.purchaser.principals, []),
      setunion(try(var.capacity_roles.reader.principals, []), try(var.terraform_roles.execution.principals, [])),
    )) == 0
    error_message = "Without require_mfa, capacity_roles.purchaser.principals must be others than those who read or run Terraform: the same credentials would buy, and nothing would stand between an agent and a purchase."
  }

  validation {
    condition     = alltrue([for arn in try(var.capacity_roles.purchaser.principals, []) : !can(regex(":role/(.*/)?(Terraform(CI|Execution|Plan)Role|${var.name}-.*)$", arn))])
    error_message = "capacity_roles.purchaser.principals must not hold Terraform's roles, nor roles that Terraform manages (NAME-…): whoever can merge a change could buy."
  }

  validation {
    condition = alltrue([for arn in try(var.capacity_roles.purchaser.principals, []) : !strcontains(arn, ":role/") || (
      !strcontains(arn, ":role/parallelcluster/") &&
      alltrue([for prefix in try(var.terraform_roles.execution.role_prefixes, []) : !startswith(reverse(split("/", arn))[0], prefix)])
    )])
    error_message = "capacity_roles.purchaser.principals must not hold roles that Terraform manages: none under /parallelcluster/, and none whose name begins with one of execution.role_prefixes. Whoever can merge a change could let themselves in there, and buy."
  }
}

variable "eks_roles" {
  description = "Switch of NAME-eks-cluster and NAME-eks-node, which all EKS clusters of the account share. null: neither. cni_policy: the nodes themselves get AmazonEKS_CNI_Policy; leave it off where the VPC CNI add-on has Pod Identity. ssm: shells on nodes by Session Manager."
  type = object({
    cni_policy = optional(bool, false)
    ssm        = optional(bool, false)
  })
  default = null
}

variable "hyperpod_role" {
  description = "Switch of NAME-hyperpod-execution, the role of HyperPod's instance groups. null: none. lifecycle_bucket: name of the bucket of lifecycle scripts. eks_cluster_arns: the EKS clusters that orchestrate, whose pods get roles by Pod Identity; empty for Slurm alone. volume_kms_key_arns: ARNs of the keys of volumes, if they are a customer's."
  type = object({
    lifecycle_bucket = string
    eks_cluster_arns = optional(set(string), [])

    volume_kms_key_arns = optional(set(string), [])
  })
  default = null

  validation {
    condition     = var.hyperpod_role == null || can(regex("^sagemaker-[a-z0-9.-]{1,52}[a-z0-9]$", var.hyperpod_role.lifecycle_bucket))
    error_message = "hyperpod_role.lifecycle_bucket must be the name of a bucket that begins with \"sagemaker-\": AmazonSageMakerClusterInstanceRolePolicy lets nodes read no other, and lifecycle scripts would fail at the first node."
  }

  validation {
    condition     = alltrue([for arn in try(var.hyperpod_role.eks_cluster_arns, []) : can(regex("^arn:aws[a-z-]*:eks:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$", arn))])
    error_message = "hyperpod_role.eks_cluster_arns must be ARNs of EKS clusters (arn:aws:eks:us-west-2:111111111111:cluster/training)."
  }

  validation {
    condition     = alltrue([for arn in try(var.hyperpod_role.volume_kms_key_arns, []) : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", arn))])
    error_message = "hyperpod_role.volume_kms_key_arns must be ARNs of keys (arn:aws:kms:…:key/…): IAM does not take an alias."
  }
}

variable "parallelcluster_roles" {
  description = "Switch of the roles of ParallelCluster's head nodes, compute nodes and custom Lambda resources, under the path /parallelcluster/. null: none; ParallelCluster then makes its own, for which its API needs IAM permissions."
  type        = object({})
  default     = null
}

variable "data_buckets" {
  description = "Buckets that HyperPod's and ParallelCluster's nodes read, by name: the prefixes (\"checkpoints/\") that they also write, and the ARN of the bucket's key, if it is a customer's."
  type = map(object({
    write_prefixes = optional(set(string), [])
    kms_key_arn    = optional(string)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for bucket in keys(var.data_buckets) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))])
    error_message = "data_buckets must have names of buckets as keys: neither ARNs nor patterns."
  }

  validation {
    condition     = alltrue(flatten([for bucket in values(var.data_buckets) : [for prefix in bucket.write_prefixes : can(regex("^[^*?/][^*?]*/$", prefix))]]))
    error_message = "data_buckets' write_prefixes must be folders that end with a slash, without wildcards: \"checkpoints\" would also be \"checkpoints-of-others/\"."
  }

  validation {
    condition     = alltrue([for bucket in values(var.data_buckets) : bucket.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", bucket.kms_key_arn))])
    error_message = "data_buckets' kms_key_arn must be ARNs of keys (arn:aws:kms:…:key/…): IAM does not take an alias."
  }
}

variable "s3_replication_role" {
  description = "Switch of NAME-s3-replication, with which S3 copies from the source bucket to each destination, by a name for it. null: none. Buckets by name, keys by ARN, each of its bucket's own region; a bucket need not exist yet. Another account's bucket and key must let the role in too, by their policies."
  type = object({
    source = object({
      bucket      = string
      kms_key_arn = string
    })
    destinations = map(object({
      bucket      = string
      kms_key_arn = string
    }))
  })
  default = null

  validation {
    condition     = var.s3_replication_role == null || length(try(var.s3_replication_role.destinations, {})) > 0
    error_message = "s3_replication_role.destinations must have a destination."
  }

  validation {
    condition     = var.s3_replication_role == null || alltrue([for each in concat([try(var.s3_replication_role.source, null)], values(try(var.s3_replication_role.destinations, {}))) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", each.bucket)) if each != null])
    error_message = "s3_replication_role's buckets must be names of buckets: neither ARNs nor patterns."
  }

  validation {
    condition     = var.s3_replication_role == null || alltrue([for each in concat([try(var.s3_replication_role.source, null)], values(try(var.s3_replication_role.destinations, {}))) : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", each.kms_key_arn)) if each != null])
    error_message = "s3_replication_role's kms_key_arn must be ARNs of keys (arn:aws:kms:…:key/…): IAM does not take an alias."
  }

  validation {
    condition     = !contains([for each in values(try(var.s3_replication_role.destinations, {})) : each.bucket], try(var.s3_replication_role.source.bucket, ""))
    error_message = "s3_replication_role.destinations must not hold the source bucket."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  nullable    = false
  default     = {}
}
