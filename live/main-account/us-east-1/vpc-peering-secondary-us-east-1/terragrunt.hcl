include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "aws_accepter" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws-accepter.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/vpc-peering.hcl" }

inputs = {
  purpose = "EFS of main us-east-1, mounted by address from secondary us-east-1, TCP 2049; private EKS endpoints there, TCP 443."
}
