include "root" { path = find_in_parent_folders("root.hcl") }
include "helm" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/helm.hcl" }
include "kubernetes" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/kubernetes.hcl" }
include "env" {
  path           = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/argocd-bootstrap.hcl"
  merge_strategy = "deep"
}
include "hyperpod" {
  path           = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/argocd-on-hyperpod.hcl"
  merge_strategy = "deep"
}

# Order alone: the cluster is reached over this.
dependencies {
  paths = ["${dirname(find_in_parent_folders("root.hcl"))}/main-account/us-east-1/vpc-peering-secondary-us-west-2"]
}
