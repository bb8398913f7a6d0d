include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "aws_accepter" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws-accepter.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/vpc-peering.hcl" }

inputs = {
  purpose = "Atlantis in main us-east-1 to the private API endpoints of EKS in main us-west-2, TCP 443."
}
