"""The operations that moto lacks or answers otherwise than AWS, put onto moto's own response classes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.ec2.responses import EC2Response
from moto.eks import urls as eks_urls
from moto.eks.responses import EKSResponse
from moto.sagemaker.responses import SageMakerResponse
from moto.servicequotas.responses import ServiceQuotasResponse

from mcp_server.sandbox import cloudtrail, service_quotas
from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.ec2_extensions import (
    describe_capacity_block_extension_history,
    describe_capacity_block_extension_offerings,
    purchase_capacity_block_extension,
)
from mcp_server.sandbox.ec2_offerings import describe_capacity_block_offerings, purchase_capacity_block
from mcp_server.sandbox.ec2_reservations import (
    cancel_capacity_reservation,
    describe_capacity_block_status,
    describe_capacity_blocks,
    describe_capacity_reservations,
    find_reservation,
    get_capacity_reservation_usage,
    usable_reservation,
    zone_name,
)
from mcp_server.sandbox.ec2_tags import refuse_reserved_keys
from mcp_server.sandbox.ec2_zones import describe_availability_zones, describe_instance_type_offerings
from mcp_server.sandbox.eks import EKS
from mcp_server.sandbox.launches import check_launch, wanted_reservation, with_template
from mcp_server.sandbox.moto_stage import Stage, caller_of
from mcp_server.sandbox.sagemaker import HYPERPOD, PLANS, TAGS_OF_CLUSTERS, TAGS_OF_PLANS
from mcp_server.sandbox.sagemaker_cluster_tags import is_of_clusters
from mcp_server.sandbox.sagemaker_tags import is_of_plans
from mcp_server.sandbox.scaling_groups import fill
from mcp_server.sandbox.serialised import Answered, Refused
from mcp_server.sandbox.simulation import Handler
from mcp_server.sandbox.told_as_put import tell_as_put

EC2: Mapping[str, Handler] = {
    "CancelCapacityReservation": cancel_capacity_reservation,
    "DescribeAvailabilityZones": describe_availability_zones,
    "DescribeCapacityBlockExtensionHistory": describe_capacity_block_extension_history,
    "DescribeCapacityBlockExtensionOfferings": describe_capacity_block_extension_offerings,
    "DescribeCapacityBlockOfferings": describe_capacity_block_offerings,
    "DescribeCapacityBlockStatus": describe_capacity_block_status,
    "DescribeCapacityBlocks": describe_capacity_blocks,
    "DescribeCapacityReservations": describe_capacity_reservations,
    "DescribeInstanceTypeOfferings": describe_instance_type_offerings,
    "GetCapacityReservationUsage": get_capacity_reservation_usage,
    "PurchaseCapacityBlock": purchase_capacity_block,
    "PurchaseCapacityBlockExtension": purchase_capacity_block_extension,
}
SERVICE_QUOTAS: Mapping[str, Handler] = {
    "GetAWSDefaultServiceQuota": lambda world, call: service_quotas.get_aws_default_service_quota(world.quotas, call),
    "GetServiceQuota": lambda world, call: service_quotas.get_service_quota(world.quotas, call),
    "ListAWSDefaultServiceQuotas": lambda world, call: service_quotas.list_aws_default_service_quotas(
        world.quotas, call
    ),
    "ListServiceQuotas": lambda world, call: service_quotas.list_service_quotas(world.quotas, call),
}
CLOUDTRAIL: Mapping[str, Handler] = {
    "LookupEvents": lambda world, call: cloudtrail.lookup_events(world.trail, call),
}
_WRITTEN_TO_CLOUDTRAIL = frozenset(
    {"CreateTrainingPlan", "ExtendTrainingPlan", "PurchaseCapacityBlock", "PurchaseCapacityBlockExtension"}
)


def put_on_moto(stage: Stage) -> None:
    """Give moto's response classes every operation of the tables. To be called once in a process."""
    tables: tuple[tuple[type[BaseResponse], Mapping[str, Handler]], ...] = (
        (EC2Response, EC2),
        (EKSResponse, EKS),
        (SageMakerResponse, {**PLANS, **HYPERPOD}),
        (ServiceQuotasResponse, SERVICE_QUOTAS),
        (CloudTrailResponse, CLOUDTRAIL),
    )
    for response_class, table in tables:
        for operation, handler in table.items():
            setattr(response_class, camelcase_to_underscores(operation), _method(stage, operation, handler))
    tell_as_put()
    _parse_eks()
    _start_by_templates(stage)
    wrapped = {"create_tags": _with_reservations, "delete_tags": _with_reservations, "run_instances": _into_blocks}
    for operation, wrap in wrapped.items():
        setattr(EC2Response, operation, wrap(stage, getattr(EC2Response, operation)))
    for is_ours, table in ((is_of_plans, TAGS_OF_PLANS), (is_of_clusters, TAGS_OF_CLUSTERS)):
        for operation, handler in table.items():
            name = camelcase_to_underscores(operation)
            ours = _method(stage, operation, handler)
            setattr(SageMakerResponse, name, _where(is_ours, stage, getattr(SageMakerResponse, name), ours))


