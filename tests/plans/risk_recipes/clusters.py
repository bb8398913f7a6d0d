"""Changes of whole clusters by this repository's modules, whose providers are schema only."""

from tests.plans.risk_recipes.recipe import MODULES, ROOT, Files, Json, Recipe, Standing, attributes, example, in_call

_NO_REPLACEMENT = "knows only its schema and so forces no replacement: -replace asks for it"


def _answered_eks(state: Json) -> None:
    """Lists that AWS fills, of which others take the first element, and nodes that a schedule has started."""
    for each in attributes(state, "aws_eks_cluster"):
        each["certificate_authority"] = [{"data": "c2NoZW1hLW9ubHk="}]
    for each in attributes(state, "aws_launch_template"):
        each.update(latest_version=1, default_version=1)
    for each in attributes(state, "aws_eks_node_group"):
        each["launch_template"][0]["version"] = "1"
        if each["capacity_type"] == "CAPACITY_BLOCK":
            each["scaling_config"][0]["desired_size"] = 4


_EKS = f"{MODULES}/eks-cluster/examples/basic"
EKS = Standing(
    _EKS,
    _EKS,
    {
        # The least that the module makes, so that the plans stay small.
        f"{_EKS}/always_override.tf": """\
module "eks_cluster" {
  karpenter = null
  addons = {
    aws-efs-csi-driver           = { enabled = false }
    aws-fsx-csi-driver           = { enabled = false }
    aws-mountpoint-s3-csi-driver = { enabled = false }
  }
}
"""
    },
    mend=_answered_eks,
    applied=True,
    stand_in=f"aws {_NO_REPLACEMENT}",
    aws="6.55.0",
    registry_module="terraform-aws-modules/eks/aws",
)
_GROUP = 'module.eks_cluster.module.eks.module.eks_managed_node_group["p5-december"]'

_PARALLELCLUSTER = f"{MODULES}/parallelcluster/examples/basic"
_BLOCK = """\
variable "block" {
  default = {
    reservation_id = "cr-0123456789abcdef0"
    instance_type  = "p5.48xlarge"
    count          = 4
    zone_id        = "use1-az6"
    starts_at      = "2099-01-10T11:30:00Z"
    ends_at        = "2099-01-17T11:30:00Z"
  }
}
"""
PARALLELCLUSTER = Standing(
    _PARALLELCLUSTER,
    _PARALLELCLUSTER,
    {f"{_PARALLELCLUSTER}/always_override.tf": _BLOCK},
    applied=True,
    stand_in=f"aws-parallelcluster {_NO_REPLACEMENT}",
    aws="",
    registry_module="aws-tf/parallelcluster/aws",
)
_QUEUES = 'module.parallelcluster.module.this.aws-parallelcluster_cluster.managed_configs["ml-training"]'


def _answered_hyperpod(state: Json) -> None:
    """The account and the region, which the module holds against its own; what no group has."""
    for each in attributes(state, "awscc_sagemaker_cluster"):
        each["cluster_arn"] = "arn:aws:sagemaker:us-west-2:222222222222:cluster/abcdefghijkl"
        for group in each["instance_groups"]:
            made_up = not str(group["training_plan_arn"]).startswith("arn:")
            group.update(image_id="", **({"training_plan_arn": ""} if made_up else {}))


_PLAN = """\
variable "training_plan" {
  default = {
    arn       = "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"
    starts_at = "2099-01-10T11:30:00Z"
    ends_at   = "2099-01-24T11:30:00Z"
  }
}
"""
# In which the module puts scripts, and which it takes for granted.
_SCRIPTS = """\
resource "aws_s3_bucket" "scripts" {
  bucket        = "sagemaker-ml-clusters-222222222222-us-west-2"
  force_destroy = true
}
"""
HYPERPOD = example(
    "hyperpod",
    account="222222222222",
    region="us-west-2",
    files={
        f"{MODULES}/hyperpod/examples/basic/plan_override.tf": _PLAN,
        f"{MODULES}/hyperpod/examples/basic/scripts.tf": _SCRIPTS,
    },
    mend=_answered_hyperpod,
    applied=True,
    stand_in=f"awscc {_NO_REPLACEMENT}",
)


def _unguarded(module: str) -> Files:
    """The module without the records by which it refuses what its service would refuse."""
    path = f"{MODULES}/{module}/created_with.tf"
    text = (ROOT / path).read_text()
    return {
        path: text.replace("!anytrue([", "true || !anytrue([").replace("alltrue([for what", "true || alltrue([for what")
    }


