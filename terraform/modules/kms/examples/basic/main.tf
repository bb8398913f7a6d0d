provider "aws" {
  region = "us-west-2"
}

module "kms" {
  source = "../.."

  name           = "ml-clusters"
  administrators = ["arn:aws:iam::111111111111:role/TerraformExecutionRole"]
  users          = ["arn:aws:iam::111111111111:role/ml-clusters-*", "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-*"]
  services       = ["aps", "autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "efs", "eks", "events", "fsx", "logs", "s3", "sagemaker", "scheduler"]

  cross_account = {
    # The main account's replication role writes replicas into a bucket of this account.
    replication = {
      principals   = ["arn:aws:iam::222222222222:role/ml-clusters-s3-replication"]
      actions      = ["encrypt"]
      via_services = ["s3"]
    }
  }
}
