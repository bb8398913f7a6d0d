"""What nobody must miss of owned capacity: until when to pay and to extend, and when the machines stop."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mcp_server.capacity.extending import LATEST
from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, ReservationState
from mcp_server.capacity.payments import last_moment_to_pay, last_moment_to_pay_extension


class DueKind(StrEnum):
    """What falls due."""

    PAYMENT = "payment"
    EXTENSION_PAYMENT = "payment of an extension"
    EXTENDING = "extending"
    USABLE_END = "usable end"


@dataclass(frozen=True, slots=True)
class Due:
    """Something that falls due at a moment, UTC.

    extension is the one that must be paid. part is the number of a split plan's part whose machines stop, but for the
    last one. void: it does not matter any more, since that is paid or the capacity gone.
    """

    kind: DueKind
    at: datetime
    void: bool
    extension: OwnedExtension | None = None
    part: int = 0


def dues(holding: Holding, now: datetime) -> tuple[Due, ...]:
    """Everything that falls due, by time; what is void only until its moment: now is UTC.

    Of what ended as planned only that is left when its machines stopped.
    """
    found = sorted(_dues(holding), key=lambda each: each.at)
    return tuple(each for each in found if not each.void or each.at > now)


def _dues(holding: Holding) -> Iterator[Due]:
    reservation = holding.reservation
    unpaid = reservation.state is ReservationState.PAYMENT_PENDING
    ended = reservation.state is ReservationState.EXPIRED
    gone = reservation.state.over and not ended
    yield Due(DueKind.PAYMENT, last_moment_to_pay(reservation), void=not unpaid)
    for each in holding.extensions:
        void = gone or each.state is not ExtensionState.PAYMENT_PENDING
        yield Due(DueKind.EXTENSION_PAYMENT, last_moment_to_pay_extension(each), void, each)
    if reservation.end and reservation.usable_end:
        yield Due(DueKind.EXTENDING, reservation.end - LATEST, void=gone or ended)
        yield Due(DueKind.USABLE_END, reservation.usable_end, void=gone)
    # The machines of a split plan stop at the end of every part.
    for number, each in enumerate(reservation.plan.parts[:-1] if reservation.plan else (), start=1):
        yield Due(DueKind.USABLE_END, each.end - reservation.lead, void=gone, part=number)
