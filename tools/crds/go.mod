// The modules whose definitions gitops/ is held to, for their files and not for their code: `go mod tidy` would take them out.
module ml-clusters/tools/crds

go 1.26.8

require (
	github.com/argoproj/argo-cd/v3 v3.4.4
	github.com/aws/karpenter-provider-aws v1.14.1
	sigs.k8s.io/jobset v0.12.0
	sigs.k8s.io/kueue v0.19.0
)
