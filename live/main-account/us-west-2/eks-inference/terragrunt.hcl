include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "terraform_aws_eks" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/terraform-aws-eks.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/eks-cluster.hcl" }

# Inference is in the second region, so that the zone of a training block never limits it. HyperPod is not attached here.
inputs = {
  hyperpod        = false
  capacity_blocks = {}
}
