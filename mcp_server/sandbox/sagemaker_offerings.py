"""SearchTrainingPlanOfferings and CreateTrainingPlan."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from moto.moto_api._internal import mock_random

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.catalogue import Product, plan_products
from mcp_server.sandbox.market import DAY, Ask, Offer, Segment
from mcp_server.sandbox.payments import Payment
from mcp_server.sandbox.plan_market import LONGEST_DAYS, MOST_OFFERS
from mcp_server.sandbox.quotas import PLANS_PER_REGION, RESERVED
from mcp_server.sandbox.sagemaker_extensions import extension_offerings
from mcp_server.sandbox.sagemaker_plans import duration, invalid, kind
from mcp_server.sandbox.sagemaker_tags import tags_from
from mcp_server.sandbox.shelf import PlanOffering
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.training_plans import TRAINING_JOB, ReservedCapacity, TrainingPlan

COUNTS = (1, 2, 4, 8, 16, 32, 64)
_MOST_INSTANCES = 256
_PAID_BEFORE_START = timedelta(minutes=5)


def search_training_plan_offerings(simulation: Simulation, call: Call) -> dict[str, Any]:
    """What could be bought: at most three plans, or how a plan could go on where its ARN is given."""
    if call.params.get("TrainingPlanArn"):
        return {
            "TrainingPlanOfferings": [],
            "TrainingPlanExtensionOfferings": extension_offerings(simulation, call),
        }
    ask = _ask(simulation, call)
    _check_quota(simulation, call, ask.product, ask.units * ask.product.instances)
    targets: Sequence[str] = call.params.get("TargetResources") or (TRAINING_JOB,)
    shown = [
        (target, offer)
        for target in dict.fromkeys(targets)
        if not call.effects.gone
        for offer in simulation.plan_offers(call.region, ask, call.now, one_zone=target != TRAINING_JOB)
    ]
    shown.sort(key=lambda each: (len(each[1].segments), each[1].start))
    rows = [_offering_row(simulation, call, target, offer) for target, offer in shown[:MOST_OFFERS]]
    return {"TrainingPlanOfferings": rows}


def create_training_plan(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Sell an offering under a name that the account has not used in the region."""
    name, offering_id = str(call.params["TrainingPlanName"]), str(call.params["TrainingPlanOfferingId"])
    wanted_tags = tags_from(call.params.get("Tags") or ())
    if any(each.name == name for each in simulation.plans.owned(call.account, call.region)):
        raise AwsError("ResourceInUse", f"A training plan with the name '{name}' already exists.")
    offering = _for_sale(simulation, call, offering_id)
    product, units = offering.offer.product, offering.offer.segments[0].units
    spares = _spares(call, product)
    _check_standing(simulation, call)
    standing = simulation.plans.standing(call.account, call.region, call.now)
    reserved = sum(each.instances for each in standing if each.product.instance_type == product.instance_type)
    _check_quota(simulation, call, product, reserved + units * product.instances)
    simulation.plan_offerings.sell(offering_id)
    plan = TrainingPlan(
        name=name,
        account=call.account,
        region=call.region,
        product=product,
        target=offering.target,
        parts=tuple(_reserved_capacity(call, product, segment) for segment in offering.offer.segments),
        fee=offering.offer.fee,
        spares=spares,
        payment=Payment.after(call.now, offering.offer.start - _PAID_BEFORE_START, fails=call.effects.payment_fails),
        visible_from=call.now + timedelta(seconds=call.effects.reservation_late),
    )
    plan.tag(wanted_tags, from_=call.now + timedelta(seconds=call.effects.tag_late))
    simulation.plans.add(plan)
    return {"TrainingPlanArn": plan.arn}


