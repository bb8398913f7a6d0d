mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
}

variables {
  name          = "ml"
  kms_key_arn   = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  subscriptions = { on-call = { protocol = "email", endpoint = "on-call@example.com" } }
  now           = "2026-12-01T00:00:00Z"
}

run "a_name_with_capitals_is_refused" {
  command = plan

  variables {
    name = "ML"
  }

  expect_failures = [var.name]
}

run "a_name_that_is_too_long_for_schedules_is_refused" {
  command = plan

  variables {
    name = "abcdefghijklmnopqrstu"
  }

  expect_failures = [var.name]
}

run "a_name_that_ends_with_a_hyphen_is_refused" {
  command = plan

  variables {
    name = "ml-"
  }

  expect_failures = [var.name]
}

run "an_alias_of_a_key_is_refused" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:111111111111:alias/ml"
  }

  expect_failures = [var.kms_key_arn]
}

run "the_name_of_a_boundary_is_refused" {
  command = plan

  variables {
    permissions_boundary_arn = "boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}

run "plain_http_is_refused" {
  command = plan

  variables {
    subscriptions = { a = { protocol = "http", endpoint = "http://example.com" } }
  }

  expect_failures = [var.subscriptions]
}

run "an_address_that_is_none_is_refused" {
  command = plan

  variables {
    subscriptions = { a = { protocol = "email", endpoint = "example.com" } }
  }

  expect_failures = [var.subscriptions]
}

run "https_to_a_plain_address_is_refused" {
  command = plan

  variables {
    subscriptions = { a = { protocol = "https", endpoint = "http://example.com" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_phone_number_without_its_country_is_refused" {
  command = plan

  variables {
    subscriptions = { a = { protocol = "sms", endpoint = "4255550100" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_queue_without_its_arn_is_refused" {
  command = plan

  variables {
    subscriptions = { a = { protocol = "sqs", endpoint = "queue" } }
  }

  expect_failures = [var.subscriptions]
}

run "a_capacity_name_that_no_schedule_can_have_is_refused" {
  command = plan

  variables {
    capacity = { "P5 block" = { kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_capacity_name_that_is_too_long_is_refused" {
  command = plan

  variables {
    capacity = { abcdefghijklmnopqrstuvwxyz01 = { kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_kind_that_is_neither_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "reservation", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_block_by_its_block_id_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "block", id = "cb-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_plan_by_its_name_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "plan", id = "december", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1", target = "training-job" } }
  }

  expect_failures = [var.capacity]
}

run "a_plan_whose_arn_tells_another_region_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "plan", id = "arn:aws:sagemaker:us-west-2:111111111111:training-plan/x", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1", target = "training-job" } }
  }

  expect_failures = [var.capacity]
}

run "a_time_that_is_not_utc_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24T12:30:00+01:00", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_time_with_fractions_of_seconds_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00.000Z", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_date_alone_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_time_that_does_not_exist_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-13-24T11:30:00Z", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_start_after_the_end_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-25T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_plan_without_its_target_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "plan", id = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/x", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1" } }
  }

  expect_failures = [var.capacity]
}

run "a_plan_with_an_unknown_target_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "plan", id = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/x", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1", target = "notebooks" } }
  }

  expect_failures = [var.capacity]
}

run "a_block_with_a_target_is_refused" {
  command = plan

  variables {
    capacity = { p5 = { kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1", target = "training-job" } }
  }

  expect_failures = [var.capacity]
}

run "a_reservation_given_twice_is_refused" {
  command = plan

  variables {
    capacity = {
      for name in ["a", "b"] : name => {
        kind = "block", id = "cr-0123456789abcdef0", start = "2026-12-17T11:30:00Z", end = "2026-12-24T11:30:00Z", region = "us-east-1"
      }
    }
  }

  expect_failures = [var.capacity]
}

run "a_now_that_is_no_time_is_refused" {
  command = plan

  variables {
    now = "today"
  }

  expect_failures = [var.now]
}

run "a_hyperpod_cluster_by_its_name_is_refused" {
  command = plan

  variables {
    hyperpod_cluster_arns = ["training"]
  }

  expect_failures = [var.hyperpod_cluster_arns]
}

run "a_nat_gateway_by_its_name_is_refused" {
  command = plan

  variables {
    nat_gateways = { main = "main" }
  }

  expect_failures = [var.nat_gateways]
}

run "a_lustre_file_system_smaller_than_any_is_refused" {
  command = plan

  variables {
    fsx_file_systems = { a = { id = "fs-0123456789abcdef0", storage_capacity_gib = 2.4 } }
  }

  expect_failures = [var.fsx_file_systems]
}

run "a_lustre_file_system_by_its_name_is_refused" {
  command = plan

  variables {
    fsx_file_systems = { a = { id = "scratch", storage_capacity_gib = 1200 } }
  }

  expect_failures = [var.fsx_file_systems]
}

run "an_unknown_throughput_mode_is_refused" {
  command = plan

  variables {
    efs_file_systems = { a = { id = "fs-0123456789abcdef0", throughput_mode = "fast" } }
  }

  expect_failures = [var.efs_file_systems]
}

run "an_eks_cluster_by_its_arn_is_refused" {
  command = plan

  variables {
    eks_clusters = { a = "arn:aws:eks:us-east-1:111111111111:cluster/training" }
  }

  expect_failures = [var.eks_clusters]
}

run "a_threshold_of_all_of_lustre_is_refused" {
  command = plan

  variables {
    thresholds = { fsx_free_percent = 100 }
  }

  expect_failures = [var.thresholds]
}

run "a_threshold_at_the_limit_of_eks_is_refused" {
  command = plan

  variables {
    thresholds = { eks_storage_gib = 8 }
  }

  expect_failures = [var.thresholds]
}

run "a_negative_threshold_is_refused" {
  command = plan

  variables {
    thresholds = { eks_throttled = -1 }
  }

  expect_failures = [var.thresholds]
}

run "an_xid_of_nothing_is_refused" {
  command = plan

  variables {
    gpu_alerts = { fatal_xids = [0] }
  }

  expect_failures = [var.gpu_alerts]
}

run "no_fatal_xid_at_all_is_refused" {
  command = plan

  variables {
    gpu_alerts = { fatal_xids = [] }
  }

  expect_failures = [var.gpu_alerts]
}

run "an_xid_that_is_both_is_refused" {
  command = plan

  variables {
    gpu_alerts = { fatal_xids = [79], program_xids = [79] }
  }

  expect_failures = [var.gpu_alerts]
}

run "idle_within_a_moment_is_refused" {
  command = plan

  variables {
    gpu_alerts = { idle_minutes = 1 }
  }

  expect_failures = [var.gpu_alerts]
}

run "idle_at_every_load_is_refused" {
  command = plan

  variables {
    gpu_alerts = { idle_percent = 100 }
  }

  expect_failures = [var.gpu_alerts]
}

run "a_collector_of_a_cluster_by_its_name_is_refused" {
  command = plan

  variables {
    prometheus_scrapers = { a = { cluster_arn = "training", subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] } }
  }

  expect_failures = [var.prometheus_scrapers]
}

run "a_collector_in_one_zone_is_refused" {
  command = plan

  variables {
    prometheus_scrapers = { a = { cluster_arn = "arn:aws:eks:us-east-1:111111111111:cluster/training", subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] } }
  }

  expect_failures = [var.prometheus_scrapers]
}

run "a_collector_whose_name_is_no_label_is_refused" {
  command = plan

  variables {
    prometheus_scrapers = { "A b" = { cluster_arn = "arn:aws:eks:us-east-1:111111111111:cluster/training", subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] } }
  }

  expect_failures = [var.prometheus_scrapers]
}

run "a_grafana_version_of_one_number_is_refused" {
  command = plan

  variables {
    grafana_version = "10"
  }

  expect_failures = [var.grafana_version]
}

run "an_unknown_grafana_role_is_refused" {
  command = plan

  variables {
    grafana_groups = { OWNER = ["11111111-1111-1111-1111-111111111111"] }
  }

  expect_failures = [var.grafana_groups]
}

run "a_grafana_that_nobody_administers_is_refused" {
  command = plan

  variables {
    enable_grafana = true
    grafana_groups = { VIEWER = ["11111111-1111-1111-1111-111111111111"] }
  }

  expect_failures = [var.grafana_groups]
}

run "a_grafana_that_nobody_can_reach_is_refused" {
  command = plan

  variables {
    grafana_network_access = {}
  }

  expect_failures = [var.grafana_network_access]
}

run "a_prometheus_workspace_by_its_id_is_refused" {
  command = plan

  variables {
    grafana_prometheus_workspace_arns = ["ws-1"]
  }

  expect_failures = [var.grafana_prometheus_workspace_arns]
}
