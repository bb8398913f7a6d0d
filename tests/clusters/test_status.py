"""The status of all clusters, read from simulated AWS: its own clusters, and the scene in which things are wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest

from mcp_server.aws.accounts import Accounts, Source
from mcp_server.aws.failures import FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.owned import ReservationState
from mcp_server.clusters.asking import THE_REST, Asker, Zones
from mcp_server.clusters.costs import Money
from mcp_server.clusters.model import (
    Cluster,
    ClusterKind,
    ClusterState,
    Group,
    GroupKind,
    GroupState,
    Orchestrator,
    Update,
    UpdateState,
)
from mcp_server.clusters.status import Part, Status, read_status, tree_regions
from mcp_server.monorepo.reading import read_tree
from mcp_server.sandbox.control import OwnedView, SandboxControl
from mcp_server.searching.readers import choose_readers
from tests.clusters.reading import (
    ATTACHED,
    INFERENCE,
    MAIN,
    PLACES,
    PODS_ON_SLURM,
    SECONDARY,
    SLURM,
    SOURCES,
    TRAINING,
    by_id,
    ignore,
    read,
    readers,
)

ROOT = Path(__file__).parents[2]


def group_of(cluster: Cluster, name: str) -> Group:
    """One of its groups."""
    return next(each for each in cluster.groups if each.name == name)


def test_every_cluster_of_both_accounts_is_read(sandbox: SandboxControl, aws_env: str) -> None:
    """Of all three kinds, each once, with nothing left unread."""
    status = read()
    assert {each.id for each in status.clusters} == {
        TRAINING,
        INFERENCE,
        SLURM,
        ATTACHED,
        PODS_ON_SLURM,
        f"{SECONDARY}/us-west-2/EKS/ml-clusters-training",
    }
    assert status.unread == ()
    assert status.places == 4
    assert {each.state for each in status.clusters} == {ClusterState.ACTIVE}
    assert {each.unread for each in status.clusters} == {()}


def test_clusters_that_are_well_have_no_problems(sandbox: SandboxControl, aws_env: str) -> None:
    """But for the version of Kubernetes, which nobody can keep for ever."""
    status = read(tree=read_tree(ROOT / "live"))
    assert {each.rule for each in status.problems} <= {"version-support-ends", "differs-from-live"}


def test_an_eks_cluster_is_told_whole(owned: OwnedView) -> None:
    """Version, add-ons, its groups with their counts and what is behind them, and Karpenter's machines."""
    cluster = by_id(read())[TRAINING]
    assert (cluster.version, cluster.orchestrator, cluster.words) == ("1.34", Orchestrator.KUBERNETES, "ACTIVE")
    assert cluster.control_plane
    assert cluster.control_plane.authentication_mode == "API"
    assert cluster.control_plane.addon("vpc-cni")
    block = owned.blocks["p5-now"]
    big = group_of(cluster, "p5-now")
    assert (big.kind, big.state) == (GroupKind.NODE_GROUP, GroupState.ACTIVE)
    assert (big.wanted, big.running, big.healthy, big.minimum, big.maximum) == (6, 6, 6, 0, 8)
    assert (big.instance_type, big.capacity, big.on) == ("p5.48xlarge", (block,), ((block, 6),))
    assert len(big.zone_ids) == 1
    pool = group_of(cluster, "general")
    assert (pool.kind, pool.wanted, pool.running, pool.minimum) == (GroupKind.NODE_POOL, None, 1, None)


def test_a_group_before_its_block_knows_its_block(owned: OwnedView) -> None:
    """By its launch template alone, since none of its machines runs."""
    later = group_of(by_id(read())[TRAINING], "p5en-later")
    assert later.capacity == (owned.blocks["p5en-later"],)
    assert (later.running, later.on, later.instance_type) == (0, (), "p5en.48xlarge")
    assert (later.state, [each.code for each in later.issues]) == (GroupState.DEGRADED, ["AsgInstanceLaunchFailures"])


