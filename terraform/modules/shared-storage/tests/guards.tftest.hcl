# The record of what a file system was created with is applied alone: the file systems refuse to be destroyed, after a test too.
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

  lustre = {
    subnet_id               = "subnet-00000000000000001"
    storage_capacity_gib    = 9600
    throughput_mbps_per_tib = 500
    metadata_iops           = 12000
    efa                     = true
    efa_security_group_id   = "sg-0000000000000000e"
  }

  efs = { subnet_ids = { usw2-az1 = "subnet-00000000000000001" } }
}

run "created" {
  command = apply

  plan_options {
    target = [terraform_data.lustre_created_with, terraform_data.efs_created_with]
  }
}

run "nothing_changed" {
  command = plan

  assert {
    condition     = length(local.lustre_changes) == 0
    error_message = "A change is seen where there is none."
  }
}

run "what_fsx_changes_in_place_is_let_through" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 19200
      throughput_mbps_per_tib = 500
      metadata_iops           = 24000
      compression             = false
      maintenance_window      = "7:04:00"
      efa                     = true
      efa_security_group_id   = "sg-0000000000000000e"
    }
  }

  assert {
    condition     = length(local.lustre_changes) == 0
    error_message = "Growth is refused."
  }
}

run "another_key_is_refused" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-00000000000b"
  }

  expect_failures = [aws_fsx_lustre_file_system.this, aws_efs_file_system.this]
}

run "another_subnet_is_refused" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000002"
      storage_capacity_gib    = 9600
      throughput_mbps_per_tib = 500
      metadata_iops           = 12000
      efa                     = true
      efa_security_group_id   = "sg-0000000000000000e"
    }
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "another_efa_group_is_refused" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 9600
      throughput_mbps_per_tib = 500
      metadata_iops           = 12000
      efa                     = true
      efa_security_group_id   = "sg-0000000000000000f"
    }
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "leaving_efa_is_refused" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 9600
      throughput_mbps_per_tib = 500
      metadata_iops           = 12000
      efa                     = false
    }
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "another_version_is_refused" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 9600
      throughput_mbps_per_tib = 500
      metadata_iops           = 12000
      efa                     = false
      version                 = "2.12"
    }
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "less_capacity_is_refused" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 4800
      throughput_mbps_per_tib = 1000
      metadata_iops           = 12000
      efa                     = true
      efa_security_group_id   = "sg-0000000000000000e"
    }
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "fewer_metadata_iops_are_refused" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 9600
      throughput_mbps_per_tib = 500
      metadata_iops           = 6000
      efa                     = true
      efa_security_group_id   = "sg-0000000000000000e"
    }
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "leaving_metadata_iops_to_fsx_is_refused" {
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

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "another_throughput_with_efa_is_refused" {
  command = plan

  variables {
    lustre = {
      subnet_id               = "subnet-00000000000000001"
      storage_capacity_gib    = 9600
      throughput_mbps_per_tib = 1000
      metadata_iops           = 12000
      efa                     = true
      efa_security_group_id   = "sg-0000000000000000e"
    }
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "another_name_is_refused" {
  command = plan

  variables {
    name = "other"
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}

run "another_vpc_is_refused" {
  command = plan

  variables {
    vpc_id = "vpc-00000000000000002"
  }

  expect_failures = [aws_fsx_lustre_file_system.this]
}
