# A variable whose validations refer to another one is not validated where that one is refused. So no run refuses two of
# github, terraform_roles and capacity_roles.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111111111111:role/mocked" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::111111111111:policy/mocked" }
  }
}

variables {
  name    = "ml-clusters"
  regions = ["us-east-1"]
}

run "patterns_are_no_repository_region_or_folder" {
  command = plan

  variables {
    regions      = ["us-*"]
    github       = { repository = "example/*" }
    data_buckets = { data = { write_prefixes = ["*/"] } }
  }

  expect_failures = [var.regions, var.github, var.data_buckets]
}

run "one_of_githubs_two_numbers_is_refused_and_a_zone_is_no_region" {
  command = plan

  variables {
    regions = ["us-east-1a"]
    github  = { repository = "example/ml-clusters", repository_id = "456789" }
  }

  expect_failures = [var.regions, var.github]
}

run "githubs_numbers_are_numbers_and_a_name_leaves_room" {
  command = plan

  variables {
    name   = "a-name-that-is-too-long"
    github = { repository = "example/ml-clusters", owner_id = "*", repository_id = "456789" }
  }

  expect_failures = [var.name, var.github]
}

run "another_issuer_is_not_github" {
  command = plan

  variables {
    github = { repository = "example/ml-clusters", oidc_provider_arn = "arn:aws:iam::111111111111:oidc-provider/example.com" }
  }

  expect_failures = [var.github]
}

run "terraforms_roles_need_github_and_roles_need_a_region" {
  command = plan

  variables {
    regions         = []
    terraform_roles = { execution = { environments = ["main"] } }
  }

  expect_failures = [var.regions, var.terraform_roles]
}

run "an_environment_is_no_pattern_and_keys_are_no_aliases" {
  command = plan

  variables {
    github              = { repository = "example/ml-clusters" }
    terraform_roles     = { execution = { environments = ["*"] } }
    state               = { bucket = "states", kms_key_arn = "alias/states" }
    data_buckets        = { data = { kms_key_arn = "alias/data" } }
    s3_replication_role = { source = { bucket = "data", kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" }, destinations = { west = { bucket = "data-west", kms_key_arn = "alias/aws/s3" } } }
  }

  expect_failures = [var.terraform_roles, var.state, var.data_buckets, var.s3_replication_role]
}

run "an_environment_of_ci_is_no_pattern_and_buckets_are_no_arns" {
  command = plan

  variables {
    github              = { repository = "example/ml-clusters" }
    terraform_roles     = { ci = { environments = ["main*"], execution_accounts = ["111111111111"] } }
    state               = { bucket = "arn:aws:s3:::states" }
    data_buckets        = { "arn:aws:s3:::data" = {} }
    s3_replication_role = { source = { bucket = "data", kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" }, destinations = { west = { bucket = "arn:aws:s3:::data-west", kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" } } }
  }

  expect_failures = [var.terraform_roles, var.state, var.data_buckets, var.s3_replication_role]
}

run "an_environment_that_plans_is_no_pattern" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { plan = { environments = ["plan*"] } }
  }

  expect_failures = [var.terraform_roles]
}

run "ci_needs_an_environment_and_replication_a_destination" {
  command = plan

  variables {
    github              = { repository = "example/ml-clusters" }
    terraform_roles     = { ci = { environments = [], execution_accounts = ["111111111111"] }, execution = { environments = ["main"] } }
    s3_replication_role = { source = { bucket = "data", kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" }, destinations = {} }
  }

  expect_failures = [var.terraform_roles, var.s3_replication_role]
}

run "an_account_number_has_twelve_digits_and_a_folder_a_slash" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { ci = { environments = ["main"], execution_accounts = ["11111111111"] } }
    data_buckets    = { data = { write_prefixes = ["checkpoints"] } }
  }

  expect_failures = [var.terraform_roles, var.data_buckets]
}

run "who_applies_is_no_account_and_the_boundary_takes_no_actions" {
  command = plan

  variables {
    github            = { repository = "example/ml-clusters" }
    terraform_roles   = { execution = { environments = ["main"], principals = ["arn:aws:iam::111111111111:root"] } }
    boundary_services = ["ec2:Describe"]
  }

  expect_failures = [var.terraform_roles, var.boundary_services]
}

run "who_applies_is_no_pattern_and_the_boundary_does_not_take_iam_whole" {
  command = plan

  variables {
    github            = { repository = "example/ml-clusters" }
    terraform_roles   = { execution = { environments = ["main"], principals = ["arn:aws:iam::111111111111:role/*"] } }
    boundary_services = ["ec2", "iam"]
  }

  expect_failures = [var.terraform_roles, var.boundary_services]
}

run "who_applies_is_no_session_and_a_boundary_has_no_path" {
  command = plan

  variables {
    github                   = { repository = "example/ml-clusters" }
    terraform_roles          = { execution = { environments = ["main"], principals = ["arn:aws:sts::111111111111:assumed-role/ci/run"] } }
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/team/boundary"
  }

  expect_failures = [var.terraform_roles, var.permissions_boundary_arn]
}

