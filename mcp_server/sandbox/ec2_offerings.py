"""DescribeCapacityBlockOfferings and PurchaseCapacityBlock."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.capacity_blocks import Reservation
from mcp_server.sandbox.catalogue import Product, products
from mcp_server.sandbox.ec2_reservations import block_row, reservation_row
from mcp_server.sandbox.ec2_tags import tags_from
from mcp_server.sandbox.market import DURATIONS, HORIZON, MOST_OFFERS, Ask, Offer, Segment
from mcp_server.sandbox.paging import page
from mcp_server.sandbox.payments import Payment
from mcp_server.sandbox.shelf import BlockOffering
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.zones import LOCAL_ZONE_BY_ID, LOCAL_ZONES

PLATFORMS = frozenset({"Linux/UNIX", "Red Hat Enterprise Linux", "RHEL with HA", "SUSE Linux", "Ubuntu Pro"})
QUOTA_IS_ZERO = "Your existing service limits for this AWS account are not sufficient to use EC2 Capacity Blocks."
_OFFERING_ID = re.compile(r"cb-[0-9a-f]{17}")
_MOST_UNITS = 64
# A client that asks from "now" on asks from a moment ago when the request arrives.
_PAST_ALLOWED = timedelta(minutes=1)


def describe_capacity_block_offerings(simulation: Simulation, call: Call) -> dict[str, Any]:
    """What could be bought, at most six offerings."""
    asked = _asks(simulation, call)
    call.refuse_dry_run()
    shown: list[Offer] = []
    for ask in asked:
        if not simulation.quotas.vcpus(call.account, call.region, ask.product.family):
            raise AwsError("CapacityBlockDescribeLimitExceeded", QUOTA_IS_ZERO)
        if not call.effects.gone:
            shown.extend(simulation.offers(call.region, ask, call.now, local_zones=_local_zones(simulation, call)))
    shown.sort(key=lambda offer: (offer.start, offer.end))
    rows = [offering_row(simulation, call, offer) for offer in shown[:MOST_OFFERS]]
    rows, token = page(rows, call.params)
    return {"CapacityBlockOfferings": rows, "NextToken": token}


def purchase_capacity_block(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Sell an offering: one reservation for each of its segments, one block for each UltraServer."""
    offering_id = str(call.params.get("CapacityBlockOfferingId"))
    if not _OFFERING_ID.fullmatch(offering_id):
        raise AwsError("InvalidCapacityBlockOfferingIdMalformed", f"The ID '{offering_id}' is malformed")
    platform = str(call.params.get("InstancePlatform"))
    if platform not in PLATFORMS:
        raise AwsError(
            "InvalidParameterValue", f"The instance platform '{platform}' is not supported for Capacity Blocks."
        )
    wanted_tags = tags_from(call.params)
    call.refuse_dry_run()
    offer = _for_sale(simulation, call, offering_id)
    _check_quota(simulation, call, offer)
    simulation.blocks.sell(offering_id)
    bought = [
        _reserve(simulation, call, offer, segment, platform, late=number > 0)
        for number, segment in enumerate(_deliveries(offer))
    ]
    for reservation in bought:
        simulation.tags.put(reservation, wanted_tags, from_=call.now + timedelta(seconds=call.effects.tag_late))
    simulation.tags.settle(call.now)
    shown = bought[:1] if call.effects.segments_late else bought
    rows = [reservation_row(simulation, reservation, call.now) for reservation in shown]
    return {
        "CapacityReservation": rows[0],
        "CapacityReservations": rows,
        "CapacityBlocks": [block_row(simulation, reservation, call.now) for reservation in shown],
    }


