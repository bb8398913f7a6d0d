mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }

  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:us-east-1:111111111111:repository/mocked"
      repository_url = "111111111111.dkr.ecr.us-east-1.amazonaws.com/mocked"
    }
  }
}

mock_provider "aws" {
  alias = "west"

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "us-west-2" }
  }
}

variables {
  name         = "ml-clusters"
  repositories = { training = {}, base = { untagged_days = 3, keep = { "nightly-" = 30, "try-" = 5 } } }
  kms_key_arn  = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
}

run "the_example_applies" {
  module {
    source = "./examples/basic"
  }

  providers = {
    aws      = aws
    aws.west = aws.west
  }
}

run "tags_cannot_be_moved_and_every_push_is_scanned" {
  command = plan

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.this) : repository.image_tag_mutability == "IMMUTABLE"])
    error_message = "A tag means one image for ever."
  }

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.this) : one(repository.image_scanning_configuration).scan_on_push])
    error_message = "Every image is scanned as it is pushed."
  }

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.this) : one(repository.encryption_configuration).encryption_type == "KMS" && one(repository.encryption_configuration).kms_key == var.kms_key_arn])
    error_message = "Images are encrypted by the key that was passed in."
  }

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.this) : !repository.force_delete])
    error_message = "A repository with images in it is not destroyed."
  }

  assert {
    condition     = { for key, repository in aws_ecr_repository.this : key => repository.name } == { training = "ml-clusters/training", base = "ml-clusters/base" }
    error_message = "Repositories are NAME/REPOSITORY: replication is by that prefix."
  }
}

run "images_expire_only_where_that_is_said" {
  command = plan

  assert {
    condition = jsondecode(aws_ecr_lifecycle_policy.this["training"].policy).rules == [
      { rulePriority = 1, description = "Expire images without a tag after 14 days", action = { type = "expire" }, selection = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 } }
    ]
    error_message = "Images with a tag are kept for ever unless keep says otherwise."
  }

  assert {
    condition = [for rule in jsondecode(aws_ecr_lifecycle_policy.this["base"].policy).rules : [rule.rulePriority, try(rule.selection.tagPrefixList[0], "untagged"), rule.selection.countNumber]] == [
      [1, "nightly-", 30], [2, "try-", 5], [3, "untagged", 3]
    ]
    error_message = "keep and untagged_days become rules, each with a priority of its own."
  }
}

run "nobody_else_pulls_by_default_and_nothing_is_replicated" {
  command = plan

  assert {
    condition     = length(aws_ecr_repository_policy.this) == 0 && length(aws_ecr_replication_configuration.this) == 0
    error_message = "Without pull_accounts there is no repository policy; without replicate_to the registry is left alone."
  }
}

run "other_accounts_pull_and_do_not_push" {
  command = plan

  variables {
    pull_accounts = ["222222222222"]
  }

  assert {
    condition     = keys(aws_ecr_repository_policy.this) == ["base", "training"]
    error_message = "Every repository has the policy."
  }

  assert {
    condition     = jsondecode(aws_ecr_repository_policy.this["base"].policy).Statement[0].Principal == { AWS = ["arn:aws:iam::222222222222:root"] }
    error_message = "The named accounts, and nobody else."
  }

  assert {
    condition     = toset(jsondecode(aws_ecr_repository_policy.this["base"].policy).Statement[0].Action) == toset(["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
    error_message = "They pull, and do nothing else."
  }
}

run "the_registry_copies_what_is_under_the_name_to_the_other_region" {
  command = plan

  variables {
    replicate_to = ["us-west-2"]
  }

  assert {
    condition = [for rule in one(aws_ecr_replication_configuration.this[0].replication_configuration).rule : {
      to   = [for destination in rule.destination : "${destination.registry_id} ${destination.region}"]
      what = [for filter in rule.repository_filter : "${filter.filter_type} ${filter.filter}"]
    }] == [{ to = ["111111111111 us-west-2"], what = ["PREFIX_MATCH ml-clusters/"] }]
    error_message = "One rule: repositories under NAME/, to the same account's registry there."
  }
}

run "outputs_say_where_to_push_and_pull" {
  assert {
    condition     = output.repository_urls == { for name, repository in aws_ecr_repository.this : name => repository.repository_url } && output.repository_arns == { for name, repository in aws_ecr_repository.this : name => repository.arn }
    error_message = "By repository."
  }
}

run "tests_may_destroy_images_and_tags_are_set" {
  command = plan

  variables {
    force_delete = true
    tags         = { Team = "ML" }
  }

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.this) : repository.force_delete && repository.tags == tomap({ Team = "ML" })])
    error_message = "force_delete and tags are taken."
  }
}

run "a_registry_does_not_copy_to_itself" {
  command = plan

  variables {
    replicate_to = ["us-east-1"]
  }

  expect_failures = [aws_ecr_replication_configuration.this]
}

run "a_key_of_another_region_is_refused" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000000"
  }

  expect_failures = [aws_ecr_repository.this]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "ML"
  }

  expect_failures = [var.name]
}

run "no_repository_is_refused" {
  command = plan

  variables {
    repositories = {}
  }

  expect_failures = [var.repositories]
}

run "a_repository_with_capitals_is_refused" {
  command = plan

  variables {
    repositories = { Training = {} }
  }

  expect_failures = [var.repositories]
}

run "an_image_is_kept_for_a_day_at_least" {
  command = plan

  variables {
    repositories = { training = { untagged_days = 0 } }
  }

  expect_failures = [var.repositories]
}

run "every_tag_is_not_a_prefix" {
  command = plan

  variables {
    repositories = { training = { keep = { "" = 10 } } }
  }

  expect_failures = [var.repositories]
}

run "keeping_none_is_refused" {
  command = plan

  variables {
    repositories = { training = { keep = { "nightly-" = 0 } } }
  }

  expect_failures = [var.repositories]
}

run "a_prefix_within_another_is_refused" {
  command = plan

  variables {
    repositories = { training = { keep = { "night" = 10, "nightly-" = 30 } } }
  }

  expect_failures = [var.repositories]
}

run "an_alias_is_no_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:111111111111:alias/ml-clusters"
  }

  expect_failures = [var.kms_key_arn]
}

run "an_account_number_has_twelve_digits" {
  command = plan

  variables {
    pull_accounts = ["*"]
  }

  expect_failures = [var.pull_accounts]
}

run "a_zone_is_not_a_region" {
  command = plan

  variables {
    replicate_to = ["us-west-2a"]
  }

  expect_failures = [var.replicate_to]
}

run "more_regions_than_ecr_takes_are_refused" {
  command = plan

  variables {
    replicate_to = [for number in range(26) : "us-${join("", [for digit in split("", tostring(number)) : substr("abcdefghij", digit, 1)])}-1"]
  }

  expect_failures = [var.replicate_to]
}
