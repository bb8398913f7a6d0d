"""Others who read the same clusters agree: ParallelCluster's own library, and the AWS CLI."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mcp_server.clusters.model import ClusterState, GroupKind
from mcp_server.clusters.reading_parallelcluster import STATES
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.environment import environment
from tests.clusters.reading import ATTACHED, SECONDARY, SLURM, TRAINING, by_id, read

PYTHON = Path(__file__).parents[2] / ".venv-pcluster" / "bin" / "python"
AWS = Path(sys.executable).parent / "aws"

with_parallelcluster = pytest.mark.skipif(
    not PYTHON.exists(), reason="no ParallelCluster: `make .venv-pcluster/.made` installs it"
)

DESCRIBE = """
import json, sys
import pcluster.lib as pc
asked = {"cluster_name": sys.argv[1], "region": "us-east-1"}
print(json.dumps({
    "listed": pc.list_clusters(region="us-east-1")["clusters"],
    "cluster": pc.describe_cluster(**asked),
    "instances": pc.describe_cluster_instances(**asked)["instances"],
}, default=str))
"""
MAP = """
import json, sys
from pcluster.api.converters import cloud_formation_status_to_cluster_status
print(json.dumps({each: str(cloud_formation_status_to_cluster_status(each)) for each in sys.argv[1:]}))
"""
MEANING = {
    "CREATE_IN_PROGRESS": ClusterState.CREATING,
    "CREATE_FAILED": ClusterState.FAILED,
    "CREATE_COMPLETE": ClusterState.ACTIVE,
    "UPDATE_IN_PROGRESS": ClusterState.UPDATING,
    "UPDATE_FAILED": ClusterState.UPDATE_FAILED,
    "UPDATE_COMPLETE": ClusterState.ACTIVE,
    "DELETE_IN_PROGRESS": ClusterState.DELETING,
    "DELETE_FAILED": ClusterState.FAILED,
}
"""ParallelCluster's own states of a cluster, as ours."""


def asked(script: str, *arguments: str, environ: dict[str, str]) -> Any:
    """What a script of ParallelCluster's environment prints."""
    done = subprocess.run(
        [PYTHON, "-c", script, *arguments], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def aws(url: str, *arguments: str, keys: Mapping[str, str] | None = None) -> Any:
    """What the AWS CLI says, with other keys than those that simulated AWS gives out if there are any."""
    environ = environment(url) | {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **(keys or {})}
    done = subprocess.run(
        [AWS, *arguments, "--output", "json"], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@with_parallelcluster
def test_parallelcluster_agrees(sandbox: SandboxControl, aws_env: str, tmp_path: Path) -> None:
    """On which clusters there are, their version, state and fleet, and on every machine of each queue."""
    sandbox.put_clusters()
    ours = by_id(read())[SLURM]
    told = asked(
        DESCRIBE, ours.name, environ=environment(aws_env) | {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    )
    (listed,) = told["listed"]
    assert (listed["clusterName"], listed["version"]) == (ours.name, ours.version)
    assert MEANING[listed["clusterStatus"]] is ours.state
    assert (listed["cloudformationStackStatus"], told["cluster"]["computeFleetStatus"]) == (ours.words, ours.fleet)
    running: dict[str, int] = {}
    for each in told["instances"]:
        queue = each.get("queueName") or "head node"
        running[queue] = running.get(queue, 0) + 1
    assert {each.name.partition("/")[0]: each.running for each in ours.groups} == running


@with_parallelcluster
def test_parallelcluster_takes_every_status_of_a_stack_as_we_do(tmp_path: Path) -> None:
    """Rolled back, cleaned up, or half done."""
    told = asked(MAP, *STATES, environ={"HOME": str(tmp_path), "PATH": os.environ["PATH"]})
    assert {each: MEANING[told[each].rpartition(".")[2]] for each in STATES} == dict(STATES)


def test_the_aws_cli_agrees_on_eks(sandbox: SandboxControl, aws_env: str) -> None:
    """On the clusters of a region, their groups and add-ons, and on what each is said to want."""
    sandbox.put_clusters()
    ours = by_id(read())[TRAINING]
    here = ("--region", "us-east-1")
    assert aws(aws_env, "eks", "list-clusters", *here)["clusters"] == [ours.name]
    cluster = aws(aws_env, "eks", "describe-cluster", "--name", ours.name, *here)["cluster"]
    assert (cluster["version"], cluster["status"]) == (ours.version, ours.words)
    groups = [each for each in ours.groups if each.kind is GroupKind.NODE_GROUP]
    listed = aws(aws_env, "eks", "list-nodegroups", "--cluster-name", ours.name, *here)["nodegroups"]
    assert sorted(listed) == [each.name for each in groups]
    for group in groups:
        told = aws(
            aws_env, "eks", "describe-nodegroup", "--cluster-name", ours.name, "--nodegroup-name", group.name, *here
        )["nodegroup"]
        scaling = told["scalingConfig"]
        assert (scaling["desiredSize"], scaling["minSize"], scaling["maxSize"]) == (
            group.wanted,
            group.minimum,
            group.maximum,
        )
        assert (told["status"], tuple(told["subnets"])) == (group.words, group.subnet_ids)
    assert ours.control_plane
    addons = aws(aws_env, "eks", "list-addons", "--cluster-name", ours.name, *here)["addons"]
    assert sorted(addons) == sorted(each.name for each in ours.control_plane.addons or ())


def test_the_aws_cli_agrees_on_hyperpod(sandbox: SandboxControl, aws_env: str) -> None:
    """On groups, counts and plans, and on the state of every node."""
    sandbox.put_clusters()
    ours = by_id(read())[ATTACHED]
    role = f"arn:aws:iam::{SECONDARY}:role/ml-clusters-reader"
    given = aws(aws_env, "sts", "assume-role", "--role-arn", role, "--role-session-name", "test")["Credentials"]
    keys = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }

    def sagemaker(operation: str) -> Any:
        named = ("--cluster-name", ours.name, "--region", "us-west-2")
        return aws(aws_env, "sagemaker", operation, *named, keys=keys)

    told = sagemaker("describe-cluster")
    assert told["ClusterStatus"] == ours.words
    assert told["Orchestrator"]["Eks"]["ClusterArn"].rpartition("/")[2] == ours.attached_to
    groups = [
        (each["InstanceGroupName"], each["TargetCount"], each.get("TrainingPlanArn")) for each in told["InstanceGroups"]
    ]
    assert groups == [(each.name, each.wanted, next(iter(each.capacity), None)) for each in ours.groups]
    nodes = sagemaker("list-cluster-nodes")["ClusterNodeSummaries"]
    for group in ours.groups:
        states = [each["InstanceStatus"]["Status"] for each in nodes if each["InstanceGroupName"] == group.name]
        assert (states.count("Running"), len(states)) == (group.healthy, group.running)
