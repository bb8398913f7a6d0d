# The module's variables without its resources: no provider is started, so that a run takes no time.

variables {
  name        = "example-data"
  role        = "central"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-00000000000a"
}

run "a_name_with_dots_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = "example.data"
  }

  expect_failures = [var.name]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = "Example-data"
  }

  expect_failures = [var.name]
}

run "a_name_of_64_letters_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = join("", [for _ in range(64) : "a"])
  }

  expect_failures = [var.name]
}

run "a_third_role_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    role = "spoke"
  }

  expect_failures = [var.role]
}

run "a_keys_alias_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:111111111111:alias/aws/s3"
  }

  expect_failures = [var.kms_key_arn]
}

run "a_replica_that_nothing_fills_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    role = "replica"
  }

  expect_failures = [var.replication_role_arn]
}

run "a_central_bucket_that_is_replicated_into_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    replication_role_arn = "arn:aws:iam::111111111111:role/example-s3-replication"
  }

  expect_failures = [var.replication_role_arn]
}

run "a_whole_account_as_replication_role_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    role                 = "replica"
    replication_role_arn = "arn:aws:iam::111111111111:root"
  }

  expect_failures = [var.replication_role_arn]
}

run "a_local_prefix_that_would_take_in_its_neighbours_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    local_prefixes = ["checkpoints"]
  }

  expect_failures = [var.local_prefixes]
}

run "a_local_prefix_with_a_wildcard_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    local_prefixes = ["run-*/"]
  }

  expect_failures = [var.local_prefixes]
}

run "expiry_of_the_whole_bucket_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    expire_after_days = { "/" = 30 }
  }

  expect_failures = [var.expire_after_days]
}

run "expiry_below_half_a_word_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    expire_after_days = { "check" = 30 }
  }

  expect_failures = [var.expire_after_days]
}

run "expiry_at_once_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    expire_after_days = { "checkpoints/" = 0 }
  }

  expect_failures = [var.expire_after_days]
}

run "expiry_after_half_a_day_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    expire_after_days = { "checkpoints/" = 1.5 }
  }

  expect_failures = [var.expire_after_days]
}

run "old_versions_that_go_at_once_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    old_versions_days = 0
  }

  expect_failures = [var.old_versions_days]
}

run "old_versions_that_go_after_half_a_day_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    old_versions_days = 1.5
  }

  expect_failures = [var.old_versions_days]
}
