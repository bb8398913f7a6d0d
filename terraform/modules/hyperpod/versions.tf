terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
    awscc = {
      source = "hashicorp/awscc"
      # The first that has the labels and taints of instance groups.
      version = ">= 1.65"
    }
  }
}
