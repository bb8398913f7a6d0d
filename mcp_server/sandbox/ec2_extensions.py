"""Extensions: DescribeCapacityBlockExtensionOfferings, PurchaseCapacityBlockExtension and their history."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.capacity_blocks import Reservation, State
from mcp_server.sandbox.ec2_offerings import QUOTA_IS_ZERO
from mcp_server.sandbox.ec2_reservations import find_reservation
from mcp_server.sandbox.extensions import LATEST, PAID_BEFORE_END, Extension, awaits_payment
from mcp_server.sandbox.market import DURATIONS, Segment
from mcp_server.sandbox.paging import matching, page
from mcp_server.sandbox.payments import Payment
from mcp_server.sandbox.shelf import ExtensionOffering
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.zones import LOCAL_ZONE_BY_ID

EARLIEST = timedelta(days=56)
LONGEST = timedelta(days=182)
_OFFERING_ID = re.compile(r"cbe-[0-9a-f]{17}")


def describe_capacity_block_extension_offerings(simulation: Simulation, call: Call) -> dict[str, Any]:
    """How a block could go on, contiguous with its end."""
    hours = call.params.get("CapacityBlockExtensionDurationHours")
    reservation = find_reservation(simulation, call, str(call.params.get("CapacityReservationId")))
    if hours not in DURATIONS:
        raise AwsError(
            "InvalidParameterValue",
            "The specified duration is not valid. Specify a duration in 1-day increments up to 14 days, or in 7-day "
            "increments up to 182 days, and try again.",
        )
    call.refuse_dry_run()
    if not simulation.quotas.vcpus(call.account, call.region, reservation.product.family):
        raise AwsError("CapacityBlockDescribeLimitExceeded", QUOTA_IS_ZERO)
    offering = _offering(simulation, call, reservation, timedelta(hours=hours))
    if call.effects.gone or not simulation.has_room(reservation.product, _more(reservation, offering), call.now):
        return {"CapacityBlockExtensionOfferings": []}
    row = _terms(simulation, reservation, offering) | {
        "CapacityBlockExtensionOfferingId": simulation.extensions.put(offering, fresh=simulation.fresh_ids),
        "StartDate": reservation.segment.start,
        "Tenancy": "default",
        "ZoneType": "local-zone" if reservation.segment.zone_id in LOCAL_ZONE_BY_ID else "availability-zone",
    }
    rows, token = page([row], call.params)
    return {"CapacityBlockExtensionOfferings": rows, "NextToken": token}


def purchase_capacity_block_extension(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Sell an extension for the reservation that it was offered for."""
    offering_id = str(call.params.get("CapacityBlockExtensionOfferingId"))
    if not _OFFERING_ID.fullmatch(offering_id):
        raise AwsError("InvalidCapacityBlockExtensionOfferingIdMalformed", f"The ID '{offering_id}' is malformed")
    reservation = find_reservation(simulation, call, str(call.params.get("CapacityReservationId")))
    call.refuse_dry_run()
    offering = _for_sale(simulation, call, offering_id, reservation)
    limit = simulation.quotas.vcpus(call.account, call.region, reservation.product.family)
    family = reservation.product.family
    peak = simulation.estate.peak_vcpus(call.account, call.region, family, _more(reservation, offering), call.now)
    if peak + reservation.vcpus > limit:
        raise AwsError(
            "VcpuLimitExceeded",
            f"You have requested more vCPU capacity than your current limit of {limit} vCPUs for concurrently active "
            f"{family} Capacity Blocks allows.",
        )
    simulation.extensions.sell(offering_id)
    extension = Extension(
        offering_id=offering_id,
        start=offering.start,
        end=offering.end,
        fee=str(offering.fee),
        purchased=call.now,
        payment=Payment.after(call.now, offering.start - PAID_BEFORE_END, fails=call.effects.payment_fails),
        visible_from=call.now + timedelta(seconds=call.effects.history_late),
    )
    reservation.extensions.append(extension)
    return {"CapacityBlockExtensions": [_history_row(simulation, reservation, extension, call.now)]}


