locals {
  # What a node may do with data: HyperPod's and ParallelCluster's. Pods of EKS get theirs by Pod Identity, each its own.
  data_statements = flatten([for bucket, access in var.data_buckets : concat(
    [
      jsonencode({
        Sid      = "List${substr(sha1(bucket), 0, 8)}"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
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
      Sid      = "Key${substr(sha1(bucket), 0, 8)}"
      Effect   = "Allow"
      Action   = length(access.write_prefixes) == 0 ? ["kms:Decrypt"] : ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = access.kms_key_arn
      Condition = { StringEquals = {
        "kms:ViaService" = "s3.${split(":", access.kms_key_arn)[3]}.amazonaws.com"
      } }
    })],
  )])

  cluster_roles = merge(
    var.eks_roles == null ? {} : {
      eks_cluster = { name = "${var.name}-eks-cluster", path = "/", description = "EKS control planes" }
      eks_node    = { name = "${var.name}-eks-node", path = "/", description = "Nodes of EKS clusters" }
    },
    var.hyperpod_role == null ? {} : {
      hyperpod_execution = { name = "${var.name}-hyperpod-execution", path = "/", description = "Instance groups of HyperPod clusters" }
    },
    var.parallelcluster_roles == null ? {} : {
      # ParallelCluster's head nodes and API pass only roles under this path.
      parallelcluster_head    = { name = "${var.name}-head-node", path = "/parallelcluster/", description = "Head nodes of ParallelCluster" }
      parallelcluster_compute = { name = "${var.name}-compute-node", path = "/parallelcluster/", description = "Compute nodes of ParallelCluster" }
      parallelcluster_lambda  = { name = "${var.name}-lambda", path = "/parallelcluster/", description = "Custom resources of ParallelCluster's stacks" }
    },
    var.s3_replication_role == null ? {} : {
      s3_replication = { name = "${var.name}-s3-replication", path = "/", description = "Copies objects from the central bucket to its replicas" }
    },
  )

  cluster_managed_policies = {
    eks_cluster = ["AmazonEKSClusterPolicy"]
    eks_node = concat(
      ["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"],
      try(var.eks_roles.cni_policy, false) ? ["AmazonEKS_CNI_Policy"] : [],
      try(var.eks_roles.ssm, false) ? ["AmazonSSMManagedInstanceCore"] : [],
    )
    hyperpod_execution      = ["AmazonSageMakerClusterInstanceRolePolicy"]
    parallelcluster_head    = ["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"]
    parallelcluster_compute = ["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"]
    parallelcluster_lambda  = []
    s3_replication          = []
  }

  cluster_statements = {
    eks_cluster             = []
    eks_node                = []
    hyperpod_execution      = concat(local.hyperpod_statements, local.data_statements)
    parallelcluster_head    = concat(local.parallelcluster_statements.head, local.data_statements)
    parallelcluster_compute = concat(local.parallelcluster_statements.compute, local.data_statements)
    parallelcluster_lambda  = local.parallelcluster_statements.lambda
    s3_replication          = local.s3_replication_statements
  }

  cluster_attachments = merge([for role in keys(local.cluster_roles) : {
    for policy in local.cluster_managed_policies[role] : "${role}/${policy}" => { role = role, policy = policy }
  }]...)
}

resource "aws_iam_role" "cluster" {
  for_each = local.cluster_roles

  name                 = each.value.name
  path                 = each.value.path
  description          = each.value.description
  assume_role_policy   = local.trusted_services[each.key]
  permissions_boundary = local.boundary_arn
  tags                 = var.tags

  depends_on = [aws_iam_policy.boundary]
}

resource "aws_iam_role_policy_attachment" "cluster" {
  for_each = local.cluster_attachments

  role       = aws_iam_role.cluster[each.value.role].name
  policy_arn = "${local.managed}/${each.value.policy}"
}

resource "aws_iam_role_policy" "cluster" {
  for_each = { for role in keys(local.cluster_roles) : role => local.cluster_statements[role] if length(local.cluster_statements[role]) > 0 }

  name = "cluster"
  role = aws_iam_role.cluster[each.key].name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in each.value : jsondecode(statement)]
  })

  lifecycle {
    precondition {
      condition     = length(join("", each.value)) <= 10000
      error_message = "The policy of ${local.cluster_roles[each.key].name} is longer than the 10,240 characters that IAM takes in a role: name fewer data_buckets, or fewer prefixes in them."
    }
  }
}
