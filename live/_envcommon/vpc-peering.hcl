terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//vpc-peering"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  cidrs   = read_terragrunt_config(find_in_parent_folders("cidrs.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
  # The other side, after which the unit is called: vpc-peering-secondary-us-west-2.
  unit = basename(get_original_terragrunt_dir())
  peer = {
    account = split("-", local.unit)[2]
    region  = trimprefix(local.unit, "vpc-peering-${split("-", local.unit)[2]}-")
  }
}

dependency "requester" {
  config_path                             = "${get_terragrunt_dir()}/../networking"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].networking
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

dependency "accepter" {
  config_path                             = "${dirname(find_in_parent_folders("root.hcl"))}/${local.peer.account}-account/${local.peer.region}/networking"
  mock_outputs                            = local.mocks.units[local.peer.account][local.peer.region].networking
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

# Blocks are those of the table, so that an overlap is refused before either network is there.
inputs = {
  name = "${local.project.name}-${local.account.account_name}-${local.region.aws_region}-${local.peer.account}-${local.peer.region}"

  requester = {
    vpc_id          = dependency.requester.outputs.vpc_id
    cidr            = local.cidrs.vpcs[local.account.account_name][local.region.aws_region]
    route_table_ids = dependency.requester.outputs.private_route_table_ids
  }
  accepter = {
    account_id      = local.project.accounts[local.peer.account].id
    region          = local.peer.region
    vpc_id          = dependency.accepter.outputs.vpc_id
    cidr            = local.cidrs.vpcs[local.peer.account][local.peer.region]
    route_table_ids = dependency.accepter.outputs.private_route_table_ids
  }

  mocked_dependencies = [for unit, outputs in { requester = dependency.requester.outputs, accepter = dependency.accepter.outputs } : unit if can(outputs.mocked)]
}
