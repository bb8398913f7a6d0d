"""ParallelCluster as it stands in an account: read by hand, and by aws-parallelcluster in its own environment."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.environment import environment
from mcp_server.sandbox.scenes import ParallelCluster, Queue, Scene
from tests.sandbox.conftest import Client

PYTHON = Path(__file__).parents[2] / ".venv-pcluster" / "bin" / "python"
NAME = "ml-clusters-slurm"
HERE = {"account": "main", "region": "us-east-1"}
# The library is asked as its documentation does; its answers are printed as JSON.
ASK = """
import json, sys
import pcluster.lib as pc
asked = {"cluster_name": sys.argv[1], "region": "us-east-1"}
cluster = pc.describe_cluster(**asked)
print(json.dumps({
    "listed": pc.list_clusters(region="us-east-1")["clusters"],
    "cluster": cluster,
    "instances": pc.describe_cluster_instances(**asked)["instances"],
    "fleet": pc.describe_compute_fleet(**asked)["status"],
}, default=str))
"""

with_parallelcluster = pytest.mark.skipif(
    not PYTHON.exists(), reason="no ParallelCluster: `make .venv-pcluster/.made` installs it"
)


def stack(client: Client, name: str = NAME) -> dict[str, Any]:
    """A stack as CloudFormation describes it, with its parameters, tags and outputs as mappings."""
    (found,) = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return found | {
        "Parameters": {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]},
        "Tags": {each["Key"]: each["Value"] for each in found["Tags"]},
        "Outputs": {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]},
    }


def configuration(client: Client, name: str = NAME) -> dict[str, Any]:
    """The configuration at the place that a stack's parameters name."""
    named = stack(client, name)["Parameters"]
    key = f"{named['ArtifactS3RootDirectory']}/configs/cluster-config.yaml"
    stored = client("s3").get_object(Bucket=named["ResourcesS3Bucket"], Key=key, VersionId=named["ConfigVersion"])
    return yaml.safe_load(stored["Body"].read())


def machines(ec2: Any, name: str = NAME) -> dict[tuple[str, str | None], int]:
    """How many machines of a cluster run, by their type of node and their queue."""
    filters = [{"Name": "tag:parallelcluster:cluster-name", "Values": [name]}]
    found: dict[tuple[str, str | None], int] = {}
    for held in ec2.describe_instances(Filters=filters)["Reservations"]:
        for each in held["Instances"]:
            tags = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
            kind = tags["parallelcluster:node-type"], tags.get("parallelcluster:queue-name")
            found[kind] = found.get(kind, 0) + 1
    return found


def test_a_world_begins_with_a_cluster(client: Client, ec2: Any) -> None:
    """Stack, machines, fleet and configuration agree."""
    found = stack(client)
    assert (found["StackStatus"], found["Tags"]["parallelcluster:version"]) == ("CREATE_COMPLETE", "3.16.1")
    (queue,) = configuration(client)["Scheduling"]["SlurmQueues"]
    assert (queue["Name"], queue["ComputeResources"][0]["MaxCount"]) == ("cpu", 16)
    assert machines(ec2) == {("HeadNode", None): 1, ("Compute", "cpu"): 2}
    head = found["Outputs"]["HeadNodeInstanceID"]
    assert ec2.describe_instances(InstanceIds=[head])["Reservations"]
    item = client("dynamodb").get_item(TableName=f"parallelcluster-{NAME}", Key={"Id": {"S": "COMPUTE_FLEET"}})["Item"]
    assert item["Data"]["M"]["status"] == {"S": "RUNNING"}


def test_in_the_scene_a_queue_is_on_a_block_and_the_stack_was_rolled_back(
    client: Client, ec2: Any, clock: SandboxControl
) -> None:
    """The configuration wants four machines of the block, of which three run."""
    block = clock.put_clusters().blocks["p5-queue"]
    assert stack(client)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    queue = configuration(client)["Scheduling"]["SlurmQueues"][1]
    (resource,) = queue["ComputeResources"]
    assert (queue["CapacityType"], resource["MinCount"]) == ("CAPACITY_BLOCK", 4)
    assert resource["CapacityReservationTarget"] == {"CapacityReservationId": block}
    assert machines(ec2) == {("HeadNode", None): 1, ("Compute", "cpu"): 2, ("Compute", "p5"): 3}
    usage = ec2.get_capacity_reservation_usage(CapacityReservationId=block)
    assert (usage["TotalInstanceCount"], usage["AvailableInstanceCount"]) == (4, 1)


def test_any_other_cluster_can_be_put_in(client: Client, ec2: Any, clock: SandboxControl) -> None:
    """With login nodes, another version, and a fleet that is stopped; its stack's status can be told."""
    queue = Queue(name="q", instance_type="p5.48xlarge", maximum=2)
    cluster = ParallelCluster(
        **HERE, name="other", version="3.8.0", queues=(queue,), login_nodes=2, fleet_status="STOPPED"
    )
    clock.put(Scene(parallelclusters=(cluster,)))
    assert machines(ec2, "other") == {("HeadNode", None): 1, ("LoginNode", None): 2}
    clock.tell("stack", {"StackStatus": "UPDATE_FAILED", "StackStatusReason": "no"}, **HERE, cluster="other")
    found = stack(client, "other")
    assert (found["StackStatus"], found["StackStatusReason"]) == ("UPDATE_FAILED", "no")
    assert found["Parameters"]["ResourcesS3Bucket"] == stack(client)["Parameters"]["ResourcesS3Bucket"]


@with_parallelcluster
@pytest.mark.parametrize("in_scene", [False, True], ids=["at the start", "in the scene"])
def test_parallelcluster_itself_reads_it(clock: SandboxControl, ec2: Any, tmp_path: Path, in_scene: bool) -> None:
    """Its library lists and describes cluster, machines and fleet as they were put in."""
    if in_scene:
        clock.put_clusters()
    environ = environment(clock.url) | {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [PYTHON, "-c", ASK, NAME], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    (listed,) = told["listed"]
    status = "UPDATE_FAILED" if in_scene else "CREATE_COMPLETE"
    assert (listed["clusterName"], listed["version"], listed["clusterStatus"]) == (NAME, "3.16.1", status)
    assert told["cluster"]["headNode"]["state"] == "running"
    assert told["cluster"]["computeFleetStatus"] == told["fleet"] == "RUNNING"
    assert "cluster-config.yaml" in told["cluster"]["clusterConfiguration"]["url"]
    counted: dict[tuple[str, str | None], int] = {}
    for each in told["instances"]:
        kind = {"HeadNode": "HeadNode", "ComputeNode": "Compute"}[each["nodeType"]], each.get("queueName")
        counted[kind] = counted.get(kind, 0) + 1
    assert counted == machines(ec2)
