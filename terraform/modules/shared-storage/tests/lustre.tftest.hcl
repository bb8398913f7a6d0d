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

  client_security_group_ids = {
    eks  = "sg-00000000000000001"
    head = "sg-00000000000000002"
  }

  lustre = {
    subnet_id            = "subnet-00000000000000001"
    storage_capacity_gib = 4800
  }
}

run "file_system_is_persistent_encrypted_and_in_one_subnet" {
  command = plan

  assert {
    condition = (
      aws_fsx_lustre_file_system.this[0].deployment_type == "PERSISTENT_2" && aws_fsx_lustre_file_system.this[0].storage_type == "SSD"
    )
    error_message = "The file system is of a kind that loses data or has no associations."
  }
  assert {
    condition     = aws_fsx_lustre_file_system.this[0].kms_key_id == var.kms_key_arn
    error_message = "The file system is encrypted with another key than the one passed in."
  }
  assert {
    condition     = jsonencode(aws_fsx_lustre_file_system.this[0].subnet_ids) == jsonencode(["subnet-00000000000000001"])
    error_message = "The file system is in another subnet."
  }
  assert {
    condition     = aws_fsx_lustre_file_system.this[0].tags == tomap({ Team = "ml-platform", Name = "example" })
    error_message = "The file system lacks a tag."
  }
  assert {
    condition = (
      aws_fsx_lustre_file_system.this[0].storage_capacity == 4800 && aws_fsx_lustre_file_system.this[0].per_unit_storage_throughput == 250 &&
      aws_fsx_lustre_file_system.this[0].data_compression_type == "LZ4" && aws_fsx_lustre_file_system.this[0].file_system_type_version == "2.15"
    )
    error_message = "Capacity, throughput, compression or version is not the one asked for."
  }
  assert {
    condition     = length(aws_efs_file_system.this) == 0
    error_message = "An EFS is made unasked."
  }
}

run "what_is_asked_for_is_what_is_made" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 1200
      throughput_mbps_per_tib = 1000
      compression             = false
      version                 = "2.12"
      maintenance_window      = "7:04:00"
      backup_retention_days   = 7
      log_retention_days      = 90
    }
  }

  assert {
    condition = (
      aws_fsx_lustre_file_system.this[0].storage_capacity == 1200 && aws_fsx_lustre_file_system.this[0].per_unit_storage_throughput == 1000 &&
      aws_fsx_lustre_file_system.this[0].data_compression_type == "NONE" && aws_fsx_lustre_file_system.this[0].file_system_type_version == "2.12" &&
      aws_fsx_lustre_file_system.this[0].weekly_maintenance_start_time == "7:04:00"
    )
    error_message = "An argument is not passed on."
  }
  assert {
    condition     = aws_fsx_lustre_file_system.this[0].automatic_backup_retention_days == 7 && aws_fsx_lustre_file_system.this[0].skip_final_backup == false
    error_message = "A file system that is not linked to S3 has no backups."
  }
  assert {
    condition     = aws_cloudwatch_log_group.lustre[0].retention_in_days == 90
    error_message = "Logs are kept for another time."
  }
}

# Metadata performance that is not configured at creation can never be raised, and EFA cannot do without.
run "metadata_performance_can_be_raised_later" {
  command = plan

  assert {
    condition     = aws_fsx_lustre_file_system.this[0].metadata_configuration[0].mode == "AUTOMATIC"
    error_message = "Metadata performance is fixed for ever."
  }
}

run "metadata_performance_is_the_one_asked_for" {
  command = plan

  variables {
    lustre = {
      subnet_id            = "subnet-00000000000000001"
      storage_capacity_gib = 4800
      metadata_iops        = 24000
    }
  }

  assert {
    condition = (
      aws_fsx_lustre_file_system.this[0].metadata_configuration[0].mode == "USER_PROVISIONED" &&
      aws_fsx_lustre_file_system.this[0].metadata_configuration[0].iops == 24000
    )
    error_message = "metadata_iops is not passed on."
  }
}

run "without_efa_the_file_system_has_its_own_group_alone" {
  command = plan

  assert {
    condition     = aws_fsx_lustre_file_system.this[0].efa_enabled == false && aws_fsx_lustre_file_system.this[0].security_group_ids == toset(["sg-0000000000000000a"])
    error_message = "The file system has EFA or groups unasked."
  }
}

