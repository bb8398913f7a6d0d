# A network, roles, and two buckets with replication between them, in two accounts and regions, joined as the live tree joins them.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  backend "s3" {}
}

provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = [local.main]
}

provider "aws" {
  alias               = "secondary"
  region              = "us-west-2"
  allowed_account_ids = [local.secondary]

  assume_role {
    role_arn = "arn:aws:iam::${local.secondary}:role/TerraformExecutionRole"
  }
}

locals {
  main      = "483026362307"
  secondary = "159553542841"
  role_arn  = "arn:aws:iam::${local.main}:role/smoke-s3-replication"
  services  = ["ec2", "logs", "s3"]
}

module "kms_main" {
  source = "../modules/kms"

  name           = "smoke"
  administrators = ["arn:aws:iam::${local.main}:role/TerraformExecutionRole"]
  users          = ["arn:aws:iam::${local.main}:role/smoke-*"]
  services       = local.services
}

module "kms_secondary" {
  source    = "../modules/kms"
  providers = { aws = aws.secondary }

  name           = "smoke"
  administrators = ["arn:aws:iam::${local.secondary}:role/TerraformExecutionRole"]
  users          = ["arn:aws:iam::${local.secondary}:role/smoke-*"]
  services       = local.services

  cross_account = {
    replication = { principals = [local.role_arn], actions = ["encrypt"], via_services = ["s3"] }
  }
}

module "network" {
  source    = "../modules/networking"
  providers = { aws = aws.secondary }

  name                = "smoke"
  cidr                = "10.3.0.0/16"
  zones               = { usw2-az1 = { slot = 0 }, usw2-az2 = { slot = 1 } }
  nat_zone_ids        = ["usw2-az1"]
  interface_endpoints = []
  kms_key_arn         = module.kms_secondary.key_arn
}

module "roles" {
  source = "../modules/iam"

  name                     = "smoke"
  regions                  = ["us-east-1", "us-west-2"]
  permissions_boundary_arn = "arn:aws:iam::${local.main}:policy/smoke-boundary"
  eks_roles                = {}

  s3_replication_role = {
    source       = { bucket = module.central.bucket, kms_key_arn = module.kms_main.key_arn }
    destinations = { secondary = { bucket = "smoke-data-${local.secondary}", kms_key_arn = module.kms_secondary.key_arn } }
  }
}

module "central" {
  source = "../modules/s3-data-bucket"

  name        = "smoke-data-${local.main}"
  role        = "central"
  kms_key_arn = module.kms_main.key_arn
}

module "replica" {
  source    = "../modules/s3-data-bucket"
  providers = { aws = aws.secondary }

  name                 = "smoke-data-${local.secondary}"
  role                 = "replica"
  kms_key_arn          = module.kms_secondary.key_arn
  replication_role_arn = local.role_arn
}

module "replication" {
  source = "../modules/s3-replication"

  name                 = "smoke"
  source_bucket        = module.central.replication_end
  replication_role_arn = module.roles.s3_replication_role_arn

  destinations = {
    secondary = {
      bucket = module.replica.replication_end
      rules = {
        datasets = { prefix = "datasets/", priority = 10 }
        models   = { prefix = "models/", priority = 11, replicate_delete_markers = true }
      }
    }
  }
}

output "private_subnet_ids" {
  description = "The network's private subnets by zone id."
  value       = module.network.private_subnet_ids
}

output "eks_role_arns" {
  description = "The roles of EKS clusters."
  value       = module.roles.eks_role_arns
}

# As S3 itself tells it, after all else.
data "aws_s3_bucket" "replica" {
  provider = aws.secondary
  bucket   = module.replica.bucket

  depends_on = [module.replication]
}

output "replica_region" {
  description = "Where the replica is."
  value       = data.aws_s3_bucket.replica.region
}
