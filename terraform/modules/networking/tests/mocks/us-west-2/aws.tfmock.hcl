# What the real provider asks of ids and ARNs, and what AWS would answer about us-west-2 in one account.
mock_data "aws_region" {
  defaults = { id = "us-west-2" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "222222222222" }
}

mock_data "aws_availability_zones" {
  defaults = {
    names    = ["us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"]
    zone_ids = ["usw2-az2", "usw2-az1", "usw2-az3", "usw2-az4"]
  }
}

mock_data "aws_vpc_endpoint_service" {
  defaults = {
    service_name       = "com.amazonaws.us-west-2.mocked"
    availability_zones = ["us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"]
  }
}

mock_data "aws_ec2_instance_type_offerings" {
  defaults = { locations = ["usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"] }
}
