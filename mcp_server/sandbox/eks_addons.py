"""EKS: add-ons."""

from typing import Any

from mcp_server.sandbox.call import Call
from mcp_server.sandbox.eks_calls import (
    begin_update,
    find_addon,
    find_cluster,
    find_ready_cluster,
    hexadecimal,
    in_use,
    listed,
)
from mcp_server.sandbox.kubernetes import Addon, EksCluster, Row
from mcp_server.sandbox.lifetimes import PART_TAKES, Lifetime
from mcp_server.sandbox.simulation import Simulation


def create_addon(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Put an add-on into a cluster."""
    cluster, params = find_ready_cluster(simulation, call), call.params
    name = str(params["addonName"])
    known = cluster.addons.get(name)
    if known and not known.lifetime.gone(call.now):
        raise in_use(f"Addon already exists: {name}")
    row: Row = {
        "addonName": name,
        "clusterName": cluster.name,
        "addonVersion": params.get("addonVersion") or "v1.0.0-eksbuild.1",
        "addonArn": cluster.arn_of("addon", name, f"{hexadecimal(8)}-{hexadecimal(12)}"),
        "serviceAccountRoleArn": params.get("serviceAccountRoleArn"),
        "configurationValues": params.get("configurationValues"),
        "tags": params.get("tags") or {},
    }
    addon = Addon(row, Lifetime.begun(call.now, "CREATING", PART_TAKES))
    cluster.addons[name] = addon
    return {"addon": _row(cluster, addon, call)}


def describe_addon(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One add-on."""
    cluster = find_cluster(simulation, call)
    return {"addon": _row(cluster, find_addon(cluster, call), call)}


def list_addons(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The names of a cluster's add-ons."""
    cluster = find_cluster(simulation, call)
    shown, token = listed([name for name, each in cluster.addons.items() if not each.lifetime.gone(call.now)], call)
    return {"addons": shown, "nextToken": token}


def update_addon(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Take another version or configuration of an add-on."""
    cluster = find_ready_cluster(simulation, call)
    addon = find_addon(cluster, call)
    for member in ("addonVersion", "configurationValues", "serviceAccountRoleArn"):
        addon.row[member] = call.params.get(member) or addon.row[member]
    addon.lifetime.change(call.now, "UPDATING", PART_TAKES)
    answer = begin_update(cluster, "AddonUpdate", {"AddonVersion": addon.row["addonVersion"]}, call.now)
    cluster.updates[answer["update"]["id"]].of_addon = addon.row["addonName"]
    return answer


def delete_addon(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Take an add-on out of a cluster."""
    cluster = find_cluster(simulation, call)
    addon = find_addon(cluster, call)
    addon.lifetime.delete(call.now, "DELETING", PART_TAKES)
    return {"addon": _row(cluster, addon, call)}


def _row(cluster: EksCluster, addon: Addon, call: Call) -> Row:
    name = addon.row["addonName"]
    owned = [
        each["associationArn"] for each in cluster.associations.values() if each.get("ownerArn", "").endswith(name)
    ]
    return addon.row | {
        "status": addon.status(call.now),
        "health": {"issues": addon.told.issues},
        "createdAt": addon.lifetime.created,
        "modifiedAt": addon.lifetime.modified,
        "podIdentityAssociations": owned,
    }
