"""Clusters of EKS: what was asked for, what AWS decided about them, and the status that follows with time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from mcp_server.sandbox.lifetimes import Lifetime

Row: TypeAlias = dict[str, Any]
"""Members by EKS's own names."""


@dataclass(slots=True)
class Told:
    """What AWS is made to say: a status where nothing is being done, and what is wrong in EKS's words."""

    status: str | None = None
    issues: list[Row] = field(default_factory=list[Row])


@dataclass(slots=True)
class Update:
    """A change that takes time: row is what is told of it; it succeeds at `until` unless it was made to fail."""

    row: Row
    until: datetime
    of_group: str | None = None
    of_addon: str | None = None

    def status(self, now: datetime) -> str:
        """InProgress, then what it was told to become, else Successful."""
        return self.row.get("status") or ("InProgress" if now < self.until else "Successful")


@dataclass(slots=True)
class NodeGroup:
    """A managed node group; its machines are those of its Auto Scaling group."""

    row: Row
    scaling_group: str
    lifetime: Lifetime
    told: Told = field(default_factory=Told)


@dataclass(slots=True)
class Addon:
    """An add-on."""

    row: Row
    lifetime: Lifetime
    told: Told = field(default_factory=Told)

    def status(self, now: datetime) -> str:
        """CREATING, then ACTIVE unless told otherwise."""
        return self.lifetime.busy_at(now) or self.told.status or "ACTIVE"


@dataclass(slots=True)
class EksCluster:
    """A cluster with everything that EKS keeps of it; associations and insights by id, access entries by principal."""

    account: str
    region: str
    row: Row
    lifetime: Lifetime
    told: Told = field(default_factory=Told)
    groups: dict[str, NodeGroup] = field(default_factory=dict[str, NodeGroup])
    addons: dict[str, Addon] = field(default_factory=dict[str, Addon])
    associations: dict[str, Row] = field(default_factory=dict[str, Row])
    entries: dict[str, Row] = field(default_factory=dict[str, Row])
    policies: dict[str, dict[str, Row]] = field(default_factory=dict[str, dict[str, Row]])
    insights: dict[str, Row] = field(default_factory=dict[str, Row])
    updates: dict[str, Update] = field(default_factory=dict[str, Update])

    @property
    def name(self) -> str:
        """The cluster's name, unique in an account and region."""
        return self.row["name"]

    @property
    def arn(self) -> str:
        """The cluster's ARN."""
        return self.row["arn"]

    def status(self, now: datetime) -> str:
        """CREATING, UPDATING or DELETING while that lasts, then ACTIVE unless told otherwise."""
        return self.lifetime.busy_at(now) or self.told.status or "ACTIVE"

    def arn_of(self, kind: str, *parts: str) -> str:
        """The ARN of a part of the cluster."""
        return f"arn:aws:eks:{self.region}:{self.account}:{'/'.join((kind, self.name, *parts))}"


class KubernetesClusters:
    """The EKS clusters of every account."""

    def __init__(self) -> None:
        self._clusters: dict[tuple[str, str, str], EksCluster] = {}

    def add(self, cluster: EksCluster) -> None:
        """Keep a cluster."""
        self._clusters[cluster.account, cluster.region, cluster.name] = cluster

    def get(self, account: str, region: str, name: str) -> EksCluster:
        """The cluster with a name.

        Raises:
            KeyError: There never was one.
        """
        return self._clusters[account, region, name]

    def find(self, account: str, region: str, name: str, now: datetime) -> EksCluster | None:
        """The cluster with a name, unless it is gone by now."""
        cluster = self._clusters.get((account, region, name))
        return None if cluster is None or cluster.lifetime.gone(now) else cluster

    def owned(self, account: str, region: str, now: datetime) -> Sequence[EksCluster]:
        """The clusters of an account in a region, by name."""
        here = [each for (owner, where, _), each in self._clusters.items() if (owner, where) == (account, region)]
        return sorted((each for each in here if not each.lifetime.gone(now)), key=lambda each: each.name)
