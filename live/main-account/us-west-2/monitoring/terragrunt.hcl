include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/monitoring.hcl" }

inputs = {
  eks_clusters = { inference = "ml-clusters-inference" }

  # One entry for each block or plan that is owned here: nobody is warned of what is not listed.
  capacity = {}
}
