variable "name" {
  description = "Name of what the group is for, such as ml-main-use1. Begins the name of the group, which cannot be changed later without replacing it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,58}[a-z0-9]$", var.name)) && !startswith(var.name, "sg-")
    error_message = "name must be 2 to 60 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen, nor begin with sg-, which AWS keeps for ids."
  }
}

variable "vpc_id" {
  description = "Id of the VPC. EFA's traffic never leaves it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^vpc-[0-9a-z]+$", var.vpc_id))
    error_message = "vpc_id must be the id of a VPC, such as vpc-0123456789abcdef0."
  }
}

variable "rules" {
  description = <<-EOT
    What else members may receive (ingress) or send (egress), by a name that stays, as it is part of the rule's address in
    the state. A rule names a protocol (tcp, udp or icmp), a port or a range of ports (for icmp the type and the code), and
    one other side: an IPv4 block, a prefix list or another security group.
  EOT
  type = map(object({
    direction         = string
    description       = string
    protocol          = optional(string, "tcp")
    from_port         = number
    to_port           = optional(number)
    cidr_ipv4         = optional(string)
    prefix_list_id    = optional(string)
    security_group_id = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for rule in values(var.rules) : contains(["ingress", "egress"], rule.direction)])
    error_message = "direction must be ingress or egress. Not so: ${join(", ", [for name, rule in var.rules : name if !contains(["ingress", "egress"], rule.direction)])}."
  }

  validation {
    condition     = alltrue([for rule in values(var.rules) : length([for side in [rule.cidr_ipv4, rule.prefix_list_id, rule.security_group_id] : side if side != null]) == 1])
    error_message = "Each rule must have exactly one of cidr_ipv4, prefix_list_id and security_group_id: make a rule for each. Not so: ${join(", ", [for name, rule in var.rules : name if length([for side in [rule.cidr_ipv4, rule.prefix_list_id, rule.security_group_id] : side if side != null]) != 1])}."
  }

  validation {
    condition     = alltrue([for rule in values(var.rules) : rule.cidr_ipv4 == null || try(cidrsubnet(rule.cidr_ipv4, 0, 0) == rule.cidr_ipv4 && tonumber(split("/", rule.cidr_ipv4)[1]) >= 8, false)])
    error_message = "cidr_ipv4 must be the first address and the prefix of an IPv4 block no larger than a /8. 0.0.0.0/0, whole or in parts, carries no EFA traffic, and HyperPod wants it out of EFA's group: for the internet attach a second group, which has EFA's own rules too."
  }

  validation {
    condition     = alltrue([for rule in values(var.rules) : contains(["tcp", "udp", "icmp"], rule.protocol)])
    error_message = "protocol must be tcp, udp or icmp. All traffic is for members only, and they have it without a rule here."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
