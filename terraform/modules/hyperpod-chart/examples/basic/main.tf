provider "helm" {
  kubernetes = {
    # endpoint, and certificate_authority_data by base64decode, of eks-cluster
    host                   = "https://00000000000000000000000000000000.gr7.us-west-2.eks.amazonaws.com"
    cluster_ca_certificate = "-----BEGIN CERTIFICATE-----"

    # A token that is fetched when it is needed: one from a data source would be in the state, and old at the apply.
    exec = {
      api_version = "client.authentication.k8s.io/v1beta1"
      command     = "aws"
      args        = ["eks", "get-token", "--cluster-name", "training", "--region", "us-west-2"]
    }
  }
}

module "hyperpod_chart" {
  source = "../.."

  region = "us-west-2"
  chart = {
    repository = "oci://222222222222.dkr.ecr.us-west-2.amazonaws.com/charts"
    name       = "hyperpod-helm-chart"
    version    = "0.1.0-g011ca927123e"
    revision   = "011ca927123e02b35a399935bbb3ab1905fe33c7"
  }

  # gitops/ has them.
  elsewhere = ["efa-device-plugin", "neuron-device-plugin", "nvidia-device-plugin"]
}

output "release" {
  description = "eks.chart_release of hyperpod."
  value       = module.hyperpod_chart.release
}
