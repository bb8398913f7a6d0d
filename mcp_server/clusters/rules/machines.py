"""The machines of a group: too few, broken, or replaced."""

from collections.abc import Iterator

from mcp_server.capacity.instance_types import accelerator_of
from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import quoted, sentence, word
from mcp_server.clusters import telling
from mcp_server.clusters.model import Cluster, ClusterState, Group, GroupKind, GroupState, NodeState
from mcp_server.clusters.problems import Rule, Seen, World
from mcp_server.clusters.rules.capacity import waits_for_start

_NOT_THERE = {ClusterState.CREATING, ClusterState.FAILED, ClusterState.DELETING, ClusterState.GONE}
"""Of these nobody expects machines, or another rule says why there are none."""
_ON_ITS_WAY = {GroupState.CREATING, GroupState.DELETING, GroupState.STOPPED}
_COMING_BACK = {NodeState.CHECKING, NodeState.UPDATING}
"""Deep health checks of new machines, and updates of others, take hours on HyperPod, and are no trouble."""
_FLEET_UP = {"RUNNING", "PROTECTED"}


def _below_minimum(cluster: Cluster, world: World) -> Iterator[Seen]:
    if cluster.state in _NOT_THERE:
        return
    for group in cluster.groups:
        running = group.healthy if group.healthy is not None else group.running
        if running is None or not group.minimum or running >= group.minimum:
            continue
        if group.state in _ON_ITS_WAY or _fleet_is_unknown(cluster, group) or waits_for_start(group, world):
            continue
        running += sum(each.state in _COMING_BACK for each in group.unwell)
        if running >= group.minimum:
            continue
        why = f"{word(group.name)} has {running} healthy of {group.minimum} machines that it must have."
        yield Seen(why, None, group.name, machines=group.minimum - running)


def _fleet_is_unknown(cluster: Cluster, group: Group) -> bool:
    """Whether a queue may have been stopped: its least is started only while the fleet runs."""
    return group.kind is GroupKind.QUEUE and cluster.fleet not in _FLEET_UP


def _sick(cluster: Cluster) -> Iterator[Seen]:
    for group in cluster.groups:
        sick = group.sick
        if not sick:
            continue
        message = next((each.untrusted_message for each in sick if each.untrusted_message), "")
        why = f"{telling.machines(len(sick))} of {word(group.name)} broken: {telling.some(each.id for each in sick)}."
        if message:
            why += f" AWS: {sentence(quoted(message))}"
        yield Seen(why, None if _accelerated(group) else Severity.MEDIUM, group.name, machines=len(sick))


def _accelerated(group: Group) -> bool:
    """Whether its machines have accelerators, or of several types some may."""
    return not group.instance_type or accelerator_of(group.instance_type.removeprefix("ml.")) is not None


def _replaced(cluster: Cluster) -> Iterator[Seen]:
    for group in cluster.groups:
        if group.replaced:
            gone = telling.some(group.replaced)
            why = f"{telling.machines(len(group.replaced))} of {word(group.name)} failed and went: {gone}."
            yield Seen(why, None, group.name, machines=len(group.replaced))


def _ails(cluster: Cluster) -> Iterator[Seen]:
    for group in cluster.groups:
        broken = group.state in {GroupState.DEGRADED, GroupState.FAILED}
        if broken or group.issues:
            told = telling.issues(group.issues) or "AWS does not tell why."
            words = group.words or str(group.state)
            yield Seen(f"{word(group.name)} is {word(words)}. {told}", None, group.name)


RULES = (
    Rule(
        "group-below-minimum",
        Severity.HIGH,
        "a group with fewer healthy machines than its least",
        "It cannot do what it is for, and AWS cannot start what is missing.",
        "See its issues and events, and the state of the capacity behind it.",
        compare=_below_minimum,
    ),
    Rule(
        "group-degraded",
        Severity.HIGH,
        "a group that AWS says is degraded or failed, or that has health issues",
        "Machines do not start, do not join, or do not end.",
        "Mend what the issue names; AWS then tries again by itself.",
        look=_ails,
    ),
    Rule(
        "machines-broken",
        Severity.HIGH,
        "machines that fail their checks",
        "Jobs on them hang or die; a block's machine cannot be had elsewhere.",
        "Drain them, and let them be replaced: on HyperPod by node recovery, else by terminating the instance.",
        look=_sick,
    ),
    Rule(
        "machines-replaced",
        Severity.LOW,
        "machines that failed within a day and are there no more",
        "What ran on them was lost, and may have started again from a checkpoint.",
        "See whether jobs went on, and whether the same machines fail again.",
        look=_replaced,
    ),
)
