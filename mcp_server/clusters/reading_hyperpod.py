"""HyperPod clusters of an account and region, read and put into the model.

The longest chain of calls that each need the one before: ListClusters, DescribeCluster, ListClusterEvents, the last of
them for clusters with continuous provisioning only, which alone have events. Nodes and subnets are asked for beside it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from mcp_server.aws import hyperpod
from mcp_server.aws.hyperpod import ClusterNode, HyperPodCluster, InstanceGroup, NodeTrouble
from mcp_server.capacity.issues import Issue
from mcp_server.clusters.asking import Answer, Asker, Question
from mcp_server.clusters.model import (
    Cluster,
    ClusterKind,
    ClusterState,
    Group,
    GroupKind,
    GroupState,
    Node,
    NodeState,
    Orchestrator,
    Update,
    UpdateState,
)

_LATELY = timedelta(days=1)
_STATES = {
    "Creating": ClusterState.CREATING,
    "InService": ClusterState.ACTIVE,
    "Updating": ClusterState.UPDATING,
    "SystemUpdating": ClusterState.UPDATING,
    "RollingBack": ClusterState.ROLLING_BACK,
    "Deleting": ClusterState.DELETING,
    "Failed": ClusterState.FAILED,
}
_GROUP_STATES = {
    "Creating": GroupState.CREATING,
    "InService": GroupState.ACTIVE,
    "Updating": GroupState.UPDATING,
    "SystemUpdating": GroupState.UPDATING,
    "Degraded": GroupState.DEGRADED,
    "Deleting": GroupState.DELETING,
    "Failed": GroupState.FAILED,
}
_NODE_STATES = {
    "Running": NodeState.RUNNING,
    "Pending": NodeState.STARTING,
    "DeepHealthCheckInProgress": NodeState.CHECKING,
    "SystemUpdating": NodeState.UPDATING,
    "ShuttingDown": NodeState.STOPPING,
    "Failure": NodeState.FAILED,
}
_UP = {NodeState.RUNNING, NodeState.CHECKING, NodeState.UPDATING, NodeState.FAILED}
"""Of a machine that is there, sound or not."""
_OF_CLUSTER = {
    ClusterState.CREATING: GroupState.CREATING,
    ClusterState.ACTIVE: GroupState.ACTIVE,
    ClusterState.UPDATING: GroupState.UPDATING,
    ClusterState.DELETING: GroupState.DELETING,
}
_FAILED_UPDATES = {"Failed", "RollbackInProgress", "RollbackComplete"}


@dataclass(slots=True)
class _Found:
    """What is read of one cluster, each part by its own thread; None is what could not be read."""

    name: str
    described: Answer[HyperPodCluster] | None = None
    nodes: Sequence[ClusterNode] | None = None
    troubles: Sequence[NodeTrouble] = ()


def read_hyperpod(asker: Asker) -> list[Cluster] | None:
    """The clusters, by name; None where they cannot be listed."""
    names = asker.ask(Question("sagemaker", "list_clusters", hyperpod.list_clusters)).value
    if not names:
        return None if names is None else []
    found = [_Found(name) for name in sorted(names)]
    asker.side_by_side([asker.read_zones, *(work for each in found for work in _parts(asker, each))])
    return [_cluster(asker, each) for each in found]


def _parts(asker: Asker, found: _Found) -> Iterator[Callable[[], None]]:
    """What is read of a cluster side by side."""
    name, since = found.name, asker.reader.now - _LATELY

    def described() -> None:
        found.described = asker.ask(
            Question("sagemaker", "describe_cluster", lambda client: hyperpod.describe_cluster(client, name), name)
        )
        if found.described.value and found.described.value.continuous:
            troubles = asker.ask(
                Question(
                    "sagemaker",
                    "list_cluster_events",
                    lambda client: hyperpod.troubles_of_nodes(client, name, since),
                    name,
                )
            )
            found.troubles = troubles.value or ()

    def nodes() -> None:
        found.nodes = asker.ask(
            Question("sagemaker", "list_cluster_nodes", lambda client: hyperpod.list_nodes(client, name), name)
        ).value

    yield from (described, nodes)


def _cluster(asker: Asker, found: _Found) -> Cluster:
    described = found.described.value if found.described else None
    gone = found.described is not None and found.described.gone
    status = described.status if described else ""
    state = ClusterState.GONE if gone else _STATES.get(status, ClusterState.OTHER)
    failure = (Issue("FailureMessage", described.failure),) if described and described.failure else ()
    rolling_back = state is ClusterState.ROLLING_BACK
    return Cluster(
        kind=ClusterKind.HYPERPOD,
        orchestrator=_orchestrator(described),
        name=found.name,
        account=asker.account,
        account_name=asker.reader.name,
        region=asker.region,
        version=None,
        state=state,
        words=status,
        groups=tuple(_groups(asker, found, described, state)) if described else (),
        issues=() if rolling_back else failure,
        update=_update(state, status, described, failure),
        attached_to=described.eks.rpartition("/")[2] if described and described.eks else None,
        unread=asker.unread_of(found.name),
    )


def _orchestrator(described: HyperPodCluster | None) -> Orchestrator | None:
    if described is None:
        return None
    return Orchestrator.KUBERNETES if described.eks else Orchestrator.SLURM


def _update(
    state: ClusterState, status: str, described: HyperPodCluster | None, failure: tuple[Issue, ...]
) -> Update | None:
    """What HyperPod does to a cluster. It tells when a cluster was made, and not when it was changed."""
    if state is ClusterState.ROLLING_BACK:
        return Update(status, UpdateState.FAILED, None, failure)
    if state is ClusterState.CREATING:
        return Update(status, UpdateState.GOING_ON, described.created if described else None)
    return Update(status, UpdateState.GOING_ON) if state is ClusterState.UPDATING else None


def _groups(asker: Asker, found: _Found, described: HyperPodCluster, state: ClusterState) -> Iterator[Group]:
    nodes: dict[str, list[ClusterNode]] = defaultdict(list)
    for each in found.nodes or ():
        nodes[each.group].append(each)
    there = {each.id for each in found.nodes or ()}
    for group in described.groups:
        lost = [each.instance for each in found.troubles if each.group == group.name and each.instance not in there]
        counted = None if found.nodes is None else nodes[group.name]
        yield _group(asker, group, described, state, counted, tuple(dict.fromkeys(lost)) if counted is not None else ())


def _group(
    asker: Asker,
    group: InstanceGroup,
    described: HyperPodCluster,
    state: ClusterState,
    nodes: Sequence[ClusterNode] | None,
    replaced: tuple[str, ...],
) -> Group:
    machines = None if nodes is None else [_node(each) for each in nodes]
    up = None if machines is None else sum(each.state in _UP for each in machines)
    well = None if machines is None else sum(each.state is NodeState.RUNNING for each in machines)
    subnets = group.subnet_ids or described.subnet_ids
    failed = group.software_update in _FAILED_UPDATES
    # Not every answer tells a group's own state; the cluster's is then the best that is known.
    otherwise = _OF_CLUSTER.get(state, GroupState.OTHER)
    return Group(
        kind=GroupKind.RESTRICTED_GROUP if group.restricted else GroupKind.INSTANCE_GROUP,
        name=group.name,
        state=_GROUP_STATES.get(group.status, GroupState.OTHER) if group.status else otherwise,
        words=group.status,
        wanted=group.target,
        running=group.current if up is None else up,
        healthy=well,
        minimum=group.minimum,
        instance_type=group.instance_types[0] if len(group.instance_types) == 1 else None,
        zone_ids=asker.zones_of(subnets),
        subnet_ids=subnets,
        capacity=(group.plan,) if group.plan else (),
        plan_words=group.plan_status,
        issues=(Issue(f"SoftwareUpdate{group.software_update}"),) if failed else (),
        unwell=tuple(each for each in machines or () if each.state is not NodeState.RUNNING),
        replaced=replaced,
        since=described.created if state is ClusterState.CREATING else None,
    )


def _node(each: ClusterNode) -> Node:
    state = _NODE_STATES.get(each.status, NodeState.OTHER)
    return Node(each.id, state, each.status, each.message, launched=each.launched)
