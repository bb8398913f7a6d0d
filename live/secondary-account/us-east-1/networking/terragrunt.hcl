include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/networking.hcl" }

# No cluster is here: a replica, and a network that is ready for one, with neither NAT gateway nor endpoints that cost by the hour.
inputs = {
  nat_zone_ids        = []
  interface_endpoints = []
}
