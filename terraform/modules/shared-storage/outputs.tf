output "lustre" {
  description = "The Lustre file system, once its data repositories are linked: what FSx CSI, ParallelCluster's SharedStorage, HyperPod's FsxLustreConfig and fsx_file_systems of monitoring ask for. Null without one."
  value = var.lustre == null ? null : {
    id                   = aws_fsx_lustre_file_system.this[0].id
    storage_capacity_gib = aws_fsx_lustre_file_system.this[0].storage_capacity
    arn                  = aws_fsx_lustre_file_system.this[0].arn
    dns_name             = aws_fsx_lustre_file_system.this[0].dns_name
    mount_name           = aws_fsx_lustre_file_system.this[0].mount_name
    security_group_id    = aws_security_group.lustre[0].id
    log_group_name       = aws_cloudwatch_log_group.lustre[0].name
  }

  depends_on = [aws_fsx_data_repository_association.this]
}

output "data_repository_paths" {
  description = "Directory of each association, by its name."
  value       = { for name, association in local.associations : name => association.path }
}

output "efs" {
  description = "The EFS file system, once it can be mounted: its access points by name and mount target addresses by zone id. Another account mounts it by address, its DNS name is known in this VPC only. Null without one."
  value = var.efs == null ? null : {
    id                = aws_efs_file_system.this[0].id
    arn               = aws_efs_file_system.this[0].arn
    dns_name          = aws_efs_file_system.this[0].dns_name
    security_group_id = aws_security_group.efs[0].id
    access_point_ids  = { for name, point in aws_efs_access_point.this : name => point.id }
    addresses         = { for zone, target in aws_efs_mount_target.this : zone => target.ip_address }
  }

  depends_on = [aws_efs_file_system_policy.this, aws_efs_mount_target.this, aws_vpc_security_group_ingress_rule.efs]
}
