"""SageMaker HyperPod: clusters of both orchestrators, their nodes and events, each operation by itself.

Calls sagemaker:ListClusters, sagemaker:DescribeCluster, sagemaker:ListClusterNodes and sagemaker:ListClusterEvents. The
latter is served for clusters with continuous provisioning only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_server.aws.calls import ask, expected, within
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pages import every_row


@dataclass(frozen=True, slots=True)
class InstanceGroup:
    """A group, restricted or not, as SageMaker describes it. Its words are empty where it tells none.

    instance_types are several where the group takes whichever there is; subnet_ids are empty where the cluster's hold.
    """

    name: str
    restricted: bool
    status: str
    current: int | None
    target: int | None
    minimum: int | None
    instance_types: tuple[str, ...]
    plan: str | None
    plan_status: str
    subnet_ids: tuple[str, ...]
    software_update: str


@dataclass(frozen=True, slots=True)
class HyperPodCluster:
    """A cluster as SageMaker describes it. eks is the ARN of the EKS cluster that it is attached to, created is UTC."""

    name: str
    status: str
    failure: str
    eks: str | None
    subnet_ids: tuple[str, ...]
    continuous: bool
    created: datetime | None
    groups: tuple[InstanceGroup, ...]


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A machine of a cluster. status is SageMaker's word."""

    id: str
    group: str
    status: str
    message: str
    launched: datetime | None


@dataclass(frozen=True, slots=True)
class NodeTrouble:
    """An event that tells of trouble with a machine. at is UTC."""

    instance: str
    group: str
    at: datetime


def list_clusters(client: Any) -> list[str]:
    """The names of all clusters in the client's account and region; none where the region has no HyperPod.

    Raises:
        AwsFailure: The call failed; so for every function here.
    """
    try:
        return [row["ClusterName"] for row in every_row(client, "list_clusters", "ClusterSummaries", MaxResults=100)]
    except AwsFailure as failure:
        if failure.kind is FailureKind.UNSUPPORTED:
            return []
        raise


def describe_cluster(client: Any, name: str) -> HyperPodCluster:
    """One cluster with its groups."""
    row = ask(client, "describe_cluster", ClusterName=name)
    expected(row, "describe_cluster", "ClusterStatus")
    groups = [_group(each, restricted=False) for each in row.get("InstanceGroups") or ()]
    restricted = [_group(each, restricted=True) for each in row.get("RestrictedInstanceGroups") or ()]
    return HyperPodCluster(
        name=name,
        status=row.get("ClusterStatus", ""),
        failure=row.get("FailureMessage") or "",
        eks=within(row, "Orchestrator", "Eks", "ClusterArn"),
        subnet_ids=tuple(within(row, "VpcConfig", "Subnets") or ()),
        continuous=row.get("NodeProvisioningMode") == "Continuous",
        created=row.get("CreationTime"),
        groups=(*groups, *restricted),
    )


def list_nodes(client: Any, cluster: str) -> list[ClusterNode]:
    """The machines of a cluster, over all pages."""
    rows = every_row(client, "list_cluster_nodes", "ClusterNodeSummaries", ClusterName=cluster, MaxResults=100)
    return [_node(row) for row in rows]


def troubles_of_nodes(client: Any, cluster: str, since: datetime) -> list[NodeTrouble]:
    """The warnings and errors about machines of a cluster since a time (UTC), over all pages."""
    rows = every_row(
        client,
        "list_cluster_events",
        "Events",
        ClusterName=cluster,
        EventTimeAfter=since,
        ResourceType="Instance",
        MaxResults=100,
    )
    return [
        NodeTrouble(row["InstanceId"], row.get("InstanceGroupName") or "", row["EventTime"])
        for row in rows
        if row.get("EventLevel") in ("Warn", "Error") and row.get("InstanceId")
    ]


def _group(row: Mapping[str, Any], *, restricted: bool) -> InstanceGroup:
    several = within(row, "InstanceRequirements", "CurrentInstanceTypes") or ()
    types = [row["InstanceType"]] if row.get("InstanceType") else several
    return InstanceGroup(
        name=row.get("InstanceGroupName") or "",
        restricted=restricted,
        status=row.get("Status") or "",
        current=row.get("CurrentCount"),
        target=row.get("TargetCount"),
        minimum=row.get("MinCount"),
        instance_types=tuple(types),
        plan=row.get("TrainingPlanArn"),
        plan_status=row.get("TrainingPlanStatus") or "",
        subnet_ids=tuple(within(row, "OverrideVpcConfig", "Subnets") or ()),
        software_update=row.get("SoftwareUpdateStatus") or "",
    )


def _node(row: Mapping[str, Any]) -> ClusterNode:
    return ClusterNode(
        # A machine that is not there yet has a logical id alone.
        id=row.get("InstanceId") or row.get("NodeLogicalId") or "",
        group=row.get("InstanceGroupName") or "",
        status=within(row, "InstanceStatus", "Status") or "",
        message=within(row, "InstanceStatus", "Message") or "",
        launched=row.get("LaunchTime"),
    )
