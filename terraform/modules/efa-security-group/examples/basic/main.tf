provider "aws" {
  region = "us-east-1"
}

module "efa_security_group" {
  source = "../../"

  name   = "ml-main-use1"
  vpc_id = "vpc-0123456789abcdef0"

  rules = {
    endpoints = { direction = "egress", description = "AWS APIs through the interface endpoints.", from_port = 443, cidr_ipv4 = "10.0.0.0/16" }
    s3        = { direction = "egress", description = "S3 through its gateway endpoint.", from_port = 443, prefix_list_id = "pl-63a5400a" }
  }

  tags = { Project = "ml-clusters" }
}
