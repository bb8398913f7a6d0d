locals {
  script_files = fileset(var.lifecycle_scripts.path, "**")

  slurm_groups = { for role in ["controller", "login", "compute"] : role => [
    for name, group in var.instance_groups : name if try(group.slurm.role, "") == role
  ] }

  # SageMaker developer guide, HyperPod references, legacy Slurm configuration: what HyperPod writes slurm.conf from.
  provisioning_parameters = merge(
    {
      version          = "1.0.0"
      workload_manager = "slurm"
      controller_group = join("", local.slurm_groups.controller)
      worker_groups = [for name in local.slurm_groups.compute : {
        instance_group_name = name
        partition_name      = coalesce(var.instance_groups[name].slurm.partition, name)
      }]
    },
    length(local.slurm_groups.login) == 0 ? {} : { login_group = join("", local.slurm_groups.login) },
    var.fsx_lustre == null ? {} : { fsx_dns_name = var.fsx_lustre.dns_name, fsx_mountname = var.fsx_lustre.mount_name },
  )

  lifecycle_files = merge(
    { for file in local.script_files : file => file("${var.lifecycle_scripts.path}/${file}") },
    var.orchestrator == "slurm" ? { "provisioning_parameters.json" = jsonencode(local.provisioning_parameters) } : {},
  )

  lifecycle_version = substr(sha256(jsonencode(local.lifecycle_files)), 0, 16)
  lifecycle_prefix  = "hyperpod/${var.name}/${local.lifecycle_version}"
  lifecycle_uri     = "s3://${var.lifecycle_scripts.bucket}/${local.lifecycle_prefix}/"
}

resource "aws_s3_object" "lifecycle" {
  for_each = local.lifecycle_files

  bucket                 = var.lifecycle_scripts.bucket
  key                    = "${local.lifecycle_prefix}/${each.key}"
  content                = each.value
  content_type           = "text/plain; charset=utf-8"
  server_side_encryption = "aws:kms"
  kms_key_id             = var.lifecycle_scripts.kms_key_arn

  lifecycle {
    # A machine that HyperPod replaces during the apply still finds what its group says: the old go when the cluster knows the new.
    create_before_destroy = true
  }
}
