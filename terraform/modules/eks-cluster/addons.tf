locals {
  # Versions that AWS offers for Kubernetes 1.34. kube-proxy follows the cluster's version; the others serve several.
  addon_versions = {
    aws-efs-csi-driver           = "v2.1.15-eksbuild.1"
    aws-fsx-csi-driver           = "v1.8.0-eksbuild.1"
    aws-mountpoint-s3-csi-driver = "v2.2.0-eksbuild.1"
    coredns                      = "v1.12.4-eksbuild.1"
    eks-pod-identity-agent       = "v1.3.10-eksbuild.2"
    kube-proxy                   = "v1.34.1-eksbuild.2"
    vpc-cni                      = "v1.21.1-eksbuild.1"
  }

  # What nodes need to become ready. CoreDNS and the controllers of CSI drivers wait for nodes themselves.
  addons_before_nodes = ["eks-pod-identity-agent", "kube-proxy", "vpc-cni"]

  chosen_addons = {
    for name, version in local.addon_versions : name => {
      version       = coalesce(try(var.addons[name].version, null), version)
      configuration = try(var.addons[name].configuration, null)
    } if try(var.addons[name].enabled, true)
  }

  addons = {
    for name, addon in local.chosen_addons : name => {
      addon_version = addon.version
      # Else a version that is newer by now would be looked up, and taken where a pin is missing.
      most_recent          = false
      before_compute       = contains(local.addons_before_nodes, name)
      configuration_values = addon.configuration
      pod_identity_association = contains(keys(local.addon_roles), name) ? [for account in local.addon_roles[name].service_accounts : {
        role_arn        = aws_iam_role.addon[name].arn
        service_account = account
      }] : []
    }
  }

  every_addon_role = {
    aws-efs-csi-driver = {
      service_accounts = ["efs-csi-controller-sa"]
      managed_policy   = "service-role/AmazonEFSCSIDriverPolicy"
      statements       = []
    }
    # Mounts of file systems that are there already; AmazonFSxFullAccess would let a pod delete them.
    aws-fsx-csi-driver = {
      service_accounts = ["fsx-csi-controller-sa"]
      managed_policy   = null
      statements       = [jsonencode({ Sid = "Find", Effect = "Allow", Action = "fsx:DescribeFileSystems", Resource = "*" })]
    }
    aws-mountpoint-s3-csi-driver = {
      service_accounts = ["s3-csi-driver-sa"]
      managed_policy   = null
      statements       = local.bucket_statements
    }
    vpc-cni = {
      service_accounts = ["aws-node"]
      managed_policy   = "AmazonEKS_CNI_Policy"
      statements       = []
    }
  }

  addon_roles = {
    for name, role in local.every_addon_role : name => role
    if contains(keys(local.chosen_addons), name) && (role.managed_policy != null || length(role.statements) > 0)
  }

  bucket_statements = flatten([for bucket, access in var.s3_buckets : concat(
    [
      jsonencode({
        Sid      = "List${substr(sha1(bucket), 0, 8)}"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:${local.partition}:s3:::${bucket}"
      }),
      jsonencode({
        Sid      = "Read${substr(sha1(bucket), 0, 8)}"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:${local.partition}:s3:::${bucket}/*"
      }),
    ],
    length(access.write_prefixes) == 0 ? [] : [jsonencode({
      Sid      = "Write${substr(sha1(bucket), 0, 8)}"
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
      Resource = [for prefix in sort(access.write_prefixes) : "arn:${local.partition}:s3:::${bucket}/${prefix}*"]
    })],
    access.kms_key_arn == null ? [] : [jsonencode({
      Sid       = "Key${substr(sha1(bucket), 0, 8)}"
      Effect    = "Allow"
      Action    = length(access.write_prefixes) == 0 ? ["kms:Decrypt"] : ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = access.kms_key_arn
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
    })],
  )])

  # Pod Identity tags its sessions, and is refused where it may not (EKS user guide, Pod Identity, roles).
  pod_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnEquals    = { "aws:SourceArn" = local.cluster_arn }
      }
    }]
  })
}

resource "aws_iam_role" "addon" {
  for_each = local.addon_roles

  # efs-csi, fsx-csi, s3-csi, vpc-cni: the add-ons' own names would leave little for the cluster's.
  name                 = "${var.name}-${trimsuffix(replace(each.key, "/^aws-(mountpoint-)?/", ""), "-driver")}-${local.iam_suffix}"
  description          = "EKS add-on ${each.key} of ${var.name}"
  assume_role_policy   = local.pod_trust
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "addon" {
  for_each = { for name, role in local.addon_roles : name => role.managed_policy if role.managed_policy != null }

  role       = aws_iam_role.addon[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_role_policy" "addon" {
  for_each = { for name, role in local.addon_roles : name => role.statements if length(role.statements) > 0 }

  name = "addon"
  role = aws_iam_role.addon[each.key].name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in each.value : jsondecode(statement)]
  })
}
