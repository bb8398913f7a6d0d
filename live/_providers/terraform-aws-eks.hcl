# The providers that terraform-aws-eks brings, none of which is configured.
locals {
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals
}

generate "pin_terraform_aws_eks" {
  path      = "pin_terraform_aws_eks_override.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    terraform {
      required_providers {
        cloudinit = {
          source  = "${local.versions.providers.cloudinit.source}"
          version = "${local.versions.providers.cloudinit.version}"
        }
        null = {
          source  = "${local.versions.providers.null.source}"
          version = "${local.versions.providers.null.version}"
        }
        time = {
          source  = "${local.versions.providers.time.source}"
          version = "${local.versions.providers.time.version}"
        }
        tls = {
          source  = "${local.versions.providers.tls.source}"
          version = "${local.versions.providers.tls.version}"
        }
      }
    }
  EOT
}