def test_a_hyperpod_cluster_is_told_whole(owned: OwnedView) -> None:
    """Which EKS cluster it is attached to, the plan behind a group, and the machine that failed, in AWS's words."""
    cluster = by_id(read())[ATTACHED]
    assert (cluster.orchestrator, cluster.attached_to) == (Orchestrator.KUBERNETES, "ml-clusters-training")
    group = group_of(cluster, "p5en")
    assert (group.kind, group.capacity, group.plan_words) == (
        GroupKind.INSTANCE_GROUP,
        (owned.plans["p5en-now"],),
        "Active",
    )
    assert (group.wanted, group.running, group.healthy, group.instance_type) == (3, 3, 2, "ml.p5en.48xlarge")
    (broken,) = group.unwell
    assert broken.words == "Failure"
    assert broken.untrusted_message.startswith("Deep health check failed")
    assert by_id(read())[PODS_ON_SLURM].orchestrator is Orchestrator.SLURM


def test_a_parallelcluster_is_told_whole(owned: OwnedView) -> None:
    """Its stack, its fleet, and of each queue what its configuration says and what runs."""
    cluster = by_id(read())[SLURM]
    assert (cluster.version, cluster.words, cluster.fleet) == ("3.16.1", "UPDATE_ROLLBACK_COMPLETE", "RUNNING")
    assert cluster.state is ClusterState.UPDATE_FAILED
    queue = group_of(cluster, "p5/nodes")
    block = owned.blocks["p5-queue"]
    assert (queue.wanted, queue.running, queue.minimum, queue.maximum) == (4, 3, 4, 4)
    assert (queue.instance_type, queue.capacity, queue.on) == ("p5.48xlarge", (block,), ((block, 3),))
    head = group_of(cluster, "head node")
    assert (head.kind, head.running, head.healthy) == (GroupKind.HEAD_NODE, 1, 1)


def test_capacity_is_told_with_who_uses_it(owned: OwnedView) -> None:
    """From a reservation or plan to the cluster and group, and back."""
    status = read()
    told = {
        each.name: [(user.cluster.name, user.group.name, user.running) for user in status.used_by(each.id)]
        for each in status.reservations
    }
    assert told == {
        owned.blocks["p5-now"]: [("ml-clusters-training", "p5-now", 6)],
        owned.blocks["p5en-later"]: [("ml-clusters-training", "p5en-later", 0)],
        owned.blocks["p5-queue"]: [("ml-clusters-slurm", "p5/nodes", 3)],
        "p5en-now": [("ml-clusters-eks", "p5en", 3)],
        "p5-waiting": [("ml-clusters-slurm", "workers", 0)],
    }
    assert status.used_by("cr-00000000000000000") == ()


def test_the_scenes_problems_are_found(owned: OwnedView) -> None:
    """Each of what is wrong in it, at the cluster and group where it is."""
    status = read(tree=read_tree(ROOT / "live"))
    found = {(each.rule, each.cluster.id if each.cluster else None, each.group) for each in status.problems}
    assert found >= {
        ("capacity-ends", TRAINING, "p5-now"),
        ("capacity-idle", TRAINING, "p5-now"),
        ("capacity-idle", ATTACHED, "p5en"),
        ("capacity-not-started", TRAINING, "p5en-later"),
        ("capacity-not-started", PODS_ON_SLURM, "workers"),
        ("addon-degraded", TRAINING, None),
        ("update-failed", TRAINING, "system"),
        ("machines-broken", ATTACHED, "p5en"),
        ("stack-rolled-back", SLURM, None),
        ("group-below-minimum", SLURM, "p5/nodes"),
        ("group-degraded", TRAINING, "p5en-later"),
    }


def test_clusters_have_the_units_that_made_them(owned: OwnedView) -> None:
    """Of the tree, by account, region, module and name; without a tree none has one."""
    told = {each.id: each.unit for each in read(tree=read_tree(ROOT / "live")).clusters}
    assert told[TRAINING] == "main-account/us-east-1/eks-training"
    assert told[SLURM] == "main-account/us-east-1/parallelcluster"
    assert told[ATTACHED] == "secondary-account/us-west-2/hyperpod-eks"
    assert None not in told.values()
    assert {each.unit for each in read().clusters} == {None}


def test_idle_machines_of_a_block_cost_what_the_ledger_says(owned: OwnedView) -> None:
    """Of others nothing is told."""
    block = owned.blocks["p5-now"]
    status = read(costs_of=lambda _, __: {block: Money(Decimal(31), "USD")})
    idle = {each.capacity: each.hourly for each in status.problems if each.rule == "capacity-idle"}
    assert str(idle[block]) == "62.00 USD"
    assert idle[owned.blocks["p5-queue"]] is None


