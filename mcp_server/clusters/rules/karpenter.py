"""What Karpenter does with reservations."""

from collections.abc import Iterator

from mcp_server.capacity.on_demand import OnDemandReservation
from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import word
from mcp_server.clusters import telling
from mcp_server.clusters.model import Cluster, ClusterKind
from mcp_server.clusters.problems import Rule, Seen, World
from mcp_server.monorepo.node_classes import NodeClasses


def _unlisted(cluster: Cluster, world: World) -> Iterator[Seen]:
    gitops = world.gitops
    if gitops is None or not gitops.reserved_only:
        return
    names = world.names_of(cluster.account)
    here = [each for each in gitops.clusters if each.account in names and each.region == cluster.region]
    # One reservation is one problem, however many clusters could have it.
    first = min((each.cluster for each in here if each.cluster in _beside(cluster, world)), default=None)
    if cluster.name != first:
        return
    for each in world.on_demand:
        if (each.account, each.region) != (cluster.account, cluster.region) or not each.open or not each.free:
            continue
        if not any(_takes(there, each) for there in here):
            why = (
                f"{word(each.id)} ({each.count} {word(each.instance_type)}, {each.free} free) is open, and no "
                f"NodeClass of {telling.some(there.folder for there in here)} names it: Karpenter starts nothing on it."
            )
            yield Seen(why, None, None, each.id, machines=each.free)


def _beside(cluster: Cluster, world: World) -> set[str]:
    """The EKS clusters beside this one."""
    return {
        each.name
        for each in world.clusters
        if each.kind is ClusterKind.EKS and (each.account, each.region) == (cluster.account, cluster.region)
    }


def _takes(there: NodeClasses, reservation: OnDemandReservation) -> bool:
    return bool(there.unread) or any(each.takes(reservation) for each in there.selectors)


RULES = (
    Rule(
        "reservation-in-no-node-class",
        Severity.MEDIUM,
        "an open on-demand reservation that no NodeClass names, while Karpenter's gate ReservedCapacity is on",
        "With the gate machines no longer match open reservations by chance: the reservation is paid and not used, and "
        "machines beside it are paid on demand.",
        "Name it in capacityReservationSelectorTerms of the cluster's node-classes.yaml, or cancel it.",
        frozenset({ClusterKind.EKS}),
        compare=_unlisted,
    ),
)
