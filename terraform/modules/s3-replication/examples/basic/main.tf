provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111111111111"]
}

provider "aws" {
  alias               = "main_west"
  region              = "us-west-2"
  allowed_account_ids = ["111111111111"]
}

provider "aws" {
  alias               = "secondary_west"
  region              = "us-west-2"
  allowed_account_ids = ["222222222222"]

  assume_role {
    role_arn = "arn:aws:iam::222222222222:role/TerraformExecutionRole"
  }
}

locals {
  # From the iam module of the central account.
  replication_role_arn = "arn:aws:iam::111111111111:role/example-s3-replication"
}

module "central" {
  source = "../../../s3-data-bucket"

  name        = "example-data-111111111111-us-east-1"
  role        = "central"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
}

module "main_west" {
  source    = "../../../s3-data-bucket"
  providers = { aws = aws.main_west }

  name                 = "example-data-111111111111-us-west-2"
  role                 = "replica"
  kms_key_arn          = "arn:aws:kms:us-west-2:111111111111:key/00000000-0000-0000-0000-000000000002"
  replication_role_arn = local.replication_role_arn
}

module "secondary_west" {
  source    = "../../../s3-data-bucket"
  providers = { aws = aws.secondary_west }

  name                 = "example-data-222222222222-us-west-2"
  role                 = "replica"
  kms_key_arn          = "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000003"
  replication_role_arn = local.replication_role_arn
}

module "replication" {
  source = "../.."

  name                 = "example"
  source_bucket        = module.central.replication_end
  replication_role_arn = local.replication_role_arn

  destinations = {
    main-us-west-2 = {
      bucket = module.main_west.replication_end
      rules = {
        datasets = { prefix = "datasets/", priority = 10 }
        models   = { prefix = "models/", priority = 11, replicate_delete_markers = true }
      }
    }
    secondary-us-west-2 = {
      bucket = module.secondary_west.replication_end
      rules = {
        datasets = { prefix = "datasets/", priority = 20, storage_class = "STANDARD_IA", time_control = false }
      }
    }
  }
}