def offering_row(simulation: Simulation, call: Call, offer: Offer) -> dict[str, Any]:
    """An offering as EC2 shows it; segments are listed where there are several."""
    first = offer.segments[0]
    side_by_side = all(segment.start == first.start for segment in offer.segments)
    units = sum(segment.units for segment in offer.segments) if side_by_side else first.units
    whole = Segment(first.zone_id, units, offer.start, offer.end, offer.fee)
    row = _terms(simulation, call, offer.product, whole) | {
        "CapacityBlockOfferingId": simulation.blocks.put(
            BlockOffering(call.account, call.region, offer), fresh=simulation.fresh_ids
        ),
        "Tenancy": "default",
    }
    if offer.product.ultraserver:
        row |= {"UltraserverType": offer.product.name, "UltraserverCount": units}
    if len(offer.segments) > 1:
        row["CapacityBlockOfferingSegments"] = [
            _terms(simulation, call, offer.product, segment) | {"AvailabilityZoneId": segment.zone_id}
            for segment in offer.segments
        ]
    return row


def _terms(simulation: Simulation, call: Call, product: Product, segment: Segment) -> dict[str, Any]:
    minutes = (segment.end - segment.start) // timedelta(minutes=1)
    return {
        "InstanceType": product.instance_type,
        "AvailabilityZone": simulation.letters.name(call.account, call.region, segment.zone_id),
        "InstanceCount": segment.units * product.instances,
        "StartDate": segment.start,
        "EndDate": segment.end,
        "CapacityBlockDurationHours": minutes // 60,
        "CapacityBlockDurationMinutes": minutes % 60,
        "UpfrontFee": str(segment.fee),
        "CurrencyCode": "USD",
        "ZoneType": "local-zone" if segment.zone_id in LOCAL_ZONE_BY_ID else "availability-zone",
    }


def _asks(simulation: Simulation, call: Call) -> list[Ask]:
    hours = call.params.get("CapacityDurationHours")
    if hours is None:
        raise AwsError("MissingParameter", "The request must contain the parameter CapacityDurationHours")
    wanted = _wanted(simulation, call)
    if hours not in DURATIONS:
        raise AwsError(
            "InvalidParameterValue",
            "The specified duration is not valid. Specify a duration in 1-day increments up to 14 days, or in 7-day "
            "increments up to 182 days, and try again.",
        )
    start, end = _window(call)
    return [Ask(product, units, hours, start, end) for product, units in wanted]


def _wanted(simulation: Simulation, call: Call) -> list[tuple[Product, int]]:
    """Which products are asked for, and how many units of each."""
    params = call.params
    preferences: list[Mapping[str, Any]] = params.get("InstanceTypePreferences") or []
    preferred = [str(each["InstanceType"]) for each in preferences if each.get("InstanceType")]
    single, ultraserver = params.get("InstanceType"), params.get("UltraserverType")
    ways = [names for names in (preferred, [single] if single else [], [ultraserver] if ultraserver else []) if names]
    if not ways:
        raise AwsError("MissingParameter", "The request must contain the parameter InstanceType")
    if len(ways) > 1:
        raise AwsError(
            "InvalidParameterCombination", "Specify one of InstanceType, InstanceTypePreferences and UltraserverType."
        )
    if ultraserver and call.account not in simulation.with_ultraservers:
        raise AwsError(
            "UnauthorizedOperation",
            "This AWS Account is not authorized to call DescribeCapacityBlockOfferings API when requesting an EC2 "
            "UltraServer",
            403,
        )
    given = params.get("UltraserverCount" if ultraserver else "InstanceCount")
    count = 1 if given is None else int(given)
    if not 1 <= count <= _MOST_UNITS:
        raise AwsError(
            "InvalidParameterValue",
            f"The specified instance count '{count}' is not valid. Specify a count from 1 to {_MOST_UNITS} and try "
            "again.",
        )
    return [(_product(simulation, call, name, ultraserver=bool(ultraserver)), count) for name in ways[0]]


def _product(simulation: Simulation, call: Call, name: str, *, ultraserver: bool) -> Product:
    product = products().get(name)
    if product is None or product.ultraserver != ultraserver or not simulation.places.sold_in(product, call.region):
        kind = "UltraServer type" if ultraserver else "instance type"
        raise AwsError(
            "InvalidParameterValue",
            f"The {kind} '{name}' is not supported for Capacity Blocks in '{call.region}'. Specify a compatible "
            f"{kind} and try again.",
        )
    return product


