provider "aws" {
  region = "us-east-1"
}

module "networking" {
  source = "../../"

  name = "ml-main-use1"
  cidr = "10.0.0.0/16"

  zones = {
    use1-az1 = { slot = 0 }
    use1-az2 = { slot = 1 }
    use1-az3 = { slot = 2 } # EKS refuses this zone for its control plane; instances are sold in it all the same.
    use1-az4 = { slot = 3 }
    use1-az5 = { slot = 4 }
    use1-az6 = { slot = 5 }
  }

  nat_zone_ids       = ["use1-az4", "use1-az6"]
  hyperpod_instances = { use1-az6 = { eks = 64 } }
  kms_key_arn        = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"

  tags = { Project = "ml-clusters" }
}
