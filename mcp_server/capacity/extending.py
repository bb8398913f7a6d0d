"""When a block, or a training plan, can be extended, and for how long."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, ReservationState

LATEST = timedelta(hours=1)
"""Before the end: the last moment to extend (EC2 user guide, Capacity Blocks, extending; SageMaker guide, Extend)."""

EARLIEST = timedelta(days=56)
"""Before the end: the first moment for a block (EC2 user guide, Capacity Blocks, extending)."""

EARLIEST_OF_PLANS = timedelta(days=57)
"""Before the end: the first moment for a training plan (SageMaker guide, Extend training plans)."""

LONGEST = timedelta(days=182)
"""A block with its extensions; the guide may be read as of the extensions alone, so AWS has the last word."""


class Obstacle(StrEnum):
    """Why AWS sells no extension of a block, or none of some length."""

    WRONG_STATE = "wrong state"
    PAYMENT_PENDING = "payment pending"
    TOO_EARLY = "too early"
    TOO_LATE = "too late"
    TOO_LONG = "too long"


def extension_deadline(reservation: OwnedReservation) -> datetime | None:
    """Until when it can be extended, UTC; None while AWS tells no end, or when it is over."""
    return None if reservation.end is None or reservation.state.over else reservation.end - LATEST


def extension_opening(reservation: OwnedReservation) -> datetime | None:
    """From when it can be extended, UTC; None while AWS tells no end."""
    earliest = EARLIEST_OF_PLANS if reservation.plan else EARLIEST
    return None if reservation.end is None else reservation.end - earliest


def pending_extension(reservation: OwnedReservation, extensions: Iterable[OwnedExtension]) -> OwnedExtension | None:
    """The reservation's extension that waits for its payment: until it is paid there can be no other."""
    return next(
        (
            each
            for each in extensions
            if each.reservation_id == reservation.id and each.state is ExtensionState.PAYMENT_PENDING
        ),
        None,
    )


def obstacle(reservation: OwnedReservation, extensions: Iterable[OwnedExtension], now: datetime) -> Obstacle | None:
    """What forbids every extension now (EC2 user guide, Capacity Blocks, extending); None where nothing is known to.

    extensions may be those of other reservations too. now is AWS's time.
    """
    if reservation.state is ReservationState.PAYMENT_PENDING or pending_extension(reservation, extensions):
        return Obstacle.PAYMENT_PENDING
    if reservation.state not in {ReservationState.SCHEDULED, ReservationState.ACTIVE}:
        return Obstacle.WRONG_STATE
    deadline, opening = extension_deadline(reservation), extension_opening(reservation)
    if deadline and now > deadline:
        return Obstacle.TOO_LATE
    if opening and now < opening:
        return Obstacle.TOO_EARLY
    return None


def makes_too_long(reservation: OwnedReservation, days: int) -> bool:
    """Whether the block would last longer than AWS lets any."""
    return reservation.end is not None and reservation.end + timedelta(days=days) - reservation.start > LONGEST
