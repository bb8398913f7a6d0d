terraform {
  required_version = ">= 1.11"

  required_providers {
    # The module that is called uses it. Named here for its lowest version, and for callers and tests.
    # tflint-ignore: terraform_unused_required_providers
    aws-parallelcluster = {
      source  = "aws-tf/aws-parallelcluster"
      version = ">= 1.1.0"
    }
  }
}