run "a_web_identity_needs_a_provider_and_a_cluster_is_an_arn" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], web_identities = { atlantis = { provider_arn = "https://oidc.example.com", subjects = ["atlantis"] } } } }
    hyperpod_role   = { lifecycle_bucket = "sagemaker-ml-clusters", eks_cluster_arns = ["training"] }
  }

  expect_failures = [var.terraform_roles, var.hyperpod_role]
}

run "a_volumes_key_is_no_alias" {
  command = plan

  variables {
    hyperpod_role = { lifecycle_bucket = "sagemaker-ml-clusters", volume_kms_key_arns = ["arn:aws:kms:us-west-2:111111111111:alias/volumes"] }
  }

  expect_failures = [var.hyperpod_role]
}

run "a_web_identity_needs_a_subject_and_a_lifecycle_bucket_begins_with_sagemaker" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], web_identities = { atlantis = { provider_arn = "arn:aws:iam::111111111111:oidc-provider/oidc.example.com/id/A", subjects = [] } } } }
    hyperpod_role   = { lifecycle_bucket = "ml-clusters-lifecycle" }
  }

  expect_failures = [var.terraform_roles, var.hyperpod_role]
}

run "a_web_identitys_subject_is_no_pattern_and_a_bucket_is_not_its_own_replica" {
  command = plan

  variables {
    github              = { repository = "example/ml-clusters" }
    terraform_roles     = { execution = { environments = ["main"], web_identities = { atlantis = { provider_arn = "arn:aws:iam::111111111111:oidc-provider/oidc.example.com/id/A", subjects = ["system:serviceaccount:*"] } } } }
    s3_replication_role = { source = { bucket = "data", kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" }, destinations = { west = { bucket = "data", kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000" } } }
  }

  expect_failures = [var.terraform_roles, var.s3_replication_role]
}

run "github_does_not_get_in_as_another_web_identity" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], web_identities = { github = { provider_arn = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com", subjects = ["repo:example/ml-clusters:pull_request"] } } } }
  }

  expect_failures = [var.terraform_roles]
}

run "everything_is_no_prefix" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], role_prefixes = ["*-"] } }
  }

  expect_failures = [var.terraform_roles]
}

run "terraforms_own_roles_are_no_prefix" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], role_prefixes = ["TerraformExecution"] } }
  }

  expect_failures = [var.terraform_roles]
}

run "what_begins_terraforms_own_roles_is_no_prefix" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], role_prefixes = ["Terra"] } }
  }

  expect_failures = [var.terraform_roles]
}

run "a_session_of_less_than_an_hour_is_refused" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"] }, max_session_duration = 900 }
  }

  expect_failures = [var.terraform_roles]
}

run "a_session_of_more_than_twelve_hours_is_refused" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"] }, max_session_duration = 86400 }
  }

  expect_failures = [var.terraform_roles]
}

run "a_reader_is_no_pattern" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:role/*"] } }
  }

  expect_failures = [var.capacity_roles]
}

run "a_purchaser_is_no_account" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:root"], require_mfa = false } }
  }

  expect_failures = [var.capacity_roles]
}

run "a_reader_is_somebody" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = [] } }
  }

  expect_failures = [var.capacity_roles]
}

run "github_enterprises_own_issuer_does_not_get_in_either" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], web_identities = { github = { provider_arn = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com/example-inc", subjects = ["repo:example/ml-clusters:pull_request"] } } } }
  }

  expect_failures = [var.terraform_roles]
}

run "a_purchaser_is_no_role_with_a_prefix_of_terraforms" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], role_prefixes = ["mlc-"] } }
    capacity_roles  = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:role/people/mlc-buyer"], require_mfa = false } }
  }

  expect_failures = [var.capacity_roles]
}

run "a_purchaser_is_no_role_of_parallelcluster" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:role/parallelcluster/buyer"], require_mfa = false } }
  }

  expect_failures = [var.capacity_roles]
}

run "a_purchaser_is_somebody" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = [] } }
  }

  expect_failures = [var.capacity_roles]
}

run "a_role_has_no_second_factor" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:role/finance"] } }
  }

  expect_failures = [var.capacity_roles]
}

run "who_reads_does_not_buy_without_a_second_factor" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:user/jo"], require_mfa = false } }
  }

  expect_failures = [var.capacity_roles]
}

run "who_applies_does_not_buy_without_a_second_factor" {
  command = plan

  variables {
    github          = { repository = "example/ml-clusters" }
    terraform_roles = { execution = { environments = ["main"], principals = ["arn:aws:iam::111111111111:role/atlantis"] } }
    capacity_roles  = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:role/atlantis"], require_mfa = false } }
  }

  expect_failures = [var.capacity_roles]
}

run "terraforms_role_never_buys" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:role/TerraformExecutionRole"], require_mfa = false } }
  }

  expect_failures = [var.capacity_roles]
}

run "a_role_that_terraform_manages_never_buys" {
  command = plan

  variables {
    capacity_roles = { reader = { principals = ["arn:aws:iam::111111111111:user/jo"] }, purchaser = { principals = ["arn:aws:iam::111111111111:role/ml-clusters-eks-node"], require_mfa = false } }
  }

  expect_failures = [var.capacity_roles]
}
