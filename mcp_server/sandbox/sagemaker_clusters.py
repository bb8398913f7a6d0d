"""SageMaker: HyperPod clusters, which moto knows with the instance types of 2024 and without plans or orchestrators."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.eks_calls import hexadecimal
from mcp_server.sandbox.hyperpod import HyperPodCluster, InstanceGroup, Row
from mcp_server.sandbox.hyperpod_nodes import resize, settle
from mcp_server.sandbox.lifetimes import CLUSTER_TAKES, PART_TAKES, Lifetime
from mcp_server.sandbox.sagemaker_cluster_calls import find_cluster
from mcp_server.sandbox.sagemaker_cluster_events import note
from mcp_server.sandbox.sagemaker_plans import invalid, shown_page
from mcp_server.sandbox.sagemaker_tags import tags_from
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.training_plans import HYPERPOD

_KEPT: Final = (
    "VpcConfig",
    "Orchestrator",
    "NodeRecovery",
    "NodeProvisioningMode",
    "ClusterRole",
    "TieredStorageConfig",
    "AutoScaling",
    "RestrictedInstanceGroupsConfig",
)
"""What a cluster is told with as it was asked for."""
_CHANGED: Final = tuple(name for name in _KEPT if name != "VpcConfig")
_NOT_TOLD: Final = frozenset(
    {"InstanceCount", "MinInstanceCount", "ImageId", "ImageReleaseVersion", "InstanceRequirements"}
)
"""What a group is told with under other names."""


def create_cluster(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Make a cluster; its machines come as soon as there is capacity for them."""
    params, name = call.params, str(call.params["ClusterName"])
    if simulation.hyperpod.find(call.account, call.region, name, call.now):
        raise AwsError("ResourceInUse", f"Cluster with name {name} already exists.")
    arn = f"arn:aws:sagemaker:{call.region}:{call.account}:cluster/{hexadecimal(12)}"
    row: Row = {"ClusterName": name, "ClusterArn": arn, "NodeRecovery": "Automatic"}
    row |= {member: params[member] for member in _KEPT if params.get(member) is not None}
    cluster = HyperPodCluster(call.account, call.region, row, Lifetime.begun(call.now, "Creating", CLUSTER_TAKES))
    cluster.tags |= tags_from(params.get("Tags") or ())
    _check_plans(simulation, call)
    for asked, restricted in _groups(params):
        cluster.groups[asked["InstanceGroupName"]] = InstanceGroup(dict(asked), restricted, call.now)
    simulation.hyperpod.add(cluster)
    note(cluster, call.now, "Cluster", f"Cluster {name} is being created.")
    settle(simulation, call.now)
    return {"ClusterArn": arn}


