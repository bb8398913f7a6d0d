"""What a cluster is, whichever of AWS's services runs it. Times are UTC; None is not known, and never 0.

Words of AWS are kept beside what they mean here. Fields whose names begin with untrusted are sentences from elsewhere:
they are shown as quotations.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mcp_server.capacity.issues import Issue


class ClusterKind(StrEnum):
    """Which of AWS's services runs it."""

    EKS = "EKS"
    PARALLELCLUSTER = "ParallelCluster"
    HYPERPOD = "HyperPod"


class Orchestrator(StrEnum):
    """What gives work to its machines."""

    KUBERNETES = "Kubernetes"
    SLURM = "Slurm"


class ClusterState(StrEnum):
    """What a cluster does. One whose update failed runs on, as it was before or half changed."""

    CREATING = "creating"
    ACTIVE = "active"
    UPDATING = "updating"
    ROLLING_BACK = "rolling back"
    UPDATE_FAILED = "update failed"
    FAILED = "failed"
    DELETING = "deleting"
    GONE = "went while it was read"
    OTHER = "other"


class GroupKind(StrEnum):
    """What a group of machines is called where it is from."""

    NODE_GROUP = "managed node group"
    NODE_POOL = "Karpenter node pool"
    HEAD_NODE = "head node"
    LOGIN_NODES = "login nodes"
    QUEUE = "compute resource of a queue"
    INSTANCE_GROUP = "instance group"
    RESTRICTED_GROUP = "restricted instance group"


class GroupState(StrEnum):
    """What a group does."""

    CREATING = "creating"
    ACTIVE = "active"
    UPDATING = "updating"
    DEGRADED = "degraded"
    FAILED = "failed"
    DELETING = "deleting"
    STOPPED = "stopped"
    OTHER = "other"


class NodeState(StrEnum):
    """What a machine does. Those that are impaired or failed are sick; the others that do not run are on their way."""

    RUNNING = "running"
    STARTING = "starting"
    CHECKING = "being checked"
    UPDATING = "updating"
    IMPAIRED = "impaired"
    FAILED = "failed"
    STOPPING = "stopping"
    OTHER = "other"

    @property
    def sick(self) -> bool:
        """Whether it is broken."""
        return self in {self.IMPAIRED, self.FAILED}


@dataclass(frozen=True, slots=True)
class Node:
    """A machine. words are AWS's name of its state; reservation_id is that of the block it runs on."""

    id: str
    state: NodeState
    words: str
    untrusted_message: str = ""
    reservation_id: str | None = None
    zone_id: str | None = None
    launched: datetime | None = None


class UpdateState(StrEnum):
    """What became of a change to a cluster or group."""

    GOING_ON = "going on"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Update:
    """The last change to a cluster or group that AWS tells of. what is AWS's word for it; began None is not told."""

    what: str
    state: UpdateState
    began: datetime | None = None
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Machines of one kind, that are wanted, started and stopped together.

    instance_type is as its service names it. zone_ids are those that its machines are in or could be started in: those
    of its subnets. capacity are the ids of reservations, or ARNs of plans, behind it, by its settings or its machines;
    on counts its machines by reservation, None where they could not be seen. unwell are the machines that are not
    healthy, all others are only counted. replaced are machines that failed lately and are there no more. since is when
    its state began.
    """

    kind: GroupKind
    name: str
    state: GroupState
    words: str
    wanted: int | None = None
    running: int | None = None
    healthy: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    instance_type: str | None = None
    zone_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    capacity: tuple[str, ...] = ()
    on: tuple[tuple[str, int], ...] | None = ()
    plan_words: str = ""
    issues: tuple[Issue, ...] = ()
    unwell: tuple[Node, ...] = ()
    replaced: tuple[str, ...] = ()
    update: Update | None = None
    since: datetime | None = None

    @property
    def missing(self) -> int | None:
        """How many machines are wanted and do not run; None where either is not known."""
        return None if self.wanted is None or self.running is None else max(0, self.wanted - self.running)

    @property
    def sick(self) -> tuple[Node, ...]:
        """The machines that are broken, without those that are only on their way."""
        return tuple(each for each in self.unwell if each.state.sick)


@dataclass(frozen=True, slots=True)
class Addon:
    """Software that EKS runs in a cluster. words are EKS's name of its state."""

    name: str
    version: str
    words: str
    issues: tuple[Issue, ...] = ()

    @property
    def ails(self) -> bool:
        """Whether EKS says that it does not work, or could not be changed."""
        return self.words == "DEGRADED" or self.words.endswith("_FAILED")


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """What is EKS's own: how people get in, whether nodes are EKS's too, and which support is paid for its version.

    addons is None where they could not be read.
    """

    authentication_mode: str = ""
    auto_mode: bool = False
    support: str = ""
    addons: tuple[Addon, ...] | None = None

    def addon(self, name: str) -> Addon | None:
        """One of them by its name."""
        return next((each for each in self.addons or () if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster with its groups. account is a number. unit is the path of the one of live/ that made it.

    attached_to is the name of the EKS cluster that a HyperPod cluster gives machines to. fleet is ParallelCluster's
    word for what the compute fleet does. unread are the operations, by IAM's names, that failed while it was read: what
    they would have told is not known.
    """

    kind: ClusterKind
    orchestrator: Orchestrator | None
    name: str
    account: str
    account_name: str
    region: str
    version: str | None
    state: ClusterState
    words: str
    groups: tuple[Group, ...] = ()
    issues: tuple[Issue, ...] = ()
    update: Update | None = None
    control_plane: ControlPlane | None = None
    attached_to: str | None = None
    fleet: str = ""
    unit: str | None = None
    unread: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What no other cluster is called."""
        return f"{self.account}/{self.region}/{self.kind}/{self.name}"

    @property
    def zone_ids(self) -> tuple[str, ...]:
        """Where its groups are."""
        return tuple(sorted({zone for group in self.groups for zone in group.zone_ids}))

    @property
    def capacity(self) -> tuple[str, ...]:
        """The ids of all reservations and plans behind its groups."""
        return tuple(dict.fromkeys(each for group in self.groups for each in group.capacity))

    @property
    def running(self) -> int | None:
        """How many machines run; None where that is not known of every group."""
        return summed(each.running for each in self.groups)


@dataclass(frozen=True, slots=True)
class User:
    """A group of a cluster that a reservation or plan is behind. running counts its machines there, if known."""

    cluster: Cluster
    group: Group
    running: int | None


def summed(counts: Iterable[int | None]) -> int | None:
    """The sum; None where one of them is not known."""
    total = 0
    for each in counts:
        if each is None:
            return None
        total += each
    return total


def users(clusters: Iterable[Cluster]) -> Mapping[str, tuple[User, ...]]:
    """Who uses what: of each reservation or plan the groups that it is behind."""
    found: dict[str, list[User]] = defaultdict(list)
    for cluster in clusters:
        for group in cluster.groups:
            for each in group.capacity:
                found[each].append(User(cluster, group, _running_on(group, each)))
    return {each: tuple(there) for each, there in found.items()}


def _running_on(group: Group, capacity: str) -> int | None:
    """A group's machines on one reservation; of HyperPod's machines nobody tells, and a group has one plan at most."""
    if not group.running or capacity.startswith("arn:"):
        return group.running
    return None if group.on is None else dict(group.on).get(capacity, 0)


def counted_on(nodes: Iterable[Node]) -> tuple[tuple[str, int], ...]:
    """How many of these machines are on each reservation, by its id."""
    return tuple(sorted(Counter(on for each in nodes if (on := each.reservation_id)).items()))
