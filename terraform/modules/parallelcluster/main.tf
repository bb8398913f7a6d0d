locals {
  # Graviton's types: a1, and a g behind the generation.
  arm64 = "^(a1|[a-z]+[0-9]+g[a-z0-9-]*)\\."

  # Decoded, so that what ParallelCluster is sent is its text without comments: rewording one is no update of a cluster.
  configuration = yamldecode(templatefile(var.template, {
    region                   = var.region
    os                       = var.os
    head_node                = var.head_node
    subnet_ids               = var.subnet_ids
    security_group_ids       = distinct(concat([var.efa_security_group_id], var.security_group_ids))
    roles                    = var.roles
    permissions_boundary_arn = var.permissions_boundary_arn
    lustre                   = var.lustre
    capacity_blocks          = var.capacity_blocks
    on_demand_queues         = var.on_demand_queues
    accounting               = var.accounting
    queue_update_strategy    = var.queue_update_strategy
    log_retention_days       = var.log_retention_days
    tags                     = var.tags
  }))

  usable_ends = {
    for name, block in var.capacity_blocks : name => timeadd(block.ends_at, startswith(block.instance_type, "p6e-gb200") ? "-60m" : "-30m")
  }
}

# An object, never a path or text: the module takes what it cannot read as a file for the configuration itself, so that a
# misspelt path would be sent to ParallelCluster in place of a cluster.
module "this" {
  #checkov:skip=CKV_TF_1:A registry's module is pinned by its version; a commit would need its source from git.
  source  = "aws-tf/parallelcluster/aws//modules/clusters"
  version = "1.1.0"

  cluster_configs = {
    (var.name) = {
      configuration = local.configuration
      region        = var.region
      # Unset, the provider sends false, whatever its documentation says.
      rollbackOnFailure      = var.rollback_on_failure
      validationFailureLevel = var.validation_failure_level
    }
  }

  # It has no data sources, which this would put off until the apply.
  depends_on = [terraform_data.block_rules]
}

check "blocks_that_are_over" {
  assert {
    condition     = alltrue([for end in values(local.usable_ends) : timecmp(plantimestamp(), end) < 0])
    error_message = "AWS has taken these blocks back, and Slurm goes on asking for their nodes: stop the fleet, and take them out of capacity_blocks: ${join(", ", [for name, end in local.usable_ends : "${name} (usable until ${end})" if timecmp(plantimestamp(), end) >= 0])}."
  }
}

# A warning: what AWS tells is right, also where it sells otherwise some day. EC2 user guide, Capacity Blocks: they end at 11:30
# UTC, and last 182 days at most, extensions among them.
check "blocks_as_aws_sells_them" {
  assert {
    condition     = alltrue([for block in values(var.capacity_blocks) : endswith(block.ends_at, "T11:30:00Z")])
    error_message = "Blocks end at 11:30:00Z, and these do not: ${join(", ", [for name, block in var.capacity_blocks : "${name} (${block.ends_at})" if !endswith(block.ends_at, "T11:30:00Z")])}. Hold ends_at against the reservation's EndDate: the machines are gone half an hour before it, an hour of an UltraServer."
  }

  assert {
    condition     = alltrue([for block in values(var.capacity_blocks) : timecmp(timeadd(block.starts_at, "4368h"), block.ends_at) >= 0])
    error_message = "Blocks last 182 days at most, and these are longer: ${join(", ", [for name, block in var.capacity_blocks : "${name} (${block.starts_at} to ${block.ends_at})" if timecmp(timeadd(block.starts_at, "4368h"), block.ends_at) < 0])}. Hold starts_at and ends_at against the reservation."
  }
}