DENIED = {
    "eks": (
        "ListClusters",
        "DescribeCluster",
        "ListNodegroups",
        "DescribeNodegroup",
        "ListAddons",
        "DescribeAddon",
        "ListUpdates",
        "DescribeUpdate",
    ),
    "ec2": (
        "DescribeLaunchTemplateVersions",
        "DescribeInstances",
        "DescribeInstanceStatus",
        "DescribeSubnets",
        "DescribeCapacityReservations",
        "DescribeCapacityBlockExtensionHistory",
    ),
    "autoscaling": ("DescribeAutoScalingGroups",),
    "sagemaker": (
        "ListClusterNodes",
        "ListClusterEvents",
        "ListTrainingPlans",
        "DescribeTrainingPlanExtensionHistory",
    ),
    "cloudformation": ("DescribeStacks",),
    "dynamodb": ("GetItem",),
    "s3": ("GetObject",),
}
"""Each operation that the reading needs; two services have a ListClusters and a DescribeCluster."""
LISTED_BY = {
    "eks:ListClusters": ClusterKind.EKS,
    "sagemaker:ListClusters": ClusterKind.HYPERPOD,
    "cloudformation:DescribeStacks": ClusterKind.PARALLELCLUSTER,
}


@pytest.mark.parametrize("service", DENIED)
def test_a_denied_operation_is_told_by_name_and_hides_nothing_else(
    sandbox: SandboxControl, owned: OwnedView, service: str
) -> None:
    """Every cluster is there, but for those that cannot be listed; those that it does not bear on are as before."""
    eks: Any = boto3.client("eks", region_name="us-east-1")
    # So that there is an update to describe.
    eks.update_cluster_config(name="ml-clusters-training", deletionProtection=False)
    whole = by_id(read())
    for operation in DENIED[service]:
        sandbox.arm(operation, "denied")
        status = read()
        sandbox.disarm()
        denied = {each.action for each in status.unread}
        assert f"{service}:{operation}" in denied
        assert {each.partition(":")[2] for each in denied} == {operation}
        assert {each.failure.kind for each in status.unread if each.failure} == {FailureKind.DENIED}
        unlisted = {LISTED_BY[each] for each in denied if each in LISTED_BY}
        there = by_id(status)
        assert there.keys() == {each for each in whole if whole[each].kind not in unlisted}
        assert all(each.unread for each in there.values() if each != whole[each.id])


def test_a_group_whose_machines_cannot_be_seen_has_unknown_counts(sandbox: SandboxControl, owned: OwnedView) -> None:
    """None, and never 0; a node group's are then those of its Auto Scaling group."""
    sandbox.arm("DescribeInstances", "denied")
    status = read()
    there = by_id(status)
    assert group_of(there[SLURM], "p5/nodes").running is None
    assert group_of(there[TRAINING], "p5-now").running == 6
    # Auto Scaling does not tell on what they run.
    assert [each.running for each in status.used_by(owned.blocks["p5-now"])] == [None]
    (ending,) = [each for each in status.problems if each.rule == "capacity-ends" and each.group == "p5-now"]
    assert "ml-clusters-training/p5-now, whose machines could not be counted" in ending.why
    sandbox.arm("DescribeAutoScalingGroups", "denied")
    assert group_of(by_id(read())[TRAINING], "p5-now").running is None


def test_a_region_that_refuses_everything_hides_no_other(sandbox: SandboxControl, aws_env: str) -> None:
    """What could not be read there is told, part by part."""
    sandbox.arm("*", "denied", region="us-west-2")
    status = read()
    assert {each.region for each in status.clusters} == {"us-east-1"}
    assert {each.region for each in status.unread} == {"us-west-2"}
    assert {each.action for each in status.unread} == {each.begins_with for each in Part}


