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

run "pods_of_add_ons_get_roles_by_pod_identity_of_this_cluster_only" {
  variables {
    s3_buckets = {
      ml-data = { write_prefixes = ["checkpoints/"], kms_key_arn = "arn:aws:kms:us-east-1:111111111111:key/22222222-2222-2222-2222-222222222222" }
      ml-read = {}
    }
    permissions_boundary_arn = "arn:aws:iam::111111111111:policy/ml-boundary"
  }

  assert {
    condition     = toset(keys(aws_iam_role.addon)) == toset(["aws-efs-csi-driver", "aws-fsx-csi-driver", "aws-mountpoint-s3-csi-driver", "vpc-cni"])
    error_message = jsonencode(keys(aws_iam_role.addon))
  }

  assert {
    condition = alltrue([for role in aws_iam_role.addon : jsondecode(role.assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = { "aws:SourceAccount" = "111111111111" }
        ArnEquals    = { "aws:SourceArn" = "arn:aws:eks:us-east-1:111111111111:cluster/ml-training" }
      }
    }]])
    error_message = "without sts:TagSession Pod Identity is refused"
  }

  assert {
    condition     = { for name, attachment in aws_iam_role_policy_attachment.addon : name => attachment.policy_arn } == { aws-efs-csi-driver = "arn:aws:iam::aws:policy/service-role/AmazonEFSCSIDriverPolicy", vpc-cni = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy" }
    error_message = "AmazonFSxFullAccess is not among them"
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.addon["aws-fsx-csi-driver"].policy).Statement : statement.Action] == ["fsx:DescribeFileSystems"]
    error_message = aws_iam_role_policy.addon["aws-fsx-csi-driver"].policy
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.addon["aws-mountpoint-s3-csi-driver"].policy).Statement : [flatten([statement.Action]), flatten([statement.Resource])]] == [
      [["s3:ListBucket"], ["arn:aws:s3:::ml-data"]],
      [["s3:GetObject"], ["arn:aws:s3:::ml-data/*"]],
      [["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"], ["arn:aws:s3:::ml-data/checkpoints/*"]],
      [["kms:Decrypt", "kms:GenerateDataKey"], ["arn:aws:kms:us-east-1:111111111111:key/22222222-2222-2222-2222-222222222222"]],
      [["s3:ListBucket"], ["arn:aws:s3:::ml-read"]],
      [["s3:GetObject"], ["arn:aws:s3:::ml-read/*"]],
    ]
    error_message = aws_iam_role_policy.addon["aws-mountpoint-s3-csi-driver"].policy
  }

  assert {
    condition     = alltrue([for role in concat(values(aws_iam_role.addon), aws_iam_role.node) : role.permissions_boundary == "arn:aws:iam::111111111111:policy/ml-boundary"])
    error_message = "every role is under the boundary"
  }

  assert {
    condition = { for name, addon in local.addons : name => join(",", addon.pod_identity_association[*].service_account) if length(addon.pod_identity_association) > 0 } == {
      aws-efs-csi-driver = "efs-csi-controller-sa", aws-fsx-csi-driver = "fsx-csi-controller-sa", aws-mountpoint-s3-csi-driver = "s3-csi-driver-sa", vpc-cni = "aws-node"
    }
    error_message = jsonencode(local.addons)
  }
}

run "every_add_on_is_pinned_and_the_network_comes_before_the_nodes" {
  command = plan

  assert {
    condition = output.addon_versions == {
      aws-efs-csi-driver           = "v2.1.15-eksbuild.1"
      aws-fsx-csi-driver           = "v1.8.0-eksbuild.1"
      aws-mountpoint-s3-csi-driver = "v2.2.0-eksbuild.1"
      coredns                      = "v1.12.4-eksbuild.1"
      eks-pod-identity-agent       = "v1.3.10-eksbuild.2"
      kube-proxy                   = "v1.34.1-eksbuild.2"
      vpc-cni                      = "v1.21.1-eksbuild.1"
    }
    error_message = jsonencode(output.addon_versions)
  }

  assert {
    condition     = alltrue([for addon in local.addons : addon.addon_version != null && !addon.most_recent])
    error_message = "an add-on without a pin is upgraded unasked"
  }

  assert {
    condition     = toset([for name, addon in local.addons : name if addon.before_compute]) == toset(["eks-pod-identity-agent", "kube-proxy", "vpc-cni"])
    error_message = "no node becomes ready without these, and a CNI whose role comes by Pod Identity needs its agent"
  }

  assert {
    condition     = !contains(keys(aws_iam_role.addon), "aws-mountpoint-s3-csi-driver")
    error_message = "without buckets there is no role for the driver"
  }
}

