"""ParallelClusters of an account and region, read and put into the model.

The longest chain of calls that each need the one before: DescribeStacks, then GetObject of a cluster's configuration.
The state of its fleet, machines and subnets are asked for beside it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcp_server.aws import parallelcluster
from mcp_server.aws.instances import PARALLELCLUSTER, Instance
from mcp_server.aws.parallelcluster import Configuration, Resource, Stack
from mcp_server.capacity.issues import Issue
from mcp_server.clusters.asking import Answer, Asker, Question
from mcp_server.clusters.machines import Instances, Machines, machines_of, read_instances
from mcp_server.clusters.model import (
    Cluster,
    ClusterKind,
    ClusterState,
    Group,
    GroupKind,
    GroupState,
    Orchestrator,
    Update,
    UpdateState,
)

STATES: Mapping[str, ClusterState] = {
    "CREATE_IN_PROGRESS": ClusterState.CREATING,
    "CREATE_FAILED": ClusterState.FAILED,
    "CREATE_COMPLETE": ClusterState.ACTIVE,
    "ROLLBACK_IN_PROGRESS": ClusterState.FAILED,
    "ROLLBACK_FAILED": ClusterState.FAILED,
    "ROLLBACK_COMPLETE": ClusterState.FAILED,
    "UPDATE_IN_PROGRESS": ClusterState.UPDATING,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": ClusterState.UPDATING,
    "UPDATE_COMPLETE": ClusterState.ACTIVE,
    "UPDATE_FAILED": ClusterState.UPDATE_FAILED,
    "UPDATE_ROLLBACK_IN_PROGRESS": ClusterState.UPDATING,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": ClusterState.UPDATING,
    "UPDATE_ROLLBACK_FAILED": ClusterState.UPDATE_FAILED,
    "UPDATE_ROLLBACK_COMPLETE": ClusterState.UPDATE_FAILED,
    "DELETE_IN_PROGRESS": ClusterState.DELETING,
    "DELETE_FAILED": ClusterState.FAILED,
}
"""A stack's statuses as aws-parallelcluster takes them (pcluster.api.converters)."""

_STOPPED = {"STOPPED", "STOPPING", "STOP_REQUESTED"}
_UNMADE = {ClusterState.CREATING, ClusterState.FAILED, ClusterState.DELETING}
"""Of these nobody expects that all is there."""
_FLEET_OF, _CONFIGURATION_OF = "dynamodb", "s3"
_NODE_TYPE, _QUEUE, _RESOURCE, _POOL = (
    "parallelcluster:node-type",
    "parallelcluster:queue-name",
    "parallelcluster:compute-resource-name",
    "parallelcluster:login-nodes-pool",
)


@dataclass(slots=True)
class _Region:
    """The machines of a region's clusters; None is what could not be read."""

    instances: Instances | None = None


@dataclass(slots=True)
class _Found:
    """What is read of one cluster, each part by its own thread; configuration is None where no stack tells of any."""

    stack: Stack
    fleet: Answer[str] = Answer()  # noqa: RUF009
    configuration: Answer[Configuration] | None = None


def read_parallelcluster(asker: Asker) -> list[Cluster] | None:
    """The clusters, by name; None where they cannot be listed."""
    stacks = asker.ask(Question("cloudformation", "describe_stacks", parallelcluster.list_stacks)).value
    if not stacks:
        return None if stacks is None else []
    region, found = _Region(), [_Found(each) for each in sorted(stacks, key=lambda each: each.name)]

    def instances() -> None:
        region.instances = read_instances(asker, PARALLELCLUSTER)

    works = [instances, asker.read_zones, *(work for each in found for work in _parts(asker, each))]
    asker.side_by_side(works)
    return [_cluster(asker, each, region.instances) for each in found]


def _parts(asker: Asker, found: _Found) -> Iterator[Callable[[], None]]:
    """What is read of a cluster side by side."""
    stack = found.stack

    def fleet() -> None:
        found.fleet = asker.ask(
            Question(_FLEET_OF, "get_item", lambda client: parallelcluster.fleet_status(client, stack.name), stack.name)
        )

    def configuration() -> None:
        found.configuration = asker.ask(
            Question(
                _CONFIGURATION_OF,
                "get_object",
                lambda client: parallelcluster.read_configuration(client, stack),
                stack.name,
            )
        )

    yield fleet
    if stack.bucket and stack.folder:
        yield configuration


def _state(found: _Found, instances: Instances | None) -> ClusterState:
    """What its stack says, unless nothing of what it made is there any more."""
    state = STATES.get(found.stack.status, ClusterState.OTHER)
    gone = found.fleet.gone and found.configuration is not None and found.configuration.gone
    left = instances is None or any(each.tags.get(PARALLELCLUSTER) == found.stack.name for each in instances.all)
    return ClusterState.GONE if gone and not left and state not in _UNMADE else state


def _note_what_is_missing(asker: Asker, found: _Found) -> None:
    """What a cluster has that runs, and is not where its stack says, is not known."""
    name = found.stack.name
    if found.fleet.gone or found.fleet.value == "":
        asker.note_missing(_FLEET_OF, "get_item", "the cluster's table, or what it says of the fleet, is missing", name)
    if found.configuration is not None and found.configuration.gone:
        asker.note_missing(_CONFIGURATION_OF, "get_object", "the cluster's configuration is missing", name)


