"""A cluster as a whole: its state, updates, add-ons and version."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from mcp_server.capacity.lengths import length
from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import word
from mcp_server.clusters import telling
from mcp_server.clusters.model import Cluster, ClusterKind, ClusterState, GroupState, Update, UpdateState
from mcp_server.clusters.problems import Rule, Seen, World
from mcp_server.clusters.support import CALENDAR

_LONG = {ClusterKind.EKS: timedelta(hours=2), ClusterKind.PARALLELCLUSTER: timedelta(hours=2)}
_LONG_OF_HYPERPOD = timedelta(hours=6)
"""Deep health checks of new machines take hours (SageMaker guide, HyperPod resiliency)."""
_ENDING, _ENDING_SOON = timedelta(days=120), timedelta(days=45)
_NEEDED = {"coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni"}
_PROTECTED = "PROTECTED"


def _failed(cluster: Cluster) -> Iterator[Seen]:
    if cluster.state is ClusterState.FAILED and not _is_rolled_back(cluster):
        told = telling.issues(cluster.issues) or "AWS does not tell why."
        yield Seen(f"It is {word(cluster.words)}. {told}")


def _ails(cluster: Cluster) -> Iterator[Seen]:
    if cluster.issues and cluster.state is not ClusterState.FAILED:
        yield Seen(telling.issues(cluster.issues))


def _update_failed(cluster: Cluster) -> Iterator[Seen]:
    for group, update in _updates(cluster):
        if update.state is UpdateState.FAILED and not _is_rolled_back(cluster):
            began = f", begun at {telling.moment(update.began)}," if update.began else ""
            why = f"{_of(group)}{word(update.what)}{began} failed. {telling.issues(update.issues)}".rstrip()
            yield Seen(why, None, group)


def _updates(cluster: Cluster) -> Iterator[tuple[str | None, Update]]:
    """The last changes to a cluster and to its groups, with the groups' names."""
    for group, update in ((None, cluster.update), *((each.name, each.update) for each in cluster.groups)):
        if update:
            yield group, update


def _of(group: str | None) -> str:
    return f"{word(group)}: " if group else ""


def _stuck(cluster: Cluster, world: World) -> Iterator[Seen]:
    longest = _LONG.get(cluster.kind, _LONG_OF_HYPERPOD)
    told: set[str] = set()
    for group, update in _updates(cluster):
        if update.state is UpdateState.GOING_ON and update.began and world.now - update.began > longest:
            told.add(group or "")
            lasting = length(world.now - update.began)
            why = f"{_of(group)}{word(update.what)} goes on since {telling.moment(update.began)}, for {lasting}."
            yield Seen(why, None, group)
    for group in cluster.groups:
        changing = group.state in {GroupState.CREATING, GroupState.UPDATING, GroupState.DELETING}
        # What goes on with the whole cluster says why its groups are not done.
        if not told & {"", group.name} and changing and group.since and world.now - group.since > longest:
            lasting = length(world.now - group.since)
            why = f"{word(group.name)} is {word(group.words)} since {telling.moment(group.since)}, for {lasting}."
            yield Seen(why, None, group.name)


def _rolled_back(cluster: Cluster) -> Iterator[Seen]:
    if _is_rolled_back(cluster):
        issues = (*cluster.issues, *(cluster.update.issues if cluster.update else ()))
        never_made = cluster.state is ClusterState.FAILED
        why = f"Its stack is in {word(cluster.words)}. {telling.issues(issues)}".rstrip()
        yield Seen(why, Severity.CRITICAL if never_made else None)


def _is_rolled_back(cluster: Cluster) -> bool:
    """Whether CloudFormation takes back, or took back, what was done last; HyperPod's word is spelled otherwise."""
    return "ROLLBACK" in cluster.words


def _protected(cluster: Cluster) -> Iterator[Seen]:
    if cluster.fleet == _PROTECTED:
        yield Seen("Its compute fleet is in PROTECTED: queues whose machines failed to start again and again are off.")


def _addons(cluster: Cluster) -> Iterator[Seen]:
    for each in (cluster.control_plane.addons if cluster.control_plane else None) or ():
        if each.ails:
            why = f"{word(each.name)} {word(each.version)} is {word(each.words)}. {telling.issues(each.issues)}"
            yield Seen(why.rstrip(), None if each.name in _NEEDED else Severity.MEDIUM)