def hooked(when: str, act: Callable[[], object], account: str = MAIN, region: str = "us-east-1") -> Status:
    """The status where something happens once between two calls of one service, in one account and region."""
    both = readers(Accounts(SOURCES))
    (reader,) = (each for each in both if each.identity.account == account)
    service, operation = when.split(".")
    turn, begun, ended = Lock(), [False], [False]

    def once(**_: Any) -> None:
        with turn:
            if not begun[0]:
                begun[0] = True
                act()
                ended[0] = True

    reader.account.client(service, region).meta.events.register_last(f"after-call.{service}.{operation}", once)
    status = read_status(both, lambda _: PLACES, Deadline.after(60), ignore)
    # What AWS refuses of it would be taken for an answer to the reader.
    assert ended[0]
    return status


def subnets_of(eks: Any, cluster: str = "ml-clusters-training") -> list[str]:
    """Those of a cluster of EKS."""
    return eks.describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["subnetIds"]


def test_a_cluster_that_is_deleted_while_it_is_read_went(sandbox: SandboxControl, aws_env: str) -> None:
    """It is told as that, and is no failure."""
    eks: Any = boto3.client("eks", region_name="us-east-1")
    name = "ml-clusters-training"
    eks.update_cluster_config(name=name, deletionProtection=False)
    eks.delete_nodegroup(clusterName=name, nodegroupName="system")
    sandbox.advance(timedelta(hours=1))

    def delete() -> None:
        eks.delete_cluster(name=name)
        sandbox.advance(timedelta(hours=1))

    status = hooked("eks.ListClusters", delete)
    went = by_id(status)[TRAINING]
    assert (went.state, went.groups, went.version) == (ClusterState.GONE, (), None)
    assert status.unread == ()
    assert [each for each in status.problems if each.cluster == went] == []


def test_a_group_that_is_deleted_while_it_is_read_is_left_out(sandbox: SandboxControl, aws_env: str) -> None:
    """The others are there."""
    eks: Any = boto3.client("eks", region_name="us-east-1")
    name = "ml-clusters-training"
    eks.create_nodegroup(
        clusterName=name,
        nodegroupName="short-lived",
        subnets=subnets_of(eks)[:1],
        nodeRole="arn:aws:iam::483026362307:role/x",
    )
    status = hooked("eks.ListNodegroups", lambda: eks.delete_nodegroup(clusterName=name, nodegroupName="short-lived"))
    names = {each.name for each in by_id(status)[TRAINING].groups}
    assert "system" in names
    assert status.unread == ()


def test_a_cluster_that_is_created_while_it_is_read_is_there_next_time(sandbox: SandboxControl, aws_env: str) -> None:
    """Whether a list has it or not, nothing fails; no group, no add-on and no machine of it is there yet."""
    eks: Any = boto3.client("eks", region_name="us-east-1")
    asked = {"roleArn": f"arn:aws:iam::{MAIN}:role/x", "resourcesVpcConfig": {"subnetIds": subnets_of(eks)}}
    after = hooked("eks.ListClusters", lambda: eks.create_cluster(name="late", **asked))
    assert f"{MAIN}/us-east-1/EKS/late" not in by_id(after)
    assert after.unread == ()
    there = read()
    late = by_id(there)[f"{MAIN}/us-east-1/EKS/late"]
    assert (late.state, late.groups, there.unread) == (ClusterState.CREATING, (), ())


def test_a_cluster_that_is_renamed_while_it_is_read_went(sandbox: SandboxControl, aws_env: str) -> None:
    """AWS renames nothing: one is deleted, and another is made, which the next reading has."""
    eks: Any = boto3.client("eks", region_name="us-west-2")
    old, new = "ml-clusters-inference", f"{MAIN}/us-west-2/EKS/ml-clusters-serving"
    subnets = subnets_of(eks, old)
    eks.update_cluster_config(name=old, deletionProtection=False)
    sandbox.advance(timedelta(hours=1))
    for each in eks.list_nodegroups(clusterName=old)["nodegroups"]:
        eks.delete_nodegroup(clusterName=old, nodegroupName=each)
    sandbox.advance(timedelta(hours=1))

    def rename() -> None:
        eks.delete_cluster(name=old)
        eks.create_cluster(
            name="ml-clusters-serving",
            roleArn=f"arn:aws:iam::{MAIN}:role/x",
            resourcesVpcConfig={"subnetIds": subnets},
        )
        sandbox.advance(timedelta(hours=1))

    status = hooked("eks.ListClusters", rename, region="us-west-2")
    assert (by_id(status)[INFERENCE].state, status.unread) == (ClusterState.GONE, ())
    assert new not in by_id(status)
    following = by_id(read())
    assert INFERENCE not in following
    assert following[new].state is ClusterState.ACTIVE


