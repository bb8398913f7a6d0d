mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "null" {}

mock_provider "time" {}

mock_provider "tls" {}

mock_provider "cloudinit" {}

variables {
  name                     = "ml-training"
  vpc_id                   = "vpc-0123456789abcdef0"
  control_plane_subnet_ids = { use1-az4 = "subnet-00000000000000004", use1-az6 = "subnet-00000000000000006" }
  private_subnet_ids       = { use1-az4 = "subnet-00000000000000014", use1-az6 = "subnet-00000000000000016" }
  efa_security_group_id    = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  now                      = "2026-12-01T00:00:00Z"

  access_entries = {
    administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
  }
}

run "images_follow_from_the_types" {
  command = plan

  variables {
    node_groups = {
      system   = { instance_types = ["m7i.xlarge", "m6i.xlarge"], min_size = 2, max_size = 4 }
      graviton = { instance_types = ["m7g.xlarge", "c8gn.large"], min_size = 0 }
      gpu      = { instance_types = ["g6e.xlarge", "gr6.4xlarge"], min_size = 0, capacity_type = "SPOT" }
      arm-gpu  = { instance_types = ["g5g.xlarge"], min_size = 0 }
      neuron   = { instance_types = ["inf2.xlarge"], min_size = 0, zone_ids = ["use1-az4"] }
    }
  }

  assert {
    condition = { for name, group in local.node_groups : name => group.ami_type } == {
      system   = "AL2023_x86_64_STANDARD"
      graviton = "AL2023_ARM_64_STANDARD"
      gpu      = "AL2023_x86_64_NVIDIA"
      arm-gpu  = "AL2023_ARM_64_NVIDIA"
      neuron   = "AL2023_x86_64_NEURON"
    }
    error_message = jsonencode({ for name, group in local.node_groups : name => group.ami_type })
  }

  assert {
    condition     = { for name, group in local.node_groups : name => [for taint in group.taints : taint.key] } == { system = [], graviton = [], gpu = ["nvidia.com/gpu"], arm-gpu = ["nvidia.com/gpu"], neuron = ["aws.amazon.com/neuron"] }
    error_message = "accelerators are for who asks for them"
  }

  assert {
    condition     = alltrue([for group in local.node_groups : !group.use_latest_ami_release_version && !group.enable_efa_support && !group.create_placement_group && length(group.network_interfaces) == 0])
    error_message = "no image is rolled unasked, and nobody has EFA who has not asked for it"
  }

  assert {
    condition     = length(local.node_groups["system"].subnet_ids) == 2 && local.node_groups["neuron"].subnet_ids == ["subnet-00000000000000014"]
    error_message = "every zone, or those that are named"
  }

  assert {
    condition     = local.node_groups["system"].desired_size == 2 && local.node_groups["gpu"].desired_size == 0 && local.node_groups["gpu"].capacity_type == "SPOT"
    error_message = "as many nodes at first as there are at least"
  }

  assert {
    condition     = !anytrue([for group in local.node_groups : can(group.capacity_reservation_specification) || can(group.instance_market_options)])
    error_message = "reservations are for capacity_blocks"
  }
}

run "efa_on_demand_has_its_interfaces_and_a_placement_group" {
  command = plan

  variables {
    node_groups = {
      system = { instance_types = ["m7i.xlarge"] }
      efa    = { instance_types = ["p4d.24xlarge"], min_size = 0, zone_ids = ["use1-az6"], efa = true, raid0 = true }
    }
  }

  assert {
    condition     = length(local.node_groups["efa"].network_interfaces) == 4 && local.node_groups["efa"].create_placement_group && local.node_groups["efa"].subnet_ids == ["subnet-00000000000000016"]
    error_message = jsonencode(local.node_groups["efa"].network_interfaces)
  }

  assert {
    condition     = !local.node_groups["efa"].enable_efa_support
    error_message = "the interfaces are our own"
  }
}

run "nodes_have_a_role_with_no_more_than_they_need" {
  assert {
    condition     = toset([for attachment in aws_iam_role_policy_attachment.node : attachment.policy_arn]) == toset(["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly", "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"])
    error_message = "AmazonEKS_CNI_Policy is the CNI's, by Pod Identity"
  }

  assert {
    condition     = jsondecode(aws_iam_role.node[0].assume_role_policy).Statement[0].Principal.Service == "ec2.amazonaws.com" && output.node_role_arn == "arn:aws:iam::111111111111:role/mocked"
    error_message = aws_iam_role.node[0].assume_role_policy
  }
}

