# What the real provider asks of ids and ARNs, and what AWS would answer about us-east-1 in one account.
mock_data "aws_region" {
  defaults = { id = "us-east-1" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "111111111111" }
}

# Names are this account's own: its us-east-1a is use1-az6.
mock_data "aws_availability_zones" {
  defaults = {
    names    = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"]
    zone_ids = ["use1-az6", "use1-az1", "use1-az2", "use1-az4", "use1-az3", "use1-az5"]
  }
}

# As for many services: not in use1-az3 (us-east-1e).
mock_data "aws_vpc_endpoint_service" {
  defaults = {
    service_name       = "com.amazonaws.us-east-1.mocked"
    availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f"]
  }
}

mock_data "aws_ec2_instance_type_offerings" {
  defaults = { locations = ["use1-az1", "use1-az2", "use1-az3", "use1-az4", "use1-az5", "use1-az6"] }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::111111111111:role/mocked" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:us-east-1:111111111111:log-group:mocked" }
}
