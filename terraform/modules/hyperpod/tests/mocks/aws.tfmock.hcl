# Where the clusters of these tests are.
mock_data "aws_caller_identity" {
  defaults = { account_id = "222222222222" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_region" {
  defaults = { id = "us-west-2" }
}
