"""Which offering comes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mcp_server.capacity.fit import Shortfall, shortfalls
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.plans import PlanOffering
from mcp_server.capacity.requests import CapacityRequest


class Order(StrEnum):
    """What to sort by: the whole fee, the rate per accelerator-hour, the soonest start, or the longest usable time."""

    FEE = "fee"
    RATE = "rate"
    START = "start"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Ranked:
    """An offering and what it lacks of the request."""

    offering: Offering | PlanOffering
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Offerings in order: those that meet the request, and the others."""

    meeting: tuple[Ranked, ...]
    others: tuple[Ranked, ...]

    @property
    def cheapest(self) -> Ranked | None:
        """The lowest fee among those that meet the request; the soonest of equals."""
        return min(self.meeting, key=lambda each: _key(each.offering, Order.FEE), default=None)

    @property
    def soonest(self) -> Ranked | None:
        """The first to start among those that meet the request; the cheapest of equals."""
        return min(self.meeting, key=lambda each: _key(each.offering, Order.START), default=None)


def rank(offerings: Iterable[Offering | PlanOffering], requests: Sequence[CapacityRequest], order: Order) -> Ranking:
    """Sort offerings into those that meet the request and the others. Ties go by fee, then start, then as found.

    requests differ in their target alone, by which each offering has its own.
    """
    wanted = {each.target: each for each in requests}
    ranked = [Ranked(each, shortfalls(each, wanted[each.target])) for each in offerings]
    ranked.sort(key=lambda each: _key(each.offering, order))
    return Ranking(
        tuple(each for each in ranked if not each.shortfalls), tuple(each for each in ranked if each.shortfalls)
    )


def _key(offering: Offering | PlanOffering, order: Order) -> tuple[str, Decimal, Decimal, datetime]:
    first = {
        Order.FEE: offering.fee,
        Order.RATE: offering.rate,
        Order.START: Decimal(int(offering.start.timestamp())),
        Order.DURATION: -Decimal(int(offering.usable.total_seconds())),
    }[order]
    # Fees in different currencies cannot be compared, so they are kept apart.
    return (offering.currency, first, offering.fee, offering.start)
