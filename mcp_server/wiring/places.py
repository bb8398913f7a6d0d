"""Where in the tree capacity can stand, and where some stands already. Files are relative to the tree's root."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from mcp_server.capacity.words import word
from mcp_server.clusters.declared import cluster_name, kind_made_by
from mcp_server.clusters.model import Cluster, ClusterKind
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.node_classes import GitOps, NodeClasses
from mcp_server.monorepo.units import Input, Unit
from mcp_server.monorepo.values import Value
from mcp_server.wiring.targets import Target

NODE_CLASS = "reserved"
"""The EC2NodeClass that takes reservations, in each cluster's folder of gitops/."""

_BESIDE = "../"
"""From the tree's root to gitops/, which is beside it."""

_CAPACITY = {
    Target.NODE_GROUP: ("reservation_id",),
    Target.QUEUE: ("reservation_id",),
    Target.INSTANCE_GROUP: ("training_plan", "arn"),
}
"""The keys, below an entry's name, of the reservation or plan that it names."""


@dataclass(frozen=True, slots=True)
class Wired:
    """An entry that names a reservation or plan. values are its own, by keys joined with a dot; line counts from 1."""

    unit: str
    target: Target
    name: str
    capacity: str
    file: str
    line: int
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])

    def __str__(self) -> str:
        named = f" {word(self.name)}" if self.target is not Target.NODE_CLASS else ""
        return f"{self.target.called}{named} of {word(self.unit)} ({word(self.file.removeprefix(_BESIDE))}:{self.line})"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry can be put: a unit's file, or for Karpenter the file of its cluster's NodeClass.

    cluster is the name it has in AWS, None where the files do not tell. names are taken. There is no node_classes but
    for Karpenter, and file is None where the NodeClass is missing. types are those it takes; None is any. shared is
    where the variable is already set by a file that the unit includes.
    """

    unit: Unit
    target: Target
    file: str | None
    cluster: str | None
    slurm: bool = False
    names: frozenset[str] = frozenset()
    types: frozenset[str] | None = None
    node_classes: NodeClasses | None = None
    shared: Input | None = None

    def makes(self, cluster: Cluster) -> bool:
        """Whether a cluster that is there is the one of its unit."""
        its = (kind_made_by(self.unit), self.unit.account_id, self.unit.region, self.cluster)
        return its == (cluster.kind, cluster.account, cluster.region, cluster.name)


def places(tree: LiveTree, gitops: GitOps | None, types: Mapping[str, frozenset[str]]) -> tuple[Place, ...]:
    """Every place of the tree that takes capacity, in its order. types are those that a unit's module knows."""
    return tuple(each for unit in tree.units for each in _places(unit, gitops, types.get(unit.path)))


def _places(unit: Unit, gitops: GitOps | None, types: frozenset[str] | None) -> Iterator[Place]:
    kind = kind_made_by(unit)
    target = _TARGETS.get(kind) if kind else None
    if target is None:
        return
    cluster = cluster_name(unit)
    slurm = any(each.keys == ("orchestrator",) and each.value == "slurm" for each in unit.inputs)
    names = frozenset(str(each.keys[1]) for each in unit.inputs if each.keys[0] in _NAMED and len(each.keys) > 1)
    yield Place(unit, target, unit.file, cluster, slurm, names, types, shared=_shared(unit, target))
    if kind is ClusterKind.EKS:
        there = node_classes_of(unit, cluster, gitops)
        if there:
            file = there.files.get(NODE_CLASS)
            known = frozenset(there.pool_types.get(NODE_CLASS, ()))
            yield Place(
                unit, Target.NODE_CLASS, file and f"{_BESIDE}gitops/{file}", cluster, types=known, node_classes=there
            )


_TARGETS = {
    ClusterKind.EKS: Target.NODE_GROUP,
    ClusterKind.PARALLELCLUSTER: Target.QUEUE,
    ClusterKind.HYPERPOD: Target.INSTANCE_GROUP,
}
_NAMED = frozenset({"capacity_blocks", "node_groups", "instance_groups", "on_demand_queues"})


def _shared(unit: Unit, target: Target) -> Input | None:
    its = (each for each in unit.inputs if each.keys[0] == target.variable)
    return next((each for each in its if each.place.file != unit.file), None)


def node_classes_of(unit: Unit, cluster: str | None, gitops: GitOps | None) -> NodeClasses | None:
    """What gitops/ gives to the cluster of a unit; None where it has no folder."""
    here = (unit.account_name, unit.region, cluster)
    return (
        next((each for each in gitops.clusters if (each.account, each.region, each.cluster) == here), None)
        if (gitops)
        else None
    )


def wired(there: Sequence[Place]) -> tuple[Wired, ...]:
    """Every entry of these places that names a reservation or plan."""
    return tuple(each for place in there for each in (_of_class(place) if place.node_classes else _of_unit(place)))


def _of_unit(place: Place) -> Iterator[Wired]:
    variable = place.target.variable
    its = [each for each in place.unit.inputs if each.keys[0] == variable and len(each.keys) > 2]
    for name, inputs in groupby(its, key=lambda each: each.keys[1]):
        by_keys = {each.keys[2:]: each for each in inputs}
        said = by_keys.get(_CAPACITY[place.target])
        if said and isinstance(said.value, str):
            values = {".".join(map(str, keys)): each.value for keys, each in by_keys.items()}
            where = said.place
            yield Wired(place.unit.path, place.target, str(name), said.value, where.file, where.line, values)


def _of_class(place: Place) -> Iterator[Wired]:
    there = place.node_classes
    for each in there.selectors if there else ():
        if each.id:
            yield Wired(place.unit.path, place.target, NODE_CLASS, each.id, f"{_BESIDE}gitops/{each.file}", each.line)
