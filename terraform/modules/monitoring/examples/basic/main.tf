provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111111111111"]
}

module "monitoring" {
  source = "../.."

  name        = "ml"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"

  subscriptions = {
    on-call = { protocol = "email", endpoint = "gpu-on-call@example.com" }
  }

  capacity = {
    p5-december = {
      kind    = "block"
      id      = "cr-0123456789abcdef0"
      start   = "2026-12-17T11:30:00Z"
      end     = "2026-12-24T11:30:00Z"
      region  = "us-east-1"
      used_by = "eks-training, node group p5-block"
    }
    hyperpod-january = {
      kind    = "plan"
      id      = "arn:aws:sagemaker:us-east-1:111111111111:training-plan/hyperpod-january"
      target  = "hyperpod-cluster"
      start   = "2027-01-04T11:30:00Z"
      end     = "2027-01-18T11:30:00Z"
      region  = "us-east-1"
      used_by = "hyperpod-slurm, group p5"
    }
  }

  nat_gateways     = { main = "nat-0123456789abcdef0" }
  eks_clusters     = { training = "eks-training" }
  fsx_file_systems = { scratch = { id = "fs-0123456789abcdef0", storage_capacity_gib = 4800 } }
  efs_file_systems = { home = { id = "fs-0fedcba9876543210" } }

  tags = { Team = "ml-platform" }
}
