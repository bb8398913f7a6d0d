"""What an hour of a machine costs that was paid for in advance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, unrounded, in a currency by its code."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency}"

    def times(self, count: int) -> "Money":
        """So much for each of several."""
        return Money(self.amount * count, self.currency)


def hourly(
    reservation: OwnedReservation, extensions: Iterable[OwnedExtension], fee: Money | None, now: datetime
) -> Money | None:
    """What a machine costs an hour at a time (UTC), by the purchase or the extension that covers it.

    fee is that of the first purchase, which AWS tells of plans alone; None where nobody knows it. None also where the
    machines or the end are not known.
    """
    machines = reservation.machines
    if not machines or reservation.end is None:
        return None
    paid = [
        each
        for each in extensions
        if each.reservation_id == reservation.id and each.state is ExtensionState.PAYMENT_SUCCEEDED
    ]
    for each in paid:
        if each.start <= now < each.end:
            return _spread(Money(each.fee, each.currency), each.end - each.start, machines)
    bought_until = min((each.start for each in paid), default=reservation.end)
    return fee and _spread(fee, _bought(reservation, bought_until), machines)


def _bought(reservation: OwnedReservation, until: datetime) -> timedelta:
    """How long the first purchase lasts, without the gap of a split plan."""
    if reservation.plan and reservation.plan.parts:
        lasting = (min(each.end, until) - each.start for each in reservation.plan.parts)
        return sum((each for each in lasting if each > timedelta()), timedelta())
    return until - reservation.start


def _spread(fee: Money, duration: timedelta, machines: int) -> Money | None:
    seconds = int(duration.total_seconds())
    return Money(fee.amount * 3600 / (seconds * machines), fee.currency) if seconds > 0 else None
