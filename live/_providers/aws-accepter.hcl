locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  unit    = basename(get_original_terragrunt_dir())
  # The other side, after which the unit is called: vpc-peering-secondary-us-west-2.
  peer        = local.project.accounts[split("-", local.unit)[2]]
  peer_region = trimprefix(local.unit, "vpc-peering-${split("-", local.unit)[2]}-")
  role_arn    = "arn:aws:iam::${local.peer.id}:role/${local.project.terraform_role}"
}

# Tags are those of the requester's side, for both sides are one connection.
generate "provider_aws_accepter" {
  path      = "provider_aws_accepter.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "aws" {
      alias               = "accepter"
      region              = "${local.peer_region}"
      allowed_account_ids = terraform.applying && length(var.mocked_dependencies) > 0 ? ["000000000000"] : ["${local.peer.id}"]

      %{if local.project.terraform_role != ""~}
      %{if local.project.token_file != ""~}
      assume_role_with_web_identity {
        role_arn                = "${local.role_arn}"
        session_name            = "${local.unit}"
        web_identity_token_file = "${local.project.token_file}"
      }
      %{else~}
      assume_role {
        role_arn     = "${local.role_arn}"
        session_name = "${local.unit}"
      }
      %{endif~}
      %{endif~}

      default_tags {
        tags = {
          Project   = "${local.project.name}"
          ManagedBy = "terraform"
          Unit      = "${local.account.account_name}/${local.region.aws_region}/${local.unit}"
        }
      }
    }
  EOT
}
