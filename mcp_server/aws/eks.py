"""EKS: clusters, node groups, add-ons and updates, each operation by itself.

Calls eks:ListClusters, eks:DescribeCluster, eks:ListNodegroups, eks:DescribeNodegroup, eks:ListAddons,
eks:DescribeAddon, eks:ListUpdates and eks:DescribeUpdate. Of a node group on a launch template its instance type and
its reservation are in that: see launch_templates.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_server.aws.calls import ask, expected, within
from mcp_server.aws.pages import every_eks_row
from mcp_server.capacity.issues import Issue, issues_of


@dataclass(frozen=True, slots=True)
class EksCluster:
    """A cluster as EKS describes it. status is EKS's word; support is STANDARD or EXTENDED, empty where not told."""

    name: str
    version: str | None
    status: str
    authentication_mode: str
    auto_mode: bool
    support: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """A managed node group as EKS describes it. Counts are as set; changed is when it was last modified, UTC.

    instance_types is empty where a launch template says it; template is that template's id and version.
    """

    name: str
    status: str
    wanted: int | None
    minimum: int | None
    maximum: int | None
    instance_types: tuple[str, ...]
    subnet_ids: tuple[str, ...]
    template: tuple[str, str] | None
    auto_scaling_groups: tuple[str, ...]
    issues: tuple[Issue, ...]
    changed: datetime | None


@dataclass(frozen=True, slots=True)
class EksAddon:
    """An add-on as EKS describes it."""

    name: str
    version: str
    status: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class EksUpdate:
    """A change to a cluster or node group. status is InProgress, Failed, Cancelled or Successful."""

    id: str
    type: str
    status: str
    created: datetime
    issues: tuple[Issue, ...]


def list_clusters(client: Any) -> list[str]:
    """The names of all clusters in the client's account and region.

    Raises:
        AwsFailure: The call failed; so for every function here.
    """
    return [*every_eks_row(client, "list_clusters", "clusters")]


def describe_cluster(client: Any, name: str) -> EksCluster:
    """One cluster."""
    row = expected(ask(client, "describe_cluster", name=name), "describe_cluster", "cluster")
    return EksCluster(
        name=name,
        version=row.get("version"),
        status=row.get("status", ""),
        authentication_mode=within(row, "accessConfig", "authenticationMode") or "",
        auto_mode=bool(within(row, "computeConfig", "enabled")),
        support=within(row, "upgradePolicy", "supportType") or "",
        issues=issues_of(within(row, "health", "issues") or ()),
    )


def list_node_groups(client: Any, cluster: str) -> list[str]:
    """The names of a cluster's managed node groups."""
    return [*every_eks_row(client, "list_nodegroups", "nodegroups", clusterName=cluster)]


def describe_node_group(client: Any, cluster: str, name: str) -> NodeGroup:
    """One managed node group."""
    answer = ask(client, "describe_nodegroup", clusterName=cluster, nodegroupName=name)
    row = expected(answer, "describe_nodegroup", "nodegroup")
    scaling: dict[str, int] = row.get("scalingConfig") or {}
    template: dict[str, str] = row.get("launchTemplate") or {}
    groups: list[dict[str, str]] = within(row, "resources", "autoScalingGroups") or []
    return NodeGroup(
        name=name,
        status=row.get("status", ""),
        wanted=scaling.get("desiredSize"),
        minimum=scaling.get("minSize"),
        maximum=scaling.get("maxSize"),
        instance_types=tuple(row.get("instanceTypes") or ()),
        subnet_ids=tuple(row.get("subnets") or ()),
        template=(template["id"], str(template.get("version") or "$Default")) if template.get("id") else None,
        auto_scaling_groups=tuple(each["name"] for each in groups if each.get("name")),
        issues=issues_of(within(row, "health", "issues") or ()),
        changed=row.get("modifiedAt"),
    )


def list_addons(client: Any, cluster: str) -> list[str]:
    """The names of a cluster's add-ons."""
    return [*every_eks_row(client, "list_addons", "addons", clusterName=cluster)]


def describe_addon(client: Any, cluster: str, name: str) -> EksAddon:
    """One add-on."""
    answer = ask(client, "describe_addon", clusterName=cluster, addonName=name)
    row = expected(answer, "describe_addon", "addon")
    issues = issues_of(within(row, "health", "issues") or ())
    return EksAddon(name, row.get("addonVersion") or "", row.get("status", ""), issues)


def list_updates(client: Any, cluster: str, group: str | None = None) -> list[str]:
    """The ids of the changes to a cluster, or to a node group of it, that EKS still knows, in no order."""
    return [*every_eks_row(client, "list_updates", "updateIds", name=cluster, nodegroupName=group)]


def describe_update(client: Any, cluster: str, update_id: str, group: str | None = None) -> EksUpdate:
    """One change to a cluster, or to a node group of it."""
    answer = ask(client, "describe_update", name=cluster, updateId=update_id, nodegroupName=group)
    row = expected(answer, "describe_update", "update")
    issues = issues_of(row.get("errors") or (), "errorCode", "errorMessage")
    return EksUpdate(update_id, row.get("type", ""), row.get("status", ""), row["createdAt"], issues)