def test_a_hyperpod_cluster_that_is_deleted_while_it_is_read_went(sandbox: SandboxControl, aws_env: str) -> None:
    """Whether it is described or its machines are listed, it is no failure."""
    both = readers(Accounts(SOURCES))
    sagemaker = both[1].account.client("sagemaker", "us-west-2")

    def delete() -> None:
        sagemaker.delete_cluster(ClusterName="ml-clusters-slurm")
        sandbox.advance(timedelta(days=1))

    status = hooked("sagemaker.ListClusters", delete, SECONDARY, "us-west-2")
    went = by_id(status)[PODS_ON_SLURM]
    assert (went.state, went.groups, status.unread) == (ClusterState.GONE, (), ())
    assert [each for each in status.problems if each.cluster == went] == []
    assert PODS_ON_SLURM not in by_id(read())


def delete_configuration() -> None:
    """That of the ParallelCluster."""
    stack, s3 = (cast("Any", boto3.client(each, region_name="us-east-1")) for each in ("cloudformation", "s3"))
    (row,) = stack.describe_stacks(StackName="ml-clusters-slurm")["Stacks"]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in row["Parameters"]}
    bucket = given["ResourcesS3Bucket"]
    for each in s3.list_object_versions(Bucket=bucket, Prefix=given["ArtifactS3RootDirectory"])["Versions"]:
        s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])


def delete_fleet() -> None:
    """The ParallelCluster's table."""
    dynamodb: Any = boto3.client("dynamodb", region_name="us-east-1")
    dynamodb.delete_table(TableName="parallelcluster-ml-clusters-slurm")


def test_a_parallelcluster_that_is_deleted_while_it_is_read_went(sandbox: SandboxControl, aws_env: str) -> None:
    """Its stack was there; its table, its configuration and its machines are gone."""

    def delete() -> None:
        ec2: Any = boto3.client("ec2", region_name="us-east-1")
        tagged = [{"Name": "tag:parallelcluster:cluster-name", "Values": ["ml-clusters-slurm"]}]
        there = ec2.describe_instances(Filters=tagged)["Reservations"]
        ec2.terminate_instances(InstanceIds=[one["InstanceId"] for each in there for one in each["Instances"]])
        delete_fleet()
        delete_configuration()
        cast("Any", boto3.client("cloudformation", region_name="us-east-1")).delete_stack(StackName="ml-clusters-slurm")

    status = hooked("cloudformation.DescribeStacks", delete)
    went = by_id(status)[SLURM]
    assert (went.state, went.groups, status.unread) == (ClusterState.GONE, (), ())
    assert [each for each in status.problems if each.cluster == went] == []
    assert SLURM not in by_id(read())


@pytest.mark.parametrize(
    ("lose", "action"), [(delete_configuration, "s3:GetObject"), (delete_fleet, "dynamodb:GetItem")]
)
def test_what_a_parallelcluster_lacks_that_runs_is_told(
    sandbox: SandboxControl, aws_env: str, lose: Callable[[], None], action: str
) -> None:
    """And nothing is made of it: neither that groups are not there, nor that they lack machines."""
    tree = read_tree(ROOT / "live")
    before = {(each.rule, each.group) for each in read(tree=tree).problems}
    lose()
    status = read(tree=tree)
    assert [(each.action, each.cluster) for each in status.unread] == [(action, "ml-clusters-slurm")]
    assert "missing" in str(status.unread[0].failure)
    queues = [each for each in by_id(status)[SLURM].groups if each.kind is GroupKind.QUEUE]
    assert {each.wanted for each in queues} == {None}
    assert {(each.rule, each.group) for each in status.problems} <= before


