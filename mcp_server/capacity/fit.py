"""Whether an offering is what was asked for, and if not, what it lacks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mcp_server.capacity.instance_types import InstanceType
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.plans import PlanOffering
from mcp_server.capacity.requests import CapacityRequest
from mcp_server.capacity.stays import gaps


@dataclass(frozen=True, slots=True)
class TooFew:
    """Fewer instances than asked."""

    asked: int
    offered: int


@dataclass(frozen=True, slots=True)
class TooShort:
    """Less usable time than a block of the duration asked would give."""

    asked: timedelta
    offered: timedelta


@dataclass(frozen=True, slots=True)
class TooEarly:
    """Starts before the earliest start asked."""

    asked: datetime
    offered: datetime


@dataclass(frozen=True, slots=True)
class TooLate:
    """Ends after the latest end asked."""

    asked: datetime
    offered: datetime


@dataclass(frozen=True, slots=True)
class WrongZone:
    """In a zone that was not asked for."""

    offered: str


@dataclass(frozen=True, slots=True)
class UnknownZone:
    """In a zone whose id could not be read, where certain zones were asked for: it may be one of them."""

    name: str


@dataclass(frozen=True, slots=True)
class Divided:
    """Several reservations, each in its own zone and time, where one block was asked for."""

    segments: int


@dataclass(frozen=True, slots=True)
class Split:
    """A training plan in parts with gaps between them, where it was asked for in one piece."""

    parts: int
    gap: timedelta


@dataclass(frozen=True, slots=True)
class SeveralZones:
    """A training plan in several zones, for a target that must have it in one: it cannot be used there whole."""

    target: str
    zones: int


_USABLE = {ReservationState.PAYMENT_PENDING, ReservationState.SCHEDULED, ReservationState.ACTIVE}


def would_do(reservation: OwnedReservation, request: CapacityRequest, now: datetime) -> bool:
    """Whether what is owned holds the request already: as many free machines, long enough, in time. now is UTC.

    As an offering, it is measured by its usable time, against that of a block of just the days asked. A plan holds
    only what asks for its target, and no plan of several parts holds what asks for one piece.
    """
    kind, end, plan = reservation.kind, reservation.usable_end, reservation.plan
    if kind is None or end is None or kind not in request.instance_types or reservation.state not in _USABLE:
        return False
    serves = len(plan.parts) == 1 and request.target in plan.targets if plan else request.target is None
    if not serves:
        return False
    begin = max(each for each in (now, reservation.start, request.earliest_start) if each)
    until = min(each for each in (end, request.latest_end) if each)
    nominal = timedelta(days=request.duration.shortest) - reservation.lead
    in_zone = not request.zone_ids or reservation.zone.id in request.zone_ids
    in_region = not request.regions or reservation.region in request.regions
    return in_zone and in_region and _free_units(reservation, kind) >= request.units(kind) and until - begin >= nominal


def _free_units(reservation: OwnedReservation, kind: InstanceType) -> int:
    """How many units of its type could still be used: of UltraServers those of which every instance is free."""
    if reservation.free is None:
        return reservation.count
    return reservation.free // (kind.hardware.instances if kind.ultraserver else 1)


Shortfall = TooFew | TooShort | TooEarly | TooLate | WrongZone | UnknownZone | Divided | Split | SeveralZones


def shortfalls(offering: Offering | PlanOffering, request: CapacityRequest) -> tuple[Shortfall, ...]:
    """What the offering lacks; nothing when it meets the request.

    AWS answers a wish for seven days with six, seven or eight, so an offering is measured by its usable time, against
    that of a block of just the days asked.
    """
    kind = offering.instance_type
    nominal = timedelta(days=request.duration.shortest) - offering.lead
    missing: list[Shortfall] = []
    if offering.count < request.units(kind):
        missing.append(TooFew(request.units(kind), offering.count))
    if offering.usable < nominal:
        missing.append(TooShort(nominal, offering.usable))
    if request.earliest_start and offering.start < request.earliest_start:
        missing.append(TooEarly(request.earliest_start, offering.start))
    if request.latest_end and offering.end > request.latest_end:
        missing.append(TooLate(request.latest_end, offering.end))
    if request.zone_ids:
        outside = (each.zone for each in offering.stays if each.zone.id not in request.zone_ids)
        missing.extend(WrongZone(zone.id) if zone.id else UnknownZone(zone.name) for zone in outside)
    if isinstance(offering, PlanOffering):
        missing.extend(_apart(offering))
    elif len(offering.segments) > 1:
        missing.append(Divided(len(offering.segments)))
    return tuple(missing)


def _apart(plan: PlanOffering) -> Iterator[Shortfall]:
    """How a plan of several parts is less than one of one part."""
    zones = {each.zone.name for each in plan.parts}
    if len(plan.parts) > 1:
        yield Split(len(plan.parts), sum(gaps(plan.parts), timedelta()))
    if plan.target.one_zone and len(zones) > 1:
        yield SeveralZones(plan.target, len(zones))
