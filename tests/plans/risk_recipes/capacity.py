"""Changes of what buys capacity, and of node groups whose replacement the real provider decides."""

from tests.plans.risk_recipes.recipe import Json, Recipe, attributes, in_call, instead, tainted, written

_BLOCK = """\
resource "aws_ec2_capacity_block_reservation" "january" {
  capacity_block_offering_id = "cb-0123456789abcdef0"
  instance_platform          = "Linux/UNIX"
  tags                       = { Team = "ml-platform" }
}
"""
_ON_DEMAND = """\
resource "aws_ec2_capacity_reservation" "inference" {
  instance_type     = "p5.48xlarge"
  instance_platform = "Linux/UNIX"
  availability_zone = "us-east-1a"
  instance_count    = 2
}
"""
NOTHING = written("")
BLOCK = written(_BLOCK)

_GROUPS = """\
resource "aws_eks_cluster" "this" {
  name                      = "training"
  role_arn                  = "arn:aws:iam::111111111111:role/eks-cluster"
  version                   = "1.33"
  enabled_cluster_log_types = ["api", "audit", "authenticator"]

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    subnet_ids              = ["subnet-00000000000000004", "subnet-00000000000000006"]
    endpoint_private_access = true
    endpoint_public_access  = false
  }
}

resource "aws_eks_access_entry" "administrators" {
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = "arn:aws:iam::111111111111:role/ClusterAdministrator"
  type          = "STANDARD"
}

resource "aws_eks_access_policy_association" "administrators" {
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.administrators.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

resource "aws_eks_addon" "vpc_cni" {
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = "vpc-cni"
  addon_version               = "v1.20.4-eksbuild.2"
  resolve_conflicts_on_update = "OVERWRITE"
}

resource "aws_eks_node_group" "system" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "system"
  node_role_arn   = "arn:aws:iam::111111111111:role/eks-node"
  subnet_ids      = ["subnet-00000000000000014", "subnet-00000000000000016"]
  instance_types  = ["m7i.xlarge"]
  ami_type        = "AL2023_x86_64_STANDARD"
  release_version = "1.33.5-20251016"
  version         = "1.33"

  scaling_config {
    min_size     = 2
    desired_size = 2
    max_size     = 4
  }
}

resource "aws_launch_template" "p5" {
  name          = "training-p5"
  image_id      = "ami-00000000000000001"
  instance_type = "p5.48xlarge"

  instance_market_options {
    market_type = "capacity-block"
  }

  capacity_reservation_specification {
    capacity_reservation_target {
      capacity_reservation_id = "cr-0123456789abcdef0"
    }
  }

  network_interfaces {
    device_index    = 0
    interface_type  = "efa"
    security_groups = ["sg-0123456789abcdef0"]
  }
}

resource "aws_eks_node_group" "p5" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "p5-january"
  node_role_arn   = "arn:aws:iam::111111111111:role/eks-node"
  subnet_ids      = ["subnet-00000000000000016"]
  capacity_type   = "CAPACITY_BLOCK"
  ami_type        = "CUSTOM"

  launch_template {
    id      = aws_launch_template.p5.id
    version = aws_launch_template.p5.latest_version
  }

  scaling_config {
    min_size     = 0
    desired_size = 0
    max_size     = 4
  }

  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }
}
"""


def _of_the_block_running(state: Json) -> None:
    """What EKS answers that no configuration says: the template's version, and nodes that schedules have started."""
    for each in attributes(state, "aws_launch_template"):
        each.update(latest_version=1, default_version=1)
    for each in attributes(state, "aws_eks_node_group"):
        if each["node_group_name"] == "p5-january":
            each["scaling_config"][0]["desired_size"] = 4


GROUPS = written(_GROUPS, mend=_of_the_block_running)


def _reworded(was: str, now: str) -> dict[str, str]:
    if was not in _GROUPS:
        raise ValueError(was)
    return instead(GROUPS, _GROUPS.replace(was, now))


_RESERVATION = """  capacity_reservation_specification {
    capacity_reservation_target {
      capacity_reservation_id = "cr-0123456789abcdef0"
    }
  }
"""
_ENTRY = _GROUPS[_GROUPS.index('resource "aws_eks_access_entry"') : _GROUPS.index('resource "aws_eks_addon"')]
_ANOTHER_ADMINISTRATOR = """

resource "aws_eks_access_policy_association" "reader" {
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = "arn:aws:iam::111111111111:role/ClusterReader"
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}
"""
_ADD_ON = _GROUPS[_GROUPS.index('resource "aws_eks_addon"') : _GROUPS.index('resource "aws_eks_node_group" "system"')]
_P5_GROUP = _GROUPS[_GROUPS.index('resource "aws_eks_node_group" "p5"') :]

