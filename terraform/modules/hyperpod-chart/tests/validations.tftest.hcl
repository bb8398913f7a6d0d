# The module's variables without its resources: no provider is started, so that a run takes no time.

variables {
  region = "us-west-2"
  chart = {
    repository = "oci://222222222222.dkr.ecr.us-west-2.amazonaws.com/charts"
    name       = "hyperpod-helm-chart"
    version    = "0.1.0-g0123456789ab"
    revision   = "0123456789abcdef0123456789abcdef01234567"
  }
}

run "a_repository_without_tls_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "http://example.com/charts", name = "hyperpod-helm-chart", version = "0.1.0-g0123456789ab", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_relative_folder_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { name = "./HyperPodHelmChart", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_folder_in_a_repository_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "/charts/hyperpod", version = "0.1.0-g0123456789ab", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_repository_without_a_version_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "hyperpod-helm-chart", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_version_of_a_folder_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { name = "/charts/hyperpod", version = "0.1.0-g0123456789ab", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_range_of_versions_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "hyperpod-helm-chart", version = "~> 0.1", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "the_version_that_every_commit_has_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "hyperpod-helm-chart", version = "0.1.0", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_version_of_another_commit_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "hyperpod-helm-chart", version = "0.1.0-gfedcba9", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_version_that_names_too_little_of_its_commit_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "hyperpod-helm-chart", version = "0.1.0-g012345", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_version_that_no_tag_can_have_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "hyperpod-helm-chart", version = "0.1.0+g0123456", revision = "0123456789abcdef0123456789abcdef01234567" }
  }

  expect_failures = [var.chart]
}

run "a_branch_as_revision_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "hyperpod-helm-chart", version = "0.1.0-g0123456", revision = "main" }
  }

  expect_failures = [var.chart]
}

run "a_short_revision_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "oci://example.com/charts", name = "hyperpod-helm-chart", version = "0.1.0-g0123456789ab", revision = "0123456" }
  }

  expect_failures = [var.chart]
}

run "a_zone_as_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    region = "us-west-2a"
  }

  expect_failures = [var.region]
}

run "a_release_with_capitals_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    release_name = "HyperPod"
  }

  expect_failures = [var.release_name]
}

run "a_release_longer_than_helm_takes_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    release_name = "a23456789012345678901234567890123456789012345678901234"
  }

  expect_failures = [var.release_name]
}

run "leaving_health_checks_out_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    elsewhere = ["deep-health-check"]
  }

  expect_failures = [var.elsewhere]
}

run "leaving_monitoring_out_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    elsewhere = ["health-monitoring-agent"]
  }

  expect_failures = [var.elsewhere]
}

run "a_part_that_does_not_exist_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    elsewhere = ["nvidia"]
  }

  expect_failures = [var.elsewhere]
}

run "values_that_are_a_list_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "- a"
  }

  expect_failures = [var.values]
}

run "values_that_are_no_yaml_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "a: [1"
  }

  expect_failures = [var.values]
}
