provider "aws" {
  region = "us-east-1"
}

module "capacity_ledger" {
  source = "../.."

  name        = "ml-clusters-capacity-ledger"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
}
