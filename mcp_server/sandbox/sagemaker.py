"""The operations on training plans and HyperPod clusters, and what SageMaker looks at before any of them."""

from collections.abc import Mapping
from typing import Any

from mcp_server.sandbox import sagemaker_cluster_tags, sagemaker_clusters
from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.catalogue import plan_products
from mcp_server.sandbox.constraints import check
from mcp_server.sandbox.quotas import SAGEMAKER
from mcp_server.sandbox.sagemaker_cluster_events import describe_cluster_event, list_cluster_events
from mcp_server.sandbox.sagemaker_cluster_nodes import describe_cluster_node, list_cluster_nodes
from mcp_server.sandbox.sagemaker_extensions import describe_training_plan_extension_history, extend_training_plan
from mcp_server.sandbox.sagemaker_offerings import create_training_plan, search_training_plan_offerings
from mcp_server.sandbox.sagemaker_plans import (
    describe_reserved_capacity,
    describe_training_plan,
    list_training_plans,
    list_ultra_servers_by_reserved_capacity,
)
from mcp_server.sandbox.sagemaker_tags import add_tags, delete_tags, list_tags
from mcp_server.sandbox.simulation import Handler, Simulation


def _valid(operation: str, handler: Handler) -> Handler:
    """A handler behind SageMaker's own look at the request."""

    def valid(simulation: Simulation, call: Call) -> dict[str, Any]:
        check(SAGEMAKER, operation, call.params)
        return handler(simulation, call)

    return valid


def _sold(handler: Handler) -> Handler:
    """A handler behind SageMaker's own look at the region.

    AWS does not say in which regions plans are sold. Here it is wherever blocks of one of their types are; anywhere
    else no operation of plans exists.
    """

    def sold(simulation: Simulation, call: Call) -> dict[str, Any]:
        if not any(simulation.places.sold_in(product, call.region) for product in plan_products().values()):
            raise AwsError(
                "UnknownOperationException", "The requested operation is not supported in the called region."
            )
        return handler(simulation, call)

    return sold


def _of_plans(handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
    return {operation: _sold(_valid(operation, handler)) for operation, handler in handlers.items()}


def _of_clusters(handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
    return {operation: _valid(operation, handler) for operation, handler in handlers.items()}


PLANS = _of_plans(
    {
        "CreateTrainingPlan": create_training_plan,
        "DescribeReservedCapacity": describe_reserved_capacity,
        "DescribeTrainingPlan": describe_training_plan,
        "DescribeTrainingPlanExtensionHistory": describe_training_plan_extension_history,
        "ExtendTrainingPlan": extend_training_plan,
        "ListTrainingPlans": list_training_plans,
        "ListUltraServersByReservedCapacity": list_ultra_servers_by_reserved_capacity,
        "SearchTrainingPlanOfferings": search_training_plan_offerings,
    }
)
TAGS_OF_PLANS = _of_plans({"AddTags": add_tags, "DeleteTags": delete_tags, "ListTags": list_tags})
"""They are for the ARNs of plans alone: moto serves the same operations for what else SageMaker has."""
HYPERPOD = _of_clusters(
    {
        "CreateCluster": sagemaker_clusters.create_cluster,
        "DeleteCluster": sagemaker_clusters.delete_cluster,
        "DescribeCluster": sagemaker_clusters.describe_cluster,
        "DescribeClusterEvent": describe_cluster_event,
        "DescribeClusterNode": describe_cluster_node,
        "ListClusterEvents": list_cluster_events,
        "ListClusterNodes": list_cluster_nodes,
        "ListClusters": sagemaker_clusters.list_clusters,
        "UpdateCluster": sagemaker_clusters.update_cluster,
    }
)
TAGS_OF_CLUSTERS = _of_clusters(
    {
        "AddTags": sagemaker_cluster_tags.add_tags,
        "DeleteTags": sagemaker_cluster_tags.delete_tags,
        "ListTags": sagemaker_cluster_tags.list_tags,
    }
)