run "shells_on_nodes_are_for_who_asks" {
  command = plan

  variables {
    enable_ssm = true
  }

  assert {
    condition     = contains(keys(aws_iam_role_policy_attachment.node), "AmazonSSMManagedInstanceCore")
    error_message = jsonencode(keys(aws_iam_role_policy_attachment.node))
  }
}

run "roles_that_are_there_are_taken" {
  command = plan

  variables {
    role_arns = { cluster = "arn:aws:iam::111111111111:role/ml-eks-cluster", node = "arn:aws:iam::111111111111:role/ml-eks-node" }
  }

  assert {
    condition     = length(aws_iam_role.node) == 0 && output.node_role_arn == "arn:aws:iam::111111111111:role/ml-eks-node" && local.node_groups["system"].iam_role_arn == "arn:aws:iam::111111111111:role/ml-eks-node"
    error_message = "no second one is made"
  }
}

run "karpenter_gets_its_role_and_queue_or_nothing" {
  assert {
    condition     = output.karpenter.controller_role_arn == "arn:aws:iam::111111111111:role/mocked" && output.karpenter.node_role_name == "ml-training-karpenter-node-us-east-1" && output.karpenter.queue_name == "ml-training-karpenter" && output.karpenter.namespace == "kube-system" && output.karpenter.service_account == "karpenter" && output.karpenter.discovery_tag == { "karpenter.sh/discovery" = "ml-training" }
    error_message = jsonencode(output.karpenter)
  }
}

run "without_karpenter_there_is_nothing_of_it" {
  command = plan

  variables {
    karpenter = null
  }

  assert {
    condition     = length(module.karpenter) == 0 && output.karpenter == null
    error_message = "something was made"
  }
}

run "outputs_tell_who_comes_after" {
  assert {
    condition     = output.name == "ml-training" && output.arn == "arn:aws:eks:us-east-1:111111111111:cluster/ml-training" && output.endpoint == "https://0123456789.gr7.us-east-1.eks.amazonaws.com" && output.certificate_authority_data == "bW9ja2Vk"
    error_message = "name, ARN and what a client needs"
  }

  assert {
    condition     = output.kubernetes_version == "1.34" && output.node_security_group_id == "sg-0000000000000000e" && output.oidc_provider_arn == null && toset(keys(output.addon_role_arns)) == toset(["aws-efs-csi-driver", "aws-fsx-csi-driver", "vpc-cni"])
    error_message = "versions, groups and roles; no OIDC provider"
  }
}

run "an_oidc_provider_is_made_where_it_is_asked_for" {
  variables {
    enable_oidc_provider = true
  }

  assert {
    condition     = output.oidc_provider_arn == "arn:aws:iam::111111111111:oidc-provider/mocked"
    error_message = "none was made"
  }
}

run "access_entries_become_eks_own_and_whoever_creates_the_cluster_gets_none" {
  variables {
    access_entries = {
      administrators = { principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator", policy = "AmazonEKSClusterAdminPolicy" }
      vision         = { principal_arn = "arn:aws:iam::111111111111:role/Vision", policy = "AmazonEKSEditPolicy", namespaces = ["vision"] }
      readers        = { principal_arn = "arn:aws:iam::111111111111:role/Readers", kubernetes_groups = ["readers"] }
    }
  }

  assert {
    condition     = toset(keys(module.eks.access_entries)) == toset(["administrators", "vision", "readers"])
    error_message = jsonencode(keys(module.eks.access_entries))
  }

  assert {
    condition = { for name, association in module.eks.access_policy_associations : name => "${reverse(split("/", association.policy_arn))[0]} ${association.access_scope[0].type} ${join(",", coalesce(association.access_scope[0].namespaces, []))}" } == {
      administrators_policy = "AmazonEKSClusterAdminPolicy cluster "
      vision_policy         = "AmazonEKSEditPolicy namespace vision"
    }
    error_message = jsonencode(module.eks.access_policy_associations)
  }
}