RECIPES = (
    Recipe(
        "eks-deletion-protection-lifted",
        EKS,
        ("deletion-protection-lifted",),
        "deletion protection of the cluster off",
        in_call(EKS, 'module "eks_cluster" {\n  deletion_protection = false\n}\n'),
    ),
    Recipe(
        "eks-cluster-replaced",
        EKS,
        ("cluster-replaced",),
        "the cluster replaced by request",
        flags=("-replace=module.eks_cluster.module.eks.aws_eks_cluster.this[0]",),
    ),
    Recipe(
        "eks-block-group-replaced",
        EKS,
        ("node-group-replaced",),
        "the node group on a block, of which four nodes run, replaced by request",
        flags=(f"-replace={_GROUP}.aws_eks_node_group.this[0]",),
    ),
    Recipe(
        "eks-block-exchanged",
        EKS,
        ("reservation-lost",),
        "another reservation of the same group",
        in_call(
            EKS,
            """\
module "eks_cluster" {
  capacity_blocks = {
    p5-december = {
      reservation_id = "cr-0fedcba9876543210"
      instance_type  = "p5.48xlarge"
      count          = 4
      zone_id        = "use1-az6"
      starts_at      = "2099-12-17T11:30:00Z"
      ends_at        = "2099-12-24T11:30:00Z"
    }
  }
}
""",
        ),
    ),
    Recipe(
        "eks-block-moved",
        EKS,
        ("moved-from-capacity",),
        "another zone of the group on a block, which the real provider would replace",
        in_call(
            EKS,
            """\
module "eks_cluster" {
  capacity_blocks = {
    p5-december = {
      reservation_id = "cr-0123456789abcdef0"
      instance_type  = "p5.48xlarge"
      count          = 4
      zone_id        = "use1-az4"
      starts_at      = "2099-12-17T11:30:00Z"
      ends_at        = "2099-12-24T11:30:00Z"
    }
  }
}
""",
        ),
    ),
    Recipe(
        "parallelcluster-queue-lost-its-block",
        PARALLELCLUSTER,
        ("reservation-lost", "parallelcluster-stops-nodes", "check-failed"),
        "the queue on a block taken out",
        in_call(PARALLELCLUSTER, 'module "parallelcluster" {\n  capacity_blocks = {}\n}\n'),
    ),
    Recipe(
        "parallelcluster-block-exchanged",
        PARALLELCLUSTER,
        ("reservation-lost", "parallelcluster-stops-nodes"),
        "another reservation, of another type, for the same queue",
        {
            f"{_PARALLELCLUSTER}/always_override.tf": _BLOCK.replace(
                "cr-0123456789abcdef0", "cr-0fedcba9876543210"
            ).replace("p5.48xlarge", "p5en.48xlarge")
        },
    ),
    Recipe(
        "parallelcluster-queue-changed",
        PARALLELCLUSTER,
        ("parallelcluster-stops-nodes",),
        "another instance type and another zone of an on-demand queue",
        in_call(
            PARALLELCLUSTER,
            """\
module "parallelcluster" {
  on_demand_queues = {
    cpu = { instance_type = "c7i.16xlarge", zone_id = "use1-az4", max_count = 16 }
  }
}
""",
        ),
    ),
    Recipe(
        "parallelcluster-refused",
        PARALLELCLUSTER,
        ("parallelcluster-refused",),
        "another type and subnet of the head node, and another system, with the module's own refusal taken off",
        {
            **in_call(
                PARALLELCLUSTER,
                """\
module "parallelcluster" {
  os        = "ubuntu2204"
  head_node = { zone_id = "use1-az4", ssh_cidr = "10.0.0.0/16", instance_type = "m7i.8xlarge" }
}
""",
            ),
            **_unguarded("parallelcluster"),
        },
    ),
    Recipe(
        "parallelcluster-refused-by-the-module",
        PARALLELCLUSTER,
        ("errored", "check-failed"),
        "another system, which the module refuses in words: a postcondition fails and the plan ends in an error",
        in_call(PARALLELCLUSTER, 'module "parallelcluster" {\n  os = "ubuntu2204"\n}\n'),
    ),
    Recipe(
        "parallelcluster-replaced",
        PARALLELCLUSTER,
        ("cluster-replaced",),
        "the cluster replaced by request",
        flags=(f"-replace={_QUEUES}",),
    ),
    Recipe(
        "hyperpod-replaced",
        HYPERPOD,
        ("cluster-replaced",),
        "a subnet more of the cluster, for which awscc replaces it, with the module's refusal off",
        {
            **in_call(
                HYPERPOD,
                """\
module "hyperpod" {
  subnet_ids = {
    usw2-az1 = "subnet-00000000000000001"
    usw2-az2 = "subnet-00000000000000002"
    usw2-az3 = "subnet-00000000000000003"
    usw2-az4 = "subnet-00000000000000004"
  }
}
""",
            ),
            **_unguarded("hyperpod"),
        },
        flags=("-replace=module.hyperpod.awscc_sagemaker_cluster.this",),
    ),
    Recipe(
        "hyperpod-plan-lost",
        HYPERPOD,
        ("reservation-lost",),
        "the group on a training plan taken out",
        {f"{HYPERPOD.root}/plan_override.tf": ""},
    ),
    Recipe(
        "hyperpod-refused",
        HYPERPOD,
        ("hyperpod-refused",),
        "another type and zone of the controller, which HyperPod does not change, with the module's refusal off",
        {
            **in_call(
                HYPERPOD,
                """\
module "hyperpod" {
  instance_groups = {
    controller = {
      instance_type  = "ml.m5.4xlarge"
      instance_count = 1
      zone_id        = "usw2-az1"
      slurm          = { role = "controller" }
    }
    p5-jan = {
      instance_type  = "ml.p5.48xlarge"
      instance_count = 4
      zone_id        = "usw2-az2"
      training_plan  = var.training_plan
      slurm          = { role = "compute", partition = "train" }
    }
  }
}
""",
            ),
            **_unguarded("hyperpod"),
        },
    ),
)