def _method(stage: Stage, operation: str, handler: Handler) -> Callable[[BaseResponse], ActionResult]:
    def method(response: BaseResponse) -> ActionResult:
        call = _call(stage, operation, response)
        answer: dict[str, Any] = {}
        failure = None
        try:
            answer = handler(stage.simulation, call)
        except AwsError as error:
            failure = error
        if operation in _WRITTEN_TO_CLOUDTRAIL:
            stage.simulation.trail.record(str(response.service_name), call, answer, failure)
        return Refused(failure) if failure else Answered(answer)

    return method


def _with_reservations(
    stage: Stage, original: Callable[[BaseResponse], ActionResult]
) -> Callable[[BaseResponse], ActionResult]:
    """Moto tags whatever looks like an id: look first whether the reservations among them exist."""

    def method(response: BaseResponse) -> ActionResult:
        call = _call(stage, "CreateTags", response)
        try:
            refuse_reserved_keys({str(tag.get("Key")): None for tag in call.params.get("Tags") or ()})
            for resource in call.params.get("Resources") or ():
                if resource.startswith("cr-"):
                    find_reservation(stage.simulation, call, resource)
        except AwsError as error:
            return Refused(error)
        return original(response)

    return method


def _into_blocks(
    stage: Stage, original: Callable[[BaseResponse], ActionResult]
) -> Callable[[BaseResponse], ActionResult]:
    """Instances start wherever moto is told to start them: look first whether their block has room for them."""

    def method(response: BaseResponse) -> ActionResult:
        call, simulation = _call(stage, "RunInstances", response), stage.simulation
        call = replace(call, params=with_template(call.account, call.region, call.params))
        try:
            wanted = wanted_reservation(call)
            if wanted is None:
                return original(response)
            reservation = usable_reservation(simulation, call, wanted)
            free = simulation.available(reservation, call.now)
            check_launch(call, reservation, zone_name(simulation, reservation, call.account), free)
        except AwsError as error:
            return Refused(error)
        started = original(response)
        instances = cast("Any", started.result).instances
        simulation.launches.add(call.account, call.region, instances, reservation)
        return started

    return method


def _where(
    is_ours: Callable[[Call], bool],
    stage: Stage,
    original: Callable[[BaseResponse], ActionResult],
    ours: Callable[[BaseResponse], ActionResult],
) -> Callable[[BaseResponse], ActionResult]:
    """Moto's own operation, but for what moto has no idea of."""

    def method(response: BaseResponse) -> ActionResult:
        return ours(response) if is_ours(_call(stage, "ListTags", response)) else original(response)

    return method


def _parse_eks() -> None:
    """Let moto take every path of EKS, and read requests by botocore's model as it does for EC2."""
    init: Callable[[EKSResponse], None] = getattr(EKSResponse, "__init__")  # noqa: B009 - it is untyped

    def parsing(response: EKSResponse) -> None:
        init(response)
        response.automated_parameter_parsing = True

    setattr(EKSResponse, "__init__", parsing)  # noqa: B010 - a method cannot be assigned
    eks_urls.url_paths["{0}/(?P<path>.+)$"] = EKSResponse.dispatch


def _start_by_templates(stage: Stage) -> None:
    """Auto Scaling starts instances where there is room; moto would start them anywhere."""

    def start(group: Any, missing: int, tags: dict[str, str]) -> None:
        fill(stage.simulation, group, missing, tags, stage.simulation.clock.now())

    setattr(FakeAutoScalingGroup, "replace_autoscaling_group_instances", start)  # noqa: B010 - as above


def _call(stage: Stage, operation: str, response: BaseResponse) -> Call:
    return Call(
        operation=operation,
        region=response.region,
        caller=caller_of(response.get_access_key(), stage.simulation.population.accounts),
        now=stage.simulation.clock.now(),
        params=_parameters(response),
        effects=stage.effects,
    )


def _parameters(response: BaseResponse) -> dict[str, Any]:
    """The request's members by their names in botocore's model; times are aware."""
    if response.automated_parameter_parsing:
        return {name: _aware(value) for name, value in response.params.items()}
    members: dict[str, Any] = json.loads(response.body or "{}")
    for name in ("StartTime", "EndTime"):
        if name in members:
            members[name] = datetime.fromtimestamp(members[name], UTC)
    return members


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=value.tzinfo or UTC) if isinstance(value, datetime) else value
