"""SageMaker: what happened in a HyperPod cluster."""

from datetime import datetime
from typing import Any

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.hyperpod import HyperPodCluster, Row
from mcp_server.sandbox.market import digest
from mcp_server.sandbox.sagemaker_cluster_calls import find_cluster
from mcp_server.sandbox.sagemaker_plans import invalid, shown_page
from mcp_server.sandbox.simulation import Simulation


def note(
    cluster: HyperPodCluster,
    at: datetime,
    kind: str,
    words: str,
    *,
    group: str | None = None,
    node: str | None = None,
    level: str = "Info",
    metadata: Row | None = None,
) -> None:
    """Keep an event of a cluster, an instance group or an instance (kind, in SageMaker's words)."""
    number = digest(cluster.arn, len(cluster.events), words)
    row: Row = {
        "EventId": f"{number >> 32:08x}-0000-4000-8000-{number & 0xFFFFFFFFFFFF:012x}",
        "ClusterArn": cluster.arn,
        "ClusterName": cluster.name,
        "InstanceGroupName": group,
        "InstanceId": node,
        "ResourceType": kind,
        "EventTime": at,
        "Description": words,
        "EventLevel": level,
    }
    if metadata:
        row["EventDetails"] = {"EventMetadata": metadata}
    cluster.events.append(row)


def list_cluster_events(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The events of a cluster, the newest first unless they are to be sorted otherwise."""
    params = call.params
    after, before = params.get("EventTimeAfter"), params.get("EventTimeBefore")
    rows = [
        {name: value for name, value in row.items() if name != "EventDetails"}
        for row in _events(simulation, call)
        if params.get("InstanceGroupName") in (None, row["InstanceGroupName"])
        and params.get("NodeId") in (None, row["InstanceId"])
        and params.get("ResourceType") in (None, row["ResourceType"])
        and (after is None or row["EventTime"] > after)
        and (before is None or row["EventTime"] < before)
    ]
    rows.sort(key=lambda row: row["EventTime"], reverse=params.get("SortOrder") != "Ascending")
    shown, token = shown_page(rows, call)
    return {"Events": shown, "NextToken": token}


def describe_cluster_event(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One event with its details."""
    for row in _events(simulation, call):
        if row["EventId"] == call.params["EventId"]:
            return {"EventDetails": row}
    raise AwsError("ResourceNotFound", f"Event {call.params['EventId']} was not found.")


def _events(simulation: Simulation, call: Call) -> list[Row]:
    """The events of the cluster that a request names (API reference of ListClusterEvents: continuous ones have any).

    Raises:
        AwsError: There is no such cluster, or it has none.
    """
    cluster = find_cluster(simulation, call)
    if not cluster.continuous:
        raise invalid("Cluster events are supported only where NodeProvisioningMode is Continuous.")
    return cluster.events
