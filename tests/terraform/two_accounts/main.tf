# Nine modules in two accounts of simulated AWS, joined as the live tree joins them.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
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
  role_arn  = "arn:aws:iam::${local.main}:role/example-s3-replication"
  services  = ["dynamodb", "ec2", "logs", "s3"]
}

module "kms_main" {
  source = "../modules/kms"

  name           = "example"
  administrators = ["arn:aws:iam::${local.main}:role/TerraformExecutionRole"]
  users          = ["arn:aws:iam::${local.main}:role/example-*"]
  services       = local.services
}

module "kms_secondary" {
  source    = "../modules/kms"
  providers = { aws = aws.secondary }

  name           = "example"
  administrators = ["arn:aws:iam::${local.secondary}:role/TerraformExecutionRole"]
  users          = ["arn:aws:iam::${local.secondary}:role/example-*"]
  services       = local.services

  cross_account = {
    replication = { principals = [local.role_arn], actions = ["encrypt"], via_services = ["s3"] }
  }
}

module "bootstrap" {
  source = "../modules/iam"

  name    = "example"
  regions = ["us-east-1", "us-west-2"]
  github  = { repository = "example/ml-clusters", owner_id = "123456", repository_id = "456789" }
  state   = { bucket = module.tfstate.bucket, kms_key_arn = module.tfstate.kms_key_arn }

  terraform_roles = {
    ci        = { environments = ["main", "secondary"], execution_accounts = [local.main, local.secondary] }
    execution = { environments = ["main-long"] }
    plan      = {}
  }

  capacity_roles = {
    reader    = { principals = ["arn:aws:iam::${local.main}:role/claude-code"] }
    purchaser = { principals = ["arn:aws:iam::${local.main}:user/jo"] }
  }
}

module "roles" {
  source = "../modules/iam"

  name                     = "example"
  regions                  = ["us-east-1", "us-west-2"]
  permissions_boundary_arn = module.bootstrap.permissions_boundary_arn
  eks_roles                = {}
  parallelcluster_roles    = {}

  s3_replication_role = {
    source       = { bucket = module.central.bucket, kms_key_arn = module.kms_main.key_arn }
    destinations = { secondary = { bucket = "example-data-${local.secondary}", kms_key_arn = module.kms_secondary.key_arn } }
  }
}

module "tfstate" {
  source = "../modules/tfstate-bucket"

  name = "example-tfstate-${local.main}"

  cross_account_access = {
    secondary = {
      principal_arns = ["arn:aws:iam::${local.secondary}:role/TerraformExecutionRole"]
      write_prefixes = ["secondary/"]
    }
  }
}

module "capacity_ledger" {
  source = "../modules/capacity-ledger"

  name                = "example-capacity-ledger"
  kms_key_arn         = module.kms_main.key_arn
  deletion_protection = false # what is protected cannot be destroyed again
}

module "network_main" {
  source = "../modules/networking"

  name         = "ml-main-use1"
  cidr         = "10.0.0.0/16"
  zones        = { use1-az3 = { slot = 0 }, use1-az4 = { slot = 1 }, use1-az6 = { slot = 2 } }
  nat_zone_ids = ["use1-az4"]
  kms_key_arn  = module.kms_main.key_arn
}

module "network_secondary" {
  source    = "../modules/networking"
  providers = { aws = aws.secondary }

  name         = "ml-secondary-usw2"
  cidr         = "10.3.0.0/16"
  zones        = { usw2-az1 = { slot = 0 }, usw2-az2 = { slot = 1 } }
  nat_zone_ids = ["usw2-az1"]
  kms_key_arn  = module.kms_secondary.key_arn
}

module "efa" {
  source = "../modules/efa-security-group"

  name   = "ml-main-use1"
  vpc_id = module.network_main.vpc_id

  rules = {
    endpoints = { direction = "egress", description = "AWS APIs.", from_port = 443, cidr_ipv4 = module.network_main.cidr }
  }
}

module "peering" {
  source    = "../modules/vpc-peering"
  providers = { aws = aws, aws.accepter = aws.secondary }

  name    = "ml-main-use1-secondary-usw2"
  purpose = "Atlantis in main to the private API endpoints of EKS in secondary, TCP 443."

  requester = {
    vpc_id          = module.network_main.vpc_id
    cidr            = "10.0.0.0/16"
    route_table_ids = module.network_main.private_route_table_ids
  }

  accepter = {
    account_id      = local.secondary
    region          = "us-west-2"
    vpc_id          = module.network_secondary.vpc_id
    cidr            = "10.3.0.0/16"
    route_table_ids = module.network_secondary.private_route_table_ids
  }
}

module "central" {
  source = "../modules/s3-data-bucket"

  name        = "example-data-${local.main}"
  role        = "central"
  kms_key_arn = module.kms_main.key_arn
}

module "replica" {
  source    = "../modules/s3-data-bucket"
  providers = { aws = aws.secondary }

  name                 = "example-data-${local.secondary}"
  role                 = "replica"
  kms_key_arn          = module.kms_secondary.key_arn
  replication_role_arn = local.role_arn
}

module "replication" {
  source = "../modules/s3-replication"

  name                 = "example"
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
