"""EKS: what it finds when it looks at a cluster."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mcp_server.sandbox.call import Call
from mcp_server.sandbox.eks_calls import find_cluster, listed, not_found
from mcp_server.sandbox.kubernetes import Row
from mcp_server.sandbox.simulation import Simulation

_ONLY_DESCRIBED = frozenset({"recommendation", "additionalInfo", "resources", "categorySpecificSummary"})


def list_insights(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The insights of a cluster, of some categories, versions or statuses if asked for."""
    wanted: Mapping[str, Sequence[str]] = call.params.get("filter") or {}
    readers: Mapping[str, Callable[[Row], str | None]] = {
        "categories": lambda row: row.get("category"),
        "kubernetesVersions": lambda row: row.get("kubernetesVersion"),
        "statuses": lambda row: row["insightStatus"]["status"],
    }
    rows = [
        {name: value for name, value in row.items() if name not in _ONLY_DESCRIBED}
        for row in find_cluster(simulation, call).insights.values()
        if all(read(row) in wanted[name] for name, read in readers.items() if wanted.get(name))
    ]
    shown, token = listed(rows, call)
    return {"insights": shown, "nextToken": token}


def describe_insight(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One insight."""
    row = find_cluster(simulation, call).insights.get(call.params["id"])
    if row is None:
        raise not_found(f"No insight found for id: {call.params['id']}.")
    return {"insight": row}
