locals {
  # Outputs of eks-cluster, which is applied before: a provider whose cluster is not there yet asks localhost.
  cluster = {
    name                       = "ml-training"
    endpoint                   = "https://00000000000000000000000000000000.gr7.us-east-1.eks.amazonaws.com"
    certificate_authority_data = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"
    karpenter = {
      controller_role_arn = "arn:aws:iam::111111111111:role/ml-training-karpenter"
      node_role_name      = "ml-training-karpenter-node"
      queue_name          = "ml-training-karpenter"
    }
  }

  # The secret's version: another one is what makes Terraform write the key again.
  key_version = "00000000-0000-0000-0000-000000000001"

  # A token that is fetched when it is needed: one from a data source would be in the state, and old at the apply.
  token = {
    api_version = "client.authentication.k8s.io/v1beta1"
    command     = "aws"
    args = [
      "eks", "get-token", "--cluster-name", local.cluster.name, "--region", "us-east-1",
      # In access_entries of eks-cluster, with AmazonEKSClusterAdminPolicy.
      "--role-arn", "arn:aws:iam::111111111111:role/ml-terraform",
    ]
  }
}

provider "aws" {
  region = "us-east-1"
}

provider "helm" {
  kubernetes = {
    host                   = local.cluster.endpoint
    cluster_ca_certificate = base64decode(local.cluster.certificate_authority_data)
    exec                   = local.token
  }
}

provider "kubernetes" {
  host                   = local.cluster.endpoint
  cluster_ca_certificate = base64decode(local.cluster.certificate_authority_data)

  exec {
    api_version = local.token.api_version
    command     = local.token.command
    args        = local.token.args
  }
}

# The private key of a GitHub App that may read the repository's contents. Read at every plan, and kept nowhere.
ephemeral "aws_secretsmanager_secret_version" "github_app" {
  secret_id  = "ml-clusters/argocd/github-app"
  version_id = local.key_version
}

module "argocd_bootstrap" {
  source = "../.."

  cluster = {
    name       = local.cluster.name
    region     = "us-east-1"
    account_id = "111111111111"
    vpc_id     = "vpc-0123456789abcdef0"
  }

  repository = {
    url      = "https://github.com/example/ml-clusters.git"
    revision = "main"
  }
  repository_credential = {
    kind                       = "github_app"
    github_app_id              = "123456"
    github_app_installation_id = "12345678"
    version                    = local.key_version
  }
  repository_secret = ephemeral.aws_secretsmanager_secret_version.github_app.secret_string

  karpenter             = local.cluster.karpenter
  efa_security_group_id = "sg-0123456789abcdef0"

  # A HyperPod cluster is attached, whose chart leaves one device plugin to gitops/.
  hyperpod = { elsewhere = ["nvidia-device-plugin"] }
  addons = {
    dcgm_exporter        = true
    kueue                = true
    nvidia_device_plugin = true
  }

  labels = { environment = "production" }
}
