"""What is wrong with a purchase once it was asked for. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from mcp_server.capacity.owned import ReservationState
from mcp_server.capacity.payments import extension_payable_until, payable_until
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.entries import PurchaseState

SEEN_AFTER = timedelta(hours=1)
"""After it a reservation that is still not shown is missing: AWS shows them within seconds."""

_USELESS = {ReservationState.CANCELLED, ReservationState.UNAVAILABLE, ReservationState.FAILED, ReservationState.OTHER}


class Trouble(StrEnum):
    """What a person should look at."""

    UNKNOWN = "nobody knows whether it was bought"
    PAYMENT_FAILED = "its payment failed, the capacity is gone"
    FAILED = "AWS took it back, the capacity is gone"
    MISMATCH = "it differs from what was quoted"
    OVERDUE = "AWS has not confirmed its payment in time"
    MISSING = "AWS does not show all of its reservations"
    USELESS = "AWS shows a reservation of it in a state in which nothing runs"

    @property
    def final(self) -> bool:
        """Whether it stays as it is, whatever is done about it."""
        return self in {self.PAYMENT_FAILED, self.FAILED, self.MISMATCH}


def troubles_of(purchase: Purchase, now: datetime) -> tuple[Trouble, ...]:
    """What is wrong with a purchase as the ledger has it. now is AWS's time, UTC."""
    return tuple(_troubles(purchase, now))


def _troubles(purchase: Purchase, now: datetime) -> Iterable[Trouble]:
    state = purchase.state
    if state is PurchaseState.UNKNOWN:
        yield Trouble.UNKNOWN
    if state is PurchaseState.PAYMENT_FAILED:
        yield Trouble.PAYMENT_FAILED
    if state is PurchaseState.FAILED:
        yield Trouble.FAILED
    if purchase.mismatches:
        yield Trouble.MISMATCH
    if state in {PurchaseState.ACCEPTED, PurchaseState.PAID}:
        if state is PurchaseState.ACCEPTED and now > _due(purchase):
            yield Trouble.OVERDUE
        if now - purchase.intended > SEEN_AFTER and not purchase.complete:
            yield Trouble.MISSING
        if any(each.state in _USELESS for each in purchase.reservations):
            yield Trouble.USELESS


def _due(purchase: Purchase) -> datetime:
    """Until when AWS waits for the payment of a purchase, UTC: of several reservations, for the first not paid yet."""
    deal = purchase.deal
    if deal.extends:
        return extension_payable_until(purchase.intended, deal.start)
    unpaid = (each for each in purchase.reservations if each.state is ReservationState.PAYMENT_PENDING)
    pending = [each.start for each in unpaid if each.start]
    return payable_until(purchase.intended, min(pending, default=deal.start))
