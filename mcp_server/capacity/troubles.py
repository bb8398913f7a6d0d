"""What is wrong with owned capacity, or soon will be: computed from what AWS tells, the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mcp_server.capacity.extending import extension_deadline, obstacle
from mcp_server.capacity.holdings import Holding, Interconnect
from mcp_server.capacity.owned import ExtensionState, ReservationState
from mcp_server.capacity.payments import extension_payment_deadline, payment_deadline

SOON = timedelta(hours=48)
"""Before a usable end, from when on it is pointed out."""


class TroubleKind(StrEnum):
    """What is wrong. The order is that of urgency."""

    PAYMENT_FAILED = "payment failed"
    EXTENSION_FAILED = "extension's payment failed"
    LOST = "failed at AWS"
    PAYMENT_OVERDUE = "payment overdue"
    INTERCONNECT = "interconnect impaired"
    UNAVAILABLE = "machines unavailable"
    TERMINATING = "machines being taken back"
    ENDS_SOON = "ends soon"
    IDLE = "machines idle"
    UNCLEAR = "unclear state"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong. count is of machines; until is when it matters (UTC), by is until when to act (UTC)."""

    kind: TroubleKind
    count: int = 0
    until: datetime | None = None
    by: datetime | None = None


def troubles(holding: Holding, now: datetime) -> tuple[Trouble, ...]:
    """Everything that is wrong with a holding at a time (UTC, AWS's), the worst first."""
    order = list(TroubleKind)
    found = [*_of_payments(holding, now), *_of_state(holding), *_of_machines(holding, now), *_of_end(holding, now)]
    return tuple(sorted(found, key=lambda each: order.index(each.kind)))


def _of_payments(holding: Holding, now: datetime) -> Iterator[Trouble]:
    reservation = holding.reservation
    if reservation.state is ReservationState.PAYMENT_FAILED:
        yield Trouble(TroubleKind.PAYMENT_FAILED)
    due = payment_deadline(reservation)
    if due and now > due:
        yield Trouble(TroubleKind.PAYMENT_OVERDUE, until=due)
    # An extension that was bought later, and is paid or may be, makes good one that failed before.
    for each in holding.extensions[-1:]:
        if each.state is ExtensionState.PAYMENT_FAILED and not reservation.state.over:
            yield Trouble(TroubleKind.EXTENSION_FAILED, until=reservation.usable_end)
        due = extension_payment_deadline(each)
        if due and now > due:
            yield Trouble(TroubleKind.PAYMENT_OVERDUE, until=due)


def _of_state(holding: Holding) -> Iterator[Trouble]:
    state = holding.reservation.state
    if state in {ReservationState.FAILED, ReservationState.CANCELLED, ReservationState.UNAVAILABLE}:
        yield Trouble(TroubleKind.LOST)
    if state is ReservationState.OTHER:
        yield Trouble(TroubleKind.UNCLEAR)


def _of_machines(holding: Holding, now: datetime) -> Iterator[Trouble]:
    if holding.reservation.state is not ReservationState.ACTIVE:
        return
    if holding.health and holding.health.interconnect is Interconnect.IMPAIRED:
        yield Trouble(TroubleKind.INTERCONNECT)
    if holding.unavailable:
        yield Trouble(TroubleKind.UNAVAILABLE, holding.unavailable)
    idle = holding.idle(now)
    if idle:
        yield Trouble(TroubleKind.IDLE, idle, until=holding.reservation.usable_end)


def _of_end(holding: Holding, now: datetime) -> Iterator[Trouble]:
    reservation, end = holding.reservation, holding.reservation.usable_end
    if end is None or reservation.state is not ReservationState.ACTIVE:
        return
    if now >= end:
        yield Trouble(TroubleKind.TERMINATING, until=reservation.end)
    elif end - now <= SOON:
        barred = obstacle(reservation, holding.extensions, now)
        yield Trouble(TroubleKind.ENDS_SOON, until=end, by=None if barred else extension_deadline(reservation))
