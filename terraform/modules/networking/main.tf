resource "aws_vpc" "this" {
  cidr_block = var.cidr

  # Without both, EKS nodes do not register, and neither EFS names nor endpoints resolve to addresses in here.
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = length(local.cidr_faults) == 0
      error_message = "The CIDR table does not work: ${join("; ", local.cidr_faults)}. Give another private_cidr, or another slot where the zone has none."
    }
  }
}

# Whatever is made without naming a group falls into this one, so it lets nothing in or out.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-default" })
}

resource "aws_subnet" "private" {
  for_each = var.zones

  vpc_id               = aws_vpc.this.id
  availability_zone_id = each.key
  cidr_block           = local.private_cidrs[each.key]

  tags = merge(var.tags, {
    Name                              = "${var.name}-private-${each.key}"
    Tier                              = "private"
    "kubernetes.io/role/internal-elb" = "1"
  })

  lifecycle {
    precondition {
      condition     = lookup(local.hyperpod_needs, each.key, 0) <= local.free_addresses[each.key]
      error_message = "The HyperPod instances of ${each.key} take ${lookup(local.hyperpod_needs, each.key, 0)} addresses (${local.hyperpod_addresses.slurm} each on Slurm, ${local.hyperpod_addresses.eks} on EKS), and ${local.private_cidrs[each.key]} has ${local.free_addresses[each.key]} for them: a /${lookup(local.hyperpod_prefixes, each.key, 0)} is needed. Give the zone such a private_cidr, or spread the instances over more zones."
    }
  }
}

# Apart from the nodes, whose pods may use up a private subnet: an EKS upgrade needs free addresses for new interfaces.
resource "aws_subnet" "control_plane" {
  for_each = local.control_plane_zones

  vpc_id               = aws_vpc.this.id
  availability_zone_id = each.key
  cidr_block           = local.control_plane_cidrs[each.key]

  tags = merge(var.tags, {
    Name = "${var.name}-control-plane-${each.key}"
    Tier = "control-plane"
  })
}

resource "aws_subnet" "public" {
  for_each = local.public_zones

  vpc_id               = aws_vpc.this.id
  availability_zone_id = each.key
  cidr_block           = local.public_cidrs[each.key]

  tags = merge(var.tags, {
    Name                     = "${var.name}-public-${each.key}"
    Tier                     = "public"
    "kubernetes.io/role/elb" = "1"
  })
}

data "aws_ec2_instance_type_offerings" "capacity" {
  location_type = "availability-zone-id"

  filter {
    name   = "instance-type"
    values = var.capacity_instance_types
  }
}

# The data source stands outside: inside of the check it is planned to be read at every apply, so that no plan is ever
# without changes (exit code 2), and drift detection would cry every day.
check "capacity_zones" {
  assert {
    condition     = length(setsubtract(data.aws_ec2_instance_type_offerings.capacity.locations, keys(var.zones))) == 0
    error_message = "${join(", ", sort(setsubtract(data.aws_ec2_instance_type_offerings.capacity.locations, keys(var.zones))))}: EC2 offers types here that are bought, and ${var.name} has no private subnet, so a block or plan bought there could not be used. Add the zones to zones, or take types that are never bought from capacity_instance_types."
  }
}
