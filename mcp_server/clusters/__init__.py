"""How the clusters are: EKS, ParallelCluster and HyperPod in one model, and what the bought capacity does there."""
