"""The limits of an account that decide whether capacity can be bought, and used."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mcp_server.capacity.instance_types import WITHIN_ULTRASERVERS, InstanceType, accelerator_of
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.plans import TargetResource


@dataclass(frozen=True, slots=True)
class Limit:
    """A service quota by its code: what it limits, counted in unit, and how much of it one purchase needs.

    buying is whether nothing can be bought that passes it; else what was bought cannot be used. standing is whether all
    that is not over counts against it, whatever its dates.
    """

    service: str
    code: str
    what: str
    unit: str
    needed: int
    buying: bool = True
    standing: bool = False


PLANS_IN_REGION = Limit("sagemaker", "L-867702E6", "any type", "training plans", 1, standing=True)
"""Number of training plans per Region (SageMaker guide, View training plans quotas; the code as accounts show it)."""


def limits_on(kind: InstanceType, count: int, target: TargetResource | None) -> Iterator[Limit]:
    """The limits that so many of a type meet, as blocks or as a plan for a target, as far as their codes are known.

    Of blocks it is the family's vCPUs in concurrently active blocks (EC2 endpoints and quotas); of plans the instances
    in an account's plans and, for HyperPod, those of its clusters, which must exceed what the plan has (SageMaker
    guide, View training plans quotas).
    """
    plan, instances = kind.plan, count * kind.hardware.instances
    if target is None and kind.quota_code:
        yield Limit("ec2", kind.quota_code, kind.family, "vCPUs", count * kind.vcpus)
    if target and plan and plan.reserved_quota:
        yield Limit("sagemaker", plan.reserved_quota, f"{plan.name} in plans", "instances", instances)
    if target is TargetResource.HYPERPOD and plan and plan.cluster_quota:
        yield Limit("sagemaker", plan.cluster_quota, f"{plan.name} in clusters", "instances", instances, buying=False)


@dataclass(frozen=True, slots=True)
class UncodedLimit:
    """A limit of SageMaker's that decides on buying and whose code is not known; name_part is in its name."""

    what: str
    name_part: str


def uncoded_limit(kind: InstanceType, target: TargetResource | None) -> UncodedLimit | None:
    """The limit on a type in plans, where it can be looked up by its name only."""
    if target is None or kind.plan is None or kind.plan.reserved_quota:
        return None
    # The limit on UltraServers bears the name of the instances in them.
    return UncodedLimit(f"{kind.plan.name} in plans", kind.family.lower() if kind.ultraserver else kind.plan.name)


def limit_codes(kind: InstanceType, target: TargetResource | None) -> frozenset[str]:
    """The codes of the limits that bear on a type for a target, on its blocks where there is none."""
    return frozenset(each.code for each in limits_on(kind, 1, target))


def reserved(
    reservations: Iterable[OwnedReservation], account: str, region: str, code: str, start: datetime, end: datetime
) -> int:
    """How much of a limit an account uses by what it owns in a region whose dates meet a time (UTC).

    All of it counts together, as against the quota, also what does not meet each other. What is of an uncounted type
    is left out.
    """
    return sum(
        used.needed
        for each in reservations
        if (each.account, each.region) == (account, region) and not each.state.over
        for used in _used(each)
        if used.code == code and (used.standing or (each.start < end and (each.end is None or start < each.end)))
    )


def _used(owned: OwnedReservation) -> Iterator[Limit]:
    """The limits that one reservation or plan counts against, with how much of each."""
    within = WITHIN_ULTRASERVERS.get(owned.instance_type)
    if owned.kind:
        yield from limits_on(owned.kind, owned.count, owned.plan.target if owned.plan else None)
    elif within and within.quota_code:
        yield Limit("ec2", within.quota_code, within.family, "vCPUs", owned.count * within.vcpus)
    if owned.plan:
        yield PLANS_IN_REGION


def uncounted(reservations: Iterable[OwnedReservation]) -> tuple[str, ...]:
    """The types, by name, of what is not over and takes up of a limit what is not known here."""
    return tuple(
        sorted(
            {
                each.instance_type
                for each in reservations
                if not each.state.over and accelerator_of(each.instance_type) is None
            }
        )
    )


def most_reserved(reservations: Sequence[OwnedReservation], account: str, region: str, code: str, now: datetime) -> int:
    """The most of a limit that is used at one moment, from now (UTC) on."""
    moments = [now, *(each.start for each in reservations if each.start > now)]
    return max(reserved(reservations, account, region, code, each, each + timedelta.resolution) for each in moments)