run "with_efa_the_file_system_joins_the_efa_group" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 9600
      throughput_mbps_per_tib = 500
      efa                     = true
      efa_security_group_id   = "sg-0000000000000000e"
    }
  }

  assert {
    condition = (
      aws_fsx_lustre_file_system.this[0].efa_enabled &&
      aws_fsx_lustre_file_system.this[0].security_group_ids == toset(["sg-0000000000000000a", "sg-0000000000000000e"])
    )
    error_message = "FSx refuses an EFA file system without the group."
  }
  assert {
    condition     = length(aws_fsx_lustre_file_system.this[0].metadata_configuration) == 1
    error_message = "FSx refuses an EFA file system without a metadata configuration."
  }
}

# import_path, export_path and auto_import_policy are the old linkage, which PERSISTENT_2 does not have.
run "old_linkage_is_not_used" {
  command = plan

  assert {
    condition     = aws_fsx_lustre_file_system.this[0].import_path == null
    error_message = "The old linkage is used."
  }
}

run "clients_and_servers_reach_each_other_on_lustre_ports_and_nobody_else_does" {
  command = plan

  assert {
    condition = jsonencode({
      for name, rule in aws_vpc_security_group_ingress_rule.lustre : name => [rule.security_group_id, rule.referenced_security_group_id, rule.ip_protocol, rule.from_port, rule.to_port]
      }) == jsonencode({
      eks-lnet     = ["sg-0000000000000000a", "sg-00000000000000001", "tcp", 988, 988]
      eks-replies  = ["sg-0000000000000000a", "sg-00000000000000001", "tcp", 1018, 1023]
      head-lnet    = ["sg-0000000000000000a", "sg-00000000000000002", "tcp", 988, 988]
      head-replies = ["sg-0000000000000000a", "sg-00000000000000002", "tcp", 1018, 1023]
      self-lnet    = ["sg-0000000000000000a", "sg-0000000000000000a", "tcp", 988, 988]
      self-replies = ["sg-0000000000000000a", "sg-0000000000000000a", "tcp", 1018, 1023]
    })
    error_message = "A client cannot mount, servers cannot reach each other, or somebody else can."
  }
  assert {
    condition = jsonencode({
      for name, rule in aws_vpc_security_group_egress_rule.lustre : name => [rule.security_group_id, rule.referenced_security_group_id, rule.ip_protocol, rule.from_port, rule.to_port]
      }) == jsonencode({
      for name, rule in aws_vpc_security_group_ingress_rule.lustre : name => [rule.security_group_id, rule.referenced_security_group_id, rule.ip_protocol, rule.from_port, rule.to_port]
    })
    error_message = "What comes in and what goes out differ."
  }
  assert {
    condition = alltrue([
      for rule in concat(values(aws_vpc_security_group_ingress_rule.lustre), values(aws_vpc_security_group_egress_rule.lustre)) :
      rule.cidr_ipv4 == null && rule.cidr_ipv6 == null
    ])
    error_message = "An address range is let in or out."
  }
  assert {
    condition     = aws_security_group.lustre[0].name == "example-lustre" && aws_security_group.lustre[0].vpc_id == "vpc-00000000000000001"
    error_message = "The group is in another VPC or has another name."
  }
}

run "logs_are_where_fsx_may_write_and_encrypted" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.lustre[0].name == "/aws/fsx/example" && aws_cloudwatch_log_group.lustre[0].kms_key_id == var.kms_key_arn
    error_message = "FSx could not write its log, or writes it in the clear."
  }
  assert {
    condition     = aws_fsx_lustre_file_system.this[0].log_configuration[0].destination == aws_cloudwatch_log_group.lustre[0].arn && aws_fsx_lustre_file_system.this[0].log_configuration[0].level == "WARN_ERROR"
    error_message = "Errors of imports and exports are not logged."
  }
  assert {
    condition     = aws_cloudwatch_log_group.lustre[0].retention_in_days == 365
    error_message = "Logs are not kept for a year."
  }
}

run "output_says_what_clusters_ask_for" {
  command = plan

  assert {
    condition = output.lustre == {
      id                   = "fs-00000000000000001"
      storage_capacity_gib = 4800
      arn                  = "arn:aws:fsx:us-west-2:222222222222:file-system/fs-00000000000000001"
      dns_name             = "fs-00000000000000001.fsx.us-west-2.amazonaws.com"
      mount_name           = "abcdefgh"
      security_group_id    = "sg-0000000000000000a"
      log_group_name       = "/aws/fsx/example"
    }
    error_message = "The output does not name the file system."
  }
  assert {
    condition     = output.efs == null && output.data_repository_paths == {}
    error_message = "The output names what is not there."
  }
}
