"""What describes owned plans: their list, one of them, its reserved capacities and UltraServers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.catalogue import Product
from mcp_server.sandbox.paging import page
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.training_plans import Counts, ReservedCapacity, Status, TrainingPlan

T = TypeVar("T")

# The default that the API reference gives for UltraServers; for plans and extensions it gives none.
PAGE = 10
_MESSAGES: Mapping[Status, str] = {
    Status.PENDING: "Payment is being processed.",
    Status.FAILED: "Payment failed.",
    Status.SCHEDULED: "Payment confirmed, training plan scheduled.",
    Status.ACTIVE: "Training plan is active.",
    Status.EXPIRED: "Training plan has expired.",
}


def list_training_plans(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The plans of the account in the region, by start unless they are to be sorted otherwise."""
    params, now = call.params, call.now
    after, before = params.get("StartTimeAfter"), params.get("StartTimeBefore")
    wanted = {each["Value"] for each in params.get("Filters") or ()}
    plans = [
        plan
        for plan in _owned(simulation, call)
        if (not wanted or plan.status(now) in wanted)
        and (after is None or plan.start > after)
        and (before is None or plan.start < before)
    ]
    keys: Mapping[str, Callable[[TrainingPlan], Any]] = {
        "TrainingPlanName": lambda plan: plan.name,
        "StartTime": lambda plan: plan.start,
        "Status": lambda plan: plan.status(now),
    }
    plans.sort(key=keys[params.get("SortBy") or "StartTime"], reverse=params.get("SortOrder") == "Descending")
    shown, token = shown_page(plans, call)
    return {"TrainingPlanSummaries": [_plan_row(simulation, plan, now) for plan in shown], "NextToken": token}


