locals {
  project  = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account  = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region   = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals
  mocks    = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
  role_arn = "arn:aws:iam::${local.account.account_id}:role/${local.project.terraform_role}"
}

generate "pin_helm" {
  path      = "pin_helm_override.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    terraform {
      required_providers {
        helm = {
          source  = "${local.versions.providers.helm.source}"
          version = "${local.versions.providers.helm.version}"
        }
      }
    }
  EOT
}

# A unit that installs into a cluster is called by what it installs and the cluster's own unit: hyperpod-chart-eks-training.
dependency "cluster" {
  config_path                             = "${get_terragrunt_dir()}/../eks-${split("-eks-", basename(get_original_terragrunt_dir()))[1]}"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].eks-cluster
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

# The token is fetched when it is needed. A private registry of charts is logged into before the run (helm registry login), and a
# private endpoint is reached from the VPC of the hub alone.
generate "provider_helm" {
  path      = "provider_helm.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "helm" {
      kubernetes = {
        host                   = "${dependency.cluster.outputs.endpoint}"
        cluster_ca_certificate = base64decode("${dependency.cluster.outputs.certificate_authority_data}")

        exec = {
          api_version = "client.authentication.k8s.io/v1beta1"
          command     = "aws"
          args        = ${jsonencode(concat(["eks", "get-token", "--cluster-name", dependency.cluster.outputs.name, "--region", local.region.aws_region], local.project.terraform_role == "" || local.project.token_file != "" ? [] : ["--role-arn", local.role_arn]))}
          env         = ${jsonencode(local.project.terraform_role == "" || local.project.token_file == "" ? {} : { AWS_ROLE_ARN = local.role_arn, AWS_WEB_IDENTITY_TOKEN_FILE = local.project.token_file })}
        }
      }
    }
  EOT
}
