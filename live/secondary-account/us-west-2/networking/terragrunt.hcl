include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/networking.hcl" }

# HyperPod is here. Its machines are in the EFA group alone, which lets nothing out to the internet, so that they reach every API of
# AWS at an endpoint.
inputs = {
  nat_zone_ids       = ["usw2-az2"]
  hyperpod_instances = { usw2-az2 = { slurm = 32, eks = 64 } }
  interface_endpoints = [
    "autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticfilesystem", "fsx", "kms", "logs", "monitoring",
    "sagemaker.api", "secretsmanager", "ssm", "ssmmessages", "sts",
  ]
}
