include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "terraform_aws_eks" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/terraform-aws-eks.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/eks-cluster.hcl" }

# One entry for each owned block, which becomes a node group; plans are for hyperpod-eks, which is attached to this cluster.
inputs = {
  capacity_blocks = {}
}
