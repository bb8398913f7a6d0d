"""The limits of an account that decide whether capacity can be bought, and used."""

from collections.abc import Iterator
from dataclasses import dataclass

from mcp_server.capacity.instance_types import InstanceType
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.requests import CapacityRequest


@dataclass(frozen=True, slots=True)
class Limit:
    """A service quota by its code: what it limits, counted in unit, and how much of it one purchase needs."""

    service: str
    code: str
    what: str
    unit: str
    needed: int


def limits_on(request: CapacityRequest, kind: InstanceType) -> Iterator[Limit]:
    """The limits that a request meets for one type, as far as their codes are known.

    Of blocks it is the family's vCPUs in concurrently active blocks (EC2 endpoints and quotas); of plans the instances
    in an account's plans and, for HyperPod, those of its clusters, which must exceed what the plan has (SageMaker
    guide, View training plans quotas).
    """
    units = request.units(kind)
    vcpus, instances = units * kind.vcpus, units * kind.hardware.instances
    for service, code, what, unit in _limits_of(kind, request.target):
        yield Limit(service, code, what, unit, vcpus if unit == "vCPUs" else instances)


def limit_codes(kind: InstanceType, target: TargetResource | None) -> frozenset[str]:
    """The codes of the limits that bear on a type for a target, on its blocks where there is none."""
    return frozenset(code for _, code, _, _ in _limits_of(kind, target))


def _limits_of(kind: InstanceType, target: TargetResource | None) -> Iterator[tuple[str, str, str, str]]:
    """Service, code, what it limits, and in which unit."""
    plan = kind.plan
    if target is None and kind.quota_code:
        yield "ec2", kind.quota_code, kind.family, "vCPUs"
    if target and plan and plan.reserved_quota:
        yield "sagemaker", plan.reserved_quota, f"{plan.name} in plans", "instances"
    if target is TargetResource.HYPERPOD and plan and plan.cluster_quota:
        yield "sagemaker", plan.cluster_quota, f"{plan.name} in clusters", "instances"
