locals {
  # The image follows from the type, so that no GPU starts without its driver. The first that matches.
  images = [
    { ami_type = "AL2023_x86_64_NEURON", types = "^(trn|inf)[0-9]" },
    { ami_type = "AL2023_ARM_64_NVIDIA", types = "^(g5g|p[0-9]+e-gb)" },
    { ami_type = "AL2023_x86_64_NVIDIA", types = "^(g|gr|p)[0-9]" },
    { ami_type = "AL2023_ARM_64_STANDARD", types = "^[a-z]+[0-9]+[a-z]*g" },
    { ami_type = "AL2023_x86_64_STANDARD", types = "" },
  ]

  # Nothing lands on an accelerator that does not ask for one.
  accelerator_taints = { NVIDIA = "nvidia.com/gpu", NEURON = "aws.amazon.com/neuron" }

  every_group = merge(
    { for name, group in var.node_groups : name => {
      ami_type            = [for image in local.images : image.ami_type if can(regex(image.types, group.instance_types[0]))][0]
      ami_release_version = group.ami_release_version
      volume_size_gib     = group.volume_size_gib
      raid0               = group.raid0
      labels              = group.labels
      taints              = group.taints
    } },
    { for name, block in var.capacity_blocks : name => {
      ami_type            = [for image in local.images : image.ami_type if can(regex(image.types, block.instance_type))][0]
      ami_release_version = block.ami_release_version
      volume_size_gib     = block.volume_size_gib
      raid0               = block.raid0
      labels              = merge({ "ml-clusters/capacity-block" = name }, block.labels)
      taints              = block.taints
    } },
  )

  group_settings = {
    for name, group in local.every_group : name => {
      iam_role_arn    = local.node_role_arn
      create_iam_role = false

      ami_type = group.ami_type
      # Else the newest image is looked up at each plan, and nodes are replaced unasked.
      use_latest_ami_release_version = false
      ami_release_version            = group.ami_release_version

      labels = group.labels
      taints = group.taints != null ? group.taints : {
        for kind, key in local.accelerator_taints : "accelerator" => { key = key, value = "true", effect = "NO_SCHEDULE" } if endswith(group.ami_type, kind)
      }

      # One hop: pods have Pod Identity, and no way to the node's role.
      metadata_options = { http_endpoint = "enabled", http_tokens = "required", http_put_response_hop_limit = 1 }

      block_device_mappings = { root = {
        device_name = "/dev/xvda"
        ebs = {
          volume_size           = group.volume_size_gib
          volume_type           = "gp3"
          encrypted             = true
          kms_key_id            = var.kms_key_arn
          delete_on_termination = true
        }
      } }

      cloudinit_pre_nodeadm = group.raid0 ? [{
        content_type = "application/node.eks.aws"
        content = yamlencode({
          apiVersion = "node.eks.aws/v1alpha1"
          kind       = "NodeConfig"
          spec       = { instance = { localStorage = { strategy = "RAID0" } } }
        })
      }] : []

      # Never: it makes an EFA interface for every card, also where a card has none, and forces a placement group, which a
      # capacity block refuses for lack of capacity.
      enable_efa_support    = false
      create_security_group = false
    }
  }

  on_demand_node_groups = {
    for name, group in var.node_groups : name => merge(local.group_settings[name], {
      capacity_type  = group.capacity_type
      instance_types = group.instance_types
      subnet_ids     = [for zone, id in var.private_subnet_ids : id if length(group.zone_ids) == 0 || contains(group.zone_ids, zone)]

      min_size     = group.min_size
      max_size     = group.max_size
      desired_size = coalesce(group.desired_size, group.min_size)

      network_interfaces = [for interface in try(local.network_interfaces[group.instance_types[0]], []) : interface if group.efa]
      # Without a block, EFA's nodes are close to each other only in one.
      create_placement_group = group.efa
    })
  }

  # An object, since the groups of the two kinds differ in what they set.
  node_groups = merge(local.on_demand_node_groups, local.capacity_block_node_groups)

  node_policies = var.role_arns != null ? {} : merge(
    { for policy in ["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"] : policy => "arn:${local.partition}:iam::aws:policy/${policy}" },
    var.enable_ssm ? { AmazonSSMManagedInstanceCore = "arn:${local.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore" } : {},
  )

  # Through the attachments, so that nodes come after them and go before them.
  node_role_arn = var.role_arns != null ? var.role_arns.node : values({
    for policy, attachment in aws_iam_role_policy_attachment.node : policy => aws_iam_role.node[0].arn
  })[0]
}

resource "aws_iam_role" "node" {
  count = var.role_arns == null ? 1 : 0

  name        = "${var.name}-node-${local.iam_suffix}"
  description = "Nodes of the managed groups of ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = local.node_policies

  role       = aws_iam_role.node[0].name
  policy_arn = each.value
}
