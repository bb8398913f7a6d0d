data "aws_region" "current" {}

locals {
  # FSx returns events in this order.
  event_order = ["NEW", "CHANGED", "DELETED"]

  associations = {
    for name, association in try(var.data_repository.associations, {}) : name => {
      prefix = association.prefix
      path   = coalesce(association.path, "/${trimsuffix(association.prefix, "/")}")
      import = [for event in local.event_order : event if contains(association.import, event)]
      export = [for event in local.event_order : event if contains(association.export, event)]
    }
  }
}

# Associations, and never import_path or export_path of the file system: PERSISTENT_2 has only these.
resource "aws_fsx_data_repository_association" "this" {
  for_each = local.associations

  file_system_id       = aws_fsx_lustre_file_system.this[0].id
  file_system_path     = each.value.path
  data_repository_path = "s3://${var.data_repository.bucket.name}/${each.value.prefix}"

  # Objects that are there already would else be seen only once they change.
  batch_import_meta_data_on_create = true

  # An association that goes, or is replaced because a path changed, leaves its files.
  delete_data_in_filesystem = false

  s3 {
    dynamic "auto_import_policy" {
      for_each = length(each.value.import) > 0 ? [each.value.import] : []

      content {
        events = auto_import_policy.value
      }
    }

    dynamic "auto_export_policy" {
      for_each = length(each.value.export) > 0 ? [each.value.export] : []

      content {
        events = auto_export_policy.value
      }
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  # FSx creates one at a time and lists every object first: the provider's ten minutes are too short for a large prefix.
  timeouts {
    create = "6h"
    update = "6h"
    delete = "1h"
  }

  lifecycle {
    precondition {
      condition     = var.data_repository.bucket.region == data.aws_region.current.id
      error_message = "The bucket is in ${var.data_repository.bucket.region} and the file system in ${data.aws_region.current.id}: FSx imports changes only from a bucket of its own region. Link this region's replica."
    }
  }
}