def _ask(simulation: Simulation, call: Call) -> Ask:
    """What is asked for (developer guide, search for training plan offerings, required parameters)."""
    params = call.params
    product, units = _wanted(simulation, call)
    hours = params.get("DurationHours")
    if hours is None:
        raise invalid("DurationHours is required.")
    days = -(-hours // 24)
    if days > LONGEST_DAYS:
        raise invalid(f"Invalid duration {hours}. Specify a duration of at most {LONGEST_DAYS} days.")
    start: datetime | None = params.get("StartTimeAfter")
    end: datetime | None = params.get("EndTimeBefore")
    if end is not None and end < max(start or call.now, call.now) + DAY:
        raise invalid("EndTimeBefore must be at least 24 hours after the start time.")
    return Ask(product, units, days * 24, start, end)


def _wanted(simulation: Simulation, call: Call) -> tuple[Product, int]:
    """Which product is asked for, and how many instances or UltraServers of it."""
    ultraserver = call.params.get("UltraServerType")
    if ultraserver:
        return _wanted_ultraservers(simulation, call, ultraserver)
    name, count = call.params.get("InstanceType"), call.params.get("InstanceCount")
    if not name or count is None:
        raise invalid("InstanceType and InstanceCount, or UltraServerType and UltraServerCount, are required.")
    product = _sold(simulation, call, name)
    if product is None or product.ultraserver:
        raise invalid(f"Invalid instance type {name}")
    if count not in COUNTS:
        raise invalid(f"Invalid instance count {count} for instance type {name}")
    return product, count


def _wanted_ultraservers(simulation: Simulation, call: Call, name: str) -> tuple[Product, int]:
    product, count = _sold(simulation, call, name), int(call.params.get("UltraServerCount") or 1)
    if product is None or not product.ultraserver:
        raise invalid(f"Invalid UltraServer type {name}")
    if call.params.get("InstanceType") not in {None, product.instance_type}:
        raise invalid(f"Invalid instance type {call.params['InstanceType']} for UltraServer type {name}")
    if count not in COUNTS or count * product.instances > _MOST_INSTANCES:
        raise invalid(f"Invalid UltraServer count {count} for UltraServer type {name}")
    return product, count


def _sold(simulation: Simulation, call: Call, name: str) -> Product | None:
    product = plan_products().get(name)
    return product if product and simulation.places.sold_in(product, call.region) else None


def _check_quota(simulation: Simulation, call: Call, product: Product, instances: int) -> None:
    code = RESERVED[product.instance_type].code
    limit = 0 if call.effects.quota_zero else simulation.quotas.limit(call.account, call.region, code)
    if instances > limit:
        raise AwsError(
            "ResourceLimitExceeded", f"reserved-capacity {product.instance_type} instance quota is not sufficient"
        )


def _check_standing(simulation: Simulation, call: Call) -> None:
    standing = len(simulation.plans.standing(call.account, call.region, call.now))
    limit = simulation.quotas.limit(call.account, call.region, PLANS_PER_REGION.code)
    if standing >= limit:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The account-level service limit '{PLANS_PER_REGION.name}' is {limit} Training plans, with current "
            f"utilization of {standing} Training plans and a request delta of 1 Training plans.",
        )


def _spares(call: Call, product: Product) -> int:
    """How many instances of each UltraServer stand by."""
    if not product.ultraserver:
        return 0
    given = call.params.get("SpareInstanceCountPerUltraServer")
    spares = 1 if given is None else int(given)
    if spares >= product.instances:
        raise invalid(f"Invalid spare instance count {spares} for UltraServer type {product.name}")
    return spares


def _for_sale(simulation: Simulation, call: Call, offering_id: str) -> PlanOffering:
    """The offering behind an id, if it can still be had."""
    recorded = call.effects.offering
    found = PlanOffering.from_json(recorded) if recorded else simulation.plan_offerings.get(offering_id)
    missing = AwsError("ResourceNotFound", f"The training plan offering '{offering_id}' was not found.")
    if found is None or (found.account, found.region) != (call.account, call.region):
        raise missing
    call.effects.offering = found.as_json()
    if call.effects.gone:
        simulation.estate.sell_to_others(found.offer)
    over = found.offer.start <= call.now
    if call.effects.gone or over or not simulation.still_sells(call.region, found.offer, call.now):
        simulation.plan_offerings.sell(offering_id)
        raise missing
    return found


def _reserved_capacity(call: Call, product: Product, segment: Segment) -> ReservedCapacity:
    servers = range(segment.units if product.ultraserver else 0)
    return ReservedCapacity(
        arn=f"arn:aws:sagemaker:{call.region}:{call.account}:reserved-capacity/{mock_random.getrandbits(48):012x}",
        segment=segment,
        ultraservers=tuple(f"us-{mock_random.getrandbits(68):017x}" for _ in servers),
    )


def _offering_row(simulation: Simulation, call: Call, target: str, offer: Offer) -> dict[str, Any]:
    asked_end = call.params.get("EndTimeBefore")
    lasts = sum((each.end - each.start for each in offer.segments), timedelta(0))
    return {
        "TrainingPlanOfferingId": simulation.plan_offerings.put(
            PlanOffering(call.account, call.region, target, offer), fresh=simulation.fresh_ids
        ),
        "TargetResources": [target],
        "RequestedStartTimeAfter": max(call.params.get("StartTimeAfter") or call.now, call.now),
        **({"RequestedEndTimeBefore": asked_end} if asked_end else {}),
        **duration(lasts),
        "UpfrontFee": str(offer.fee),
        "CurrencyCode": "USD",
        "ReservedCapacityOfferings": [_part_row(simulation, call, offer.product, each) for each in offer.segments],
    }


def _part_row(simulation: Simulation, call: Call, product: Product, segment: Segment) -> dict[str, Any]:
    return {
        **kind(product, segment.units),
        "InstanceType": product.instance_type,
        "InstanceCount": segment.units * product.instances,
        "AvailabilityZone": simulation.letters.name(call.account, call.region, segment.zone_id),
        **duration(segment.end - segment.start),
        "StartTime": segment.start,
        "EndTime": segment.end,
    }
