"""Extensions of training plans: their offerings, ExtendTrainingPlan and DescribeTrainingPlanExtensionHistory."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.extensions import LATEST, PAID_BEFORE_END, Extension, awaits_payment
from mcp_server.sandbox.market import DURATIONS, Segment
from mcp_server.sandbox.payments import Payment, PaymentStatus
from mcp_server.sandbox.sagemaker_plans import find_plan, invalid, shown_page, zone_name
from mcp_server.sandbox.shelf import ExtensionOffering
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.training_plans import Status, TrainingPlan, status_between

EARLIEST = timedelta(days=57)
_DAY_HOURS = 24
# The sample answers of the developer guide say Pending and Completed.
_PAYMENT: Mapping[PaymentStatus, str] = {
    PaymentStatus.PENDING: "Pending",
    PaymentStatus.SUCCEEDED: "Completed",
    PaymentStatus.FAILED: "Failed",
}


def extension_offerings(simulation: Simulation, call: Call) -> list[dict[str, Any]]:
    """How a plan could go on, contiguous with its end; a duration is rounded up to whole days."""
    plan = find_plan(simulation, call, str(call.params["TrainingPlanArn"]))
    days = -(-int(call.params.get("DurationHours") or _DAY_HOURS) // _DAY_HOURS)
    if days * _DAY_HOURS not in DURATIONS:
        raise invalid(
            f"Invalid duration of {days} days. Specify a duration in 1-day increments up to 14 days, or in 7-day "
            "increments up to 182 days."
        )
    offering = _offering(simulation, call, plan, timedelta(days=days))
    if call.effects.gone or not _has_room(simulation, call, plan, offering):
        return []
    offering_id = simulation.plan_extensions.put(offering, fresh=simulation.fresh_ids)
    return [{"TrainingPlanExtensionOfferingId": offering_id, **_terms(simulation, plan, offering)}]


def extend_training_plan(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Sell an extension of the plan that it was offered for; the answer has all extensions of the plan."""
    offering_id = str(call.params["TrainingPlanExtensionOfferingId"])
    plan, offering = _for_sale(simulation, call, offering_id)
    simulation.plan_extensions.sell(offering_id)
    plan.extensions.append(
        Extension(
            offering_id=offering_id,
            start=offering.start,
            end=offering.end,
            fee=str(offering.fee),
            purchased=call.now,
            payment=Payment.after(call.now, offering.start - PAID_BEFORE_END, fails=call.effects.payment_fails),
            visible_from=call.now + timedelta(seconds=call.effects.history_late),
        )
    )
    return {"TrainingPlanExtensions": [_history_row(simulation, plan, each, call.now) for each in plan.extensions]}


def describe_training_plan_extension_history(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Every extension of a plan, also those whose payment failed."""
    plan = find_plan(simulation, call, str(call.params["TrainingPlanArn"]))
    rows = [
        _history_row(simulation, plan, extension, call.now)
        for extension in plan.extensions
        if extension.visible_from <= call.now
    ]
    shown, token = shown_page(rows, call)
    return {"TrainingPlanExtensions": shown, "NextToken": token}


def _offering(simulation: Simulation, call: Call, plan: TrainingPlan, lasts: timedelta) -> ExtensionOffering:
    """The terms of going on for a duration; refused where the rules do not allow it.

    SageMaker developer guide, training plan extension: the plan is Active or Scheduled, no other extension waits for
    its payment, and the end is 57 days to 1 hour away.
    """
    part, status = plan.last, plan.status(call.now)
    end = plan.end(part, call.now)
    if status not in {Status.ACTIVE, Status.SCHEDULED}:
        raise invalid(f"The training plan is {status}. Only Active and Scheduled training plans can be extended.")
    if awaits_payment(plan.extensions, call.now):
        raise invalid("The training plan has an extension whose payment is pending.")
    if not LATEST <= end - call.now <= EARLIEST:
        raise invalid("A training plan can be extended from 57 days to 1 hour before its end.")
    price = simulation.price(call.region, plan.product, part.segment.zone_id, plan.units, lasts)
    return ExtensionOffering(call.account, call.region, part.arn, end, end + lasts, price)


def _has_room(simulation: Simulation, call: Call, plan: TrainingPlan, offering: ExtensionOffering) -> bool:
    zone_id = plan.last.segment.zone_id
    more = Segment(zone_id, plan.units, offering.start, offering.end, offering.fee)
    return simulation.has_room(plan.product, more, call.now)


def _for_sale(simulation: Simulation, call: Call, offering_id: str) -> tuple[TrainingPlan, ExtensionOffering]:
    recorded = call.effects.offering
    found = ExtensionOffering.from_json(recorded) if recorded else simulation.plan_extensions.get(offering_id)
    missing = AwsError("ResourceNotFound", f"The training plan extension offering '{offering_id}' was not found.")
    owned = simulation.plans.owned(call.account, call.region)
    plan = next((each for each in owned if found and each.last.arn == found.reservation_id), None)
    if found is None or plan is None:
        raise missing
    call.effects.offering = found.as_json()
    today = _offering(simulation, call, plan, found.end - found.start)
    if call.effects.gone or today != found or not _has_room(simulation, call, plan, found):
        simulation.plan_extensions.sell(offering_id)
        raise missing
    return plan, found


def _terms(simulation: Simulation, plan: TrainingPlan, more: ExtensionOffering | Extension) -> dict[str, Any]:
    return {
        "AvailabilityZone": zone_name(simulation, plan, plan.last),
        "StartDate": more.start,
        "EndDate": more.end,
        "DurationHours": (more.end - more.start) // timedelta(hours=1),
        "UpfrontFee": str(more.fee),
        "CurrencyCode": "USD",
    }


def _history_row(simulation: Simulation, plan: TrainingPlan, extension: Extension, now: datetime) -> dict[str, Any]:
    return _terms(simulation, plan, extension) | {
        "TrainingPlanExtensionOfferingId": extension.offering_id,
        "ExtendedAt": extension.purchased,
        "Status": status_between(extension.payment, extension.start, extension.end, now).value,
        "PaymentStatus": _PAYMENT[extension.payment.status(now)],
        "AvailabilityZoneId": plan.last.segment.zone_id,
    }
