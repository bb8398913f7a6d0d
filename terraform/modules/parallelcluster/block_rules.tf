# Our rules of capacity blocks, held against the configuration as it will be sent, whatever template it comes from: most of
# them ParallelCluster finds only in AWS, a few only when the block has begun and its nodes do not come.

locals {
  queues = try(local.configuration.Scheduling.SlurmQueues, [])

  block_resources = flatten([
    for queue in local.queues : [
      for resource in try(queue.ComputeResources, []) : {
        name             = "${queue.Name}/${try(resource.Name, "?")}"
        reservation_id   = try(resource.CapacityReservationTarget.CapacityReservationId, queue.CapacityReservationTarget.CapacityReservationId, "none")
        instance_type    = try(resource.InstanceType, "none")
        flexible         = can(resource.Instances)
        strategy         = can(queue.AllocationStrategy)
        min              = try(resource.MinCount, 0)
        max              = try(resource.MaxCount, 10)
        efa              = try(resource.Efa.Enabled, false)
        placement_groups = [for group in [try(resource.Networking.PlacementGroup, {}), try(queue.Networking.PlacementGroup, {})] : jsonencode(group) if try(group.Enabled, false) || can(group.Name) || can(group.Id)]
        subnet_ids       = try(queue.Networking.SubnetIds, [])
        groups           = concat(try(queue.Networking.SecurityGroups, []), try(queue.Networking.AdditionalSecurityGroups, []))
      }
    ] if try(queue.CapacityType, "ONDEMAND") == "CAPACITY_BLOCK"
  ])

  blocks = { for block in values(var.capacity_blocks) : block.reservation_id => block }

  # Each rule, and what breaks it.
  broken_rules = {
    "CapacityReservationId must be one of capacity_blocks" = [
      for each in local.block_resources : each.name if !contains(keys(local.blocks), each.reservation_id)
    ]
    "a reservation must be used once, by a queue of CapacityType CAPACITY_BLOCK" = [
      for id in keys(local.blocks) : id if length([for each in local.block_resources : each if each.reservation_id == id]) != 1
    ]
    "InstanceType must be the block's, and Instances absent" = [
      for each in local.block_resources : each.name if each.flexible || each.instance_type != try(local.blocks[each.reservation_id].instance_type, each.instance_type)
    ]
    "AllocationStrategy must be absent" = [
      for each in local.block_resources : each.name if each.strategy
    ]
    "MinCount and MaxCount must both be the block's count" = [
      for each in local.block_resources : each.name if each.min != each.max || each.min != try(local.blocks[each.reservation_id].count, each.min) || each.min < 1
    ]
    "SubnetIds must be the one subnet of the block's zone" = [
      for each in local.block_resources : each.name if length(each.subnet_ids) != 1 || try(each.subnet_ids[0] != var.subnet_ids[local.blocks[each.reservation_id].zone_id], false)
    ]
    "Efa must be enabled, in the group of efa_security_group_id" = [
      for each in local.block_resources : each.name if !each.efa || !contains(each.groups, var.efa_security_group_id)
    ]
    "PlacementGroup must be disabled" = [
      for each in local.block_resources : each.name if length(each.placement_groups) > 0
    ]
  }
}

# The cluster depends on it: so nothing is sent before the rules hold, also where an input is unknown until the apply, and where
# only the cluster is planned (-target). An output's preconditions would come after it, or not at all.
resource "terraform_data" "block_rules" {
  lifecycle {
    precondition {
      condition     = alltrue([for names in values(local.broken_rules) : length(names) == 0])
      error_message = "A queue on a capacity block is not as it must be: ${join("; ", [for rule, names in local.broken_rules : "${rule} (${join(", ", names)})" if length(names) > 0])}."
    }

    precondition {
      condition     = try(local.configuration.Region, null) == var.region
      error_message = "Region must be there, and be ${var.region}: the API's own, which controls no other."
    }
  }
}
