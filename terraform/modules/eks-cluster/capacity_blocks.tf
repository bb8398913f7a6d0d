locals {
  blocks = {
    for name, block in var.capacity_blocks : name => merge(block, {
      # AWS takes the machines of UltraServers back 60 minutes before the end, others 30 (EC2 user guide, Capacity Blocks,
      # considerations).
      usable_end = timeadd(block.ends_at, contains(local.ultraserver_types, block.instance_type) ? "-60m" : "-30m")
      scale_in_minutes = coalesce(
        block.scale_in_minutes,
        contains(local.ultraserver_types, block.instance_type) ? 75 : 45,
      )
    })
  }

  ultraserver_types = ["trn2u.48xlarge"]

  capacity_block_node_groups = {
    for name, block in var.capacity_blocks : name => merge(local.group_settings[name], {
      # All three settings, or the nodes are on demand or never start.
      capacity_type           = "CAPACITY_BLOCK"
      instance_market_options = { market_type = "capacity-block" }
      capacity_reservation_specification = {
        capacity_reservation_target = { capacity_reservation_id = block.reservation_id }
      }

      instance_types     = [block.instance_type]
      network_interfaces = local.network_interfaces[block.instance_type]
      # A block is close together already, and one inside a placement group finds no capacity.
      create_placement_group = false

      # A reservation is in one zone; terraform-aws-eks 21 does not choose the subnet.
      subnet_ids = [var.private_subnet_ids[block.zone_id]]

      # No machine outside the block's time. Within it the schedules set the desired size, which terraform-aws-eks 21 leaves
      # alone once the group is there; the least and the most must be theirs too, for these it would set back.
      min_size     = 0
      max_size     = block.count
      desired_size = 0

      # Every tag that instances get is in the template, and another template replaces every node, in the middle of a job.
      tag_specifications = []

      # A node goes before its successor comes: there is no machine beside the block's.
      update_config = { max_unavailable = 1, update_strategy = "MINIMAL" }
    })
  }
}
