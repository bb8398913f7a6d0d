"""EKS clusters of an account and region, read and put into the model.

The longest chain of calls that each need the one before: ListClusters, ListNodegroups, DescribeNodegroup,
DescribeLaunchTemplateVersions, the last of them for groups whose type and reservation are in their launch template, as
those on blocks are. As long is ListClusters, ListNodegroups, ListUpdates, DescribeUpdate, for groups that were changed.
Clusters, add-ons, machines, Auto Scaling groups and subnets are asked for beside these.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcp_server.aws import eks
from mcp_server.aws.auto_scaling import AutoScalingGroup, node_groups_behind
from mcp_server.aws.eks import EksAddon, EksCluster, EksUpdate, NodeGroup
from mcp_server.aws.instances import NODE_GROUP, NODE_POOL, Instance
from mcp_server.aws.launch_templates import LaunchTemplate, describe_template
from mcp_server.clusters.asking import Answer, Asker, Question, values
from mcp_server.clusters.machines import Instances, machines_of, read_instances
from mcp_server.clusters.model import (
    Addon,
    Cluster,
    ClusterKind,
    ClusterState,
    ControlPlane,
    Group,
    GroupKind,
    GroupState,
    Orchestrator,
    Update,
    UpdateState,
)

_MOST_UPDATES = 20
"""Changes of a cluster or group that are looked at; EKS tells their ids in no order.

