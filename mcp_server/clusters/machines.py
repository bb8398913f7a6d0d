"""The EC2 instances of a group, as machines of the model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcp_server.aws.instances import Instance, cluster_instances, impaired_instances
from mcp_server.clusters.asking import Asker, Question
from mcp_server.clusters.model import Node, NodeState, counted_on

_STATES = {
    "pending": NodeState.STARTING,
    "running": NodeState.RUNNING,
    "shutting-down": NodeState.STOPPING,
    "stopping": NodeState.STOPPING,
    "stopped": NodeState.STOPPING,
}


@dataclass(frozen=True, slots=True)
class Instances:
    """The instances of a region's clusters, and which of them fail status checks, with the checks' names.

    impaired is None where checks could not be read.
    """

    all: tuple[Instance, ...]
    impaired: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Machines:
    """What the machines of one group come to. Those that are known not to be healthy are kept one by one."""

    running: int
    healthy: int | None
    zone_ids: tuple[str, ...]
    on: tuple[tuple[str, int], ...]
    unwell: tuple[Node, ...]
    instance_type: str | None


def read_instances(asker: Asker, *tags: str) -> Instances | None:
    """The instances that have one of these tags; None where they cannot be read."""
    found: list[Instance] | None = None
    impaired: dict[str, str] | None = None

    def instances() -> None:
        nonlocal found
        found = asker.ask(Question("ec2", "describe_instances", lambda ec2: cluster_instances(ec2, *tags))).value

    def statuses() -> None:
        nonlocal impaired
        impaired = asker.ask(Question("ec2", "describe_instance_status", impaired_instances)).value

    asker.side_by_side([instances, statuses])
    return None if found is None else Instances(tuple(found), impaired)


def machines_of(
    instances: Sequence[Instance],
    impaired: Mapping[str, str] | None,
    zones: Mapping[str, str],
    unhealthy: Iterable[str] = (),
) -> Machines:
    """What these instances come to. zones are those of subnets, unhealthy what Auto Scaling holds for that.

    Without the checks nobody knows how many of those that run are healthy.
    """
    condemned = frozenset(unhealthy)
    nodes = [_node(each, impaired or {}, zones, condemned) for each in instances]
    running = [each for each in nodes if each.state in {NodeState.RUNNING, NodeState.IMPAIRED}]
    types = {each.instance_type for each in instances if each.instance_type}
    return Machines(
        running=len(running),
        healthy=None if running and impaired is None else sum(each.state is NodeState.RUNNING for each in running),
        zone_ids=tuple(sorted({each.zone_id for each in nodes if each.zone_id})),
        on=counted_on(running),
        unwell=tuple(each for each in nodes if each.state is not NodeState.RUNNING),
        instance_type=types.pop() if len(types) == 1 else None,
    )


def _node(each: Instance, impaired: Mapping[str, str], zones: Mapping[str, str], condemned: frozenset[str]) -> Node:
    state, words = _STATES.get(each.state, NodeState.OTHER), each.state
    if state is NodeState.RUNNING and each.id in impaired:
        state, words = NodeState.IMPAIRED, f"impaired: {impaired[each.id]}"
    elif state is NodeState.RUNNING and each.id in condemned:
        state, words = NodeState.IMPAIRED, "Unhealthy"
    zone = each.zone_id or zones.get(each.subnet_id or "")
    return Node(each.id, state, words, "", each.reservation_id, zone, each.launched)
