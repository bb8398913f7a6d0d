"""EKS: managed node groups, each with an Auto Scaling group, a launch template of its own, and machines."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.eks_calls import (
    begin_update,
    find_cluster,
    find_group,
    find_ready_cluster,
    hexadecimal,
    in_use,
    invalid,
    listed,
)
from mcp_server.sandbox.kubernetes import EksCluster, NodeGroup, Row
from mcp_server.sandbox.launches import BLOCK_MARKET, template_data
from mcp_server.sandbox.lifetimes import PART_TAKES, Lifetime
from mcp_server.sandbox.scaling_groups import find_group as find_scaling_group
from mcp_server.sandbox.simulation import Simulation

ON_BLOCK: Final = "CAPACITY_BLOCK"
DEFAULT_TYPE: Final = "t3.medium"
IMAGE: Final = "ami-0e5eede5000000001"
_SCALING: Final[Mapping[str, int]] = {"minSize": 1, "maxSize": 2, "desiredSize": 2}


def create_nodegroup(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Make a node group; its machines start at once where there is room for them."""
    cluster, params = find_ready_cluster(simulation, call), call.params
    name = str(params["nodegroupName"])
    known = cluster.groups.get(name)
    if known and not known.lifetime.gone(call.now):
        raise in_use(f"NodeGroup already exists with name {name} and cluster name {cluster.name}")
    data = _template(call)
    _check(call, data)
    scaling: Mapping[str, int] = {**_SCALING, **(params.get("scalingConfig") or {})}
    types = params.get("instanceTypes")
    row: Row = {
        "nodegroupName": name,
        "nodegroupArn": cluster.arn_of("nodegroup", name, f"{hexadecimal(8)}-{hexadecimal(12)}"),
        "clusterName": cluster.name,
        "version": params.get("version") or cluster.row["version"],
        "releaseVersion": params.get("releaseVersion") or f"{cluster.row['version']}.2-20261106",
        "capacityType": params.get("capacityType") or "ON_DEMAND",
        # What the launch template says of the type is told there alone.
        "instanceTypes": types or (None if data.get("InstanceType") else [DEFAULT_TYPE]),
        "subnets": params["subnets"],
        "amiType": params.get("amiType") or "AL2023_x86_64_STANDARD",
        "nodeRole": params["nodeRole"],
        "labels": params.get("labels") or {},
        "taints": params.get("taints") or [],
        "diskSize": params.get("diskSize") or (None if data else 20),
        "updateConfig": params.get("updateConfig") or {"maxUnavailable": 1},
        "nodeRepairConfig": params.get("nodeRepairConfig") or {"enabled": False},
        "launchTemplate": _named(call),
        "tags": params.get("tags") or {},
    }
    scaling_group = _start(call, cluster, row, data, scaling)
    group = NodeGroup(row, scaling_group, Lifetime.begun(call.now, "CREATING", PART_TAKES))
    cluster.groups[name] = group
    return {"nodegroup": group_row(simulation, cluster, group, call.now)}


