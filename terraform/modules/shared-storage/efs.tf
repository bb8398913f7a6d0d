resource "aws_efs_file_system" "this" {
  count = var.efs == null ? 0 : 1

  encrypted        = true
  kms_key_id       = var.kms_key_arn
  performance_mode = "generalPurpose" # the only one with elastic throughput
  throughput_mode  = "elastic"

  dynamic "lifecycle_policy" {
    for_each = var.efs.transition_to_ia == null ? {} : {
      transition_to_ia                    = var.efs.transition_to_ia
      transition_to_primary_storage_class = "AFTER_1_ACCESS"
    }

    content {
      transition_to_ia                    = lifecycle_policy.key == "transition_to_ia" ? lifecycle_policy.value : null
      transition_to_primary_storage_class = lifecycle_policy.key == "transition_to_primary_storage_class" ? lifecycle_policy.value : null
    }
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    prevent_destroy = true

    precondition {
      condition     = one(terraform_data.efs_created_with[*].output.kms_key_arn) == var.kms_key_arn
      error_message = "EFS cannot change its key (was ${one(terraform_data.efs_created_with[*].output.kms_key_arn)}). It would replace the file system, and everything on it would be lost. Keep the key, or make a second file system and copy."
    }
  }
}

resource "terraform_data" "efs_created_with" {
  count = var.efs == null ? 0 : 1

  input = { kms_key_arn = var.kms_key_arn }

  lifecycle {
    ignore_changes = [input]
  }
}

# Keyed by zone, so that there cannot be two for one.
resource "aws_efs_mount_target" "this" {
  for_each = var.efs == null ? {} : var.efs.subnet_ids

  file_system_id  = aws_efs_file_system.this[0].id
  subnet_id       = each.value
  security_groups = [aws_security_group.efs[0].id]
}

resource "aws_efs_access_point" "this" {
  for_each = var.efs == null ? {} : var.efs.access_points

  file_system_id = aws_efs_file_system.this[0].id

  posix_user {
    uid            = each.value.uid
    gid            = each.value.gid
    secondary_gids = each.value.secondary_gids
  }

  root_directory {
    path = each.value.path

    # Without it a client that mounts a directory which does not exist yet is refused.
    creation_info {
      owner_uid   = each.value.uid
      owner_gid   = each.value.gid
      permissions = each.value.permissions
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_efs_backup_policy" "this" {
  count = var.efs == null ? 0 : 1

  file_system_id = aws_efs_file_system.this[0].id

  backup_policy {
    status = var.efs.backups ? "ENABLED" : "DISABLED"
  }
}

# EFS user guide, file system policies: who reaches a mount target may mount and write, over TLS, and root is nobody.
resource "aws_efs_file_system_policy" "this" {
  count = var.efs == null ? 0 : 1

  file_system_id = aws_efs_file_system.this[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "ThroughMountTargets"
          Effect    = "Allow"
          Principal = { AWS = "*" }
          Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
          Resource  = aws_efs_file_system.this[0].arn
          Condition = { Bool = { "elasticfilesystem:AccessedViaMountTarget" = "true" } }
        },
        {
          Sid       = "TlsOnly"
          Effect    = "Deny"
          Principal = { AWS = "*" }
          Action    = "*"
          Resource  = aws_efs_file_system.this[0].arn
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ],
      length(var.efs.root_access_arns) == 0 ? [] : [{
        Sid       = "Root"
        Effect    = "Allow"
        Principal = { AWS = var.efs.root_access_arns }
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"]
        Resource  = aws_efs_file_system.this[0].arn
        Condition = { Bool = { "elasticfilesystem:AccessedViaMountTarget" = "true" } }
      }],
    )
  })
}
