"""The EC2 instances of clusters, found by the tags that EKS, Karpenter and ParallelCluster give them.

Calls ec2:DescribeInstances and ec2:DescribeInstanceStatus.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_server.aws.calls import within
from mcp_server.aws.pages import every_row

NODE_GROUP, NODE_POOL, PARALLELCLUSTER = "eks:nodegroup-name", "karpenter.sh/nodepool", "parallelcluster:cluster-name"
"""The tags by one of which a machine is known to be a cluster's."""

_OURS = ("eks:", "karpenter.sh/", "kubernetes.io/cluster/", "parallelcluster:")


@dataclass(frozen=True, slots=True)
class Instance:
    """A machine that has not ended. state is EC2's word; tags are those that say whose it is."""

    id: str
    instance_type: str
    state: str
    zone_id: str | None
    zone: str
    subnet_id: str | None
    reservation_id: str | None
    launched: datetime | None
    tags: Mapping[str, str]


def cluster_instances(client: Any, *tags: str) -> list[Instance]:
    """The machines in the client's account and region that have one of these tags, over all pages.

    Raises:
        AwsFailure: The call failed; so for every function here.
    """
    filters = [
        {"Name": "tag-key", "Values": [*tags]},
        {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]},
    ]
    reservations = every_row(client, "describe_instances", "Reservations", Filters=filters, MaxResults=1000)
    return [_instance(row) for reservation in reservations for row in reservation.get("Instances") or ()]


def impaired_instances(client: Any) -> dict[str, str]:
    """The ids of running machines that fail a status check, each with the check's words."""
    rows = every_row(client, "describe_instance_status", "InstanceStatuses", MaxResults=1000)
    told = ((row["InstanceId"], _failing(row)) for row in rows)
    return {instance: words for instance, words in told if words}


def _instance(row: Mapping[str, Any]) -> Instance:
    return Instance(
        id=row["InstanceId"],
        instance_type=row.get("InstanceType") or "",
        state=within(row, "State", "Name") or "",
        zone_id=within(row, "Placement", "AvailabilityZoneId"),
        zone=within(row, "Placement", "AvailabilityZone") or "",
        subnet_id=row.get("SubnetId"),
        reservation_id=row.get("CapacityReservationId"),
        launched=row.get("LaunchTime"),
        tags={each["Key"]: each["Value"] for each in row.get("Tags") or () if each["Key"].startswith(_OURS)},
    )


def _failing(row: Mapping[str, Any]) -> str:
    checks = ("InstanceStatus", "SystemStatus", "AttachedEbsStatus")
    return ", ".join(each for each in checks if (row.get(each) or {}).get("Status") == "impaired")
