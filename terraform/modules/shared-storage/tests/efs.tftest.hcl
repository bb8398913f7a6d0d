mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "us-west-2" }
  }

  override_resource {
    target          = aws_security_group.lustre
    override_during = plan
    values          = { id = "sg-0000000000000000a" }
  }
  override_resource {
    target          = aws_security_group.efs
    override_during = plan
    values          = { id = "sg-0000000000000000b" }
  }
  override_resource {
    target          = aws_fsx_lustre_file_system.this
    override_during = plan
    values = {
      id         = "fs-00000000000000001"
      arn        = "arn:aws:fsx:us-west-2:222222222222:file-system/fs-00000000000000001"
      dns_name   = "fs-00000000000000001.fsx.us-west-2.amazonaws.com"
      mount_name = "abcdefgh"
    }
  }
  override_resource {
    target          = aws_efs_file_system.this
    override_during = plan
    values = {
      id       = "fs-00000000000000002"
      arn      = "arn:aws:elasticfilesystem:us-west-2:222222222222:file-system/fs-00000000000000002"
      dns_name = "fs-00000000000000002.efs.us-west-2.amazonaws.com"
    }
  }
  override_resource {
    target          = aws_cloudwatch_log_group.lustre
    override_during = plan
    values          = { arn = "arn:aws:logs:us-west-2:222222222222:log-group:/aws/fsx/example" }
  }
}

variables {
  name        = "example"
  vpc_id      = "vpc-00000000000000001"
  kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000a"
  tags        = { Team = "ml-platform" }

  client_security_group_ids = { eks = "sg-00000000000000001" }

  efs = {
    subnet_ids = {
      usw2-az1 = "subnet-00000000000000001"
      usw2-az2 = "subnet-00000000000000002"
    }
    access_points = {
      homes = { path = "/homes", uid = 1000, gid = 1001, secondary_gids = [2000], permissions = "0700" }
    }
  }
}

run "file_system_is_encrypted_and_elastic" {
  command = plan

  assert {
    condition     = aws_efs_file_system.this[0].encrypted && aws_efs_file_system.this[0].kms_key_id == var.kms_key_arn
    error_message = "The file system is not encrypted with the key that was passed in."
  }
  assert {
    condition     = aws_efs_file_system.this[0].throughput_mode == "elastic" && aws_efs_file_system.this[0].performance_mode == "generalPurpose"
    error_message = "Throughput is not elastic, or in a mode that cannot be."
  }
  assert {
    condition     = aws_efs_file_system.this[0].tags == tomap({ Team = "ml-platform", Name = "example" })
    error_message = "The file system lacks a tag."
  }
  assert {
    condition     = length(aws_fsx_lustre_file_system.this) + length(aws_security_group.lustre) + length(aws_cloudwatch_log_group.lustre) == 0
    error_message = "Lustre is made unasked."
  }
}

run "unread_files_go_to_the_cheaper_class_and_come_back_when_read" {
  command = plan

  variables {
    efs = {
      subnet_ids       = { usw2-az1 = "subnet-00000000000000001" }
      transition_to_ia = "AFTER_30_DAYS"
      backups          = false
    }
  }

  assert {
    condition     = aws_efs_backup_policy.this[0].backup_policy[0].status == "DISABLED"
    error_message = "Backups are made unasked."
  }

  assert {
    condition = (
      jsonencode(compact(aws_efs_file_system.this[0].lifecycle_policy[*].transition_to_ia)) == jsonencode(["AFTER_30_DAYS"]) &&
      jsonencode(compact(aws_efs_file_system.this[0].lifecycle_policy[*].transition_to_primary_storage_class)) == jsonencode(["AFTER_1_ACCESS"])
    )
    error_message = "Files do not move between the classes."
  }
}

run "files_stay_in_their_class_unless_asked" {
  command = plan

  assert {
    condition     = length(aws_efs_file_system.this[0].lifecycle_policy) == 0
    error_message = "Files move unasked."
  }
}

run "files_are_backed_up" {
  command = plan

  assert {
    condition     = aws_efs_backup_policy.this[0].backup_policy[0].status == "ENABLED" && aws_efs_backup_policy.this[0].file_system_id == "fs-00000000000000002"
    error_message = "There are no backups."
  }
}

run "each_zone_has_one_mount_target" {
  command = plan

  assert {
    condition = jsonencode({
      for zone, target in aws_efs_mount_target.this : zone => [target.file_system_id, target.subnet_id, target.security_groups]
      }) == jsonencode({
      usw2-az1 = ["fs-00000000000000002", "subnet-00000000000000001", ["sg-0000000000000000b"]]
      usw2-az2 = ["fs-00000000000000002", "subnet-00000000000000002", ["sg-0000000000000000b"]]
    })
    error_message = "A zone cannot mount, or has another group."
  }
}

