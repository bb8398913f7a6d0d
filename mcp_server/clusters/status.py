"""How the clusters are, and what the bought capacity does: all of it read at once, and judged.

Of every account and region EKS, HyperPod, ParallelCluster, blocks and plans are read side by side. Nothing waits for
longer than the longest chain of calls that each need the one before, which is EKS's (reading_eks.py): four calls, after
the one by which an account is identified.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from mcp_server.aws.failures import FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.on_demand import OnDemandReservation
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.clusters.asking import Asker, Unread, Zones
from mcp_server.clusters.costs import Money
from mcp_server.clusters.declared import owning_unit
from mcp_server.clusters.model import Cluster, ClusterKind, User, users
from mcp_server.clusters.problems import Problem, World
from mcp_server.clusters.reading_eks import read_eks
from mcp_server.clusters.reading_hyperpod import read_hyperpod
from mcp_server.clusters.reading_owned import Capacity, read_blocks, read_plans
from mcp_server.clusters.reading_parallelcluster import read_parallelcluster
from mcp_server.clusters.rules import problems
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.node_classes import gitops_beside
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.market import Progress, unseen
from mcp_server.searching.owned import RegionsOf, selling_regions
from mcp_server.searching.readers import Reader

_FOR_READING = 0.95
"""The share of the time after which a part ends with what it has, so that this is not lost."""


class Part(StrEnum):
    """What is read of each account and region."""

    EKS = "EKS"
    PARALLELCLUSTER = "ParallelCluster"
    HYPERPOD = "HyperPod"
    BLOCKS = "blocks"
    PLANS = "training plans"

    @property
    def begins_with(self) -> str:
        """The first operation of it, by IAM's name."""
        return _FIRST[self]


_FIRST = {
    Part.EKS: "eks:ListClusters",
    Part.PARALLELCLUSTER: "cloudformation:DescribeStacks",
    Part.HYPERPOD: "sagemaker:ListClusters",
    Part.BLOCKS: "ec2:DescribeCapacityReservations",
    Part.PLANS: "sagemaker:ListTrainingPlans",
}
_CLUSTERS: Mapping[Part, tuple[ClusterKind, Callable[[Asker], list[Cluster] | None]]] = {
    Part.EKS: (ClusterKind.EKS, read_eks),
    Part.PARALLELCLUSTER: (ClusterKind.PARALLELCLUSTER, read_parallelcluster),
    Part.HYPERPOD: (ClusterKind.HYPERPOD, read_hyperpod),
}
_CAPACITY: Mapping[Part, Callable[[Asker], Capacity | None]] = {Part.BLOCKS: read_blocks, Part.PLANS: read_plans}


@dataclass(frozen=True)
class Status:
    """What could be read, and what is wrong, the worst first. now is AWS's time, UTC.

    clusters are by account, region and name. reservations are blocks and plans, those that are over among them, each
    once, by start. unread is what could not be read. places counts the accounts' regions that were read.
    """

    now: datetime
    clusters: tuple[Cluster, ...]
    problems: tuple[Problem, ...]
    reservations: tuple[OwnedReservation, ...]
    extensions: tuple[OwnedExtension, ...]
    on_demand: tuple[OnDemandReservation, ...]
    unread: tuple[Unread, ...]
    places: int

    def used_by(self, capacity: str) -> tuple[User, ...]:
        """The clusters and groups that a reservation or plan is behind, by its id or ARN."""
        return self._users.get(capacity, ())

    @cached_property
    def _users(self) -> Mapping[str, tuple[User, ...]]:
        return users(self.clusters)