def describe_capacity_block_extension_history(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Every extension of the account's reservations, also those whose payment failed."""
    call.refuse_dry_run()
    wanted: Sequence[str] = call.params.get("CapacityReservationIds") or ()
    for each in wanted:
        find_reservation(simulation, call, each)
    rows = [
        _history_row(simulation, reservation, extension, call.now)
        for reservation in simulation.estate.owned(call.account, call.region)
        if not wanted or reservation.reservation_id in wanted
        for extension in reservation.extensions
        if extension.visible_from <= call.now
    ]
    readers: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "availability-zone": lambda row: row["AvailabilityZone"],
        "availability-zone-id": lambda row: row["AvailabilityZoneId"],
        "capacity-block-extension-offering-id": lambda row: row["CapacityBlockExtensionOfferingId"],
        "capacity-block-extension-status": lambda row: row["CapacityBlockExtensionStatus"],
        "capacity-reservation-id": lambda row: row["CapacityReservationId"],
        "instance-type": lambda row: row["InstanceType"],
    }
    shown, token = page(matching(rows, call.params.get("Filters") or (), readers), call.params)
    return {"CapacityBlockExtensions": shown, "NextToken": token}


def _offering(simulation: Simulation, call: Call, reservation: Reservation, duration: timedelta) -> ExtensionOffering:
    """The terms of going on for a duration; refused where the rules do not allow it.

    EC2 user guide, Capacity Blocks, extending: the block is active or scheduled, no other extension waits for its
    payment, the end is 56 days to 1 hour away, and the block lasts at most 182 days in all.
    """
    end = reservation.end(call.now)
    state = reservation.state(call.now)
    if state not in {State.ACTIVE, State.SCHEDULED}:
        raise AwsError(
            "InvalidCapacityReservationState",
            f"The Capacity Block is {state}. Only active and scheduled Capacity Blocks can be extended.",
        )
    if awaits_payment(reservation.extensions, call.now):
        raise AwsError(
            "InvalidCapacityReservationState", "The Capacity Block has an extension whose payment is pending."
        )
    if not LATEST <= end - call.now <= EARLIEST:
        raise AwsError(
            "InvalidParameterValue",
            "The Capacity Block can be extended from 56 days to 1 hour before its end date.",
        )
    if end + duration - reservation.segment.start > LONGEST:
        raise AwsError(
            "InvalidParameterValue",
            "The specified duration is not valid. A Capacity Block can last at most 182 days with its extensions.",
        )
    segment = reservation.segment
    price = simulation.price(call.region, reservation.product, segment.zone_id, segment.units, duration)
    return ExtensionOffering(call.account, call.region, reservation.reservation_id, end, end + duration, price)


def _more(reservation: Reservation, offering: ExtensionOffering) -> Segment:
    """What an extension would take up."""
    return Segment(reservation.segment.zone_id, reservation.segment.units, offering.start, offering.end, offering.fee)


def _for_sale(simulation: Simulation, call: Call, offering_id: str, reservation: Reservation) -> ExtensionOffering:
    recorded = call.effects.offering
    found = ExtensionOffering.from_json(recorded) if recorded else simulation.extensions.get(offering_id)
    missing = AwsError(
        "InvalidCapacityBlockExtensionOfferingIdNotFound",
        f"The Capacity Block extension offering '{offering_id}' does not exist.",
    )
    if found is None or found.reservation_id != reservation.reservation_id:
        raise missing
    call.effects.offering = found.as_json()
    today = _offering(simulation, call, reservation, found.end - found.start)
    sold_out = not simulation.has_room(reservation.product, _more(reservation, found), call.now)
    if call.effects.gone or today != found or sold_out:
        simulation.extensions.sell(offering_id)
        raise missing
    return found


def _terms(simulation: Simulation, reservation: Reservation, offering: ExtensionOffering | Extension) -> dict[str, Any]:
    return {
        "InstanceType": reservation.product.instance_type,
        "InstanceCount": reservation.instances,
        "AvailabilityZone": simulation.letters.name(
            reservation.account, reservation.region, reservation.segment.zone_id
        ),
        "AvailabilityZoneId": reservation.segment.zone_id,
        "CapacityBlockExtensionStartDate": offering.start,
        "CapacityBlockExtensionEndDate": offering.end,
        "CapacityBlockExtensionDurationHours": (offering.end - offering.start) // timedelta(hours=1),
        "UpfrontFee": str(offering.fee),
        "CurrencyCode": "USD",
    }


def _history_row(
    simulation: Simulation, reservation: Reservation, extension: Extension, now: datetime
) -> dict[str, Any]:
    return _terms(simulation, reservation, extension) | {
        "CapacityReservationId": reservation.reservation_id,
        "CapacityBlockExtensionOfferingId": extension.offering_id,
        "CapacityBlockExtensionStatus": extension.payment.status(now).value,
        "CapacityBlockExtensionPurchaseDate": extension.purchased,
    }
