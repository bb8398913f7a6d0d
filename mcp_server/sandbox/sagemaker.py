"""The operations on training plans, and what SageMaker looks at before any of them."""

from collections.abc import Mapping
from typing import Any

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.catalogue import plan_products
from mcp_server.sandbox.constraints import check
from mcp_server.sandbox.quotas import SAGEMAKER
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


def _checked(operation: str, handler: Handler) -> Handler:
    """A handler behind SageMaker's own look at the region and at the request.

    AWS does not say in which regions plans are sold. Here it is wherever blocks of one of their types are; anywhere
    else no operation of plans exists.
    """

    def checked(simulation: Simulation, call: Call) -> dict[str, Any]:
        if not any(simulation.places.sold_in(product, call.region) for product in plan_products().values()):
            raise AwsError(
                "UnknownOperationException", "The requested operation is not supported in the called region."
            )
        check(SAGEMAKER, operation, call.params)
        return handler(simulation, call)

    return checked


def _table(handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
    return {operation: _checked(operation, handler) for operation, handler in handlers.items()}


PLANS = _table(
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
TAGS_OF_PLANS = _table({"AddTags": add_tags, "DeleteTags": delete_tags, "ListTags": list_tags})
"""They are for the ARNs of plans alone: moto serves the same operations for what else SageMaker has."""
