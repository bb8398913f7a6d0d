variable "name" {
  description = "Name of the network. Begins the name of everything in it, such as ml-main-use1."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,38}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 40 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen: it begins names of IAM roles, which end at 64 characters."
  }
}

variable "cidr" {
  description = "IPv4 block of the VPC: a /16 of the private ranges that no network it is ever peered with overlaps. See the table of account-regions in the README. Cannot be changed later."
  type        = string
  nullable    = false

  validation {
    condition     = try(cidrsubnet(var.cidr, 0, 0) == var.cidr && endswith(var.cidr, "/16"), false)
    error_message = "cidr must be the first address of an IPv4 /16, such as 10.0.0.0/16: the largest block that a VPC takes, and HyperPod's 81 addresses an instance leave little of a smaller one."
  }

  validation {
    condition     = !contains(["10.100.0.0/16", "172.20.0.0/16"], var.cidr)
    error_message = "cidr must not be 10.100.0.0/16 or 172.20.0.0/16: EKS takes the addresses of Kubernetes services from one of them, and they would hide nodes and peers."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", var.cidr))
    error_message = "cidr must lie in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (RFC 1918): other addresses belong to somebody on the internet, who could then not be reached."
  }
}

variable "zones" {
  description = <<-EOT
    Zones that get a private subnet, by zone id (use1-az4, for a Local Zone use1-atl2-az1), never by name: names differ
    between accounts. One for every zone where capacity may be bought, for a block or plan cannot be used in another, and
    at least two in which EKS accepts its control plane.

    slot is the zone's row in the CIDR table, a whole number from 0. It decides the zone's addresses, so it never changes
    and is not used again for another zone while the first one's subnets exist.

    private_cidr replaces the private block that the slot gives, for a zone that needs a larger or smaller one. It must lie
    in cidr, outside of its last /20 and of every other zone's block.
  EOT
  type = map(object({
    slot         = number
    private_cidr = optional(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for id in keys(var.zones) : can(regex("^[a-z]+[0-9]-([a-z]+[0-9]+-)?az[0-9]+$", id))])
    error_message = "zones must be zone ids, such as use1-az4 or use1-atl2-az1, not names such as us-east-1a, which mean another place in another account. `aws ec2 describe-availability-zones --all-availability-zones` shows both. Not zone ids: ${join(", ", [for id in keys(var.zones) : id if !can(regex("^[a-z]+[0-9]-([a-z]+[0-9]+-)?az[0-9]+$", id))])}."
  }

  validation {
    condition     = length(distinct([for id in keys(var.zones) : split("-", id)[0]])) <= 1
    error_message = "zones must lie in one region. These begin with ${join(", ", distinct([for id in keys(var.zones) : split("-", id)[0]]))}."
  }

  validation {
    condition     = length([for id in keys(var.zones) : id if length(split("-", id)) == 2 && !contains(local.eks_refused_zone_ids, id)]) >= 2
    error_message = "zones must hold at least two in which EKS accepts a cluster's subnets: not Local Zones, and not ${join(", ", local.eks_refused_zone_ids)} (EKS user guide, subnet requirements). Add one, even if nothing is bought there."
  }

  validation {
    condition     = length(distinct([for zone in values(var.zones) : zone.slot])) == length(var.zones)
    error_message = "Each zone needs a slot of its own: two with the same one would get the same addresses. Slots are ${join(", ", [for id, zone in var.zones : "${id} = ${zone.slot}"])}."
  }

  # Public and control-plane blocks have places for twelve zones; the last /20, where they lie, is no place for a private one.
  validation {
    condition = alltrue([
      for zone in values(var.zones) : zone.slot >= 0 && floor(zone.slot) == zone.slot
      && zone.slot <= (zone.private_cidr == null ? min(11, pow(2, var.private_subnet_prefix - 16) - 2) : 11)
    ])
    error_message = "slot must be a whole number from 0 to ${min(11, pow(2, var.private_subnet_prefix - 16) - 2)} with private subnets of /${var.private_subnet_prefix}, to 11 where private_cidr is given. Slots are ${join(", ", [for id, zone in var.zones : "${id} = ${zone.slot}"])}."
  }

  validation {
    condition = alltrue([
      for zone in values(var.zones) : zone.private_cidr == null || try(cidrsubnet(zone.private_cidr, 0, 0) == zone.private_cidr && tonumber(split("/", zone.private_cidr)[1]) <= 28, false)
    ])
    error_message = "private_cidr must be the first address and the prefix of an IPv4 block of at least /28, such as 10.0.128.0/17."
  }
}

variable "private_subnet_prefix" {
  description = "Prefix length of a private subnet without a private_cidr of its own. 19 gives 8,187 addresses a zone and seven zones. Cannot be changed later without replacing the subnets."
  type        = number
  default     = 19
  nullable    = false

  validation {
    condition     = contains(range(18, 25), var.private_subnet_prefix)
    error_message = "private_subnet_prefix must be a whole number from 18 (three zones of 16,379 addresses) to 24. For a single larger zone set its private_cidr."
  }
}

variable "nat_zone_ids" {
  description = <<-EOT
    Zone ids that get a NAT gateway. A zone with none of its own goes out through the first of these by name, and pays for
    crossing zones. Each takes an Elastic IP, of which an account has five in a region until its quota is raised, and a few
    zones refuse one (NotAvailableInZone). An empty set makes a network without the internet: no public subnets and no
    internet gateway, and AWS's APIs only through the endpoints.
  EOT
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for id in var.nat_zone_ids : contains(keys(var.zones), id) && length(split("-", id)) == 2])
    error_message = "nat_zone_ids must be keys of zones and not Local Zones, which go out through one in the region. Not so: ${join(", ", [for id in var.nat_zone_ids : id if !contains(keys(var.zones), id) || length(split("-", id)) != 2])}."
  }
}

