# One table: every address of the VPC is given out here. A zone's slot is its row.
#
#   10.0.0.0    private  slot 0    /19, or private_subnet_prefix, or the zone's private_cidr
#   10.0.32.0   private  slot 1
#   ...
#   10.0.240.0  control plane, /26 each, slot 0 upwards   } the last /20 of the VPC, with places for twelve zones
#   10.0.255.0  public, /24 each, slot 0 downwards        }
locals {
  small_cidr = cidrsubnet(var.cidr, 4, 15)

  private_cidrs = {
    # Not coalesce, which would ask for the block of a slot that has none.
    for id, zone in var.zones : id => zone.private_cidr != null ? zone.private_cidr : cidrsubnet(var.cidr, var.private_subnet_prefix - 16, zone.slot)
  }
  control_plane_cidrs = { for id, zone in local.control_plane_zones : id => cidrsubnet(local.small_cidr, 6, zone.slot) }
  public_cidrs        = { for id, zone in local.public_zones : id => cidrsubnet(local.small_cidr, 4, 15 - zone.slot) }

  # Zone ids of Local Zones have a third part: use1-atl2-az1. They hold instances; NAT gateways, interface endpoints and
  # EKS's own interfaces stay in the region's zones, which Local Zones reach as part of the same VPC.
  region_zones        = { for id, zone in var.zones : id => zone if length(split("-", id)) == 2 }
  control_plane_zones = { for id, zone in local.region_zones : id => zone if !contains(local.eks_refused_zone_ids, id) }
  public_zones        = length(var.nat_zone_ids) > 0 ? local.region_zones : {}

  # EKS user guide, subnet requirements for clusters: disallowed Availability Zone IDs.
  eks_refused_zone_ids = ["use1-az3", "usw1-az2", "cac1-az3"]
}

# What a slot cannot get wrong, a private_cidr can.
locals {
  cidr_faults = concat(
    [
      for id, cidr in local.private_cidrs : "${id} (${cidr}) does not lie in ${var.cidr}"
      if cidrhost("${split("/", cidr)[0]}/16", 0) != cidrhost(var.cidr, 0)
    ],
    [
      for pair in setproduct(keys(local.spoken_for), keys(local.spoken_for)) :
      "${pair[0]} (${local.spoken_for[pair[0]]}) overlaps ${pair[1]} (${local.spoken_for[pair[1]]})"
      if pair[0] != pair[1] && sort(pair)[0] == pair[0] && length(distinct([
        for key in pair : cidrhost(format("%s/%d", split("/", local.spoken_for[key])[0], min([for each in pair : tonumber(split("/", local.spoken_for[each])[1])]...)), 0)
      ])) == 1
    ],
  )
  spoken_for = merge(local.private_cidrs, { "public and control plane" = local.small_cidr })
}

locals {
  # Addresses that a HyperPod instance takes (SageMaker developer guide, HyperPod prerequisites, P5).
  hyperpod_addresses = { slurm = 32, eks = 81 }

  # AWS keeps five of every subnet (VPC user guide, subnet sizing), and each interface endpoint may have one in it.
  taken_addresses = 5 + length(var.interface_endpoints)
  free_addresses = {
    for id, cidr in local.private_cidrs : id => max(0, pow(2, 32 - tonumber(split("/", cidr)[1])) - local.taken_addresses)
  }

  hyperpod_needs = {
    for id, want in var.hyperpod_instances : id => want.slurm * local.hyperpod_addresses.slurm + want.eks * local.hyperpod_addresses.eks
  }
  hyperpod_prefixes = {
    for id, addresses in local.hyperpod_needs : id => max([for prefix in range(29) : prefix if pow(2, 32 - prefix) - local.taken_addresses >= addresses]...)
  }
}
