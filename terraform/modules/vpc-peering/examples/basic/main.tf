provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111111111111"]
}

provider "aws" {
  alias               = "accepter"
  region              = "us-west-2"
  allowed_account_ids = ["222222222222"]

  assume_role {
    role_arn = "arn:aws:iam::222222222222:role/TerraformExecutionRole"
  }
}

module "vpc_peering" {
  source = "../../"

  providers = {
    aws          = aws
    aws.accepter = aws.accepter
  }

  name    = "ml-main-use1-secondary-usw2"
  purpose = "Atlantis in main us-east-1 to the private API endpoints of EKS in secondary us-west-2, TCP 443."

  requester = {
    vpc_id          = "vpc-0123456789abcdef0"
    cidr            = "10.0.0.0/16"
    route_table_ids = { use1-az4 = "rtb-0123456789abcdef0", use1-az6 = "rtb-0123456789abcdef1" }
  }

  accepter = {
    account_id      = "222222222222"
    region          = "us-west-2"
    vpc_id          = "vpc-0123456789abcdef1"
    cidr            = "10.3.0.0/16"
    route_table_ids = { usw2-az1 = "rtb-0123456789abcdef2", usw2-az2 = "rtb-0123456789abcdef3" }
  }

  tags = { Project = "ml-clusters" }
}
