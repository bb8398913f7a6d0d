include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/ecr.hcl" }

# Images are pushed here and copied from here: a registry has one replication configuration, and this is it.
inputs = {
  replicate_to = ["us-west-2"]
}

# Order alone: a repository that ECR makes for a copy has tags that can be moved, and no policy.
dependencies {
  paths = ["${get_terragrunt_dir()}/../../us-west-2/ecr"]
}
