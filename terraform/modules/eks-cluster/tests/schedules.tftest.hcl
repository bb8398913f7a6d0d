mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "null" {}

mock_provider "time" {}

mock_provider "tls" {}

mock_provider "cloudinit" {}

variables {
  name                     = "ml-training"
  vpc_id                   = "vpc-0123456789abcdef0"
  control_plane_subnet_ids = { use1-az4 = "subnet-00000000000000004", use1-az6 = "subnet-00000000000000006" }
  private_subnet_ids       = { use1-az4 = "subnet-00000000000000014", use1-az6 = "subnet-00000000000000016" }
  efa_security_group_id    = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  now                      = "2026-12-01T00:00:00Z"

  access_entries = {
    administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
  }


  capacity_blocks = {
    p5-december = {
      reservation_id = "cr-0123456789abcdef0"
      instance_type  = "p5.48xlarge"
      count          = 4
      zone_id        = "use1-az6"
      starts_at      = "2026-12-17T11:30:00Z"
      ends_at        = "2026-12-24T11:30:00Z"
    }
  }

}

run "a_block_that_is_over_is_refused_when_it_is_new" {
  command = plan

  variables {
    now = "2026-12-25T00:00:00Z"
  }

  expect_failures = [aws_scheduler_schedule.this["p5-december-in"], aws_scheduler_schedule.this["p5-december-out"], check.capacity_blocks_are_not_over, check.capacity_blocks_start_on_time]
}

run "a_block_whose_scale_in_is_less_than_half_an_hour_away_is_refused_when_it_is_new" {
  command = plan

  variables {
    now = "2026-12-24T10:20:00Z"
  }

  expect_failures = [aws_scheduler_schedule.this["p5-december-in"], aws_scheduler_schedule.this["p5-december-out"], check.capacity_blocks_start_on_time]
}

run "times_that_no_block_has_are_told" {
  command = plan

  variables {
    capacity_blocks = {
      local-time = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T19:30:00Z"
      }
    }
  }

  expect_failures = [check.capacity_blocks_have_times_that_aws_sells]
}

run "a_block_that_would_last_for_years_is_told" {
  command = plan

  variables {
    capacity_blocks = {
      years = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2029-12-24T11:30:00Z"
      }
    }
  }

  expect_failures = [check.capacity_blocks_have_times_that_aws_sells]
}

run "a_start_less_than_half_an_hour_away_is_late_rather_than_refused_and_the_plan_says_so" {
  command = plan

  variables {
    now = "2026-12-17T11:10:00Z"
  }

  expect_failures = [check.capacity_blocks_start_on_time]

  assert {
    condition     = aws_scheduler_schedule.this["p5-december-out"].schedule_expression == "at(2026-12-17T11:40:00)" && output.capacity_blocks["p5-december"].scale_out_at == "2026-12-17T11:40:00Z"
    error_message = aws_scheduler_schedule.this["p5-december-out"].schedule_expression
  }
}

run "forty_minutes_before_the_end_is_the_latest_scale_in" {
  command = plan

  variables {
    capacity_blocks = {
      p5 = {
        reservation_id   = "cr-0123456789abcdef0"
        instance_type    = "p5.48xlarge"
        count            = 4
        zone_id          = "use1-az6"
        starts_at        = "2026-12-17T11:30:00Z"
        ends_at          = "2026-12-24T11:30:00Z"
        scale_in_minutes = 40
      }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this["p5-in"].schedule_expression == "at(2026-12-24T10:50:00)"
    error_message = aws_scheduler_schedule.this["p5-in"].schedule_expression
  }
}

run "ultraservers_are_scaled_in_75_minutes_before_the_end" {
  command = plan

  variables {
    capacity_blocks = {
      trn2u = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "trn2u.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this["trn2u-in"].schedule_expression == "at(2026-12-24T10:15:00)" && local.blocks["trn2u"].usable_end == "2026-12-24T10:30:00Z"
    error_message = "AWS takes their machines back an hour before the end"
  }
}

run "names_stay_within_what_aws_takes" {
  command = plan

  variables {
    name       = "abcdefghijklmnopqrstuvwxyz0123"
    s3_buckets = { ml-data = {} }
    capacity_blocks = {
      abcdefghijklmnopqrstuvwxyz0 = {
        reservation_id = "cr-0123456789abcdef0"
        instance_type  = "p5.48xlarge"
        count          = 4
        zone_id        = "use1-az6"
        starts_at      = "2026-12-17T11:30:00Z"
        ends_at        = "2026-12-24T11:30:00Z"
      }
    }
  }

  assert {
    condition     = alltrue([for each in aws_scheduler_schedule.this : length(each.name) <= 64]) && length(aws_scheduler_schedule_group.this[0].name) <= 64
    error_message = "Scheduler takes 64 characters"
  }

  assert {
    condition     = alltrue([for role in concat(values(aws_iam_role.addon), aws_iam_role.node, aws_iam_role.scheduler) : length(role.name) <= 59 && endswith(role.name, "-us-east-1")])
    error_message = "IAM takes 64 characters, ap-southeast-2 has five more than us-east-1, and roles of two regions must not meet"
  }
}

