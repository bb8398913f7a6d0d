"""The operations of EKS. moto's own know no add-ons, insights or access entries, and no capacity blocks."""

from collections.abc import Mapping
from typing import Any

from mcp_server.sandbox import eks_access, eks_addons, eks_clusters, eks_insights, eks_node_groups
from mcp_server.sandbox.call import Call
from mcp_server.sandbox.eks_calls import find_cluster
from mcp_server.sandbox.simulation import Handler, Simulation


def list_fargate_profiles(simulation: Simulation, call: Call) -> dict[str, Any]:
    """None: nothing here runs on Fargate."""
    find_cluster(simulation, call)
    return {"fargateProfileNames": []}


EKS: Mapping[str, Handler] = {
    "AssociateAccessPolicy": eks_access.associate_access_policy,
    "CreateAccessEntry": eks_access.create_access_entry,
    "CreateAddon": eks_addons.create_addon,
    "CreateCluster": eks_clusters.create_cluster,
    "CreateNodegroup": eks_node_groups.create_nodegroup,
    "CreatePodIdentityAssociation": eks_access.create_pod_identity_association,
    "DeleteAccessEntry": eks_access.delete_access_entry,
    "DeleteAddon": eks_addons.delete_addon,
    "DeleteCluster": eks_clusters.delete_cluster,
    "DeleteNodegroup": eks_node_groups.delete_nodegroup,
    "DeletePodIdentityAssociation": eks_access.delete_pod_identity_association,
    "DescribeAccessEntry": eks_access.describe_access_entry,
    "DescribeAddon": eks_addons.describe_addon,
    "DescribeCluster": eks_clusters.describe_cluster,
    "DescribeInsight": eks_insights.describe_insight,
    "DescribeNodegroup": eks_node_groups.describe_nodegroup,
    "DescribePodIdentityAssociation": eks_access.describe_pod_identity_association,
    "DescribeUpdate": eks_clusters.describe_update,
    "ListAccessEntries": eks_access.list_access_entries,
    "ListAddons": eks_addons.list_addons,
    "ListAssociatedAccessPolicies": eks_access.list_associated_access_policies,
    "ListClusters": eks_clusters.list_clusters,
    "ListFargateProfiles": list_fargate_profiles,
    "ListInsights": eks_insights.list_insights,
    "ListNodegroups": eks_node_groups.list_nodegroups,
    "ListPodIdentityAssociations": eks_access.list_pod_identity_associations,
    "ListTagsForResource": eks_clusters.list_tags_for_resource,
    "ListUpdates": eks_clusters.list_updates,
    "TagResource": eks_clusters.tag_resource,
    "UntagResource": eks_clusters.untag_resource,
    "UpdateAddon": eks_addons.update_addon,
    "UpdateClusterConfig": eks_clusters.update_cluster_config,
    "UpdateClusterVersion": eks_clusters.update_cluster_version,
    "UpdateNodegroupConfig": eks_node_groups.update_nodegroup_config,
    "UpdateNodegroupVersion": eks_node_groups.update_nodegroup_version,
}
