provider "aws" {
  region = "us-east-1"
}

# Once, by a person: who may plan, apply, read and buy in the main account.
module "bootstrap" {
  source = "../.."

  name    = "ml-clusters"
  regions = ["us-east-1", "us-west-2"]

  github = {
    repository    = "example/ml-clusters"
    owner_id      = "123456"
    repository_id = "456789"
  }

  state = {
    bucket      = "ml-clusters-tfstate-111111111111"
    kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
  }

  terraform_roles = {
    ci = {
      environments       = ["main", "secondary"]
      execution_accounts = ["111111111111", "222222222222"]
    }
    execution = {
      environments = ["main-long"]
    }
  }

  capacity_roles = {
    reader = {
      principals = ["arn:aws:iam::111111111111:role/claude-code", "arn:aws:iam::111111111111:user/jo"]
    }
    purchaser = {
      principals = ["arn:aws:iam::111111111111:user/jo"]
    }
  }
}

# By Terraform itself: the roles of clusters, under the boundary.
module "clusters" {
  source = "../.."

  name                     = "ml-clusters"
  regions                  = ["us-east-1", "us-west-2"]
  permissions_boundary_arn = module.bootstrap.permissions_boundary_arn

  eks_roles             = {}
  parallelcluster_roles = {}
  hyperpod_role = {
    lifecycle_bucket = "sagemaker-ml-clusters-111111111111"
    eks_cluster_arns = ["arn:aws:eks:us-west-2:111111111111:cluster/ml-clusters-training"]
  }

  data_buckets = {
    ml-clusters-data-111111111111 = {
      write_prefixes = ["checkpoints/"]
      kms_key_arn    = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
    }
  }

  s3_replication_role = {
    source = {
      bucket      = "ml-clusters-data-111111111111"
      kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
    }
    destinations = {
      secondary-us-west-2 = {
        bucket      = "ml-clusters-data-222222222222-us-west-2"
        kms_key_arn = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000002"
      }
    }
  }
}
