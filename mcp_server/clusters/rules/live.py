"""Where what runs is not what live/ says."""

from collections.abc import Iterator

from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import word
from mcp_server.clusters import telling
from mcp_server.clusters.declared import Declared, declared_in, group_called
from mcp_server.clusters.model import Cluster, ClusterKind, ClusterState, Group, GroupKind, GroupState
from mcp_server.clusters.problems import Rule, Seen, World

_UNSETTLED = {ClusterState.CREATING, ClusterState.DELETING, ClusterState.FAILED, ClusterState.GONE}
"""Of these nobody expects what live/ says."""


def _differs(cluster: Cluster, world: World) -> Iterator[Seen]:
    unit = world.tree.by_path.get(cluster.unit) if world.tree and cluster.unit else None
    if unit is None or cluster.state in _UNSETTLED:
        return
    declared = declared_in(unit, cluster.kind)
    if declared.version and cluster.version and declared.version != cluster.version:
        yield Seen(f"{word(unit.path)} says Kubernetes {word(declared.version)}, and {word(cluster.version)} runs.")
    if cluster.groups or not cluster.unread:
        yield from _groups(cluster, declared, unit.path, world)


def _groups(cluster: Cluster, declared: Declared, path: str, world: World) -> Iterator[Seen]:
    for each in declared.groups:
        group = group_called(each.name, cluster)
        if group is None:
            if not cluster.unread:
                yield Seen(f"{word(path)} has {word(each.name)}, and there is no such group.", None, each.name)
            continue
        for what, said, real in (
            ("machines wanted", each.wanted, group.wanted),
            ("machines at least", each.minimum, group.minimum),
            ("machines at most", each.maximum, group.maximum),
            ("instance type", each.instance_type, group.instance_type),
        ):
            if said is not None and real is not None and said != real:
                why = (
                    f"{word(path)} says {word(str(said))} as {what} of {word(group.name)}, and it is {word(str(real))}."
                )
                yield Seen(why, None, group.name)
        yield from _capacity(each.capacity, group, path)
    if declared.whole:
        yield from _undeclared(cluster, declared, path, world)


def _undeclared(cluster: Cluster, declared: Declared, path: str, world: World) -> Iterator[Seen]:
    """Groups on capacity that the unit does not have: HyperPod's and ParallelCluster's go with the next apply."""
    known = {id(group_called(each.name, cluster)) for each in declared.groups}
    for group in cluster.groups:
        goes_on = group.kind is not GroupKind.NODE_POOL and group.state is not GroupState.DELETING
        if group.capacity and id(group) not in known and goes_on:
            stays = cluster.kind is ClusterKind.EKS
            then = "nobody plans changes to it" if stays else "the next apply takes it away with its machines"
            on = telling.some(world.by_id[each].name if each in world.by_id else each for each in group.capacity)
            why = f"{word(group.name)} is on {on}, and {word(path)} has no such group: {then}."
            do = (
                "Write it into the unit, or take it down."
                if stays
                else "Write it into the unit before anybody applies."
            )
            yield Seen(why, Severity.LOW if stays else Severity.HIGH, group.name, group.capacity[0], do=do)


def _capacity(said: str | None, group: Group, path: str) -> Iterator[Seen]:
    if said is not None and group.capacity and said not in group.capacity:
        real = ", ".join(map(word, group.capacity))
        why = f"{word(path)} says that {word(said)} is behind {word(group.name)}, and it is {real}."
        yield Seen(why, Severity.HIGH, group.name, said)


RULES = (
    Rule(
        "differs-from-live",
        Severity.MEDIUM,
        "a value in live/ that is not the one that runs",
        "Only one of the two is what is wanted.",
        "If live/ is right, apply the unit; else write there what runs, before the next apply changes it back.",
        compare=_differs,
    ),
)