def describe_training_plan(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One plan by its name or ARN."""
    plan = find_plan(simulation, call, str(call.params["TrainingPlanName"]))
    counts = plan.total(call.now)
    return _plan_row(simulation, plan, call.now) | {
        "UnhealthyInstanceCount": counts.unhealthy,
        "AvailableSpareInstanceCount": counts.spare,
    }


def describe_reserved_capacity(simulation: Simulation, call: Call) -> dict[str, Any]:
    """One part of a plan."""
    plan, part = _find_part(simulation, call)
    counts = sum(plan.counts(part, call.now), Counts(0))
    row = _terms(simulation, plan, part, call.now) | {
        "AvailableInstanceCount": counts.available,
        "InUseInstanceCount": counts.in_use,
    }
    if plan.product.ultraserver:
        row["UltraServerSummary"] = {
            "UltraServerType": plan.product.name,
            "InstanceType": plan.product.instance_type,
            "UltraServerCount": plan.units,
            "AvailableSpareInstanceCount": counts.spare,
            "UnhealthyInstanceCount": counts.unhealthy,
        }
    return row


def list_ultra_servers_by_reserved_capacity(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The UltraServers of one part of a plan; none where it is of single instances."""
    plan, part = _find_part(simulation, call)
    active = plan.status_of(part, call.now) is Status.ACTIVE
    rows = [
        {
            "UltraServerId": ultraserver,
            "UltraServerType": plan.product.name,
            "AvailabilityZone": zone_name(simulation, plan, part),
            "InstanceType": plan.product.instance_type,
            "TotalInstanceCount": counts.total,
            "ConfiguredSpareInstanceCount": plan.spares,
            "AvailableInstanceCount": counts.available,
            "InUseInstanceCount": counts.in_use,
            "AvailableSpareInstanceCount": counts.spare,
            "UnhealthyInstanceCount": counts.unhealthy,
            "HealthStatus": _health(counts) if active else "Insufficient-Data",
        }
        for ultraserver, counts in zip(part.ultraservers, plan.counts(part, call.now), strict=False)
    ]
    shown, token = shown_page(rows, call)
    return {"UltraServers": shown, "NextToken": token}


def find_plan(simulation: Simulation, call: Call, name_or_arn: str) -> TrainingPlan:
    """The visible plan of the account's own with a name or an ARN.

    Raises:
        AwsError: Nothing that can be seen yet has it.
    """
    for plan in _owned(simulation, call):
        if name_or_arn in {plan.name, plan.arn}:
            return plan
    raise AwsError("ResourceNotFound", f"The training plan '{name_or_arn}' was not found.")


def shown_page(rows: Sequence[T], call: Call) -> tuple[Sequence[T], str | None]:
    """A page of a list, ten rows long unless asked otherwise.

    Raises:
        AwsError: The token is none of ours.
    """
    return page(rows, call.params, default=PAGE, error=invalid("Invalid NextToken."))


def invalid(words: str) -> AwsError:
    """A request that is in order by its model but not by the service's rules."""
    return AwsError("ValidationException", words)


def duration(lasts: timedelta) -> dict[str, int]:
    """Whole hours and the minutes beyond them."""
    minutes = lasts // timedelta(minutes=1)
    return {"DurationHours": minutes // 60, "DurationMinutes": minutes % 60}


def kind(product: Product, units: int) -> dict[str, Any]:
    """Whether single instances or UltraServers are reserved, and which."""
    if not product.ultraserver:
        return {"ReservedCapacityType": "Instance"}
    return {"ReservedCapacityType": "UltraServer", "UltraServerType": product.name, "UltraServerCount": units}


def zone_name(simulation: Simulation, plan: TrainingPlan, part: ReservedCapacity) -> str:
    """What the plan's owner calls the zone of a part."""
    return simulation.letters.name(plan.account, plan.region, part.segment.zone_id)


def _owned(simulation: Simulation, call: Call) -> list[TrainingPlan]:
    owned = simulation.plans.owned(call.account, call.region)
    return [plan for plan in owned if plan.visible_from <= call.now]


def _find_part(simulation: Simulation, call: Call) -> tuple[TrainingPlan, ReservedCapacity]:
    arn = str(call.params["ReservedCapacityArn"])
    for plan in _owned(simulation, call):
        for part in plan.parts:
            if part.arn == arn:
                return plan, part
    raise AwsError("ResourceNotFound", f"The reserved capacity '{arn}' was not found.")


def _plan_row(simulation: Simulation, plan: TrainingPlan, now: datetime) -> dict[str, Any]:
    """A plan as it is listed; its fee is that of the plan alone, without extensions."""
    status, counts = plan.status(now), plan.total(now)
    row: dict[str, Any] = {
        "TrainingPlanArn": plan.arn,
        "TrainingPlanName": plan.name,
        "Status": status.value,
        "StatusMessage": _MESSAGES[status],
        **duration(plan.lasts(now)),
        "StartTime": plan.start,
        "EndTime": plan.end(plan.last, now),
        "UpfrontFee": str(plan.fee),
        "CurrencyCode": "USD",
        "TotalInstanceCount": plan.instances,
        "AvailableInstanceCount": counts.available,
        "InUseInstanceCount": counts.in_use,
        "TargetResources": [plan.target],
        "ReservedCapacitySummaries": [
            _terms(simulation, plan, part, now) | {"AvailabilityZoneId": part.segment.zone_id} for part in plan.parts
        ],
    }
    if plan.product.ultraserver:
        row["TotalUltraServerCount"] = plan.units
    return row


def _terms(simulation: Simulation, plan: TrainingPlan, part: ReservedCapacity, now: datetime) -> dict[str, Any]:
    end = plan.end(part, now)
    return {
        "ReservedCapacityArn": part.arn,
        **kind(plan.product, part.segment.units),
        "InstanceType": plan.product.instance_type,
        "TotalInstanceCount": plan.instances,
        "Status": plan.status_of(part, now).value,
        "AvailabilityZone": zone_name(simulation, plan, part),
        **duration(end - part.segment.start),
        "StartTime": part.segment.start,
        "EndTime": end,
    }


def _health(counts: Counts) -> str:
    return "Impaired" if counts.unhealthy else "OK"
