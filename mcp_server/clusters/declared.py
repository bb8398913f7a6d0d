"""What live/ says of clusters: which unit made one, and what it says of its groups."""

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_server.clusters.model import Cluster, ClusterKind, Group
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.units import Unit
from mcp_server.monorepo.values import Unknown, Value

MODULES: Mapping[str, ClusterKind] = {
    "eks-cluster": ClusterKind.EKS,
    "parallelcluster": ClusterKind.PARALLELCLUSTER,
    "hyperpod": ClusterKind.HYPERPOD,
}
"""The modules of this repository that make clusters, by their folders' names."""


@dataclass(frozen=True, slots=True)
class DeclaredGroup:
    """What a unit says of one group; None is not said, or cannot be told from the files."""

    name: str
    wanted: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    instance_type: str | None = None
    capacity: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a unit says of its cluster. whole: there are no other groups that the files do not tell of."""

    version: str | None
    groups: tuple[DeclaredGroup, ...]
    whole: bool


def kind_made_by(unit: Unit) -> ClusterKind | None:
    """What kind of cluster a unit makes; None where it makes none."""
    made = {MODULES.get(each.folder.rpartition("/")[2]) for each in unit.sources} - {None}
    return made.pop() if len(made) == 1 else None


def cluster_name(unit: Unit) -> str | None:
    """What a unit calls its cluster; None where the files do not tell."""
    return _text(_inputs(unit).get(("name",)))


def owning_unit(tree: LiveTree, kind: ClusterKind, account: str, region: str, name: str) -> str | None:
    """The path of the unit that made a cluster; None where none did, or more than one says so."""
    owners = [
        each.path
        for each in tree.units
        if (each.account_id, each.region) == (account, region)
        and kind_made_by(each) is kind
        and cluster_name(each) == name
    ]
    return owners[0] if len(owners) == 1 else None


def group_called(name: str, cluster: Cluster) -> Group | None:
    """The group that a unit calls so: EKS's have a suffix of time, ParallelCluster's begin with their queue."""
    exact = [each for each in cluster.groups if each.name == name]
    if exact:
        return exact[0]
    mark = "/" if cluster.kind is ClusterKind.PARALLELCLUSTER else "-20"
    beginning = [each for each in cluster.groups if each.name.startswith(f"{name}{mark}")]
    return beginning[0] if len(beginning) == 1 else None


def declared_in(unit: Unit, kind: ClusterKind) -> Declared:
    """What a unit says of its cluster, in so far as the files tell it."""
    inputs = _inputs(unit)
    version = _text(inputs.get(("kubernetes_version",))) if kind is ClusterKind.EKS else None
    groups = (_group(where, name, inputs, kind) for where, name in _named(inputs))
    unknown = any(isinstance(value, Unknown) for keys, value in inputs.items() if keys[0] in _GROUPS and len(keys) < 3)
    return Declared(version, tuple(groups), whole=not (unknown or unit.partly_read))


_GROUPS = ("capacity_blocks", "node_groups", "instance_groups", "on_demand_queues")


def _named(inputs: Mapping[tuple[str | int, ...], Value]) -> list[tuple[str, str]]:
    """The inputs that have groups, with the groups' names."""
    named = ((str(keys[0]), str(keys[1])) for keys in inputs if len(keys) >= 3 and keys[0] in _GROUPS)
    return list(dict.fromkeys(named))


def _group(where: str, name: str, inputs: Mapping[tuple[str | int, ...], Value], kind: ClusterKind) -> DeclaredGroup:
    def said(*keys: str | int) -> Value:
        return inputs.get((where, name, *keys))

    if where == "capacity_blocks":
        # Schedules set what EKS wants of a block; a queue has all of it at any time.
        all_of_it = _number(said("count"))
        least = all_of_it if kind is ClusterKind.PARALLELCLUSTER else None
        return DeclaredGroup(name, None, least, all_of_it, _text(said("instance_type")), _text(said("reservation_id")))
    if where == "instance_groups":
        plan = _text(said("training_plan", "arn"))
        return DeclaredGroup(name, _number(said("instance_count")), None, None, _text(said("instance_type")), plan)
    if where == "on_demand_queues":
        return DeclaredGroup(
            name, None, _number(said("min_count")), _number(said("max_count")), _text(said("instance_type"))
        )
    return DeclaredGroup(name, None, _number(said("min_size")), _number(said("max_size")))


def _inputs(unit: Unit) -> Mapping[tuple[str | int, ...], Value]:
    return {each.keys: each.value for each in unit.inputs}


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
