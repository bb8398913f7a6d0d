mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:111111111111:ml-alerts" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:111111111111:ml-undelivered", url = "https://sqs.us-east-1.amazonaws.com/111111111111/ml-undelivered" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111111111111:role/mock" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:111111111111:log-group:mock" }
  }
}

variables {
  name          = "ml"
  kms_key_arn   = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  subscriptions = { on-call = { protocol = "email", endpoint = "on-call@example.com" } }

  enable_prometheus = false
  enable_dashboard  = false
  enable_hyperpod   = false
  now               = "2999-12-22T00:00:00Z"

  capacity = {
    p5 = {
      kind   = "block"
      id     = "cr-0123456789abcdef0"
      start  = "2999-12-17T11:30:00Z"
      end    = "2999-12-24T11:30:00Z"
      region = "us-east-1"
    }
  }
}

run "capacity_is_first_applied_when_one_moment_is_past" {
  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["p5-24h", "p5-3h"]
    error_message = jsonencode(keys(aws_scheduler_schedule.this))
  }
}

run "a_plan_after_the_next_moment_changes_nothing" {
  command = plan

  variables {
    now = "2999-12-24T00:00:00Z"
  }

  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["p5-24h", "p5-3h"]
    error_message = "a warning that was sent must not be planned away: ${jsonencode(keys(aws_scheduler_schedule.this))}"
  }

  assert {
    condition     = terraform_data.registered["p5"].input == "2999-12-22T00:00:00Z"
    error_message = "the moment of the first plan must be kept, else each plan would change it"
  }
}

run "a_plan_by_the_real_clock_changes_nothing_either" {
  command = plan

  variables {
    now = null
  }

  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["p5-24h", "p5-3h"]
    error_message = jsonencode(keys(aws_scheduler_schedule.this))
  }
}

run "an_extension_is_warned_of_anew_and_only_of_what_is_to_come" {
  variables {
    now = "2999-12-24T02:00:00Z"
    capacity = {
      p5 = {
        kind   = "block"
        id     = "cr-0123456789abcdef0"
        start  = "2999-12-17T11:30:00Z"
        end    = "2999-12-26T11:30:00Z"
        region = "us-east-1"
      }
    }
  }

  assert {
    condition     = sort(values(aws_scheduler_schedule.this)[*].name) == tolist(["ml-p5-24h-29991225", "ml-p5-3h-29991226"])
    error_message = jsonencode(values(aws_scheduler_schedule.this)[*].name)
  }

  assert {
    condition     = terraform_data.registered["p5"].input == "2999-12-24T02:00:00Z"
    error_message = "a new end is held against the time at which it was first planned"
  }
}

run "a_second_entry_leaves_the_first_alone" {
  command = plan

  variables {
    now = "2999-12-26T00:00:00Z"
    capacity = {
      p5 = {
        kind   = "block"
        id     = "cr-0123456789abcdef0"
        start  = "2999-12-17T11:30:00Z"
        end    = "2999-12-26T11:30:00Z"
        region = "us-east-1"
      }
      more = {
        kind   = "block"
        id     = "cr-0fedcba9876543210"
        start  = "2999-12-26T11:30:00Z"
        end    = "2999-12-28T11:30:00Z"
        region = "us-east-1"
      }
    }
  }

  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["more-24h", "more-3h", "p5-24h", "p5-3h"]
    error_message = jsonencode(keys(aws_scheduler_schedule.this))
  }
}