def describe_nodegroup(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One node group."""
    cluster = find_cluster(simulation, call)
    return {"nodegroup": group_row(simulation, cluster, find_group(cluster, call), call.now)}


def list_nodegroups(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The names of a cluster's node groups."""
    cluster = find_cluster(simulation, call)
    shown, token = listed([name for name, each in cluster.groups.items() if not each.lifetime.gone(call.now)], call)
    return {"nodegroups": shown, "nextToken": token}


def update_nodegroup_config(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Change the wanted sizes, labels or taints of a node group."""
    cluster = find_ready_cluster(simulation, call)
    group, params = find_group(cluster, call), call.params
    sizes: Mapping[str, int] = params.get("scalingConfig") or {}
    if sizes:
        _resize(cluster, group, sizes)
    labels: Mapping[str, Any] = params.get("labels") or {}
    kept = {key: value for key, value in group.row["labels"].items() if key not in (labels.get("removeLabels") or ())}
    group.row["labels"] = {**kept, **(labels.get("addOrUpdateLabels") or {})}
    for member in ("updateConfig", "nodeRepairConfig"):
        group.row[member] = params.get(member) or group.row[member]
    group.lifetime.change(call.now, "UPDATING", PART_TAKES)
    told = {_capital(name): value for name, value in sizes.items()}
    return begin_update(cluster, "ConfigUpdate", told, call.now, group=group.row["nodegroupName"])


def update_nodegroup_version(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Put other machines in place of those there are, in AWS's good time."""
    cluster = find_ready_cluster(simulation, call)
    group, params = find_group(cluster, call), call.params
    for member in ("version", "releaseVersion"):
        group.row[member] = params.get(member) or group.row[member]
    if params.get("launchTemplate"):
        group.row["launchTemplate"] = _named(call)
    group.lifetime.change(call.now, "UPDATING", PART_TAKES)
    told = {"Version": group.row["version"], "ReleaseVersion": group.row["releaseVersion"]}
    return begin_update(cluster, "VersionUpdate", told, call.now, group=group.row["nodegroupName"])


def delete_nodegroup(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Delete a node group and its machines."""
    cluster = find_cluster(simulation, call)
    group = find_group(cluster, call)
    row = group_row(simulation, cluster, group, call.now) | {"status": "DELETING"}
    if find_scaling_group(cluster.account, cluster.region, group.scaling_group):
        autoscaling_backends[cluster.account][cluster.region].delete_auto_scaling_group(group.scaling_group)
    group.lifetime.delete(call.now, "DELETING", PART_TAKES)
    return {"nodegroup": row}


def group_row(simulation: Simulation, cluster: EksCluster, group: NodeGroup, now: datetime) -> Row:
    """A node group as EKS tells it, with the sizes that its Auto Scaling group has by now."""
    machines = find_scaling_group(cluster.account, cluster.region, group.scaling_group)
    issues = [*group.told.issues, *_issues(simulation, cluster, group)]
    status = group.lifetime.busy_at(now) or group.told.status or ("DEGRADED" if issues else "ACTIVE")
    sizes = (machines.min_size, machines.max_size, machines.desired_capacity) if machines else (0, 0, 0)
    return group.row | {
        "createdAt": group.lifetime.created,
        "modifiedAt": group.lifetime.modified,
        "status": status,
        "scalingConfig": dict(zip(_SCALING, sizes, strict=True)),
        "resources": {"autoScalingGroups": [{"name": group.scaling_group}]},
        "health": {"issues": issues},
    }


def _issues(simulation: Simulation, cluster: EksCluster, group: NodeGroup) -> Sequence[Row]:
    """That machines could not be started, in the words of the Auto Scaling group."""
    reason = simulation.shortages.reason((cluster.account, cluster.region, group.scaling_group))
    if not reason:
        return ()
    words = f"Could not launch On-Demand Instances. {reason} Launching EC2 instance failed."
    return ({"code": "AsgInstanceLaunchFailures", "message": words, "resourceIds": [group.scaling_group]},)


def _template(call: Call) -> Mapping[str, Any]:
    """The data of the launch template that a request names, empty if it names none.

    Raises:
        AwsError: There is no such template.
    """
    named: Mapping[str, Any] = call.params.get("launchTemplate") or {}
    if not named:
        return {}
    asked = {
        "LaunchTemplateId": named.get("id"),
        "LaunchTemplateName": named.get("name"),
        "Version": named.get("version"),
    }
    data = template_data(call.account, call.region, asked)
    if not data:
        raise AwsError("InvalidRequestException", f"Launch template {named.get('id') or named.get('name')} not found.")
    return data


def _check(call: Call, data: Mapping[str, Any]) -> None:
    """What EKS asks of a group on a block (EKS user guide, Capacity Blocks with managed node groups).

    Raises:
        AwsError: The request is not like that.
    """
    if call.params.get("instanceTypes") and data.get("InstanceType"):
        raise invalid("You cannot specify the field instanceTypes when using launch template with instance type.")
    if call.params.get("capacityType") != ON_BLOCK:
        return
    market: Mapping[str, Any] = data.get("InstanceMarketOptions") or {}
    specification: Mapping[str, Any] = data.get("CapacityReservationSpecification") or {}
    target: Mapping[str, Any] = specification.get("CapacityReservationTarget") or {}
    if market.get("MarketType") != BLOCK_MARKET or not target or not data.get("InstanceType"):
        raise invalid(
            "Capacity type CAPACITY_BLOCK requires a launch template with an instance type, the market type "
            "capacity-block and a Capacity Reservation target."
        )


def _named(call: Call) -> Row | None:
    """The launch template of a request by id, name and version."""
    named: Mapping[str, Any] = call.params.get("launchTemplate") or {}
    if not named:
        return None
    backend = ec2_backends[call.account][call.region]
    id_ = named.get("id") or backend.launch_template_name_to_ids[named["name"]]
    return {"id": id_, "name": backend.launch_templates[id_].name, "version": str(named.get("version") or "1")}


def _start(call: Call, cluster: EksCluster, row: Row, data: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    """The group's own launch template and Auto Scaling group; returns the latter's name."""
    name = f"eks-{row['nodegroupName']}-{hexadecimal(8)}-{hexadecimal(12)}"
    own = {"ImageId": IMAGE, "InstanceType": (row["instanceTypes"] or [DEFAULT_TYPE])[0], **data}
    template = ec2_backends[call.account][call.region].create_launch_template(name, "", own, {})
    tags = {
        "Name": name,
        "eks:cluster-name": cluster.name,
        "eks:nodegroup-name": row["nodegroupName"],
        f"kubernetes.io/cluster/{cluster.name}": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true",
    }
    propagated: list[Any] = [{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()]
    made: Any = autoscaling_backends[call.account][call.region].create_auto_scaling_group(
        name=name,
        availability_zones=[],
        desired_capacity=sizes["desiredSize"],
        max_size=sizes["maxSize"],
        min_size=sizes["minSize"],
        launch_config_name="",
        launch_template={"LaunchTemplateId": template.id, "Version": "1"},
        vpc_zone_identifier=",".join(row["subnets"]),
        default_cooldown=None,
        health_check_period=None,
        health_check_type="EC2",
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
        tags=propagated,
    )
    # moto takes it from the real clock.
    made.created_time = call.now.isoformat()
    return name


def _resize(cluster: EksCluster, group: NodeGroup, sizes: Mapping[str, int]) -> None:
    machines = find_scaling_group(cluster.account, cluster.region, group.scaling_group)
    if machines is None:
        raise AwsError("InvalidRequestException", f"Auto Scaling group {group.scaling_group} not found.")
    machines.min_size = sizes.get("minSize", machines.min_size)
    machines.max_size = sizes.get("maxSize", machines.max_size)
    machines.set_desired_capacity(sizes.get("desiredSize", machines.desired_capacity))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
