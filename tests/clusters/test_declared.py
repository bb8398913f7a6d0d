"""What live/ says of clusters."""

from dataclasses import replace
from pathlib import Path

from mcp_server.clusters.declared import (
    MODULES,
    DeclaredGroup,
    cluster_name,
    declared_in,
    group_called,
    kind_made_by,
    owning_unit,
)
from mcp_server.clusters.model import ClusterKind
from mcp_server.monorepo.reading import read_tree
from tests.clusters.worlds import ACCOUNT, BLOCK, PLAN, REGION, eks, group, slurm, tree, unit

ROOT = Path(__file__).parents[2]


def test_every_cluster_of_our_tree_has_its_unit() -> None:
    """By account, region, module and the name that its inputs come to."""
    ours = read_tree(ROOT / "live")
    made = {each.path: kind_made_by(each) for each in ours.units if kind_made_by(each)}
    assert sorted(each.rpartition("/")[2] for each in made) == [
        "eks-inference",
        "eks-training",
        "eks-training",
        "hyperpod-eks",
        "hyperpod-slurm",
        "parallelcluster",
    ]
    for path, kind in made.items():
        unit, name = ours.by_path[path], cluster_name(ours.by_path[path])
        assert kind
        assert name
        assert unit.account_id
        assert unit.region
        assert owning_unit(ours, kind, unit.account_id, unit.region, name) == path
        assert owning_unit(ours, kind, unit.account_id, "eu-west-1", name) is None
        assert owning_unit(ours, kind, unit.account_id, unit.region, f"{name}-2") is None


def test_the_modules_that_make_clusters_are_there() -> None:
    """Each in a folder of its own."""
    assert all((ROOT / "terraform" / "modules" / each / "main.tf").is_file() for each in MODULES)


def test_our_hyperpod_groups_are_told() -> None:
    """As their unit writes them."""
    ours = read_tree(ROOT / "live")
    path = next(each for each in ours.by_path if each.endswith("/hyperpod-slurm"))
    declared = declared_in(ours.by_path[path], ClusterKind.HYPERPOD)
    assert declared.groups == (DeclaredGroup("controller", wanted=1, instance_type="ml.m5.2xlarge"),)


def test_two_units_that_claim_a_cluster_own_none_of_it() -> None:
    """Better no unit than the wrong one."""
    one = unit("a", "eks-cluster", {("name",): "training"})
    assert owning_unit(tree(one), ClusterKind.EKS, ACCOUNT, REGION, "training") == "a"
    both = tree(one, replace(one, path="b"))
    assert owning_unit(both, ClusterKind.EKS, ACCOUNT, REGION, "training") is None
    assert owning_unit(tree(one), ClusterKind.HYPERPOD, ACCOUNT, REGION, "training") is None


def test_a_block_is_a_queue_that_is_always_whole_and_a_node_group_that_is_not() -> None:
    """ParallelCluster asks for all machines of a block; on EKS schedules say how many there are."""
    made = unit(
        "a",
        "parallelcluster",
        {
            ("capacity_blocks", "big", "reservation_id"): BLOCK,
            ("capacity_blocks", "big", "count"): 4,
            ("on_demand_queues", "cpu", "max_count"): 16,
        },
    )
    assert declared_in(made, ClusterKind.PARALLELCLUSTER).groups == (
        DeclaredGroup("big", None, 4, 4, None, BLOCK),
        DeclaredGroup("cpu", maximum=16),
    )
    assert declared_in(made, ClusterKind.EKS).groups[0] == DeclaredGroup("big", None, None, 4, None, BLOCK)


def test_a_plan_is_behind_an_instance_group() -> None:
    """By its ARN."""
    made = unit("a", "hyperpod", {("instance_groups", "gpu", "training_plan", "arn"): PLAN})
    assert declared_in(made, ClusterKind.HYPERPOD).groups == (DeclaredGroup("gpu", capacity=PLAN),)


def test_a_group_is_found_under_what_aws_calls_it() -> None:
    """With Terraform's suffix of time on EKS, and below its queue in ParallelCluster; never one that only begins so."""
    suffixed = group(name="big-20261101120000000100000001")
    assert group_called("big", eks(suffixed)) is suffixed
    assert group_called("big", eks(group(name="big"), suffixed)) == group(name="big")
    assert group_called("big", eks(group(name="big-two"))) is None
    assert group_called("big", slurm(group(name="big/nodes"))) == group(name="big/nodes")
    assert group_called("big", slurm(group(name="bigger/nodes"))) is None