def _support(cluster: Cluster, world: World) -> Iterator[Seen]:
    support = CALENDAR.get(cluster.version or "")
    if support is None:
        return
    on_standard = cluster.control_plane is not None and cluster.control_plane.support == "STANDARD"
    after = "EKS then upgrades it by itself" if on_standard else "each hour of it then costs several times as much"
    for last, what, then in (
        (support.standard, "standard", after),
        (support.extended, "extended", "EKS then upgrades it by itself"),
    ):
        end = datetime.combine(last, time(), UTC) + timedelta(days=1)
        left = end - world.now
        if left > _ENDING:
            if what == "extended":
                why = (
                    f"Standard support of Kubernetes {word(cluster.version or '')} ended with {support.standard}: each "
                    f"hour of it costs several times as much until {last}."
                )
                yield Seen(why, Severity.LOW, until=end)
            return
        if left > timedelta():
            severity = Severity.HIGH if left <= _ENDING_SOON else Severity.MEDIUM
            why = f"{what} support of Kubernetes {word(cluster.version or '')} ends with {last}: {then}."
            yield Seen(telling.begun(why), severity, until=end)
            return
        if what == "standard" and on_standard:
            why = (
                f"Standard support of Kubernetes {word(cluster.version or '')} ended with {last}: EKS upgrades it now."
            )
            yield Seen(why, Severity.HIGH, until=end)
            return
    why = f"Kubernetes {word(cluster.version or '')} has had no support since {support.extended}."
    yield Seen(why, Severity.HIGH)


RULES = (
    Rule(
        "cluster-failed",
        Severity.CRITICAL,
        "a cluster that AWS says has failed",
        "It takes no changes, and may not run what it should.",
        "Read the reason; most failed clusters have to be made anew: docs/live/destroying-a-cluster.md.",
        look=_failed,
    ),
    Rule(
        "cluster-ails",
        Severity.HIGH,
        "health issues that AWS tells of a cluster",
        "Something that the cluster needs is gone or forbidden: a subnet, a role, a key.",
        "Give back what the issue names.",
        look=_ails,
    ),
    Rule(
        "stack-rolled-back",
        Severity.HIGH,
        "a ParallelCluster stack that was, or is being, rolled back",
        "The last change to the cluster is not in it, whatever live/ says.",
        "Read the stack's events for the first failure, mend it, and apply again.",
        frozenset({ClusterKind.PARALLELCLUSTER}),
        _rolled_back,
    ),
    Rule(
        "fleet-protected",
        Severity.HIGH,
        "a ParallelCluster fleet that protects itself",
        "Slurm starts no more machines in the queues concerned, and their jobs wait.",
        "Mend why machines fail to start (clustermgtd's log), then start the fleet: pcluster update-compute-fleet.",
        frozenset({ClusterKind.PARALLELCLUSTER}),
        _protected,
    ),
    Rule(
        "update-failed",
        Severity.HIGH,
        "a change to a cluster that failed",
        "It is as before, or half changed.",
        "Mend what the error names, and apply again.",
        look=_update_failed,
    ),
    Rule(
        "addon-degraded",
        Severity.HIGH,
        "an add-on of EKS that does not work, or could not be changed",
        "Without the network's, the names' and the identity's add-ons no pod works.",
        "Mend what the issue names: mostly there is no node for its pods, or its settings were changed by hand.",
        frozenset({ClusterKind.EKS}),
        _addons,
    ),
    Rule(
        "update-stuck",
        Severity.MEDIUM,
        "a change that goes on for longer than such changes take",
        "It waits for something: a pod that cannot be evicted, a machine that does not come.",
        "See events and disruption budgets; nothing else can be changed until it has ended.",
        compare=_stuck,
    ),
    Rule(
        "version-support-ends",
        Severity.MEDIUM,
        "a version of Kubernetes at the end of its support",
        "EKS charges several times as much for it, or upgrades the cluster when it likes.",
        "Raise kubernetes_version by one in its unit; with HyperPod only to one that it takes.",
        frozenset({ClusterKind.EKS}),
        compare=_support,
    ),
)
