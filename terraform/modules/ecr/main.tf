data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  # Not name, which aws 6 deprecates, nor region, which aws 5 lacks.
  region = data.aws_region.this.id

  pull_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Pull"
      Effect    = "Allow"
      Principal = { AWS = [for account in sort(var.pull_accounts) : "arn:${data.aws_partition.this.partition}:iam::${account}:root"] }
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })

  # A rule for untagged images is counted by itself, whatever its priority; of the others ECR takes the first that matches.
  lifecycle_policies = { for name, repository in var.repositories : name => jsonencode({ rules = concat(
    [for index, prefix in sort(keys(repository.keep)) : jsondecode(jsonencode({
      rulePriority = index + 1
      description  = "Keep the newest ${repository.keep[prefix]} of ${prefix}"
      selection    = { tagStatus = "tagged", tagPrefixList = [prefix], countType = "imageCountMoreThan", countNumber = repository.keep[prefix] }
      action       = { type = "expire" }
    }))],
    [jsondecode(jsonencode({
      rulePriority = length(repository.keep) + 1
      description  = "Expire images without a tag after ${repository.untagged_days} days"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = repository.untagged_days }
      action       = { type = "expire" }
    }))],
  ) }) }
}

resource "aws_ecr_repository" "this" {
  for_each = var.repositories

  name                 = "${var.name}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_delete
  tags                 = var.tags

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }

  lifecycle {
    precondition {
      condition     = split(":", var.kms_key_arn)[3] == local.region
      error_message = "kms_key_arn is of ${split(":", var.kms_key_arn)[3]} and the registry of ${local.region}: a key does not cross regions. Pass this region's."
    }
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = aws_ecr_repository.this

  repository = each.value.name
  policy     = local.lifecycle_policies[each.key]
}

resource "aws_ecr_repository_policy" "this" {
  for_each = { for name, repository in aws_ecr_repository.this : name => repository if length(var.pull_accounts) > 0 }

  repository = each.value.name
  policy     = local.pull_policy
}

# The registry's one configuration: whatever else set one is overwritten, and destroying this removes it.
resource "aws_ecr_replication_configuration" "this" {
  count = length(var.replicate_to) > 0 ? 1 : 0

  replication_configuration {
    rule {
      dynamic "destination" {
        for_each = var.replicate_to

        content {
          region      = destination.value
          registry_id = data.aws_caller_identity.this.account_id
        }
      }

      repository_filter {
        filter      = "${var.name}/"
        filter_type = "PREFIX_MATCH"
      }
    }
  }

  lifecycle {
    precondition {
      condition     = !contains(var.replicate_to, local.region)
      error_message = "replicate_to holds ${local.region}, which is this registry's own region: ECR does not copy to itself."
    }
  }
}
