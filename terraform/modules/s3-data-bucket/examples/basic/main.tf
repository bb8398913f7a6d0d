provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111111111111"]
}

module "central" {
  source = "../.."

  name        = "example-data-111111111111-us-east-1"
  role        = "central"
  kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"

  expire_after_days = { "checkpoints/" = 30 }

  tags = { Team = "ml-platform" }
}

output "replication_end" {
  description = "What s3-replication takes as its source_bucket."
  value       = module.central.replication_end
}
