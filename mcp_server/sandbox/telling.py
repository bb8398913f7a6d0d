"""What AWS is made to say of clusters, in its own members: statuses, health, events, insights."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from moto.core.utils import get_service_model

from mcp_server.sandbox.hyperpod import HyperPodCluster
from mcp_server.sandbox.kubernetes import EksCluster, Row, Told, Update
from mcp_server.sandbox.putting import NotInThisWorld, number
from mcp_server.sandbox.sagemaker_cluster_events import note
from mcp_server.sandbox.scenes import Piece
from mcp_server.sandbox.simulation import Simulation

Kind: TypeAlias = Literal[
    "eks-cluster",
    "node-group",
    "addon",
    "insight",
    "update",
    "hyperpod-cluster",
    "instance-group",
    "hyperpod-node",
    "hyperpod-event",
    "stack",
]
_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "eks-cluster": ("eks", "Cluster"),
    "node-group": ("eks", "Nodegroup"),
    "addon": ("eks", "Addon"),
    "insight": ("eks", "Insight"),
    "update": ("eks", "Update"),
    "hyperpod-cluster": ("sagemaker", "DescribeClusterResponse"),
    "instance-group": ("sagemaker", "ClusterInstanceGroupDetails"),
    "hyperpod-node": ("sagemaker", "ClusterNodeDetails"),
    "hyperpod-event": ("sagemaker", "ClusterEventDetail"),
    "stack": ("cloudformation", "Stack"),
}


class NotAMember(Exception):
    """AWS has no such member or value in what it tells of something."""


class Statement(Piece):
    """That AWS tells `set` of something, by the members of what describes it. account is a name or a number.

    name is that of a node group, add-on or instance group, the id of an insight or update, or a node's own or logical
    id. group is the node group that an update is of.
    """

    of: Kind
    account: str
    region: str
    cluster: str
    name: str = ""
    group: str | None = None
    set: dict[str, Any]


def tell(simulation: Simulation, statement: Statement, now: datetime) -> None:
    """Let AWS say so from now on.

    Raises:
        NotAMember: It has no such member.
        NotInThisWorld: There is no such thing.
    """
    service, shape = _SHAPES[statement.of]
    told = _read(get_service_model(service).shape_for(shape), statement.set, shape)
    account = number(simulation, statement.account)
    if statement.of == "stack":
        _tell_stack(account, statement, told)
    elif statement.of in _OF_EKS:
        cluster = simulation.kubernetes.find(account, statement.region, statement.cluster, now)
        if cluster is None:
            raise NotInThisWorld(f"cluster {statement.cluster}")
        _OF_EKS[statement.of](cluster, statement, told, now)
    else:
        pod = simulation.hyperpod.find(account, statement.region, statement.cluster, now)
        if pod is None:
            raise NotInThisWorld(f"cluster {statement.cluster}")
        _OF_HYPERPOD[statement.of](pod, statement, told, now)


def _read(shape: Any, value: Any, path: str) -> Any:
    """A value by its shape of botocore: times are parsed, names and words must be AWS's."""
    match shape.type_name:
        case "structure":
            unknown = [name for name in value if name not in shape.members]
            if unknown:
                raise NotAMember(f"{path} has no member {unknown[0]}")
            return {name: _read(shape.members[name], each, f"{path}.{name}") for name, each in value.items()}
        case "list":
            return [_read(shape.member, each, path) for each in value]
        case "timestamp":
            return datetime.fromisoformat(value)
        case "string" if shape.enum and value not in shape.enum:
            raise NotAMember(f"{path} is one of {', '.join(shape.enum)}")
        case _:
            return value


def _tell_part(of: Told, row: Row, told: Row) -> None:
    if "status" in told:
        of.status = told.pop("status")
    if "health" in told:
        of.issues = told.pop("health").get("issues", [])
    row |= told


def _tell_cluster(cluster: EksCluster, _statement: Statement, told: Row, _now: datetime) -> None:
    _tell_part(cluster.told, cluster.row, told)


