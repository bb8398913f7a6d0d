include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "awscc" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/awscc.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/hyperpod-eks.hcl" }

# A group for each bought plan comes beside this one, with its training_plan: what is on no plan is paid by the hour.
inputs = {
  instance_groups = {
    cpu = {
      instance_type  = "ml.m5.2xlarge"
      instance_count = 1
      zone_id        = "usw2-az2"
    }
  }
}
