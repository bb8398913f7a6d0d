"""SageMaker: the machines of a HyperPod cluster."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.ec2.models import ec2_backends

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.hyperpod import HyperPodCluster, InstanceGroup, Node, Row
from mcp_server.sandbox.sagemaker_cluster_calls import find_cluster
from mcp_server.sandbox.sagemaker_plans import shown_page
from mcp_server.sandbox.simulation import Simulation


def list_cluster_nodes(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The machines of a cluster, by age or by the name of their group; those not made yet have no row."""
    cluster, params = find_cluster(simulation, call), call.params
    after, before = params.get("CreationTimeAfter"), params.get("CreationTimeBefore")
    found = [
        (group, node)
        for group, node in _nodes(cluster)
        if (params.get("InstanceGroupNameContains") or "") in group.name
        and (after is None or node.launched > after)
        and (before is None or node.launched < before)
    ]
    by_name = params.get("SortBy") == "NAME"
    found.sort(
        key=lambda each: (each[0].name if by_name else each[1].launched, each[1].instance_id),
        reverse=params.get("SortOrder") == "Descending",
    )
    shown, token = shown_page(found, call)
    return {"ClusterNodeSummaries": [_row(cluster, *each, call) for each in shown], "NextToken": token}


def describe_cluster_node(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One machine, by its own or by its logical id."""
    cluster, params = find_cluster(simulation, call), call.params
    for group, node in _nodes(cluster):
        if params.get("NodeId", "") == node.instance_id or params.get("NodeLogicalId", "") == node.logical_id:
            details = {name: group.asked[name] for name in _OF_THE_GROUP if group.asked.get(name)}
            row = _row(cluster, group, node, call) | details
            return {"NodeDetails": row | _place(simulation, cluster, group, node)}
    raise AwsError("ResourceNotFound", f"Node {params.get('NodeId') or params.get('NodeLogicalId')} was not found.")


_OF_THE_GROUP = ("LifeCycleConfig", "OverrideVpcConfig", "ThreadsPerCore", "InstanceStorageConfigs")


def _nodes(cluster: HyperPodCluster) -> Iterator[tuple[InstanceGroup, Node]]:
    return ((group, node) for group in cluster.groups.values() for node in group.nodes)


def _row(cluster: HyperPodCluster, group: InstanceGroup, node: Node, call: Call) -> Row:
    requirements: Mapping[str, list[str]] = group.asked.get("InstanceRequirements") or {"InstanceTypes": [""]}
    row: Row = {
        "InstanceGroupName": group.name,
        "InstanceId": node.instance_id,
        "InstanceType": group.asked.get("InstanceType") or requirements["InstanceTypes"][0],
        "LaunchTime": node.launched,
        "LastSoftwareUpdateTime": node.launched,
        "InstanceStatus": {"Status": node.status_at(call.now), "Message": node.message},
        "PrivateDnsHostname": f"ip-{node.private_ip.replace('.', '-')}.{call.region}.compute.internal",
    }
    return row | ({"NodeLogicalId": node.logical_id} if cluster.continuous else {})


def _place(simulation: Simulation, cluster: HyperPodCluster, group: InstanceGroup, node: Node) -> Row:
    """Where a machine is: in the zone of its plan, else in that of the group's first subnet."""
    plan = simulation.plans.find(group.plan_arn) if group.plan_arn else None
    if plan:
        zone_id = plan.parts[0].segment.zone_id
        zone = simulation.letters.name(cluster.account, cluster.region, zone_id)
    else:
        network: Mapping[str, Any] = group.asked.get("OverrideVpcConfig") or cluster.row.get("VpcConfig") or {}
        known = ec2_backends[cluster.account][cluster.region].describe_subnets()
        subnet = next((each for each in known if each.id in (network.get("Subnets") or ())), None)
        if subnet is None:
            return {"PrivatePrimaryIp": node.private_ip}
        zone, zone_id = subnet.availability_zone, subnet.availability_zone_id
    return {
        "PrivatePrimaryIp": node.private_ip,
        "Placement": {"AvailabilityZone": zone, "AvailabilityZoneId": zone_id},
        "CapacityType": "OnDemand",
    }
