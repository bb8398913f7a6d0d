"""What a rule of problems is, what it may look at, and what one has found."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from mcp_server.capacity.on_demand import OnDemandReservation
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.capacity.severity import Severity
from mcp_server.clusters.costs import Money
from mcp_server.clusters.model import Cluster, ClusterKind, User, users
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.node_classes import GitOps

_TELL_NO_USERS = {
    "dynamodb:GetItem",
    "ec2:DescribeInstanceStatus",
    "eks:DescribeAddon",
    "eks:DescribeUpdate",
    "eks:ListAddons",
    "eks:ListUpdates",
    "sagemaker:ListClusterEvents",
}
"""Operations that tell nothing of which capacity is behind a group, by IAM's names."""


@dataclass(frozen=True)
class World:
    """All that was read at a time (UTC, AWS's). hourly is what a machine was paid an hour, by the reservation's id.

    listed says where all clusters of a kind are among these, by the account's number and the region: elsewhere one that
    is not here may be there all the same. read_as is what the accounts that were read are called, by their numbers.
    """

    now: datetime
    clusters: tuple[Cluster, ...] = ()
    reservations: tuple[OwnedReservation, ...] = ()
    extensions: tuple[OwnedExtension, ...] = ()
    on_demand: tuple[OnDemandReservation, ...] = ()
    hourly: Mapping[str, Money] = field(default_factory=dict[str, Money])
    tree: LiveTree | None = None
    gitops: GitOps | None = None
    listed: frozenset[tuple[str, str, ClusterKind]] = frozenset()
    read_as: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def by_id(self) -> Mapping[str, OwnedReservation]:
        """Reservations and plans by their ids."""
        return {each.id: each for each in self.reservations}

    @cached_property
    def users(self) -> Mapping[str, tuple[User, ...]]:
        """Of each reservation and plan the groups that it is behind."""
        return users(self.clusters)

    def all_users_read(self, reservation: OwnedReservation) -> bool:
        """Whether every group of its account and region was read: what none of these uses, no cluster there uses."""
        account, region = reservation.account, reservation.region
        unread = (each.unread for each in self.clusters if (each.account, each.region) == (account, region))
        return all((account, region, kind) in self.listed for kind in ClusterKind) and not any(
            set(each) - _TELL_NO_USERS for each in unread
        )

    def names_of(self, account: str) -> frozenset[str]:
        """What an account is called, by who reads it and by the tree."""
        by_readers = {each.account_name for each in self.clusters if each.account == account}
        units = self.tree.units if self.tree else ()
        return frozenset(
            by_readers | {each.account_name for each in units if each.account_id == account and each.account_name}
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule has seen: the evidence, and what differs from what the rule says of every case.

    until is when it matters, or until when something can be done (UTC). machines is how many it is about, hourly what
    they cost an hour. do is the next step in this case.
    """

    why: str
    severity: Severity | None = None
    group: str | None = None
    capacity: str | None = None
    until: datetime | None = None
    machines: int | None = None
    hourly: Money | None = None
    do: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of problems, in words that need no cluster: what is seen, what it means, and what to do.

    look is asked about each cluster of these kinds, of any if none is named; compare about each together with all else
    that was read; look_at_capacity about each reservation and plan.
    """

    name: str
    severity: Severity
    seen: str
    meaning: str
    do: str
    kinds: frozenset[ClusterKind] = frozenset()
    look: Callable[[Cluster], Iterable[Seen]] | None = None
    compare: Callable[[Cluster, World], Iterable[Seen]] | None = None
    look_at_capacity: Callable[[OwnedReservation, World], Iterable[Seen]] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule has found. why and do are fit to be shown. cluster is None of capacity that no cluster has.

    Of capacity that several groups have, cluster and group are the first's, and others has the rest of them. account is
    a number, account_name what it is called, where that is known.
    """

    rule: str
    severity: Severity
    why: str
    do: str
    account: str
    account_name: str
    region: str
    cluster: Cluster | None = None
    group: str | None = None
    capacity: str | None = None
    until: datetime | None = None
    machines: int | None = None
    hourly: Money | None = None
    others: tuple[User, ...] = ()

    @property
    def groups(self) -> Iterator[tuple[str, str | None]]:
        """All that it is about: ids of clusters, with names of groups where it is about one."""
        if self.cluster:
            yield self.cluster.id, self.group
        yield from ((each.cluster.id, each.group.name) for each in self.others)


def found_by(rule: Rule, world: World) -> Iterable[Problem]:
    """Everything that a rule sees in a world."""
    for cluster in world.clusters:
        if not rule.kinds or cluster.kind in rule.kinds:
            looked = rule.look(cluster) if rule.look else ()
            compared = rule.compare(cluster, world) if rule.compare else ()
            for seen in (*looked, *compared):
                yield _problem(rule, seen, (cluster.account, cluster.account_name), cluster.region, cluster)
    if rule.look_at_capacity is not None:
        for reservation in world.reservations:
            there = world.users.get(reservation.id, ())
            user = there[0] if there else None
            owner = reservation.account, world.read_as.get(reservation.account, reservation.account)
            for seen in rule.look_at_capacity(reservation, world):
                found = _problem(rule, seen, owner, reservation.region, user and user.cluster, user)
                yield replace(found, others=there[1:])


def _problem(
    rule: Rule, seen: Seen, account: tuple[str, str], region: str, cluster: Cluster | None, user: User | None = None
) -> Problem:
    return Problem(
        rule.name,
        seen.severity or rule.severity,
        seen.why,
        seen.do or rule.do,
        *account,
        region,
        cluster,
        seen.group or (user.group.name if user else None),
        seen.capacity,
        seen.until,
        seen.machines,
        seen.hourly,
    )
