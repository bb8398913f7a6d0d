provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

locals {
  repositories = {
    training = {}
    base     = { keep = { "nightly-" = 30 } }
  }
}

# The copies' repositories first: those that ECR makes by itself have tags that can be moved, and no policy.
module "west" {
  source    = "../.."
  providers = { aws = aws.west }

  name          = "ml-clusters"
  repositories  = local.repositories
  kms_key_arn   = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000001"
  pull_accounts = ["222222222222"]
}

module "east" {
  source = "../.."

  name          = "ml-clusters"
  repositories  = local.repositories
  kms_key_arn   = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
  pull_accounts = ["222222222222"]
  replicate_to  = ["us-west-2"]

  depends_on = [module.west]
}
