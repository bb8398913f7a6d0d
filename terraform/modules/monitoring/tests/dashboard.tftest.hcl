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
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:mock" }
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
  enable_hyperpod   = false
  now               = "2026-12-01T00:00:00Z"

  nat_gateways     = { main = "nat-0123456789abcdef0" }
  eks_clusters     = { training = "eks-training" }
  fsx_file_systems = { scratch = { id = "fs-0123456789abcdef0", storage_capacity_gib = 4800 } }
  efs_file_systems = {
    home = { id = "fs-0fedcba9876543210" }
    old  = { id = "fs-0fedcba9876543211", throughput_mode = "bursting" }
  }
}

run "the_dashboard_shows_what_there_is" {
  variables {
    capacity = {
      p5 = {
        kind    = "block"
        id      = "cr-0123456789abcdef0"
        start   = "2026-12-17T11:30:00Z"
        end     = "2026-12-24T11:30:00Z"
        region  = "us-east-1"
        used_by = "eks-training"
      }
    }
  }

  assert {
    condition = [for each in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : try(each.properties.title, each.type)] == [
      "text", "Alarms", "NAT: ports not found, packets dropped", "NAT: bytes out", "Lustre: free bytes", "Lustre: bytes read and written",
      "EFS: percent of the most operations", "EFS: burst credits", "EKS: answers with an error, throttled", "EKS: pods that find no node",
    ]
    error_message = aws_cloudwatch_dashboard.this[0].dashboard_body
  }

  assert {
    condition = strcontains(
      jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets[0].properties.markdown,
      "\n| p5 | cr-0123456789abcdef0 | eks-training | 2026-12-24 11:00 UTC | 2026-12-24 10:30 UTC | 2026-12-24 11:30 UTC |",
    )
    error_message = aws_cloudwatch_dashboard.this[0].dashboard_body
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets[1].properties.alarms) == 11
    error_message = "every alarm is on the page"
  }

  assert {
    condition = jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets[2].properties.metrics == [
      ["AWS/NATGateway", "ErrorPortAllocation", "NatGatewayId", "nat-0123456789abcdef0", { label = "main ErrorPortAllocation" }],
      ["AWS/NATGateway", "PacketsDropCount", "NatGatewayId", "nat-0123456789abcdef0", { label = "main PacketsDropCount" }],
    ]
    error_message = aws_cloudwatch_dashboard.this[0].dashboard_body
  }

  assert {
    condition     = aws_cloudwatch_dashboard.this[0].dashboard_name == "ml-us-east-1" && output.dashboard_name == "ml-us-east-1"
    error_message = "dashboards are the account's, not the region's, so the name must tell"
  }
}

run "the_dashboard_does_not_change_as_time_goes_by" {
  command = plan

  variables {
    now = "2026-12-23T00:00:00Z"
    capacity = {
      p5 = {
        kind    = "block"
        id      = "cr-0123456789abcdef0"
        start   = "2026-12-17T11:30:00Z"
        end     = "2026-12-24T11:30:00Z"
        region  = "us-east-1"
        used_by = "eks-training"
      }
    }
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "2026-12-24 11:00 UTC") && keys(aws_scheduler_schedule.this) == ["p5-24h", "p5-3h", "p5-72h"]
    error_message = aws_cloudwatch_dashboard.this[0].dashboard_body
  }
}

run "the_dashboard_can_be_off" {
  command = plan

  variables {
    enable_dashboard = false
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard_name == null
    error_message = "a dashboard was made"
  }
}
