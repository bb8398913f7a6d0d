# What HyperPod does not change is planned by awscc as a replacement of the whole cluster (its VPC, its orchestrator, its name), or
# as an update that AWS then refuses in the middle of an apply (a group's type, role, threads, zone, key). State tells what is,
# variables what is wanted; only a record of what was made lets a plan refuse in words. Records come after the cluster, so that what
# AWS refused to make is on no record; a plan holds against them all the same, before anything is sent.

resource "terraform_data" "cluster_created_with" {
  input = local.cluster_fixed

  depends_on = [awscc_sagemaker_cluster.this]

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = !anytrue([for what, value in local.cluster_fixed : try(self.output[what], value) != value])
      error_message = "HyperPod cannot change ${join(", nor ", [for what, value in local.cluster_fixed : "its ${what} (was ${try(self.output[what], "unknown")})" if try(self.output[what], value) != value])}: awscc would replace the cluster, and every machine with it. Keep the value, or make a second cluster beside it. To replace it all the same, or if the record is wrong, plan with -replace of this record."
    }
  }
}

resource "terraform_data" "group_created_with" {
  for_each = local.group_fixed

  input = each.value

  depends_on = [awscc_sagemaker_cluster.this]

  lifecycle {
    ignore_changes = [input]
    # Groups of a cluster that is replaced are new as well.
    replace_triggered_by = [terraform_data.cluster_created_with.id]

    postcondition {
      condition     = !anytrue([for what, value in each.value : try(self.output[what], value) != value])
      error_message = "HyperPod cannot change ${join(", nor ", [for what, value in each.value : "the ${what} of group ${each.key} (was ${try(self.output[what], "unknown")})" if try(self.output[what], value) != value])}: awscc would plan it as an update, which AWS refuses. Make a group under another name, and then take this one out. If the record is wrong, because the group was made anew elsewhere, plan with -replace of this record, terraform_data.group_created_with[\"${each.key}\"]."
    }
  }
}

locals {
  cluster_fixed = {
    "name"            = var.name
    "orchestrator"    = var.eks == null ? "slurm" : "eks ${var.eks.cluster_name}"
    "subnets"         = join(" ", sort(values(var.subnet_ids)))
    "security groups" = join(" ", sort(var.security_group_ids))
  }

  group_fixed = { for name, group in var.instance_groups : name => {
    "instance type"    = group.instance_type
    "execution role"   = var.execution_role_arn
    "threads per core" = tostring(group.threads_per_core)
    "subnet"           = try(var.subnet_ids[group.zone_id], "none")
    "volume key"       = coalesce(var.volume_kms_key_arn, "AWS's own")
  } }
}
