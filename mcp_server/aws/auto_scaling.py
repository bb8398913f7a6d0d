"""The Auto Scaling groups behind EKS's managed node groups. Calls autoscaling:DescribeAutoScalingGroups."""

from dataclasses import dataclass
from typing import Any

from mcp_server.aws.pages import every_row

_OF_NODE_GROUPS = [{"Name": "tag-key", "Values": ["eks:nodegroup-name"]}]


@dataclass(frozen=True, slots=True)
class AutoScalingGroup:
    """One with the ids of its machines: those in service, and those that it holds for unhealthy."""

    name: str
    in_service: frozenset[str]
    unhealthy: frozenset[str]


def node_groups_behind(client: Any) -> dict[str, AutoScalingGroup]:
    """The groups of all managed node groups in the client's account and region, by name.

    Raises:
        AwsFailure: The call failed.
    """
    rows = every_row(
        client, "describe_auto_scaling_groups", "AutoScalingGroups", Filters=_OF_NODE_GROUPS, MaxRecords=100
    )
    return {row["AutoScalingGroupName"]: _group(row) for row in rows}


def _group(row: dict[str, Any]) -> AutoScalingGroup:
    instances: list[dict[str, str]] = row.get("Instances") or []
    return AutoScalingGroup(
        row["AutoScalingGroupName"],
        frozenset(each["InstanceId"] for each in instances if each.get("LifecycleState") == "InService"),
        frozenset(each["InstanceId"] for each in instances if each.get("HealthStatus") == "Unhealthy"),
    )