RECIPES = (
    Recipe("block-bought", NOTHING, ("capacity-purchase",), "a capacity block reservation", instead(NOTHING, _BLOCK)),
    Recipe(
        "on-demand-reservation-created",
        NOTHING,
        ("capacity-purchase",),
        "an on-demand capacity reservation",
        instead(NOTHING, _ON_DEMAND),
    ),
    Recipe(
        "block-bought-again-by-taint",
        BLOCK,
        ("capacity-purchase", "tainted"),
        "nothing: the reservation is tainted, as aws 5.100.0 leaves it after every purchase",
        since=tainted("aws_ec2_capacity_block_reservation"),
    ),
    Recipe(
        "block-bought-again-by-offering",
        BLOCK,
        ("capacity-purchase",),
        "another offering",
        in_call(
            BLOCK,
            'resource "aws_ec2_capacity_block_reservation" "january" {\n'
            '  capacity_block_offering_id = "cb-0fedcba9876543210"\n}\n',
        ),
    ),
    Recipe("block-destroyed", BLOCK, ("capacity-purchase",), "the reservation taken out", instead(BLOCK, "")),
    Recipe(
        "block-forgotten",
        BLOCK,
        ("forgotten", "none"),
        "the reservation taken out, with a removed block that keeps what is there",
        instead(
            BLOCK,
            "removed {\n  from = aws_ec2_capacity_block_reservation.january\n\n"
            "  lifecycle {\n    destroy = false\n  }\n}\n",
        ),
    ),
    Recipe(
        "cluster-replaced",
        GROUPS,
        ("cluster-replaced", "node-group-replaced", "access-entry-removed"),
        "another name of the cluster",
        _reworded('= "training"\n', '= "training-2"\n'),
    ),
    Recipe(
        "node-group-replaced",
        GROUPS,
        ("node-group-replaced",),
        "another instance type of an on-demand group",
        _reworded('["m7i.xlarge"]', '["m7i.2xlarge"]'),
    ),
    Recipe(
        "block-node-group-replaced",
        GROUPS,
        ("node-group-replaced", "moved-from-capacity"),
        "another subnet of the group on a block, of which four nodes run",
        _reworded('subnet_ids      = ["subnet-00000000000000016"]', 'subnet_ids      = ["subnet-00000000000000014"]'),
    ),
    Recipe(
        "block-node-group-deleted",
        GROUPS,
        ("node-group-replaced",),
        "the group on a block taken out, of which four nodes run",
        instead(GROUPS, _GROUPS.replace(_P5_GROUP, "")),
    ),
    Recipe(
        "reservation-lost",
        GROUPS,
        ("reservation-lost", "nodes-rolled"),
        "the launch template names no reservation",
        _reworded(_RESERVATION, ""),
    ),
    Recipe(
        "reservation-changed",
        GROUPS,
        ("reservation-lost", "nodes-rolled"),
        "the launch template names another reservation",
        _reworded("cr-0123456789abcdef0", "cr-0fedcba9876543210"),
    ),
    Recipe(
        "launch-template-moved",
        GROUPS,
        ("moved-from-capacity", "nodes-rolled"),
        "the launch template gets a placement group, in which a capacity block finds no capacity",
        _reworded(_RESERVATION, _RESERVATION + '\n  placement {\n    group_name = "training"\n  }\n'),
    ),
    Recipe(
        "image-bumped",
        GROUPS,
        ("image-bumped", "nodes-rolled"),
        "another image in the launch template, another release of a group, another version of an add-on",
        instead(
            GROUPS,
            _GROUPS.replace("ami-00000000000000001", "ami-00000000000000002")
            .replace("1.33.5-20251016", "1.33.5-20251112")
            .replace("v1.20.4-eksbuild.2", "v1.21.1-eksbuild.1"),
        ),
    ),
    Recipe(
        "kubernetes-upgraded",
        GROUPS,
        ("nodes-rolled",),
        "the next version of Kubernetes for the cluster and a group",
        instead(
            GROUPS,
            _GROUPS.replace('= "1.33"', '= "1.34"').replace("1.33.5-20251016", "1.34.1-20251112"),
        ),
    ),
    Recipe(
        "cluster-opened",
        GROUPS,
        ("logging-weakened", "public-access"),
        "a cluster that logs less, and whose endpoint is public",
        instead(
            GROUPS,
            _GROUPS.replace('["api", "audit", "authenticator"]', '["api"]').replace(
                "endpoint_public_access  = false", "endpoint_public_access  = true"
            ),
        ),
    ),
    Recipe(
        "cluster-without-private-endpoint",
        GROUPS,
        ("private-endpoint-off",),
        "a cluster that is no longer reached from inside its network",
        instead(
            GROUPS,
            _GROUPS.replace("endpoint_private_access = true", "endpoint_private_access = false").replace(
                "endpoint_public_access  = false", "endpoint_public_access  = true"
            ),
        ),
    ),
    Recipe(
        "access-entry-removed",
        GROUPS,
        ("access-entry-removed",),
        "the administrators' access entry and its policy taken out",
        instead(GROUPS, _GROUPS.replace(_ENTRY, "")),
    ),
    Recipe(
        "cluster-access-widened",
        GROUPS,
        ("cluster-access-widened",),
        "the administrators' entry joins a group, and a reader's role administers the cluster as well",
        instead(
            GROUPS,
            _GROUPS.replace('"STANDARD"\n}', '"STANDARD"\n  kubernetes_groups = ["wheel"]\n}' + _ANOTHER_ADMINISTRATOR),
        ),
    ),
    Recipe(
        "group-shrinks",
        GROUPS,
        ("group-shrinks",),
        "half of the nodes of one group, and lower limits of the one on a block, of which four nodes run",
        instead(
            GROUPS,
            _GROUPS.replace("min_size     = 2\n    desired_size = 2", "min_size     = 1\n    desired_size = 1").replace(
                "desired_size = 0\n    max_size     = 4", "desired_size = 0\n    max_size     = 2"
            ),
        ),
    ),
    Recipe(
        "add-on-destroyed",
        GROUPS,
        ("destroyed",),
        "an add-on taken out",
        instead(GROUPS, _GROUPS.replace(_ADD_ON, "")),
    ),
)
