resource "aws_fsx_lustre_file_system" "this" {
  count = var.lustre == null ? 0 : 1

  deployment_type               = "PERSISTENT_2"
  storage_type                  = "SSD"
  subnet_ids                    = [var.lustre.subnet_id]
  security_group_ids            = compact([aws_security_group.lustre[0].id, var.lustre.efa_security_group_id])
  storage_capacity              = var.lustre.storage_capacity_gib
  per_unit_storage_throughput   = var.lustre.throughput_mbps_per_tib
  data_compression_type         = var.lustre.compression ? "LZ4" : "NONE"
  file_system_type_version      = var.lustre.version
  efa_enabled                   = var.lustre.efa
  kms_key_id                    = var.kms_key_arn
  weekly_maintenance_start_time = var.lustre.maintenance_window

  automatic_backup_retention_days = var.lustre.backup_retention_days
  skip_final_backup               = var.data_repository != null

  # EFA asks for it, and without it metadata performance could never be raised.
  metadata_configuration {
    mode = var.lustre.metadata_iops == null ? "AUTOMATIC" : "USER_PROVISIONED"
    iops = var.lustre.metadata_iops
  }

  log_configuration {
    destination = aws_cloudwatch_log_group.lustre[0].arn
    level       = "WARN_ERROR"
  }

  tags = merge(var.tags, { Name = var.name })

  timeouts {
    create = "1h"
    update = "2h"
  }

  # FSx refuses to create a file system while its groups do not yet let port 988 in.
  depends_on = [aws_vpc_security_group_egress_rule.lustre, aws_vpc_security_group_ingress_rule.lustre]

  lifecycle {
    # Whatever the reason, known below or not: nothing here may replace a file system with an empty one.
    prevent_destroy = true

    # FSx does not tell them, so that an imported file system would always seem to need others, and they cannot be changed.
    ignore_changes = [security_group_ids]

    precondition {
      condition     = length(local.lustre_changes) == 0
      error_message = "FSx cannot change ${join(", nor ", local.lustre_changes)}. It would replace the file system, and everything on it that is not exported would be lost. Keep the value, or make a second file system and copy. Where FSx itself made the change in place, record it: see the README, changing a file system."
    }
  }
}

# What the file system was created with: state tells what is, variables what is wanted, and only this lets a plan refuse in words
# what a provider would plan as a replacement.
resource "terraform_data" "lustre_created_with" {
  count = var.lustre == null ? 0 : 1

  input = {
    name                    = var.name
    vpc_id                  = var.vpc_id
    kms_key_arn             = var.kms_key_arn
    subnet_id               = var.lustre.subnet_id
    efa                     = var.lustre.efa
    efa_security_group_id   = var.lustre.efa_security_group_id
    version                 = var.lustre.version
    storage_capacity_gib    = var.lustre.storage_capacity_gib
    throughput_mbps_per_tib = var.lustre.throughput_mbps_per_tib
    metadata_iops           = var.lustre.metadata_iops
  }

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  lustre_created_with = one(terraform_data.lustre_created_with[*].output)

  lustre_changes = var.lustre == null ? [] : compact([
    local.lustre_created_with.name == var.name ? "" : "its security group, which is named after name (was ${local.lustre_created_with.name})",
    local.lustre_created_with.vpc_id == var.vpc_id ? "" : "its VPC (was ${local.lustre_created_with.vpc_id})",
    local.lustre_created_with.kms_key_arn == var.kms_key_arn ? "" : "its key (was ${local.lustre_created_with.kms_key_arn})",
    local.lustre_created_with.subnet_id == var.lustre.subnet_id ? "" : "its subnet (was ${local.lustre_created_with.subnet_id})",
    local.lustre_created_with.efa == var.lustre.efa ? "" : "whether it has EFA (was ${local.lustre_created_with.efa})",
    local.lustre_created_with.efa_security_group_id == var.lustre.efa_security_group_id ? "" : "its security groups (was ${coalesce(local.lustre_created_with.efa_security_group_id, "none for EFA")})",
    local.lustre_created_with.version == var.lustre.version ? "" : "its version by Terraform (was ${local.lustre_created_with.version})",
    local.lustre_created_with.storage_capacity_gib <= var.lustre.storage_capacity_gib ? "" : "its capacity to less than the ${local.lustre_created_with.storage_capacity_gib} GiB it was created with",
    coalesce(local.lustre_created_with.metadata_iops, 0) <= coalesce(var.lustre.metadata_iops, 0) ? "" : "its metadata IOPS to fewer than the ${coalesce(local.lustre_created_with.metadata_iops, 0)} it was created with",
    !var.lustre.efa || local.lustre_created_with.throughput_mbps_per_tib == var.lustre.throughput_mbps_per_tib ? "" : "its throughput while it has EFA (was ${local.lustre_created_with.throughput_mbps_per_tib})",
  ])
}

resource "aws_cloudwatch_log_group" "lustre" {
  count = var.lustre == null ? 0 : 1

  # FSx writes only to groups below /aws/fsx.
  name              = "/aws/fsx/${var.name}"
  retention_in_days = var.lustre.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}
