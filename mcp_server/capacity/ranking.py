"""Which offering comes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mcp_server.capacity.fit import Shortfall, shortfalls
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.plans import PlanOffering, TargetResource
from mcp_server.capacity.requests import CapacityRequest


class Order(StrEnum):
    """What to sort by: the whole fee, the rate per accelerator-hour, the soonest start, or the longest usable time."""

    FEE = "fee"
    RATE = "rate"
    START = "start"
    DURATION = "duration"


def default_order(request: CapacityRequest, *, compared: bool) -> Order:
    """The order in which the first row is what was asked for: the longest, or of two kinds the better rate."""
    if request.duration.longest:
        return Order.DURATION
    return Order.RATE if compared else Order.FEE


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

    def best(self, request: CapacityRequest, order: Order) -> Ranked | None:
        """The first in that order of what serves the request's target and meets it; of the longest, where it asks so.

        Which is as long as the longest is told by whole days: what starts at once has some hours more or less.
        """
        serving = [each for each in self.meeting if each.offering.target is request.target]
        if request.duration.longest:
            longest = max((_days(each.offering) for each in serving), default=0)
            serving = [each for each in serving if _days(each.offering) == longest]
        return min(serving, key=lambda each: _key(each.offering, order), default=None)

    def first(self, most: int, sides: Sequence[TargetResource | None], named: Iterable[Ranked]) -> "Ranking":
        """At most so many of them in the same order, whatever is named among them.

        sides, what is compared, share the room alike, and each leaves to the other what it does not need: the cheaper
        one would crowd out the other. Of each side what meets the request comes before what does not.
        """
        must = {id(each) for each in named}
        queues = [
            sorted(
                (each for each in (*self.meeting, *self.others) if each.offering.target is side),
                key=lambda each: id(each) not in must,
            )
            for side in sides
        ]
        kept: set[int] = set()
        for at, queue in enumerate(sorted(queues, key=len)):
            kept.update(id(each) for each in queue[: (most - len(kept)) // (len(queues) - at)])
        return Ranking(
            tuple(each for each in self.meeting if id(each) in kept),
            tuple(each for each in self.others if id(each) in kept),
        )


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


def _days(offering: Offering | PlanOffering) -> int:
    return sum((each.duration for each in offering.stays), timedelta()) // timedelta(days=1)


def _key(offering: Offering | PlanOffering, order: Order) -> tuple[str, Decimal, Decimal, datetime]:
    first = {
        Order.FEE: offering.fee,
        Order.RATE: offering.rate,
        Order.START: Decimal(int(offering.start.timestamp())),
        Order.DURATION: -Decimal(int(offering.usable.total_seconds())),
    }[order]
    # Fees in different currencies cannot be compared, so they are kept apart.
    return (offering.currency, first, offering.fee, offering.start)
