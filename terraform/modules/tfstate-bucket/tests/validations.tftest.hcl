# The module's variables without its resources: no provider is started, so that a run takes no time.

variables {
  name        = "example-tfstate"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-00000000000a"
}

run "a_name_with_dots_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = "example.tfstate"
  }

  expect_failures = [var.name]
}

run "a_name_with_capitals_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    name = "Example-tfstate"
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

run "a_keys_alias_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:111111111111:alias/state"
  }

  expect_failures = [var.kms_key_arn]
}

run "a_name_of_access_with_a_hyphen_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cross_account_access = {
      second-account = { principal_arns = ["arn:aws:iam::222222222222:role/TerraformExecutionRole"], write_prefixes = ["secondary/"] }
    }
  }

  expect_failures = [var.cross_account_access]
}

run "a_wildcard_role_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cross_account_access = {
      secondary = { principal_arns = ["arn:aws:iam::222222222222:role/*"], write_prefixes = ["secondary/"] }
    }
  }

  expect_failures = [var.cross_account_access]
}

run "a_whole_account_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cross_account_access = {
      secondary = { principal_arns = ["arn:aws:iam::222222222222:root"], write_prefixes = ["secondary/"] }
    }
  }

  expect_failures = [var.cross_account_access]
}

run "access_for_nobody_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cross_account_access = {
      secondary = { principal_arns = [], write_prefixes = ["secondary/"] }
    }
  }

  expect_failures = [var.cross_account_access]
}

run "access_to_nothing_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cross_account_access = {
      secondary = { principal_arns = ["arn:aws:iam::222222222222:role/TerraformExecutionRole"] }
    }
  }

  expect_failures = [var.cross_account_access]
}

run "a_prefix_that_would_take_in_its_neighbours_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cross_account_access = {
      secondary = { principal_arns = ["arn:aws:iam::222222222222:role/TerraformExecutionRole"], write_prefixes = ["secondary"] }
    }
  }

  expect_failures = [var.cross_account_access]
}

run "the_whole_bucket_as_a_prefix_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cross_account_access = {
      secondary = { principal_arns = ["arn:aws:iam::222222222222:role/TerraformExecutionRole"], read_prefixes = ["/"] }
    }
  }

  expect_failures = [var.cross_account_access]
}

run "a_history_shorter_than_a_week_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    history_days = 6
  }

  expect_failures = [var.history_days]
}

run "a_fraction_of_a_day_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    history_days = 7.5
  }

  expect_failures = [var.history_days]
}

run "more_versions_than_s3_keeps_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    history_versions = 101
  }

  expect_failures = [var.history_versions]
}

run "no_version_kept_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    history_versions = 0
  }

  expect_failures = [var.history_versions]
}

run "a_fraction_of_a_version_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    history_versions = 1.5
  }

  expect_failures = [var.history_versions]
}
