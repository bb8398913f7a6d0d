# Every change of a cluster is planned as "update in-place", and of its name as another cluster: what ParallelCluster refuses shows
# in the apply. State tells what is, variables what is wanted; only a record of what was made lets a plan say so. The records
# come after the cluster, so that a cluster which could not be made leaves none that refuses the corrected input.

locals {
  # Of update policy UNSUPPORTED in ParallelCluster's schema, and the name, which is the cluster itself.
  fixed = {
    "name"                        = var.name
    "os"                          = var.os
    "head node's instance type"   = var.head_node.instance_type
    "head node's subnet"          = var.subnet_ids[var.head_node.zone_id]
    "head node's root_volume_gib" = tostring(var.head_node.root_volume_gib)
    "head node's key_name"        = coalesce(var.head_node.key_name, "none")
  }

  queue_nodes = merge(
    { for name, block in var.capacity_blocks : name => block.count },
    { for name, queue in var.on_demand_queues : name => queue.max_count },
  )
  queue_nodes_before = terraform_data.queues_made_with.input
  queues_fewer       = [for name, nodes in local.queue_nodes_before : "${name} (${nodes} nodes)" if try(local.queue_nodes[name] < nodes, true)]
}

resource "terraform_data" "created_with" {
  input      = local.fixed
  depends_on = [module.this]

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = alltrue([for what, value in local.fixed : try(self.input[what], value) == value])
      error_message = "ParallelCluster cannot change ${join(", nor ", [for what, value in local.fixed : "its ${what} (was ${try(self.input[what], "unknown")})" if try(self.input[what], value) != value])}: it would refuse the update, and under another name Terraform would delete the cluster to make a second one. Keep the value, or make a second cluster beside it. To replace this one, and lose the head node's disk with /home, plan with -replace of this record and of ADDRESS.module.this.aws-parallelcluster_cluster.managed_configs[\"${try(self.input.name, var.name)}\"]."
    }
  }
}

# One for each queue, so that one more is something that is made, which renews the record below.
resource "terraform_data" "queue" {
  for_each = local.queue_nodes

  depends_on = [module.this]
}

resource "terraform_data" "queues_made_with" {
  input = local.queue_nodes

  # Renewed by a queue more, whose id is unknown while it is planned, and by another strategy. Never by a queue that goes or
  # shrinks: a record that is planned anew tells only what is wanted.
  triggers_replace = [var.queue_update_strategy, alltrue([for each in terraform_data.queue : each.id != ""])]

  lifecycle {
    ignore_changes = [input]
  }
}

# A warning: of the fleet, which may be stopped, Terraform knows nothing.
check "queues_that_go_or_shrink" {
  assert {
    condition     = var.queue_update_strategy == "TERMINATE" || length(local.queues_fewer) == 0
    error_message = "These queues go or shrink: ${join(", ", local.queues_fewer)}. While the fleet runs, ParallelCluster takes that only with TERMINATE, which ends what runs on the nodes: stop the fleet (pcluster update-compute-fleet --status STOP_REQUESTED), or set queue_update_strategy to TERMINATE. Where it is done already, renew the record: -replace=ADDRESS.terraform_data.queues_made_with."
  }
}