class _Place(NamedTuple):
    reader: Reader
    region: str
    part: Part


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of one part. listed: all clusters of its kind are among these."""

    clusters: Sequence[Cluster] = ()
    capacity: Capacity = field(default_factory=Capacity)
    unread: Sequence[Unread] = ()
    listed: bool = False


CostsOf = Callable[[Sequence[OwnedReservation], Sequence[OwnedExtension]], Mapping[str, Money]]
"""What a machine of reservations was paid an hour, by their ids, as far as somebody knows it."""


def _unknown(_: Sequence[OwnedReservation], __: Sequence[OwnedExtension]) -> Mapping[str, Money]:
    return {}


def tree_regions(tree: LiveTree | None) -> RegionsOf:
    """Where an account is read: in its regions of the tree, else in all that sell capacity."""

    def regions(reader: Reader) -> Sequence[str]:
        units = tree.units if tree else ()
        its = {each.region for each in units if each.account_id == reader.identity.account and each.region}
        return sorted(its) or selling_regions(reader)

    return regions


def read_status(
    readers: Sequence[Reader],
    regions_of: RegionsOf,
    deadline: Deadline,
    progress: Progress,
    tree: LiveTree | None = None,
    costs_of: CostsOf = _unknown,
) -> Status:
    """Read clusters and capacity of these accounts, at least one, and judge them; whatever fails is among unread.

    With a tree clusters have their units, and are held against them and against gitops/ beside the tree. costs_of
    tells what was paid, as a ledger knows it: AWS tells it of no block.
    """
    with ThreadPoolExecutor(1) as beside:
        gitops = beside.submit(gitops_beside, tree.root) if tree else None
        outcomes = _read_all(readers, regions_of, deadline, progress)
    read = [(outcome.key, outcome.answer) for outcome in outcomes if outcome.answer]
    clusters = _once(cluster for _, each in read for cluster in each.clusters)
    reservations = _reservations(read)
    extensions = tuple(dict.fromkeys(extension for _, each in read for extension in each.capacity.extensions))
    world = World(
        # Before anything was read this machine's clock was all there was.
        now=max(each.now for each in readers),
        clusters=tuple(replace(each, unit=_owner(each, tree)) for each in clusters),
        reservations=reservations,
        extensions=extensions,
        on_demand=tuple(dict.fromkeys(hourly for _, each in read for hourly in each.capacity.on_demand)),
        hourly=costs_of(reservations, extensions),
        tree=tree,
        gitops=gitops.result() if gitops else None,
        listed=frozenset(
            (place.reader.identity.account, place.region, _CLUSTERS[place.part][0])
            for place, each in read
            if each.listed
        ),
        read_as={each.identity.account: each.name for each in reversed(readers)},
    )
    return Status(
        world.now,
        world.clusters,
        problems(world),
        world.reservations,
        world.extensions,
        world.on_demand,
        tuple(_unread(outcomes)),
        len({(place.reader, place.region) for place, _ in read}),
    )


def read_clusters(
    readers: Sequence[Reader], regions_of: RegionsOf, deadline: Deadline
) -> tuple[tuple[Cluster, ...], tuple[Unread, ...]]:
    """The clusters of these accounts alone, without their units, and what could not be read."""
    outcomes = _read_all(readers, regions_of, deadline, unseen, tuple(_CLUSTERS))
    clusters = _once(cluster for outcome in outcomes if outcome.answer for cluster in outcome.answer.clusters)
    return tuple(clusters), tuple(_unread(outcomes))


def _read_all(
    readers: Sequence[Reader],
    regions_of: RegionsOf,
    deadline: Deadline,
    progress: Progress,
    parts: Sequence[Part] = tuple(Part),
) -> list[Outcome[_Place, _Read]]:
    tasks: list[Task[_Place, _Read]] = []
    for reader in readers:
        for region in regions_of(reader):
            zones = Zones()
            for part in parts:
                place = _Place(reader, region, part)
                tasks.append(Task(place, place, lambda ends, place=place, zones=zones: _read(place, zones, ends)))
    answered = 0

    def report(outcome: Outcome[_Place, _Read]) -> None:
        nonlocal answered
        answered += 1
        progress(answered, len(tasks), _line(outcome))

    return fan_out(tasks, deadline, report)


def _read(place: _Place, zones: Zones, deadline: Deadline) -> _Read:
    asker = Asker(place.reader, place.region, deadline.part(_FOR_READING), zones)
    if place.part in _CLUSTERS:
        clusters = _CLUSTERS[place.part][1](asker)
        return _Read(clusters=clusters or (), unread=asker.unread, listed=clusters is not None)
    return _Read(capacity=_CAPACITY[place.part](asker) or Capacity(), unread=asker.unread)


def _line(outcome: Outcome[_Place, _Read]) -> str:
    read = outcome.answer
    if read is None:
        return f"{outcome.key.region} {outcome.key.part}: no answer"
    found = len(read.clusters) + len(read.capacity.reservations)
    failed = f", {len(read.unread)} not answered" if read.unread else ""
    return f"{outcome.key.region} {outcome.key.part}: {found}{failed}"


def _once(clusters: Iterable[Cluster]) -> list[Cluster]:
    """Each once, as who sees most of it does: two configured accounts may be one that is read through two profiles."""
    found: dict[str, Cluster] = {}
    for each in sorted(clusters, key=lambda each: len(each.unread)):
        found.setdefault(each.id, each)
    return sorted(found.values(), key=lambda each: (each.account_name, each.region, each.name, each.kind))


def _owner(cluster: Cluster, tree: LiveTree | None) -> str | None:
    return owning_unit(tree, cluster.kind, cluster.account, cluster.region, cluster.name) if tree else None


def _reservations(read: Iterable[tuple[_Place, _Read]]) -> tuple[OwnedReservation, ...]:
    """Each once: as its owner sees it if the owner is read, else as whoever may use it does."""
    views = [(place.reader.identity.account, each) for place, there in read for each in there.capacity.reservations]
    found: dict[str, OwnedReservation] = {}
    for _, each in sorted(views, key=lambda view: view[0] != view[1].account):
        found.setdefault(each.id, each)
    return tuple(sorted(found.values(), key=lambda each: (each.start, each.id)))


def _unread(outcomes: Iterable[Outcome[_Place, _Read]]) -> Iterable[Unread]:
    found: dict[Unread, None] = {}
    for outcome in outcomes:
        reader, region, part = outcome.key
        if outcome.answer:
            found |= dict.fromkeys(outcome.answer.unread)
        elif outcome.failure is None or outcome.failure.kind is not FailureKind.REGION_OFF:
            number = reader.identity.account
            found[Unread(number, reader.name, region, part.begins_with, outcome.failure)] = None
    # Which of those that are asked side by side fails first is chance.
    return sorted(found, key=lambda each: (each.account_name, each.region, each.action, each.cluster or ""))