def test_an_addon_that_is_deleted_while_it_is_read_is_left_out(sandbox: SandboxControl, aws_env: str) -> None:
    """The others are there."""
    eks: Any = boto3.client("eks", region_name="us-east-1")

    def delete() -> None:
        eks.delete_addon(clusterName="ml-clusters-training", addonName="coredns")
        sandbox.advance(timedelta(hours=1))

    status = hooked("eks.ListAddons", delete)
    plane = by_id(status)[TRAINING].control_plane
    assert plane
    assert plane.addon("vpc-cni")
    assert plane.addon("coredns") is None
    assert status.unread == ()


def test_a_template_that_is_deleted_while_its_group_is_read_hides_nothing_else(owned: OwnedView) -> None:
    """What the group's machines run on is known by themselves."""
    eks, ec2 = (cast("Any", boto3.client(each, region_name="us-east-1")) for each in ("eks", "ec2"))
    group = eks.describe_nodegroup(clusterName="ml-clusters-training", nodegroupName="p5-now")["nodegroup"]
    template = group["launchTemplate"]["id"]
    status = hooked("eks.DescribeNodegroup", lambda: ec2.delete_launch_template(LaunchTemplateId=template))
    left = group_of(by_id(status)[TRAINING], "p5-now")
    assert (left.running, left.capacity) == (6, (owned.blocks["p5-now"],))
    assert status.unread == ()


def test_time_that_runs_out_leaves_what_was_read(sandbox: SandboxControl, aws_env: str) -> None:
    """What is missing is told, and comes from no failure of AWS's."""
    sandbox.arm("DescribeNodegroup", "slow", milliseconds=20_000)
    status = read(seconds=6)
    assert TRAINING in by_id(status)
    assert by_id(status)[TRAINING].version == "1.34"
    assert {(each.action, each.failure) for each in status.unread} == {(THE_REST, None)}
    assert by_id(status)[TRAINING].unread == (THE_REST,)


def test_an_answer_that_is_no_answer_is_told(sandbox: SandboxControl, aws_env: str) -> None:
    """Something other than AWS that answers in its place says nothing of clusters."""
    sandbox.arm("ListClusterNodes", "garbage")
    status = read()
    assert {each.action for each in status.unread} == {"sagemaker:ListClusterNodes"}
    assert group_of(by_id(status)[ATTACHED], "cpu").healthy is None


@pytest.mark.parametrize(
    ("operation", "actions"),
    [
        ("DescribeCluster", {"eks:DescribeCluster", "sagemaker:DescribeCluster"}),
        ("GetItem", {"dynamodb:GetItem"}),
        ("GetObject", {"s3:GetObject"}),
    ],
)
def test_an_empty_answer_is_told_too(sandbox: SandboxControl, aws_env: str, operation: str, actions: set[str]) -> None:
    """It is not that there is a cluster without groups, a fleet without a state, or a configuration without queues."""
    sandbox.arm(operation, "garbage")
    assert {each.action for each in read().unread} == actions


def test_a_cluster_is_told_as_who_sees_most_of_it(sandbox: SandboxControl, owned: OwnedView) -> None:
    """Of two ways into one account, one of which is denied something."""
    blind, seeing = choose_readers(
        Accounts([Source("blind", MAIN), Source("main", MAIN)]), (), Deadline.after(60)
    ).working

    def refuse(**_: Any) -> tuple[Any, Any]:
        answer = {"Error": {"Code": "AccessDeniedException", "Message": "no"}, "ResponseMetadata": {}}
        return SimpleNamespace(status_code=403), answer

    events = blind.account.client("eks", "us-east-1").meta.events
    events.register("before-call.eks.DescribeNodegroup", refuse)
    status = read_status((blind, seeing), lambda _: PLACES, Deadline.after(60), ignore)
    assert group_of(by_id(status)[TRAINING], "p5-now").running == 6
    assert {(each.account_name, each.action) for each in status.unread} == {("blind", "eks:DescribeNodegroup")}


def test_without_status_checks_nobody_knows_what_is_healthy(sandbox: SandboxControl, owned: OwnedView) -> None:
    """How many run is known all the same."""
    sandbox.arm("DescribeInstanceStatus", "denied")
    there = by_id(read())
    now = group_of(there[TRAINING], "p5-now")
    assert (now.running, now.healthy) == (6, None)
    assert group_of(there[SLURM], "head node").healthy is None


