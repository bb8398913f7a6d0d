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

  lustre = {
    subnet_id            = "subnet-00000000000000001"
    storage_capacity_gib = 4800
  }

  data_repository = {
    bucket = {
      name           = "spoke"
      role           = "replica"
      region         = "us-west-2"
      local_prefixes = ["checkpoints/"]
    }
    associations = {
      datasets    = { prefix = "datasets/" }
      checkpoints = { prefix = "checkpoints/eks/", path = "/checkpoints", import = ["NEW"], export = ["DELETED", "CHANGED", "NEW"] }
    }
  }
}

run "a_replica_is_imported_only_and_checkpoints_are_exported_where_nothing_replicates" {
  command = plan

  assert {
    condition = jsonencode({
      for name, association in aws_fsx_data_repository_association.this : name => [
        association.file_system_id, association.file_system_path, association.data_repository_path,
        association.s3[0].auto_import_policy[*].events, association.s3[0].auto_export_policy[*].events,
      ]
      }) == jsonencode({
      checkpoints = ["fs-00000000000000001", "/checkpoints", "s3://spoke/checkpoints/eks/", [["NEW"]], [["NEW", "CHANGED", "DELETED"]]]
      datasets    = ["fs-00000000000000001", "/datasets", "s3://spoke/datasets/", [["NEW", "CHANGED", "DELETED"]], []]
    })
    error_message = "A replica would be written, checkpoints would not, or a directory is linked to another prefix."
  }
  assert {
    condition     = output.data_repository_paths == { checkpoints = "/checkpoints", datasets = "/datasets" }
    error_message = "The output names other directories."
  }
}

run "objects_that_are_there_already_are_imported" {
  command = plan

  assert {
    condition     = alltrue([for association in values(aws_fsx_data_repository_association.this) : association.batch_import_meta_data_on_create])
    error_message = "Old objects are not seen until they change."
  }
}

run "an_association_that_goes_leaves_its_files" {
  command = plan

  assert {
    condition     = alltrue([for association in values(aws_fsx_data_repository_association.this) : association.delete_data_in_filesystem == false])
    error_message = "Files would be deleted with their association."
  }
}

run "large_prefixes_have_hours_to_be_listed" {
  command = plan

  assert {
    condition = alltrue([
      for association in values(aws_fsx_data_repository_association.this) : association.timeouts.create == "6h" && association.timeouts.update == "6h"
    ])
    error_message = "The provider would give up after ten minutes."
  }
}

run "a_linked_file_system_has_no_backups_since_fsx_makes_none" {
  command = plan

  assert {
    condition     = aws_fsx_lustre_file_system.this[0].automatic_backup_retention_days == 0 && aws_fsx_lustre_file_system.this[0].skip_final_backup
    error_message = "FSx would refuse the backup."
  }
}

run "associations_have_names_and_tags" {
  command = plan

  assert {
    condition     = aws_fsx_data_repository_association.this["datasets"].tags == tomap({ Team = "ml-platform", Name = "example-datasets" })
    error_message = "An association lacks a tag."
  }
}

run "a_file_system_of_the_central_bucket_publishes_when_told_so" {
  command = plan

  variables {
    data_repository = {
      bucket       = { name = "hub", role = "central", region = "us-west-2", local_prefixes = ["checkpoints/"] }
      associations = { models = { prefix = "models/", import = [], export = ["NEW", "CHANGED"], publish = true } }
    }
  }

  assert {
    condition = (
      jsonencode(aws_fsx_data_repository_association.this["models"].s3[0].auto_export_policy[*].events) == jsonencode([["NEW", "CHANGED"]]) &&
      length(aws_fsx_data_repository_association.this["models"].s3[0].auto_import_policy) == 0
    )
    error_message = "Models are not published, or imported unasked."
  }
}

run "a_bucket_of_another_region_is_refused" {
  command = plan

  variables {
    data_repository = {
      bucket       = { name = "hub", role = "central", region = "us-east-1", local_prefixes = ["checkpoints/"] }
      associations = { datasets = { prefix = "datasets/" } }
    }
  }

  expect_failures = [aws_fsx_data_repository_association.this]
}
