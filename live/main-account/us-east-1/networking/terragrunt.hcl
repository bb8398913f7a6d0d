include "root" { path = find_in_parent_folders("root.hcl") }
include "aws" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/aws.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/networking.hcl" }

# Two NAT gateways: most of what is downloaded is downloaded here.
inputs = {
  nat_zone_ids = ["use1-az4", "use1-az6"]
}
