"""EKS: who may do what in a cluster, and as which role its pods act."""

from typing import Any

from mcp_server.sandbox.call import Call
from mcp_server.sandbox.eks_calls import find_cluster, find_ready_cluster, hexadecimal, in_use, listed, not_found
from mcp_server.sandbox.kubernetes import EksCluster, Row
from mcp_server.sandbox.simulation import Simulation

_LISTED = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


def create_pod_identity_association(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Let pods of a service account act as a role."""
    cluster, params = find_ready_cluster(simulation, call), call.params
    who = (params["namespace"], params["serviceAccount"])
    if any((each["namespace"], each["serviceAccount"]) == who for each in cluster.associations.values()):
        raise in_use(f"Association already exists: {who[0]}/{who[1]}")
    id_ = f"a-{hexadecimal(17)}"
    row: Row = {
        "clusterName": cluster.name,
        "namespace": who[0],
        "serviceAccount": who[1],
        "roleArn": params["roleArn"],
        "associationArn": cluster.arn_of("podidentityassociation", id_),
        "associationId": id_,
        "tags": params.get("tags") or {},
        "createdAt": call.now,
        "modifiedAt": call.now,
        "disableSessionTags": bool(params.get("disableSessionTags")),
        "targetRoleArn": params.get("targetRoleArn"),
    }
    cluster.associations[id_] = row
    return {"association": row}


def describe_pod_identity_association(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One association."""
    return {"association": _association(find_cluster(simulation, call), call)}


def list_pod_identity_associations(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The associations of a cluster, or those of a namespace or service account."""
    cluster, params = find_cluster(simulation, call), call.params
    rows = [
        {name: row.get(name) for name in _LISTED}
        for row in cluster.associations.values()
        if params.get("namespace") in (None, row["namespace"])
        and params.get("serviceAccount") in (None, row["serviceAccount"])
    ]
    shown, token = listed(rows, call)
    return {"associations": shown, "nextToken": token}


def delete_pod_identity_association(simulation: Simulation, call: Call) -> dict[str, Any]:
    """End an association."""
    cluster = find_cluster(simulation, call)
    row = _association(cluster, call)
    return {"association": cluster.associations.pop(row["associationId"])}


def create_access_entry(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Let a principal into a cluster."""
    cluster, params = find_ready_cluster(simulation, call), call.params
    principal = str(params["principalArn"])
    if principal in cluster.entries:
        raise in_use(f"The specified access entry resource is already in use on this cluster: {principal}")
    row: Row = {
        "clusterName": cluster.name,
        "principalArn": principal,
        "kubernetesGroups": params.get("kubernetesGroups") or [],
        "accessEntryArn": cluster.arn_of("access-entry", *principal.rpartition(":")[2].split("/"), hexadecimal(12)),
        "createdAt": call.now,
        "modifiedAt": call.now,
        "tags": params.get("tags") or {},
        "username": params.get("username") or principal,
        "type": params.get("type") or "STANDARD",
    }
    cluster.entries[principal] = row
    return {"accessEntry": row}


def describe_access_entry(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One access entry."""
    return {"accessEntry": _entry(find_cluster(simulation, call), call)}


def list_access_entries(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Who is let into a cluster."""
    shown, token = listed(list(find_cluster(simulation, call).entries), call)
    return {"accessEntries": shown, "nextToken": token}


def delete_access_entry(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Let a principal in no longer."""
    cluster = find_cluster(simulation, call)
    principal = _entry(cluster, call)["principalArn"]
    del cluster.entries[principal]
    cluster.policies.pop(principal, None)
    return {}


def associate_access_policy(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Give a principal that is let in one of EKS's own policies."""
    cluster = find_cluster(simulation, call)
    principal, policy = _entry(cluster, call)["principalArn"], str(call.params["policyArn"])
    row: Row = {
        "policyArn": policy,
        "accessScope": call.params["accessScope"],
        "associatedAt": call.now,
        "modifiedAt": call.now,
    }
    cluster.policies.setdefault(principal, {})[policy] = row
    return {"clusterName": cluster.name, "principalArn": principal, "associatedAccessPolicy": row}


def list_associated_access_policies(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Which of EKS's own policies a principal has."""
    cluster = find_cluster(simulation, call)
    principal = _entry(cluster, call)["principalArn"]
    shown, token = listed(list(cluster.policies.get(principal, {}).values()), call)
    return {
        "clusterName": cluster.name,
        "principalArn": principal,
        "associatedAccessPolicies": shown,
        "nextToken": token,
    }


def _association(cluster: EksCluster, call: Call) -> Row:
    row = cluster.associations.get(call.params["associationId"])
    if row is None:
        raise not_found(f"No pod identity association found for id: {call.params['associationId']}.")
    return row


def _entry(cluster: EksCluster, call: Call) -> Row:
    row = cluster.entries.get(call.params["principalArn"])
    if row is None:
        raise not_found(f"The specified principalArn could not be found: {call.params['principalArn']}.")
    return row
