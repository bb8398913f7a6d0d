include "root" { path = find_in_parent_folders("root.hcl") }
include "aws_parallelcluster" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws-parallelcluster.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/parallelcluster.hcl" }

# One entry for each owned block, which becomes a queue; out again when it is over.
inputs = {
  capacity_blocks = {}
}
