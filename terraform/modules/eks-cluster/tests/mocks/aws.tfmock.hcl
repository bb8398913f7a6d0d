# What AWS would answer about us-east-1 in one account, shaped as the real provider asks of ids and ARNs.
mock_data "aws_caller_identity" {
  defaults = { account_id = "111111111111", arn = "arn:aws:iam::111111111111:role/terraform" }
}

mock_data "aws_iam_session_context" {
  defaults = { issuer_arn = "arn:aws:iam::111111111111:role/terraform" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
}

mock_data "aws_region" {
  defaults = { id = "us-east-1" }
}

mock_data "aws_service_principal" {
  defaults = { name = "ec2.amazonaws.com" }
}

mock_data "aws_iam_policy_document" {
  defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
}

mock_resource "aws_eks_cluster" {
  defaults = {
    arn                   = "arn:aws:eks:us-east-1:111111111111:cluster/ml-training"
    id                    = "ml-training"
    endpoint              = "https://0123456789.gr7.us-east-1.eks.amazonaws.com"
    certificate_authority = [{ data = "bW9ja2Vk" }]
    identity              = [{ oidc = [{ issuer = "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789" }] }]
  }
}

mock_resource "aws_eks_node_group" {
  defaults = {
    arn = "arn:aws:eks:us-east-1:111111111111:nodegroup/ml-training/p5-december-2026/11111111-1111-1111-1111-111111111111"
    id  = "ml-training:p5-december-2026"
  }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::111111111111:role/mocked" }
}

mock_resource "aws_iam_policy" {
  defaults = { arn = "arn:aws:iam::111111111111:policy/mocked" }
}

mock_resource "aws_iam_openid_connect_provider" {
  defaults = { arn = "arn:aws:iam::111111111111:oidc-provider/mocked" }
}

mock_resource "aws_security_group" {
  defaults = { id = "sg-0000000000000000e" }
}

mock_resource "aws_launch_template" {
  defaults = { id = "lt-0123456789abcdef0", default_version = 1 }
}

mock_resource "aws_sqs_queue" {
  defaults = {
    arn = "arn:aws:sqs:us-east-1:111111111111:mocked"
    url = "https://sqs.us-east-1.amazonaws.com/111111111111/mocked"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:us-east-1:111111111111:log-group:mocked" }
}
