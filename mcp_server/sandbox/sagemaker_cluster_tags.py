"""Tags on HyperPod clusters: AddTags, ListTags and DeleteTags where their resource is one."""

from typing import Any

from mcp_server.sandbox.call import Call
from mcp_server.sandbox.sagemaker_cluster_calls import find_cluster
from mcp_server.sandbox.sagemaker_plans import shown_page
from mcp_server.sandbox.sagemaker_tags import tags_from
from mcp_server.sandbox.simulation import Simulation


def is_of_clusters(call: Call) -> bool:
    """Whether a request is about a cluster."""
    return str(call.params.get("ResourceArn")).rpartition(":")[2].partition("/")[0] == "cluster"


def add_tags(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Put tags on a cluster, over those with the same keys."""
    cluster = find_cluster(simulation, call, member="ResourceArn")
    cluster.tags |= tags_from(call.params["Tags"])
    return {"Tags": _rows(cluster.tags)}


def list_tags(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The tags of a cluster."""
    shown, token = shown_page(_rows(find_cluster(simulation, call, member="ResourceArn").tags), call)
    return {"Tags": shown, "NextToken": token}


def delete_tags(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Take tags off a cluster."""
    cluster = find_cluster(simulation, call, member="ResourceArn")
    for key in call.params["TagKeys"]:
        cluster.tags.pop(key, None)
    return {}


def _rows(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