def describe_cluster(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One cluster with its groups."""
    cluster = find_cluster(simulation, call)
    groups = [(each.restricted, _group_row(simulation, each, call)) for each in cluster.groups.values()]
    restricted = [row for is_restricted, row in groups if is_restricted]
    answer = cluster.row | {
        "ClusterStatus": cluster.status_at(call.now),
        "CreationTime": cluster.lifetime.created,
        "FailureMessage": cluster.failure,
        "InstanceGroups": [row for is_restricted, row in groups if not is_restricted],
    }
    return answer | ({"RestrictedInstanceGroups": restricted} if restricted else {})


def list_clusters(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The clusters by name or age; those on one training plan if asked for."""
    params = call.params
    after, before, plan = (params.get(name) for name in ("CreationTimeAfter", "CreationTimeBefore", "TrainingPlanArn"))
    found = [
        each
        for each in simulation.hyperpod.owned(call.account, call.region, call.now)
        if (params.get("NameContains") or "") in each.name
        and (plan is None or plan in _plans(each))
        and (after is None or each.lifetime.created > after)
        and (before is None or each.lifetime.created < before)
    ]
    keys: Mapping[str, Callable[[HyperPodCluster], Any]] = {
        "CREATION_TIME": lambda each: each.lifetime.created,
        "NAME": lambda each: each.name,
    }
    found.sort(key=keys[params.get("SortBy") or "CREATION_TIME"], reverse=params.get("SortOrder") == "Descending")
    shown, token = shown_page(found, call)
    return {"ClusterSummaries": [_summary(each, call) for each in shown], "NextToken": token}


def update_cluster(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Change, add or delete groups."""
    cluster, params = find_cluster(simulation, call), call.params
    status = cluster.status_at(call.now)
    if status not in {"InService", "Failed"}:
        raise AwsError("ConflictException", f"Cluster {cluster.name} is in status {status} and cannot be updated.")
    _check_plans(simulation, call)
    for name in params.get("InstanceGroupsToDelete") or ():
        cluster.groups.pop(name, None)
    for asked, restricted in _groups(params):
        name = asked["InstanceGroupName"]
        group = cluster.groups.setdefault(name, InstanceGroup(dict(asked), restricted, call.now))
        group.asked = dict(asked)
        resize(group, asked["InstanceCount"], call.now)
    cluster.row |= {member: params[member] for member in _CHANGED if params.get(member) is not None}
    cluster.lifetime.change(call.now, "Updating", PART_TAKES)
    note(cluster, call.now, "Cluster", f"Cluster {cluster.name} is being updated.")
    settle(simulation, call.now)
    return {"ClusterArn": cluster.arn}


def delete_cluster(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Delete a cluster and its machines."""
    cluster = find_cluster(simulation, call)
    cluster.lifetime.delete(call.now, "Deleting", PART_TAKES)
    for group in cluster.groups.values():
        resize(group, 0, call.now)
    settle(simulation, call.now)
    return {"ClusterArn": cluster.arn}


def _groups(params: Mapping[str, Any]) -> Sequence[tuple[Row, bool]]:
    """The groups that a request asks for, and whether they are restricted ones."""
    return [
        *((each, False) for each in params.get("InstanceGroups") or ()),
        *((each, True) for each in params.get("RestrictedInstanceGroups") or ()),
    ]


def _check_plans(simulation: Simulation, call: Call) -> None:
    """Whether every plan that a request names is there, for HyperPod, of the group's type.

    Raises:
        AwsError: One is not.
    """
    for asked, _ in _groups(call.params):
        arn = asked.get("TrainingPlanArn")
        if arn is None:
            continue
        owned = simulation.plans.owned(call.account, call.region)
        plan = next((each for each in owned if each.arn == arn and each.visible_from <= call.now), None)
        if plan is None or plan.target != HYPERPOD:
            raise invalid(f"The training plan '{arn}' was not found or is not for hyperpod-cluster.")
        if asked.get("InstanceType") != plan.product.instance_type:
            words = f"The training plan '{arn}' is of {plan.product.instance_type}"
            raise invalid(f"{words}, not of {asked.get('InstanceType')}.")


def _group_row(simulation: Simulation, group: InstanceGroup, call: Call) -> Row:
    """A group as SageMaker tells it."""
    plan = simulation.plans.find(group.plan_arn) if group.plan_arn else None
    row = {name: value for name, value in group.asked.items() if name not in _NOT_TOLD}
    row |= {
        "CurrentCount": group.working(call.now),
        "TargetCount": group.wanted,
        "Status": group.status_at(call.now, plan),
    }
    if group.minimum:
        row["MinCount"] = group.minimum
    requirements = group.asked.get("InstanceRequirements")
    if requirements:
        types = requirements["InstanceTypes"]
        row["InstanceRequirements"] = {"CurrentInstanceTypes": types, "DesiredInstanceTypes": types}
        first = {"InstanceType": types[0], "CurrentCount": group.working(call.now)}
        row["InstanceTypeDetails"] = [first, *({"InstanceType": each, "CurrentCount": 0} for each in types[1:])]
    if group.plan_arn:
        row["TrainingPlanStatus"] = plan.status(call.now).value if plan else "Expired"
    return row


def _plans(cluster: HyperPodCluster) -> list[str]:
    return list(dict.fromkeys(each.plan_arn for each in cluster.groups.values() if each.plan_arn))


def _summary(cluster: HyperPodCluster, call: Call) -> Row:
    return {
        "ClusterArn": cluster.arn,
        "ClusterName": cluster.name,
        "CreationTime": cluster.lifetime.created,
        "ClusterStatus": cluster.status_at(call.now),
        "TrainingPlanArns": _plans(cluster),
        "ImageVersionStatus": "UpToDate",
    }
