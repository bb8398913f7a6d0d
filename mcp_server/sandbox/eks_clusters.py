"""EKS: clusters themselves, their tags, and what is being changed in them."""

from collections.abc import Mapping
from typing import Any, Final

from moto.ec2.models import ec2_backends

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.eks_calls import (
    begin_update,
    find_addon,
    find_cluster,
    find_group,
    find_ready_cluster,
    hexadecimal,
    in_use,
    listed,
    not_found,
    update_row,
)
from mcp_server.sandbox.kubernetes import EksCluster, Row
from mcp_server.sandbox.lifetimes import CLUSTER_TAKES, PART_TAKES, Lifetime
from mcp_server.sandbox.population import DEFAULT_KUBERNETES
from mcp_server.sandbox.simulation import Simulation

_CERTIFICATE = "c2ltdWxhdGVk"
_KEPT: Final = (
    "encryptionConfig",
    "upgradePolicy",
    "zonalShiftConfig",
    "remoteNetworkConfig",
    "storageConfig",
    "deletionProtection",
    "controlPlaneScalingConfig",
)
"""What a cluster is told with as it was asked for."""
_UPDATES: Mapping[str, tuple[str, str]] = {
    "accessConfig": ("AccessConfigUpdate", "AuthenticationMode"),
    "computeConfig": ("AutoModeUpdate", "ComputeConfig"),
    "logging": ("LoggingUpdate", "ClusterLogging"),
    "upgradePolicy": ("UpgradePolicyUpdate", "UpgradePolicy"),
    "deletionProtection": ("DeletionProtectionUpdate", "DeletionProtection"),
}
"""Which update changing a member makes, and by what its parameter goes."""


_MERGED: Final = frozenset({"accessConfig", "computeConfig"})
"""Members of which an update may say a part."""