def _cluster(asker: Asker, found: _Found, instances: Instances | None) -> Cluster:
    stack, state = found.stack, _state(found, instances)
    gone = state is ClusterState.GONE
    if not gone and state not in _UNMADE:
        _note_what_is_missing(asker, found)
    reason = (Issue(stack.status, stack.reason),) if stack.reason else ()
    return Cluster(
        kind=ClusterKind.PARALLELCLUSTER,
        orchestrator=Orchestrator.SLURM,
        name=stack.name,
        account=asker.account,
        account_name=asker.reader.name,
        region=asker.region,
        version=stack.version,
        state=state,
        words=stack.status,
        groups=() if gone else tuple(_groups(asker, found, instances)),
        issues=reason if state is ClusterState.FAILED else (),
        update=_update(stack, state, reason),
        fleet=found.fleet.value or "",
        unread=asker.unread_of(stack.name),
    )


def _update(stack: Stack, state: ClusterState, reason: tuple[Issue, ...]) -> Update | None:
    if state is ClusterState.UPDATE_FAILED:
        return Update(stack.status, UpdateState.FAILED, stack.began, reason)
    going_on = state in {ClusterState.CREATING, ClusterState.UPDATING, ClusterState.DELETING}
    return Update(stack.status, UpdateState.GOING_ON, stack.began, reason) if going_on else None


def _groups(asker: Asker, found: _Found, instances: Instances | None) -> Iterator[Group]:
    there: dict[tuple[str, ...], list[Instance]] = defaultdict(list)
    for each in instances.all if instances else ():
        if each.tags.get(PARALLELCLUSTER) == found.stack.name:
            there[_place(each)].append(each)
    told = (found.configuration and found.configuration.value) or Configuration(None, None, (), ())

    def counted(*place: str) -> Machines | None:
        if instances is None:
            return None
        return machines_of(there.pop(place, []), instances.impaired, asker.read_zones())

    yield _head_node(asker, told, counted("HeadNode"))
    for each in told.login_pools:
        yield _group(asker, found, GroupKind.LOGIN_NODES, each, counted("LoginNode", each.name))
    for each in told.resources:
        yield _group(asker, found, GroupKind.QUEUE, each, counted("Compute", each.queue, each.name))
    # What the configuration does not tell, or where it cannot be read.
    for place in sorted(there):
        kind = GroupKind.QUEUE if place[0] == "Compute" else GroupKind.LOGIN_NODES
        queue, name = ("", *place[1:])[-2:]
        unknown = Resource(queue, name, None, None, (), None, ())
        yield _group(asker, found, kind, unknown, counted(*place))


def _place(instance: Instance) -> tuple[str, ...]:
    """What a machine is, and which queue and resource, or pool, it is of."""
    kind = instance.tags.get(_NODE_TYPE, "")
    if kind == "Compute":
        return kind, instance.tags.get(_QUEUE, ""), instance.tags.get(_RESOURCE, "")
    return (kind, instance.tags.get(_POOL, "")) if kind == "LoginNode" else ("HeadNode",)


def _head_node(asker: Asker, told: Configuration, machines: Machines | None) -> Group:
    subnets = (told.head_subnet,) if told.head_subnet else ()
    return Group(
        kind=GroupKind.HEAD_NODE,
        name="head node",
        state=GroupState.ACTIVE,
        words="",
        wanted=1,
        running=machines and machines.running,
        healthy=machines and machines.healthy,
        minimum=1,
        maximum=1,
        instance_type=told.head_type or (machines and machines.instance_type),
        zone_ids=_zones(asker, subnets, machines),
        subnet_ids=subnets,
        unwell=machines.unwell if machines else (),
    )


def _group(asker: Asker, found: _Found, kind: GroupKind, resource: Resource, machines: Machines | None) -> Group:
    fleet = found.fleet.value or ""
    stopped = kind is GroupKind.QUEUE and fleet in _STOPPED
    wanted = None if not fleet and kind is GroupKind.QUEUE else resource.minimum
    on = machines.on if machines else None
    types = resource.instance_types
    return Group(
        kind=kind,
        name=f"{resource.queue}/{resource.name}" if resource.queue else resource.name,
        state=GroupState.STOPPED if stopped else GroupState.ACTIVE,
        words=fleet if kind is GroupKind.QUEUE else "",
        # Beyond its least, machines come when jobs ask for them.
        wanted=0 if stopped else wanted,
        running=machines and machines.running,
        healthy=machines and machines.healthy,
        minimum=resource.minimum,
        maximum=resource.maximum,
        instance_type=types[0] if len(types) == 1 else machines and machines.instance_type,
        zone_ids=_zones(asker, resource.subnet_ids, machines),
        subnet_ids=resource.subnet_ids,
        capacity=_capacity(resource, on or ()),
        on=on,
        unwell=machines.unwell if machines else (),
    )


def _zones(asker: Asker, subnet_ids: Sequence[str], machines: Machines | None) -> tuple[str, ...]:
    """Where machines can be started; where no subnet is told, where they are."""
    if subnet_ids:
        return asker.zones_of(subnet_ids)
    return machines.zone_ids if machines else ()


def _capacity(resource: Resource, on: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    named = [resource.reservation_id] if resource.reservation_id else []
    return tuple(dict.fromkeys([*named, *(each for each, _ in on)]))
