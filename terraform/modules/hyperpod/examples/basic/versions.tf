terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
    awscc = {
      source  = "hashicorp/awscc"
      version = ">= 1.65"
    }
  }
}
