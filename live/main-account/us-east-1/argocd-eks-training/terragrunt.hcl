include "root" { path = find_in_parent_folders("root.hcl") }
include "helm" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/helm.hcl" }
include "kubernetes" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_providers/kubernetes.hcl" }
include "env" { path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/argocd-bootstrap.hcl" }