variable "interface_endpoints" {
  description = "AWS services that are reached by an interface endpoint, in the short form of com.amazonaws.REGION.SERVICE. Each costs by the hour in every zone of zones that offers it. S3 and DynamoDB have gateway endpoints, which cost nothing and are always there."
  type        = set(string)
  default     = ["ec2", "ecr.api", "ecr.dkr", "eks-auth", "logs", "monitoring", "ssm", "ssmmessages", "sts"]
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9][a-z0-9.-]*$", service)) && !startswith(service, "com.")])
    error_message = "interface_endpoints must be short names such as ecr.api, without com.amazonaws. and the region."
  }

  validation {
    condition     = length(setintersection(var.interface_endpoints, ["s3", "dynamodb"])) == 0
    error_message = "interface_endpoints must not name s3 or dynamodb: their gateway endpoints are always there and carry the same traffic for nothing."
  }
}

variable "hyperpod_instances" {
  description = "The most HyperPod instances that each zone shall hold at once, by zone id and orchestrator. Only checked: that the zone's private subnet has 32 addresses for each on Slurm and 81 for each on EKS (SageMaker developer guide, HyperPod prerequisites, P5)."
  type = map(object({
    slurm = optional(number, 0)
    eks   = optional(number, 0)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for id, want in var.hyperpod_instances : contains(keys(var.zones), id)])
    error_message = "hyperpod_instances must be by zone ids that zones holds. Not there: ${join(", ", setsubtract(keys(var.hyperpod_instances), keys(var.zones)))}."
  }

  validation {
    condition     = alltrue(flatten([for want in values(var.hyperpod_instances) : [for count in [want.slurm, want.eks] : try(count >= 0 && floor(count) == count, false)]]))
    error_message = "hyperpod_instances must be whole numbers from 0."
  }
}

variable "capacity_instance_types" {
  description = "Instance types that are bought. Every plan asks EC2 which zones offer one of them, and warns of those without a private subnet. EC2 lists Local Zones only where the account has opted in."
  type        = set(string)
  default = [
    "p4d.24xlarge", "p4de.24xlarge",
    "p5.4xlarge", "p5.48xlarge", "p5e.48xlarge", "p5en.48xlarge",
    "p6-b200.48xlarge", "p6-b300.48xlarge", "p6e-gb200.36xlarge",
    "trn1.32xlarge", "trn2.3xlarge", "trn2.48xlarge", "trn2u.48xlarge",
  ]
  nullable = false

  validation {
    condition     = length(var.capacity_instance_types) > 0 && alltrue([for type in var.capacity_instance_types : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", type)) && !startswith(type, "ml.")])
    error_message = "capacity_instance_types must hold at least one EC2 instance type, such as p5.48xlarge, without SageMaker's ml. before it."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the flow logs. Its policy must let logs.REGION.amazonaws.com use it for the log group NAME-flow-logs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID: CloudWatch Logs takes no alias."
  }
}

variable "flow_log_retention_days" {
  description = "Days that flow logs are kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_log_retention_days)
    error_message = "flow_log_retention_days must be at least a year, and one of the numbers of days that CloudWatch Logs has: 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the policy that bounds the role which delivers flow logs. null: no boundary."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, arn:aws:iam::ACCOUNT:policy/NAME, or null."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
