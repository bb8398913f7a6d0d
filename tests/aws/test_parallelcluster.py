"""Reading a ParallelCluster's configuration, whatever somebody wrote into it."""

from io import BytesIO
from typing import Any

import pytest

from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.parallelcluster import Configuration, Resource, Stack, parse_configuration, read_configuration

BLOCK = "cr-0123456789abcdef0"
WHOLE = f"""
HeadNode:
  InstanceType: m7i.2xlarge
  Networking: {{SubnetId: subnet-1}}
LoginNodes:
  Pools: [{{Name: login, Count: 2, InstanceType: m7i.large, Networking: {{SubnetIds: [subnet-1]}}}}]
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: p5
      CapacityReservationTarget: {{CapacityReservationId: {BLOCK}}}
      Networking: {{SubnetIds: [subnet-2]}}
      ComputeResources:
        - {{Name: nodes, InstanceType: p5.48xlarge, MinCount: 4, MaxCount: 4}}
        - {{Name: own, InstanceType: p5.48xlarge, CapacityReservationTarget: {{CapacityReservationId: cr-1}}}}
        - {{Name: any, Instances: [{{InstanceType: c7i.large}}, {{InstanceType: c6i.large}}]}}
"""


def test_a_whole_configuration_is_read() -> None:
    """A resource's own reservation goes before its queue's; without counts ParallelCluster's own hold."""
    assert parse_configuration(WHOLE.encode()) == Configuration(
        "m7i.2xlarge",
        "subnet-1",
        (
            Resource("p5", "nodes", 4, 4, ("p5.48xlarge",), BLOCK, ("subnet-2",)),
            Resource("p5", "own", 0, 10, ("p5.48xlarge",), "cr-1", ("subnet-2",)),
            Resource("p5", "any", 0, 10, ("c7i.large", "c6i.large"), BLOCK, ("subnet-2",)),
        ),
        (Resource("", "login", 2, 2, ("m7i.large",), None, ("subnet-1",)),),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Scheduling: {}",
        "Scheduling: {SlurmQueues: {a: 1}}",
        "{HeadNode: [], Scheduling: {}}",
        "{LoginNodes: {Pools: 3}, Scheduling: {}}",
    ],
)
def test_an_odd_configuration_tells_nothing(text: str) -> None:
    """And is no crash."""
    assert parse_configuration(text.encode()) == Configuration(None, None, (), ())


@pytest.mark.parametrize("queue", ["1", "{}", "{Name: [], ComputeResources: [1, {MinCount: many, MaxCount: true}]}"])
def test_an_odd_queue_hides_no_other(queue: str) -> None:
    """What cannot be read of it is not known."""
    text = f"Scheduling: {{SlurmQueues: [{queue}, {{Name: cpu, ComputeResources: [{{Name: nodes}}]}}]}}"
    *odd, last = parse_configuration(text.encode()).resources
    assert (last.queue, last.name) == ("cpu", "nodes")
    assert all(each.queue == "" for each in odd)


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"a: b: c",
        b"\xff\xfe\x00",
        b"!!python/object/apply:os.system [true]",
        b"a: 2026-13-45",
        b"a: !!int ''",
        b"a: !!bool perhaps",
        b"a: !!timestamp now",
        b"[" * 50_000,
    ],
)
def test_no_configuration_is_a_failure(text: bytes) -> None:
    """Nothing in it is run."""
    with pytest.raises(AwsFailure, match="configuration is no YAML"):
        parse_configuration(text)


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "<html>busy</html>", "Scheduling: 1", "HeadNode: {}", WHOLE + "---\n" + WHOLE]
)
def test_what_is_no_configuration_of_a_cluster_is_a_failure(text: str) -> None:
    """And not one of a cluster without queues."""
    with pytest.raises(AwsFailure, match="no configuration of a cluster"):
        parse_configuration(text.encode())


def test_a_few_lines_that_stand_for_millions_of_resources_are_a_failure() -> None:
    """Within little time and memory."""
    resources = "".join(f"- {{Name: r{number}}}\n" for number in range(2_000))
    queues = "".join("  - {Name: q, ComputeResources: *many}\n" for _ in range(2_000))
    with pytest.raises(AwsFailure, match="more than 1000 compute resources"):
        parse_configuration(f"many: &many\n{resources}Scheduling:\n  SlurmQueues:\n{queues}".encode())


def test_a_configuration_that_is_too_long_is_a_failure() -> None:
    """Its beginning would be taken for all of it."""
    stack = Stack("slurm", "3.16.1", "CREATE_COMPLETE", "", None, "bucket", "folder", "")
    text = WHOLE.encode() + b"# and so on\n" * 100_000
    with pytest.raises(AwsFailure, match="longer than 1000000 bytes"):
        read_configuration(Bucket(text), stack)
    assert len(read_configuration(Bucket(WHOLE.encode()), stack).resources) == 3


class Bucket:
    """S3 with one object."""

    def __init__(self, text: bytes) -> None:
        self.text = text

    def get_object(self, **_: Any) -> dict[str, Any]:
        """That object."""
        return {"Body": BytesIO(self.text)}