Where there are more, those that have ended may not be the last, and only one that goes on is told.
"""

_STATES = {
    "CREATING": ClusterState.CREATING,
    "PENDING": ClusterState.CREATING,
    "ACTIVE": ClusterState.ACTIVE,
    "UPDATING": ClusterState.UPDATING,
    "DELETING": ClusterState.DELETING,
    "FAILED": ClusterState.FAILED,
}
_GROUP_STATES = {
    "CREATING": GroupState.CREATING,
    "ACTIVE": GroupState.ACTIVE,
    "UPDATING": GroupState.UPDATING,
    "DELETING": GroupState.DELETING,
    "CREATE_FAILED": GroupState.FAILED,
    "DELETE_FAILED": GroupState.FAILED,
    "DEGRADED": GroupState.DEGRADED,
}
_GOING_ON = "InProgress"
_UPDATE_STATES = {_GOING_ON: UpdateState.GOING_ON, "Failed": UpdateState.FAILED}

# Karpenter 1 and EKS Auto Mode; before that the cluster's name was in a tag's key.
_CLUSTER_OF_POOL, _OWNED_BY, _CLUSTER_OF_GROUP = "eks:eks-cluster-name", "kubernetes.io/cluster/", "eks:cluster-name"


@dataclass(slots=True)
class _Machines:
    """What is read of a region for all its clusters; None is what could not be read."""

    instances: Instances | None = None
    scaling: Mapping[str, AutoScalingGroup] | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """What is read of a managed node group; template is None also where it has none."""

    described: NodeGroup
    template: LaunchTemplate | None
    update: Update | None


@dataclass(slots=True)
class _Found:
    """What is read of one cluster, each part by its own thread; None is what could not be read."""

    name: str
    described: Answer[EksCluster] | None = None
    groups: Sequence[_Group] | None = None
    addons: Sequence[EksAddon] | None = None
    update: Update | None = None


def read_eks(asker: Asker) -> list[Cluster] | None:
    """The clusters, by name; None where they cannot be listed."""
    names = asker.ask(Question("eks", "list_clusters", eks.list_clusters)).value
    if not names:
        return None if names is None else []
    machines, found = _Machines(), [_Found(name) for name in sorted(names)]
    asker.side_by_side([*_regional(asker, machines), *(work for each in found for work in _parts(asker, each))])
    return [_cluster(asker, each, machines) for each in found]


def _regional(asker: Asker, machines: _Machines) -> Iterator[Callable[[], object]]:
    def instances() -> None:
        machines.instances = read_instances(asker, NODE_GROUP, NODE_POOL)

    def scaling() -> None:
        question = Question("autoscaling", "describe_auto_scaling_groups", node_groups_behind)
        machines.scaling = asker.ask(question).value

    yield from (instances, scaling, asker.read_zones)


def _parts(asker: Asker, found: _Found) -> Iterator[Callable[[], None]]:
    """What is read of a cluster side by side."""
    name = found.name

    def described() -> None:
        question = Question("eks", "describe_cluster", lambda client: eks.describe_cluster(client, name), name)
        found.described = asker.ask(question)

    def groups() -> None:
        listed = asker.ask(
            Question("eks", "list_nodegroups", lambda client: eks.list_node_groups(client, name), name)
        ).value
        if listed is not None:
            told = asker.side_by_side([lambda each=each: _group(asker, name, each) for each in listed])
            found.groups = [each for each in told if each is not None]

    def addons() -> None:
        listed = asker.ask(Question("eks", "list_addons", lambda client: eks.list_addons(client, name), name)).value
        if listed is not None:
            questions = [
                Question(
                    "eks", "describe_addon", lambda client, each=each: eks.describe_addon(client, name, each), name
                )
                for each in listed
            ]
            answers = asker.ask_all(questions)
            # With one of them unread nobody can say that it is not there.
            if all(each.value or each.gone for each in answers):
                found.addons = [*values(answers)]

    def update() -> None:
        found.update = _last_update(asker, name, None)

    yield from (described, groups, addons, update)


def _group(asker: Asker, cluster: str, name: str) -> _Group | None:
    """A group with its template and its last change; None where it went, or cannot be read."""
    update: Update | None = None
    described: NodeGroup | None = None
    template: LaunchTemplate | None = None

    def itself() -> None:
        nonlocal described, template
        question = Question(
            "eks", "describe_nodegroup", lambda client: eks.describe_node_group(client, cluster, name), cluster
        )
        described = asker.ask(question).value
        named = described.template if described else None
        if named:
            template = asker.ask(
                Question(
                    "ec2",
                    "describe_launch_template_versions",
                    lambda client: describe_template(client, *named),
                    cluster,
                )
            ).value

    def changes() -> None:
        nonlocal update
        update = _last_update(asker, cluster, name)

    asker.side_by_side([itself, changes])
    return None if described is None else _Group(described, template, update)


def _last_update(asker: Asker, cluster: str, group: str | None) -> Update | None:
    """The last change to a cluster, or to a group of it."""
    listed = asker.ask(
        Question("eks", "list_updates", lambda client: eks.list_updates(client, cluster, group), cluster)
    ).value
    questions = [
        Question(
            "eks",
            "describe_update",
            lambda client, each=each: eks.describe_update(client, cluster, each, group),
            cluster,
        )
        for each in (listed or ())[:_MOST_UPDATES]
    ]
    updates: Iterable[EksUpdate] = values(asker.ask_all(questions)) if questions else ()
    if listed and len(listed) > _MOST_UPDATES:
        updates = (each for each in updates if each.status == _GOING_ON)
    last = max(updates, key=lambda each: each.created, default=None)
    return last and Update(last.type, _UPDATE_STATES.get(last.status, UpdateState.DONE), last.created, last.issues)


def _cluster(asker: Asker, found: _Found, machines: _Machines) -> Cluster:
    described = found.described.value if found.described else None
    gone = found.described is not None and found.described.gone
    if gone:
        state = ClusterState.GONE
    else:
        state = _STATES.get(described.status, ClusterState.OTHER) if described else ClusterState.OTHER
    return Cluster(
        kind=ClusterKind.EKS,
        orchestrator=Orchestrator.KUBERNETES,
        name=found.name,
        account=asker.account,
        account_name=asker.reader.name,
        region=asker.region,
        version=described.version if described else None,
        state=state,
        words=described.status if described else "",
        groups=() if gone else (*_node_groups(asker, found, machines), *_node_pools(asker, found.name, machines)),
        issues=described.issues if described else (),
        update=found.update,
        control_plane=_control_plane(described, found.addons) if described else None,
        unread=asker.unread_of(found.name),
    )


def _control_plane(described: EksCluster, addons: Sequence[EksAddon] | None) -> ControlPlane:
    told = (Addon(each.name, each.version, each.status, each.issues) for each in addons or ())
    return ControlPlane(
        described.authentication_mode, described.auto_mode, described.support, None if addons is None else tuple(told)
    )


def _node_groups(asker: Asker, found: _Found, machines: _Machines) -> Iterator[Group]:
    zones, of_groups = asker.read_zones(), _by_group(machines.instances, found.name)
    for each in sorted(found.groups or (), key=lambda each: each.described.name):
        group, template = each.described, each.template
        scaling = [(machines.scaling or {}).get(name) for name in group.auto_scaling_groups]
        in_service = frozenset[str]().union(*(one.in_service for one in scaling if one))
        unhealthy = frozenset[str]().union(*(one.unhealthy for one in scaling if one))
        counted = None
        if machines.instances is not None:
            counted = machines_of(of_groups.get(group.name, ()), machines.instances.impaired, zones, unhealthy)
        scaled = len(in_service) if scaling and None not in scaling else None
        reservation = template.reservation_id if template else None
        on = counted.on if counted else None
        types = group.instance_types or ((template.instance_type,) if template and template.instance_type else ())
        yield Group(
            kind=GroupKind.NODE_GROUP,
            name=group.name,
            state=_GROUP_STATES.get(group.status, GroupState.OTHER),
            words=group.status,
            wanted=group.wanted,
            running=counted.running if counted else scaled,
            healthy=counted.healthy if counted else scaled and len(in_service - unhealthy),
            minimum=group.minimum,
            maximum=group.maximum,
            instance_type=types[0] if len(types) == 1 else counted and counted.instance_type,
            zone_ids=asker.zones_of(group.subnet_ids),
            subnet_ids=group.subnet_ids,
            capacity=tuple(dict.fromkeys([*([reservation] if reservation else []), *(each for each, _ in on or ())])),
            on=on,
            issues=group.issues,
            unwell=counted.unwell if counted else (),
            update=each.update,
            since=group.changed,
        )


def _by_group(instances: Instances | None, cluster: str) -> Mapping[str, list[Instance]]:
    """A cluster's instances by the managed node group that they are of."""
    found: dict[str, list[Instance]] = {}
    for each in instances.all if instances else ():
        if each.tags.get(_CLUSTER_OF_GROUP) == cluster and NODE_GROUP in each.tags:
            found.setdefault(each.tags[NODE_GROUP], []).append(each)
    return found


def _node_pools(asker: Asker, cluster: str, machines: _Machines) -> Iterator[Group]:
    """The pools of Karpenter, or of EKS itself, that have machines: pods say what is wanted of them, and not AWS."""
    if machines.instances is None:
        return
    pools: dict[str, list[Instance]] = {}
    for each in machines.instances.all:
        if NODE_POOL in each.tags and _pool_is_of(each, cluster):
            pools.setdefault(each.tags[NODE_POOL], []).append(each)
    for name, there in sorted(pools.items()):
        counted = machines_of(there, machines.instances.impaired, asker.read_zones())
        yield Group(
            kind=GroupKind.NODE_POOL,
            name=name,
            state=GroupState.ACTIVE,
            words="",
            running=counted.running,
            healthy=counted.healthy,
            instance_type=counted.instance_type,
            zone_ids=counted.zone_ids,
            capacity=tuple(each for each, _ in counted.on),
            on=counted.on,
            unwell=counted.unwell,
        )


def _pool_is_of(instance: Instance, cluster: str) -> bool:
    named = instance.tags.get(_CLUSTER_OF_POOL)
    return named == cluster if named else f"{_OWNED_BY}{cluster}" in instance.tags