def create_cluster(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Make a cluster, which takes two minutes."""
    params, name = call.params, str(call.params["name"])
    if simulation.kubernetes.find(call.account, call.region, name, call.now):
        raise in_use(f"Cluster already exists with name: {name}")
    identity = hexadecimal(32).upper()
    row: Row = {
        "name": name,
        "arn": f"arn:aws:eks:{call.region}:{call.account}:cluster/{name}",
        "version": params.get("version") or DEFAULT_KUBERNETES,
        "endpoint": f"https://{identity}.gr7.{call.region}.eks.amazonaws.com",
        "roleArn": params["roleArn"],
        "resourcesVpcConfig": _network(call, params["resourcesVpcConfig"]),
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"}
        | (params.get("kubernetesNetworkConfig") or {}),
        "logging": params.get("logging") or {"clusterLogging": []},
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{call.region}.amazonaws.com/id/{identity}"}},
        "certificateAuthority": {"data": _CERTIFICATE},
        "platformVersion": "eks.9",
        "tags": params.get("tags") or {},
        "accessConfig": {"bootstrapClusterCreatorAdminPermissions": True, "authenticationMode": "API_AND_CONFIG_MAP"}
        | (params.get("accessConfig") or {}),
        "computeConfig": {"enabled": False} | (params.get("computeConfig") or {}),
        **{member: params[member] for member in _KEPT if params.get(member) is not None},
    }
    cluster = EksCluster(call.account, call.region, row, Lifetime.begun(call.now, "CREATING", CLUSTER_TAKES))
    simulation.kubernetes.add(cluster)
    return {"cluster": _cluster_row(cluster, call)}


def describe_cluster(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One cluster."""
    return {"cluster": _cluster_row(find_cluster(simulation, call, member="name"), call)}


def list_clusters(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The names of the clusters."""
    names = [each.name for each in simulation.kubernetes.owned(call.account, call.region, call.now)]
    shown, token = listed(names, call)
    return {"clusters": shown, "nextToken": token}


def update_cluster_config(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Change one thing of a cluster, as EKS allows it."""
    cluster = find_ready_cluster(simulation, call, member="name")
    network = call.params.get("resourcesVpcConfig")
    if network:
        cluster.row["resourcesVpcConfig"] = cluster.row["resourcesVpcConfig"] | network
        return _updated(cluster, call, "VpcConfigUpdate", {name: network[name] for name in network})
    for member, (kind, parameter) in _UPDATES.items():
        wanted = call.params.get(member)
        if wanted is not None:
            before: Row = cluster.row.get(member) or {}
            cluster.row[member] = {**before, **wanted} if member in _MERGED else wanted
            return _updated(cluster, call, kind, {parameter: wanted})
    raise AwsError("InvalidParameterException", "No changes needed for the resource.")


def update_cluster_version(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Raise the version of Kubernetes."""
    cluster = find_ready_cluster(simulation, call, member="name")
    cluster.row["version"] = call.params["version"]
    return _updated(cluster, call, "VersionUpdate", {"Version": call.params["version"]})


def delete_cluster(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Delete a cluster that has no node groups."""
    cluster = find_cluster(simulation, call, member="name")
    if any(not each.lifetime.gone(call.now) for each in cluster.groups.values()):
        raise in_use("Cluster has nodegroups attached")
    cluster.lifetime.delete(call.now, "DELETING", CLUSTER_TAKES)
    return {"cluster": _cluster_row(cluster, call)}


def list_updates(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The updates of a cluster itself, or of one of its node groups or add-ons."""
    cluster = find_cluster(simulation, call, member="name")
    group, addon = _part(cluster, call)
    ids = [id_ for id_, each in cluster.updates.items() if (each.of_group, each.of_addon) == (group, addon)]
    shown, token = listed(ids, call)
    return {"updateIds": shown, "nextToken": token}


def describe_update(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One update."""
    cluster = find_cluster(simulation, call, member="name")
    _part(cluster, call)
    update = cluster.updates.get(call.params["updateId"])
    if update is None:
        raise not_found(f"No update found for id: {call.params['updateId']}.")
    return {"update": update_row(update, call.now)}


def list_tags_for_resource(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The tags of whatever has an ARN."""
    return {"tags": _tagged(simulation, call).get("tags") or {}}


def tag_resource(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Put tags on whatever has an ARN."""
    row = _tagged(simulation, call)
    row["tags"] = {**(row.get("tags") or {}), **call.params["tags"]}
    return {}


def untag_resource(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Take tags off whatever has an ARN."""
    row = _tagged(simulation, call)
    tags: Mapping[str, str] = row.get("tags") or {}
    row["tags"] = {key: value for key, value in tags.items() if key not in call.params["tagKeys"]}
    return {}


def _cluster_row(cluster: EksCluster, call: Call) -> Row:
    return cluster.row | {
        "createdAt": cluster.lifetime.created,
        "status": cluster.status(call.now),
        "health": {"issues": cluster.told.issues},
    }


def _network(call: Call, asked: Mapping[str, Any]) -> Row:
    """The network of a cluster: which VPC follows from its subnets."""
    backend = ec2_backends[call.account][call.region]
    wanted = list(asked.get("subnetIds") or ())
    known: list[Any] = backend.describe_subnets(filters={"subnet-id": wanted}) if wanted else []
    unknown = [each for each in wanted if each not in {subnet.id for subnet in known}]
    if unknown:
        raise AwsError("InvalidParameterException", f"The subnet ID '{unknown[0]}' does not exist")
    return {
        "subnetIds": wanted,
        "securityGroupIds": list(asked.get("securityGroupIds") or ()),
        "clusterSecurityGroupId": f"sg-0{hexadecimal(16)}",
        "vpcId": known[0].vpc_id if known else None,
        "endpointPublicAccess": asked.get("endpointPublicAccess", True),
        "endpointPrivateAccess": asked.get("endpointPrivateAccess", False),
        "publicAccessCidrs": asked.get("publicAccessCidrs") or ["0.0.0.0/0"],
    }


def _updated(cluster: EksCluster, call: Call, kind: str, params: Mapping[str, object]) -> dict[str, Any]:
    cluster.lifetime.change(call.now, "UPDATING", PART_TAKES)
    return begin_update(cluster, kind, params, call.now)


def _part(cluster: EksCluster, call: Call) -> tuple[str | None, str | None]:
    """Of which node group or add-on updates are wanted."""
    group, addon = call.params.get("nodegroupName"), call.params.get("addonName")
    if group:
        find_group(cluster, call)
    if addon:
        find_addon(cluster, call)
    return group, addon


def _tagged(simulation: Simulation, call: Call) -> Row:
    """The record of whatever a request names by its ARN."""
    arn = str(call.params["resourceArn"])
    for cluster in simulation.kubernetes.owned(call.account, call.region, call.now):
        parts = [each.row for each in (*cluster.groups.values(), *cluster.addons.values())]
        rows = [cluster.row, *parts, *cluster.associations.values(), *cluster.entries.values()]
        for row in rows:
            names = ("arn", "nodegroupArn", "addonArn", "associationArn", "accessEntryArn")
            if arn in (row.get(name) for name in names):
                return row
    raise not_found(f"The specified resource could not be found: {arn}")
