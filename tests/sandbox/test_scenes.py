"""What is put into a world at once: the scene for its own clusters, and worlds of any size."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from mcp_server.sandbox.accounts import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from mcp_server.sandbox.control import ControlRefused, SandboxControl
from mcp_server.sandbox.population import BUILT_IN
from mcp_server.sandbox.process import join
from mcp_server.sandbox.scenes import Block, EksCluster, HyperPodCluster, InstanceGroup, NodeGroup, Scene
from tests.clusters import large
from tests.sandbox.conftest import START, Client, reader_of_secondary

CLUSTER = "ml-clusters-training"


def block(key: str, count: int = 8, **more: Any) -> Block:
    """A block of the main account that runs for three more days."""
    wanted = {"account": "main", "region": "us-east-1", "instance_type": "p5.48xlarge", "zone_id": "use1-az4"}
    days = {"start": START - timedelta(days=1), "end": START + timedelta(days=3)}
    return Block(key=key, count=count, **{**wanted, **days, **more})


def groups(eks: Any, cluster: str = CLUSTER) -> dict[str, str]:
    """The status of each node group."""
    pages = eks.get_paginator("list_nodegroups").paginate(clusterName=cluster)
    names = [name for page in pages for name in page["nodegroups"]]
    return {
        name: eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]["status"] for name in names
    }


def usage(ec2: Any, reservation: str) -> tuple[int, int]:
    """How many machines a reservation has, and how many of them are idle."""
    found = ec2.get_capacity_reservation_usage(CapacityReservationId=reservation)
    return found["TotalInstanceCount"], found["AvailableInstanceCount"]


def test_in_the_scene_capacity_is_owned_and_things_are_wrong(
    client: Client, ec2: Any, secondary: boto3.Session, clock: SandboxControl
) -> None:
    """A block ends within two days with two of eight machines idle; a group waits; a machine of a plan is broken."""
    owned = clock.put_clusters()
    eks = client("eks")
    assert groups(eks) == {"system": "ACTIVE", "p5-now": "ACTIVE", "p5en-later": "DEGRADED"}
    assert eks.describe_addon(clusterName=CLUSTER, addonName="coredns")["addon"]["status"] == "DEGRADED"
    assert usage(ec2, owned.blocks["p5-now"]) == (8, 2)
    (row,) = ec2.describe_capacity_reservations(CapacityReservationIds=[owned.blocks["p5-now"]])["CapacityReservations"]
    assert timedelta(0) < row["EndDate"] - START < timedelta(days=2)
    there = client("sagemaker", "us-west-2", secondary)
    plans = {each["TrainingPlanArn"]: each for each in there.list_training_plans()["TrainingPlanSummaries"]}
    now, waiting = (plans[owned.plans[key]] for key in ("p5en-now", "p5-waiting"))
    assert (now["Status"], now["AvailableInstanceCount"], now["InUseInstanceCount"]) == ("Active", 1, 2)
    assert waiting["Status"] == "Scheduled"
    found = there.list_cluster_nodes(ClusterName="ml-clusters-eks")["ClusterNodeSummaries"]
    assert sorted(each["InstanceStatus"]["Status"] for each in found) == ["Failure", "Running", "Running", "Running"]
    assert there.describe_cluster(ClusterName="ml-clusters-slurm")["ClusterStatus"] == "Updating"


def test_the_scene_is_put_in_once(clock: SandboxControl) -> None:
    """Until the world begins anew."""
    clock.put_clusters()
    with pytest.raises(ControlRefused, match="clusters is there already"):
        clock.put_clusters()
    clock.reset()
    assert clock.put_clusters().blocks


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (Scene(eks=(EksCluster(account="x", region="us-east-1", name="a", version="1.34"),)), "account x"),
        (Scene(eks=(EksCluster(account="main", region="eu-west-1", name="a", version="1.34"),)), "network of"),
        (Scene(blocks=(block("a", instance_type="m7i.large"),)), "no m7i.large"),
        (
            Scene(
                eks=(
                    EksCluster(
                        account="main",
                        region="us-east-1",
                        name=CLUSTER,
                        version="1.34",
                        groups=(NodeGroup(name="system", instance_type="m7i.large", count=1),),
                    ),
                )
            ),
            "NodeGroup already exists",
        ),
        (
            Scene(
                hyperpod=(
                    HyperPodCluster(
                        account="main",
                        region="us-east-1",
                        name="a",
                        groups=(InstanceGroup(name="g", instance_type="ml.p5.48xlarge", count=1, plan="none"),),
                    ),
                )
            ),
            "training plan 'none' was not found",
        ),
    ],
)
def test_a_scene_that_cannot_be_is_refused_in_a_sentence(clock: SandboxControl, scene: Scene, words: str) -> None:
    """That names what is not there."""
    with pytest.raises(ControlRefused, match=words):
        clock.put(scene)


def test_a_cluster_that_is_there_gets_groups_besides_its_own(client: Client, ec2: Any, clock: SandboxControl) -> None:
    """Those of Karpenter on a block, too."""
    machines = NodeGroup(
        name="pool", instance_type="p5.48xlarge", count=3, zone_ids=("use1-az4",), block="b", karpenter=True
    )
    added = EksCluster(account="main", region="us-east-1", name=CLUSTER, version="1.34", groups=(machines,))
    owned = clock.put(Scene(blocks=(block("b", 4),), eks=(added,)))
    assert groups(client("eks")) == {"system": "ACTIVE"}
    assert usage(ec2, owned.blocks["b"]) == (4, 1)


def everything(url: str) -> list[Any]:
    """What clients see of the clusters of a world."""
    with ExitStack() as stack:
        session = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="us-east-1")

        def client(service: str) -> Any:
            made = session.client(service, endpoint_url=url)
            stack.callback(made.close)
            return made

        eks, ec2 = client("eks"), client("ec2")
        names = groups(eks)
        seen: list[Any] = [eks.describe_cluster(name=CLUSTER)["cluster"], ec2.describe_capacity_reservations()]
        seen += [eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=each)["nodegroup"] for each in names]
        seen += [ec2.describe_instances()["Reservations"], client("cloudformation").describe_stacks()["Stacks"]]
        seen += [client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]]
        for each in seen:
            if isinstance(each, dict):
                each.pop("ResponseMetadata", None)
        return seen


def test_a_scene_survives_a_kill(tmp_path: Path) -> None:
    """The same clusters, machines and ids, in whatever order they were looked at."""
    with join(tmp_path, grace=60) as running:
        client = boto3.client(
            "ec2",
            region_name="us-east-1",
            endpoint_url=running.url,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
        )
        client.create_launch_template(LaunchTemplateName="first", LaunchTemplateData={"InstanceType": "m7i.large"})
        client.close()
        running.control.put_clusters()
        here = {"account": "main", "region": "us-east-1", "cluster": CLUSTER}
        running.control.tell("node-group", {"status": "UPDATING"}, **here, name="system")
        with pytest.raises(ControlRefused):
            running.control.put_clusters()
        before = everything(running.url)
        os.kill(running.control.world().pid, signal.SIGKILL)
    with join(tmp_path, grace=1) as running:
        assert running.started_here
        assert everything(running.url) == before


@pytest.fixture
def wide(sandbox: SandboxControl, aws_env: str) -> Iterator[SandboxControl]:
    """The sandbox with networks of two accounts in four regions."""
    sandbox.reset(large.POPULATION)
    sandbox.set_clock(START)
    yield sandbox
    sandbox.reset(BUILT_IN)


def test_two_thousand_machines_are_put_in_within_seconds(
    wide: SandboxControl, make_client: Client, main_session: boto3.Session
) -> None:
    """In two accounts, four regions and 200 node groups, each on a block of its own."""
    scene = large.scene(START)
    began = time.monotonic()
    wide.put(scene)
    # Of a machine that has other things to do, too.
    assert time.monotonic() - began < 30
    session = reader_of_secondary(make_client("sts", "us-east-1", None), main_session)
    eks, ec2 = (make_client(service, "us-west-2", session) for service in ("eks", "ec2"))
    found = groups(eks, "big")
    assert (len(found), {*found.values()}) == (25, {"ACTIVE"})
    filters = [{"Name": "tag:eks:cluster-name", "Values": ["big"]}]
    pages = ec2.get_paginator("describe_instances").paginate(Filters=filters, PaginationConfig={"PageSize": 100})
    assert sum(len(held["Instances"]) for page in pages for held in page["Reservations"]) == 250


def test_slow_calls_are_slow_side_by_side(client: Client, clock: SandboxControl) -> None:
    """Each of ten takes its 300 ms, and all together not ten times as much."""
    eks = client("eks")
    eks.list_clusters()
    clock.arm("*", "slow", milliseconds=300)
    began = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        assert {*pool.map(lambda _: eks.describe_cluster(name=CLUSTER)["cluster"]["status"], range(10))} == {"ACTIVE"}
    assert 0.3 <= time.monotonic() - began < 2
