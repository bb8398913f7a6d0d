provider "aws" {
  region              = "us-west-2"
  allowed_account_ids = ["222222222222"]
}

module "shared_storage" {
  source = "../.."

  name        = "example"
  vpc_id      = "vpc-00000000000000001"
  kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"

  client_security_group_ids = {
    eks-training = "sg-00000000000000001"
  }

  lustre = {
    subnet_id               = "subnet-00000000000000001"
    storage_capacity_gib    = 9600
    throughput_mbps_per_tib = 500
    efa                     = true
    efa_security_group_id   = "sg-00000000000000002"
  }

  data_repository = {
    # module.secondary_west.replication_end of s3-data-bucket
    bucket = {
      name           = "example-data-222222222222-us-west-2"
      role           = "replica"
      region         = "us-west-2"
      local_prefixes = ["checkpoints/"]
    }
    associations = {
      datasets    = { prefix = "datasets/" }
      checkpoints = { prefix = "checkpoints/", import = ["NEW"], export = ["NEW", "CHANGED"] }
    }
  }

  efs = {
    subnet_ids = {
      usw2-az1 = "subnet-00000000000000001"
      usw2-az2 = "subnet-00000000000000002"
    }
    access_points = {
      homes = { path = "/homes", uid = 1000, gid = 1000 }
    }
  }

  tags = { Team = "ml-platform" }
}

output "lustre" {
  description = "What clusters mount."
  value       = module.shared_storage.lustre
}
