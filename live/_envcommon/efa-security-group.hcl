terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//efa-security-group"
}

locals {
  project = read_terragrunt_config(find_in_parent_folders("project.hcl")).locals
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
  mocks   = read_terragrunt_config(find_in_parent_folders("mocks.hcl")).locals
}

dependency "networking" {
  config_path                             = "${get_terragrunt_dir()}/../networking"
  mock_outputs                            = local.mocks.units[local.account.account_name][local.region.aws_region].networking
  mock_outputs_allowed_terraform_commands = local.mocks.commands
}

inputs = {
  name   = "${local.project.name}-${local.account.account_name}-${local.region.aws_region}"
  vpc_id = dependency.networking.outputs.vpc_id

  rules = merge(
    {
      endpoints = { direction = "egress", description = "AWS's APIs at the VPC's endpoints, and private Kubernetes APIs.", from_port = 443, cidr_ipv4 = dependency.networking.outputs.cidr }
      lustre    = { direction = "egress", description = "FSx for Lustre.", from_port = 988, cidr_ipv4 = dependency.networking.outputs.cidr }
      lustre-2  = { direction = "egress", description = "FSx for Lustre, its further ports.", from_port = 1018, to_port = 1023, cidr_ipv4 = dependency.networking.outputs.cidr }
      efs       = { direction = "egress", description = "EFS.", from_port = 2049, cidr_ipv4 = dependency.networking.outputs.cidr }

      # HyperPod's machines on EKS are in this group alone.
      kubelet = { direction = "ingress", description = "The control plane of EKS to kubelets.", from_port = 10250, cidr_ipv4 = dependency.networking.outputs.cidr }
      dns     = { direction = "egress", description = "CoreDNS.", protocol = "udp", from_port = 53, cidr_ipv4 = dependency.networking.outputs.cidr }
      dns-tcp = { direction = "egress", description = "CoreDNS, long answers.", from_port = 53, cidr_ipv4 = dependency.networking.outputs.cidr }
    },
    {
      for service, id in dependency.networking.outputs.gateway_prefix_list_ids :
      service => { direction = "egress", description = "${service} at its gateway endpoint.", from_port = 443, prefix_list_id = id }
    },
  )

  mocked_dependencies = [for unit, outputs in { networking = dependency.networking.outputs } : unit if can(outputs.mocked)]
}