def _tell_group(cluster: EksCluster, statement: Statement, told: Row, _now: datetime) -> None:
    group = cluster.groups.get(statement.name)
    if group is None:
        raise NotInThisWorld(f"node group {statement.name}")
    _tell_part(group.told, group.row, told)


def _tell_addon(cluster: EksCluster, statement: Statement, told: Row, _now: datetime) -> None:
    addon = cluster.addons.get(statement.name)
    if addon is None:
        raise NotInThisWorld(f"add-on {statement.name}")
    _tell_part(addon.told, addon.row, told)


def _tell_insight(cluster: EksCluster, statement: Statement, told: Row, now: datetime) -> None:
    passing: Row = {"lastRefreshTime": now, "lastTransitionTime": now, "insightStatus": {"status": "PASSING"}}
    cluster.insights[statement.name] = passing | told | {"id": statement.name}


def _tell_update(cluster: EksCluster, statement: Statement, told: Row, now: datetime) -> None:
    begun: Row = {"params": [], "createdAt": now, "errors": []}
    cluster.updates[statement.name] = Update(begun | told | {"id": statement.name}, now, statement.group)


def _tell_pod(cluster: HyperPodCluster, _statement: Statement, told: Row, _now: datetime) -> None:
    cluster.status = told.pop("ClusterStatus", cluster.status)
    cluster.told_failure = told.pop("FailureMessage", cluster.told_failure)
    cluster.row |= told


def _tell_instance_group(cluster: HyperPodCluster, statement: Statement, told: Row, _now: datetime) -> None:
    group = cluster.groups.get(statement.name)
    if group is None:
        raise NotInThisWorld(f"instance group {statement.name}")
    group.status = told.pop("Status", group.status)
    group.asked |= told


def _tell_node(cluster: HyperPodCluster, statement: Statement, told: Row, _now: datetime) -> None:
    nodes = (node for group in cluster.groups.values() for node in group.nodes)
    node = next((each for each in nodes if statement.name in {each.instance_id, each.logical_id}), None)
    if node is None:
        raise NotInThisWorld(f"node {statement.name}")
    status: Mapping[str, str] = told.get("InstanceStatus", {})
    node.status, node.message = status.get("Status", node.status), status.get("Message", node.message)
    node.launched = told.get("LaunchTime", node.launched)


def _tell_event(cluster: HyperPodCluster, _statement: Statement, told: Row, now: datetime) -> None:
    details: Mapping[str, Row] = told.get("EventDetails", {})
    note(
        cluster,
        told.get("EventTime", now),
        told.get("ResourceType", "Cluster"),
        told.get("Description", ""),
        group=told.get("InstanceGroupName"),
        node=told.get("InstanceId"),
        level=told.get("EventLevel", "Info"),
        metadata=details.get("EventMetadata"),
    )


def _tell_stack(account: str, statement: Statement, told: Row) -> None:
    # It loads every service of moto, which only stacks need.
    from moto.cloudformation.models import cloudformation_backends  # noqa: PLC0415

    stacks: Iterator[Any] = iter(cloudformation_backends[account][statement.region].stacks.values())
    stack = next((each for each in stacks if each.name == statement.cluster), None)
    if stack is None:
        raise NotInThisWorld(f"stack {statement.cluster}")
    stack.status = told.get("StackStatus", stack.status)
    stack.stack_status_reason = told.get("StackStatusReason")


_OF_EKS: Mapping[str, Callable[[EksCluster, Statement, Row, datetime], None]] = {
    "eks-cluster": _tell_cluster,
    "node-group": _tell_group,
    "addon": _tell_addon,
    "insight": _tell_insight,
    "update": _tell_update,
}
_OF_HYPERPOD: Mapping[str, Callable[[HyperPodCluster, Statement, Row, datetime], None]] = {
    "hyperpod-cluster": _tell_pod,
    "instance-group": _tell_instance_group,
    "hyperpod-node": _tell_node,
    "hyperpod-event": _tell_event,
}
