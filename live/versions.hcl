# The only place with versions of providers; _providers writes them into each unit that uses one.
locals {
  providers = {
    aws                 = { source = "hashicorp/aws", version = "6.55.0" }
    awscc               = { source = "hashicorp/awscc", version = "1.96.0" }
    aws-parallelcluster = { source = "aws-tf/aws-parallelcluster", version = "1.1.0" }
    cloudinit           = { source = "hashicorp/cloudinit", version = "2.4.0" }
    helm                = { source = "hashicorp/helm", version = "3.1.2" }
    kubernetes          = { source = "hashicorp/kubernetes", version = "3.2.1" }
    null                = { source = "hashicorp/null", version = "3.3.1" }
    time                = { source = "hashicorp/time", version = "0.14.0" }
    tls                 = { source = "hashicorp/tls", version = "4.2.1" }
  }

  # The aws provider of runs against simulated AWS, but for EKS, whose module needs a newer one and which is not simulated.
  simulated_aws = get_env("ML_CLUSTERS_AWS_PROVIDER", local.providers.aws.version)
}
