variable "name" {
  description = "Name of the connection, such as ml-main-use1-secondary-usw2. It is the same on both sides."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,62}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 64 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "purpose" {
  description = "What traffic the connection is for, as one sentence for whoever finds it in the console: from what, to what, on which ports. Becomes the tag Purpose on both sides."
  type        = string
  nullable    = false

  validation {
    condition     = length(trimspace(var.purpose)) >= 10 && length(var.purpose) <= 256
    error_message = "purpose must say in 10 to 256 characters what traffic the connection is for: two networks are not joined just in case."
  }
}

variable "requester" {
  description = "The VPC on the side of the default provider: its id, its IPv4 block, and the route tables that get a route to the other side, by a name that stays (networking's private_route_table_ids are by zone id)."
  type = object({
    vpc_id          = string
    cidr            = string
    route_table_ids = map(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^vpc-[0-9a-z]+$", var.requester.vpc_id))
    error_message = "requester.vpc_id must be the id of a VPC, such as vpc-0123456789abcdef0."
  }

  validation {
    condition     = try(cidrsubnet(var.requester.cidr, 0, 0) == var.requester.cidr && tonumber(split("/", var.requester.cidr)[1]) >= 16, false)
    error_message = "requester.cidr must be the IPv4 block of the VPC, such as 10.0.0.0/16."
  }

  validation {
    condition     = length(var.requester.route_table_ids) > 0
    error_message = "requester.route_table_ids must name at least one route table: without routes on both sides nothing goes over the connection."
  }
}

variable "accepter" {
  description = "The VPC on the side of the provider aws.accepter: the account and region it is in, its id, its IPv4 block, and the route tables that get a route to the requester, by a name that stays."
  type = object({
    account_id      = string
    region          = string
    vpc_id          = string
    cidr            = string
    route_table_ids = map(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.accepter.account_id))
    error_message = "accepter.account_id must be the twelve digits of an account, as a string."
  }

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]$", var.accepter.region))
    error_message = "accepter.region must be a region, such as us-west-2."
  }

  validation {
    condition     = can(regex("^vpc-[0-9a-z]+$", var.accepter.vpc_id))
    error_message = "accepter.vpc_id must be the id of a VPC, such as vpc-0123456789abcdef1."
  }

  validation {
    condition     = try(cidrsubnet(var.accepter.cidr, 0, 0) == var.accepter.cidr && tonumber(split("/", var.accepter.cidr)[1]) >= 16, false)
    error_message = "accepter.cidr must be the IPv4 block of the VPC, such as 10.3.0.0/16."
  }

  # Two blocks overlap if the longer prefix, cut to the shorter, is the same block.
  validation {
    condition = try(length(distinct([
      for cidr in [var.requester.cidr, var.accepter.cidr] :
      cidrhost(format("%s/%d", split("/", cidr)[0], min([for each in [var.requester.cidr, var.accepter.cidr] : tonumber(split("/", each)[1])]...)), 0)
    ])) == 2, true)
    error_message = "requester.cidr ${var.requester.cidr} and accepter.cidr ${var.accepter.cidr} overlap, and AWS does not peer such VPCs. A VPC's block cannot be changed: one of them has to be made anew in a block of its own, see the table of account-regions in the README of networking."
  }

  validation {
    condition     = length(var.accepter.route_table_ids) > 0
    error_message = "accepter.route_table_ids must name at least one route table: without routes on both sides nothing goes over the connection."
  }
}

variable "tags" {
  description = "Tags of the connection, on both sides."
  type        = map(string)
  default     = {}
  nullable    = false
}