run "only_clients_reach_nfs" {
  command = plan

  assert {
    condition = jsonencode({
      for name, rule in aws_vpc_security_group_ingress_rule.efs : name => [rule.security_group_id, rule.referenced_security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.cidr_ipv4, rule.cidr_ipv6]
      }) == jsonencode({
      eks = ["sg-0000000000000000b", "sg-00000000000000001", "tcp", 2049, 2049, null, null]
    })
    error_message = "Clients cannot mount, or somebody else can."
  }
  assert {
    condition     = aws_security_group.efs[0].name == "example-efs" && aws_security_group.efs[0].vpc_id == "vpc-00000000000000001"
    error_message = "The group is in another VPC or has another name."
  }
}

run "access_points_say_who_their_clients_are" {
  command = plan

  assert {
    condition = jsonencode([
      aws_efs_access_point.this["homes"].file_system_id,
      aws_efs_access_point.this["homes"].posix_user[0].uid, aws_efs_access_point.this["homes"].posix_user[0].gid, aws_efs_access_point.this["homes"].posix_user[0].secondary_gids,
      aws_efs_access_point.this["homes"].root_directory[0].path,
      aws_efs_access_point.this["homes"].root_directory[0].creation_info[0].owner_uid, aws_efs_access_point.this["homes"].root_directory[0].creation_info[0].owner_gid,
      aws_efs_access_point.this["homes"].root_directory[0].creation_info[0].permissions,
    ]) == jsonencode(["fs-00000000000000002", 1000, 1001, [2000], "/homes", 1000, 1001, "0700"])
    error_message = "An access point has another user or directory."
  }
  assert {
    condition     = aws_efs_access_point.this["homes"].tags == tomap({ Team = "ml-platform", Name = "example-homes" })
    error_message = "An access point lacks a tag."
  }
}

run "clients_mount_over_tls_and_nobody_is_root" {
  command = plan

  assert {
    condition = jsonencode({
      for rule in jsondecode(aws_efs_file_system_policy.this[0].policy).Statement : rule.Sid => [rule.Effect, rule.Principal, rule.Action, rule.Resource, rule.Condition]
      }) == jsonencode({
      ThroughMountTargets = ["Allow", { AWS = "*" }, ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        "arn:aws:elasticfilesystem:us-west-2:222222222222:file-system/fs-00000000000000002",
      { Bool = { "elasticfilesystem:AccessedViaMountTarget" = "true" } }]
      TlsOnly = ["Deny", { AWS = "*" }, "*", "arn:aws:elasticfilesystem:us-west-2:222222222222:file-system/fs-00000000000000002",
      { Bool = { "aws:SecureTransport" = "false" } }]
    })
    error_message = "Clients mount without TLS, from outside the VPC, or as root."
  }
}

run "only_those_named_are_root" {
  command = plan

  variables {
    efs = {
      subnet_ids       = { usw2-az1 = "subnet-00000000000000001" }
      root_access_arns = ["arn:aws:iam::222222222222:role/head-node"]
    }
  }

  assert {
    condition = jsonencode([
      for rule in jsondecode(aws_efs_file_system_policy.this[0].policy).Statement : [rule.Effect, rule.Principal, rule.Action, rule.Condition] if rule.Sid == "Root"
      ]) == jsonencode([["Allow", { AWS = ["arn:aws:iam::222222222222:role/head-node"] },
        ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"],
    { Bool = { "elasticfilesystem:AccessedViaMountTarget" = "true" } }]])
    error_message = "Somebody else is root, or nobody is."
  }
}

run "output_says_what_clusters_ask_for" {
  command = plan

  override_resource {
    target          = aws_efs_access_point.this
    override_during = plan
    values          = { id = "fsap-00000000000000001" }
  }
  override_resource {
    target          = aws_efs_mount_target.this
    override_during = plan
    values          = { ip_address = "10.0.0.10" }
  }

  assert {
    condition = jsonencode(output.efs) == jsonencode({
      id                = "fs-00000000000000002"
      arn               = "arn:aws:elasticfilesystem:us-west-2:222222222222:file-system/fs-00000000000000002"
      dns_name          = "fs-00000000000000002.efs.us-west-2.amazonaws.com"
      security_group_id = "sg-0000000000000000b"
      access_point_ids  = { homes = "fsap-00000000000000001" }
      addresses         = { usw2-az1 = "10.0.0.10", usw2-az2 = "10.0.0.10" }
    })
    error_message = "The output does not name the file system."
  }
  assert {
    condition     = output.lustre == null
    error_message = "The output names a file system that is not there."
  }
}
