"""HyperPod clusters: groups of machines, which of them there are by now, and the statuses that follow with time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from mcp_server.sandbox.lifetimes import Lifetime
from mcp_server.sandbox.training_plans import Status, TrainingPlan

PATIENCE: Final = timedelta(hours=3)
"""How long a group waits for its MinInstanceCount before it is rolled back (API reference of CreateCluster)."""
NODE_TAKES: Final = timedelta(minutes=1)
MINIMUM_IS_FOR: Final = "MinInstanceCount"

Row: TypeAlias = dict[str, Any]
"""Members by SageMaker's own names."""


@dataclass(slots=True)
class Node:
    """One machine. status and message are what it was told to say, None while it does what machines do."""

    instance_id: str
    logical_id: str
    launched: datetime
    private_ip: str
    status: str | None = None
    message: str = ""

    def status_at(self, now: datetime) -> str:
        """Pending for a minute, then Running, unless told otherwise."""
        return self.status or ("Pending" if now < self.launched + NODE_TAKES else "Running")

    def works(self, now: datetime) -> bool:
        """Whether it counts among the machines that the group has."""
        return self.status_at(now) in {"Running", "SystemUpdating", "DeepHealthCheckInProgress"}


@dataclass(slots=True)
class InstanceGroup:
    """A group of a cluster: asked is its specification. requested is when it was last asked for, before how many then.

    made counts the machines that it ever had; rolled_back says when it gave up waiting for its minimum.
    """

    asked: Row
    restricted: bool
    requested: datetime
    before: int = 0
    nodes: list[Node] = field(default_factory=list[Node])
    made: int = 0
    rolled_back: datetime | None = None
    status: str | None = None

    @property
    def name(self) -> str:
        """The group's name."""
        return self.asked["InstanceGroupName"]

    @property
    def wanted(self) -> int:
        """How many machines it should have."""
        return self.before if self.rolled_back else self.asked["InstanceCount"]

    @property
    def minimum(self) -> int:
        """With how many it is content, 0 where all are wanted in their time."""
        return self.asked.get(MINIMUM_IS_FOR) or 0

    @property
    def plan_arn(self) -> str | None:
        """The training plan that its machines come from."""
        return self.asked.get("TrainingPlanArn")

    def working(self, now: datetime) -> int:
        """How many machines it has that work."""
        return sum(each.works(now) for each in self.nodes)

    def status_at(self, now: datetime, plan: TrainingPlan | None) -> str:
        """Creating until it has had machines, Updating while it waits for more, Degraded once its plan is over."""
        if self.status:
            return self.status
        if self.rolled_back:
            return "InService" if self.before else "Failed"
        if plan and plan.status(now) is Status.EXPIRED:
            return "Degraded"
        if self.working(now) < self.wanted and not any(each.status for each in self.nodes):
            return "Updating" if self.before else "Creating"
        return "InService"


@dataclass(slots=True)
class HyperPodCluster:
    """A cluster. status and told_failure are what it was told to say."""

    account: str
    region: str
    row: Row
    lifetime: Lifetime
    groups: dict[str, InstanceGroup] = field(default_factory=dict[str, InstanceGroup])
    events: list[Row] = field(default_factory=list[Row])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    status: str | None = None
    told_failure: str = ""

    @property
    def name(self) -> str:
        """The cluster's name, unique in an account and region."""
        return self.row["ClusterName"]

    @property
    def arn(self) -> str:
        """The cluster's ARN, which ends with an id and not with its name."""
        return self.row["ClusterArn"]

    @property
    def continuous(self) -> bool:
        """Whether machines come one by one, and events are told."""
        return self.row.get("NodeProvisioningMode") == "Continuous"

    def status_at(self, now: datetime) -> str:
        """What is being done to it, else what it was told, else what its groups are waiting for."""
        if busy := self.lifetime.busy_at(now):
            return busy
        if self.status:
            return self.status
        given_up = [each.rolled_back for each in self.groups.values() if each.rolled_back]
        if any(now < each + NODE_TAKES for each in given_up):
            return "RollingBack"
        if given_up and not any(each.nodes for each in self.groups.values()):
            return "Failed"
        waiting = [each for each in self.groups.values() if not each.rolled_back and len(each.nodes) < each.wanted]
        if waiting and not self.continuous:
            return "Updating" if any(each.nodes for each in self.groups.values()) else "Creating"
        return "InService"

    @property
    def failure(self) -> str:
        """Why it failed or was rolled back, in SageMaker's words; empty if it was not."""
        given_up = [each for each in self.groups.values() if each.rolled_back]
        words = "did not reach MinInstanceCount {} within 3 hours and was rolled back."
        return self.told_failure or "; ".join(
            f"Instance group {each.name} {words.format(each.minimum)}" for each in given_up
        )


class HyperPodClusters:
    """The HyperPod clusters of every account. used_plans are the ARNs of plans that groups were last seen on."""

    def __init__(self) -> None:
        self.used_plans = set[str]()
        self._clusters: dict[tuple[str, str, str], HyperPodCluster] = {}

    def __iter__(self) -> Iterator[HyperPodCluster]:
        return iter(self._clusters.values())

    def add(self, cluster: HyperPodCluster) -> None:
        """Keep a cluster."""
        self._clusters[cluster.account, cluster.region, cluster.name] = cluster

    def get(self, account: str, region: str, name: str) -> HyperPodCluster:
        """The cluster with a name.

        Raises:
            KeyError: There never was one.
        """
        return self._clusters[account, region, name]

    def owned(self, account: str, region: str, now: datetime) -> Sequence[HyperPodCluster]:
        """The clusters of an account in a region, by name."""
        here = [each for (owner, where, _), each in self._clusters.items() if (owner, where) == (account, region)]
        return sorted((each for each in here if not each.lifetime.gone(now)), key=lambda each: each.name)

    def find(self, account: str, region: str, named: str, now: datetime) -> HyperPodCluster | None:
        """The cluster with a name or an ARN, unless it is gone by now."""
        return next((each for each in self.owned(account, region, now) if named in {each.name, each.arn}), None)
