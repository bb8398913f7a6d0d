provider "aws" {
  region = "us-east-1"
}

module "eks_cluster" {
  source = "../.."

  name                     = "ml-training"
  vpc_id                   = "vpc-0123456789abcdef0"
  control_plane_subnet_ids = { use1-az4 = "subnet-00000000000000004", use1-az6 = "subnet-00000000000000006" }
  private_subnet_ids       = { use1-az4 = "subnet-00000000000000014", use1-az6 = "subnet-00000000000000016" }
  efa_security_group_id    = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"

  access_entries = {
    administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
  }

  # The one thing that is new after a purchase.
  capacity_blocks = {
    p5-december = {
      reservation_id = "cr-0123456789abcdef0"
      instance_type  = "p5.48xlarge"
      count          = 4
      zone_id        = "use1-az6"
      starts_at      = "2099-12-17T11:30:00Z"
      ends_at        = "2099-12-24T11:30:00Z"
    }
  }

  tags = { Team = "ml-platform" }
}