run "add_ons_differ_from_the_defaults_where_that_is_said" {
  command = plan

  variables {
    kubernetes_version = "1.33"
    addons = {
      kube-proxy         = { version = "v1.33.5-eksbuild.2" }
      vpc-cni            = { configuration = "{\"env\":{\"WARM_IP_TARGET\":\"4\"}}" }
      aws-efs-csi-driver = { enabled = false }
    }
  }

  assert {
    condition     = output.addon_versions["kube-proxy"] == "v1.33.5-eksbuild.2" && output.addon_versions["vpc-cni"] == "v1.21.1-eksbuild.1" && length(output.addon_versions) == 6
    error_message = jsonencode(output.addon_versions)
  }

  assert {
    condition     = jsondecode(local.addons["vpc-cni"].configuration_values).env.WARM_IP_TARGET == "4" && !contains(keys(aws_iam_role.addon), "aws-efs-csi-driver")
    error_message = "the configuration arrives, and a driver that is left out has no role"
  }
}

run "kubernetes_is_in_hyperpods_range_and_the_default_too" {
  command = plan

  assert {
    condition     = contains(var.hyperpod_kubernetes_versions, var.kubernetes_version) && var.hyperpod
    error_message = "the default must be one that HyperPod takes"
  }
}

run "kubernetes_outside_hyperpods_range_is_refused" {
  command = plan

  variables {
    kubernetes_version = "1.35"
    addons             = { kube-proxy = { version = "v1.35.0-eksbuild.2" } }
  }

  expect_failures = [var.kubernetes_version]
}

run "kubernetes_outside_hyperpods_range_is_taken_where_no_hyperpod_will_be" {
  command = plan

  variables {
    hyperpod           = false
    kubernetes_version = "1.35"
    addons             = { kube-proxy = { version = "v1.35.0-eksbuild.2" }, vpc-cni = { version = "v1.18.2-eksbuild.1" } }
  }

  assert {
    condition     = output.addon_versions["vpc-cni"] == "v1.18.2-eksbuild.1"
    error_message = "HyperPod's least VPC CNI does not hold either"
  }
}

run "a_range_that_aws_has_widened_can_be_given" {
  command = plan

  variables {
    hyperpod_kubernetes_versions = ["1.34", "1.35"]
    kubernetes_version           = "1.35"
    addons                       = { kube-proxy = { version = "v1.35.0-eksbuild.2" } }
  }

  assert {
    condition     = output.addon_versions["kube-proxy"] == "v1.35.0-eksbuild.2"
    error_message = "1.35 is taken"
  }
}

run "a_vpc_cni_older_than_hyperpod_takes_is_refused" {
  command = plan

  variables {
    addons = { vpc-cni = { version = "v1.18.2-eksbuild.1" } }
  }

  expect_failures = [var.addons]
}

run "hyperpods_least_vpc_cni_is_taken" {
  command = plan

  variables {
    addons = { vpc-cni = { version = "v1.18.3-eksbuild.1" } }
  }

  assert {
    condition     = output.addon_versions["vpc-cni"] == "v1.18.3-eksbuild.1"
    error_message = "1.18.3 is the least"
  }
}

run "a_kube_proxy_of_another_version_is_refused" {
  command = plan

  variables {
    kubernetes_version = "1.33"
  }

  expect_failures = [var.addons]
}

run "a_newer_s3_driver_is_asked_for_where_it_needs_pod_identity" {
  command = plan

  variables {
    addons     = { aws-mountpoint-s3-csi-driver = { version = "v1.15.0-eksbuild.1" } }
    s3_buckets = { ml-data = {} }
  }

  expect_failures = [var.s3_buckets]
}

run "buckets_without_the_driver_are_refused" {
  command = plan

  variables {
    addons     = { aws-mountpoint-s3-csi-driver = { enabled = false } }
    s3_buckets = { ml-data = {} }
  }

  expect_failures = [var.s3_buckets]
}
