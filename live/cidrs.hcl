# The only table of addresses. A further account-region takes the next /16; 10.100.0.0/16 and 172.20.0.0/16 are those of Kubernetes
# services. Each zone's private subnet is the /19 of its slot: room for 255 machines of HyperPod on Slurm, which take 32 addresses
# each, or for 100 on EKS, which take 81.
locals {
  vpcs = {
    main = {
      us-east-1 = "10.0.0.0/16"
      us-west-2 = "10.1.0.0/16"
    }
    secondary = {
      us-east-1 = "10.2.0.0/16"
      us-west-2 = "10.3.0.0/16"
    }
  }
}