def _window(call: Call) -> tuple[datetime | None, datetime | None]:
    start: datetime | None = call.params.get("StartDateRange")
    end: datetime | None = call.params.get("EndDateRange")
    if start is not None and not call.now - _PAST_ALLOWED <= start <= call.now + HORIZON:
        raise AwsError(
            "InvalidParameterValue",
            "The specified start date is not valid. Specify a date in the future, at most 8 weeks ahead, and try "
            "again.",
        )
    if end is not None and end <= (start or call.now):
        raise AwsError(
            "InvalidParameterValue",
            "The specified end date is not valid. Specify a date after the start date and try again.",
        )
    return start, end


def _local_zones(simulation: Simulation, call: Call) -> frozenset[str]:
    everything = bool(call.params.get("AllAvailabilityZones"))
    return frozenset(
        zone.zone_id for zone in LOCAL_ZONES if everything or (call.account, zone.group) in simulation.opted_into
    )


def _for_sale(simulation: Simulation, call: Call, offering_id: str) -> Offer:
    """The offer behind an id, if it can still be had."""
    recorded = call.effects.offering
    found = BlockOffering.from_json(recorded) if recorded else simulation.blocks.get(offering_id)
    if found is None or (found.account, found.region) != (call.account, call.region):
        raise _not_found(offering_id)
    call.effects.offering = found.as_json()
    offer = found.offer
    if offer.start <= call.now:
        raise AwsError(
            "InvalidCapacityBlockOfferingIdExpired", f"The Capacity Block offering '{offering_id}' has expired."
        )
    if call.effects.gone:
        simulation.estate.sell_to_others(offer)
    if call.effects.gone or not simulation.still_sells(call.region, offer, call.now):
        simulation.blocks.sell(offering_id)
        raise _not_found(offering_id)
    return offer


def _not_found(offering_id: str) -> AwsError:
    return AwsError(
        "InvalidCapacityBlockOfferingIdNotFound", f"The Capacity Block offering '{offering_id}' does not exist."
    )


def _check_quota(simulation: Simulation, call: Call, offer: Offer) -> None:
    family = offer.product.family
    limit = simulation.quotas.vcpus(call.account, call.region, family)
    for segment in offer.segments:
        side_by_side = sum(
            each.units for each in offer.segments if each.start < segment.end and segment.start < each.end
        )
        vcpus = side_by_side * offer.product.instances * offer.product.vcpus
        if simulation.estate.peak_vcpus(call.account, call.region, family, segment, call.now) + vcpus > limit:
            raise AwsError(
                "VcpuLimitExceeded",
                f"You have requested more vCPU capacity than your current limit of {limit} vCPUs for concurrently "
                f"active {family} Capacity Blocks allows.",
            )


def _deliveries(offer: Offer) -> list[Segment]:
    """What becomes a reservation: every segment, and of UltraServers each one."""
    if not offer.product.ultraserver:
        return list(offer.segments)
    return [
        Segment(segment.zone_id, 1, segment.start, segment.end, segment.fee / segment.units)
        for segment in offer.segments
        for _ in range(segment.units)
    ]


def _reserve(
    simulation: Simulation,
    call: Call,
    offer: Offer,
    segment: Segment,
    platform: str,
    *,
    late: bool,
) -> Reservation:
    delay = call.effects.reservation_late + (call.effects.segments_late if late else 0)
    reservation = Reservation(
        reservation_id=simulation.tags.new_id("cr"),
        block_id=simulation.tags.new_id("cb"),
        account=call.account,
        region=call.region,
        product=offer.product,
        segment=segment,
        platform=platform,
        created=call.now,
        payment=Payment.after(call.now, segment.start - timedelta(minutes=5), fails=call.effects.payment_fails),
        visible_from=call.now + timedelta(seconds=delay),
    )
    simulation.estate.add(reservation)
    return reservation
