# Where the other stacks keep their states. tfstate-bucket refuses plain HTTP, and simulated AWS speaks nothing else.
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
  allowed_account_ids = ["483026362307"]
}

resource "aws_s3_bucket" "this" {
  bucket_prefix = "integration-tfstate-"
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

output "bucket" {
  description = "Name of the bucket, once it keeps versions."
  value       = aws_s3_bucket_versioning.this.bucket
}