def test_of_many_changes_only_one_that_goes_on_is_told(sandbox: SandboxControl, owned: OwnedView) -> None:
    """EKS lists them in no order: of those that have ended nobody knows which was the last."""
    group = {"account": "main", "region": "us-east-1", "cluster": "ml-clusters-training", "group": "system"}

    def change(number: int, status: str) -> Update | None:
        set_ = {"status": status, "type": "ConfigUpdate"}
        sandbox.tell("update", set_, **group, name=f"00000000-0000-4000-8000-{number:012}")
        return group_of(by_id(read())[TRAINING], "system").update

    for number in range(10, 28):
        sandbox.tell("update", {"status": "Successful"}, **group, name=f"00000000-0000-4000-8000-{number:012}")
    last = change(28, "Failed")
    assert last
    assert last.state is not UpdateState.GOING_ON
    assert change(29, "Failed") is None
    going_on = change(2, "InProgress")
    assert going_on
    assert going_on.state is UpdateState.GOING_ON


def test_a_subnet_that_nobody_knows_leaves_zones_unknown(sandbox: SandboxControl, owned: OwnedView) -> None:
    """Rather than that its group has none in the others'."""
    asker = Asker(readers()[0], "us-east-1", Deadline.after(60), Zones())
    group = group_of(by_id(read())[TRAINING], "p5-now")
    assert group.zone_ids
    assert asker.zones_of(group.subnet_ids) == group.zone_ids
    assert asker.zones_of([*group.subnet_ids, "subnet-0123456789abcdef0"]) == ()


def test_a_machine_that_failed_and_went_was_replaced(sandbox: SandboxControl, owned: OwnedView) -> None:
    """HyperPod's events name it, and it is not among the nodes; one that is there still is only broken."""
    (broken,) = group_of(by_id(read())[ATTACHED], "p5en").unwell
    place = {"account": SECONDARY, "region": "us-west-2", "cluster": "ml-clusters-eks"}
    for instance in ("i-00000000000000bad", broken.id):
        event = {
            "InstanceGroupName": "p5en",
            "InstanceId": instance,
            "ResourceType": "Instance",
            "EventLevel": "Error",
            "Description": "Instance failed its health check and will be replaced.",
        }
        sandbox.tell("hyperpod-event", event, **place)
    assert group_of(by_id(read())[ATTACHED], "p5en").replaced == ("i-00000000000000bad",)


def test_two_profiles_of_one_account_show_each_cluster_once(sandbox: SandboxControl, owned: OwnedView) -> None:
    """And each reservation."""
    twice = choose_readers(Accounts([Source("main", MAIN), Source("again")]), (), Deadline.after(60)).working
    status = read_status(twice, lambda _: PLACES, Deadline.after(60), ignore)
    ids = [each.id for each in status.clusters]
    assert len(ids) == len({*ids}) == 3
    assert len(status.reservations) == len({each.id for each in status.reservations}) == 3


def test_regions_are_those_of_the_tree(sandbox: SandboxControl, aws_env: str) -> None:
    """Of each account its own; without a tree all that sell capacity."""
    tree = read_tree(ROOT / "live")
    main, secondary = readers()
    assert tree_regions(tree)(main) == ["us-east-1", "us-west-2"]
    assert tree_regions(replace(tree, units=()))(secondary) == tree_regions(None)(secondary)
    assert len(tree_regions(None)(main)) > 10


def test_progress_is_told_for_every_part(sandbox: SandboxControl, owned: OwnedView) -> None:
    """Of every account and region, as each is done."""
    told: list[tuple[int, int, str]] = []
    read_status(readers(), lambda _: PLACES, Deadline.after(60), lambda *each: told.append(each))
    assert [each[0] for each in told] == list(range(1, 4 * len(Part) + 1))
    assert {each[1] for each in told} == {4 * len(Part)}
    assert "us-east-1 EKS: 1" in {each[2] for each in told}


def test_what_is_over_is_known_too(sandbox: SandboxControl, owned: OwnedView) -> None:
    """A group that still asks for machines of a block that ended is a problem."""
    sandbox.advance(timedelta(days=30))
    status = read()
    states = {each.state for each in status.reservations}
    assert states == {ReservationState.EXPIRED}
    assert ("capacity-over", "p5-now") in {(each.rule, each.group) for each in status.problems}
