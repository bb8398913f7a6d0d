"""Which training plans are for sale, out of the same kind of supply as blocks.

SageMaker developer guide, training plans: at most three offerings of one or two reserved capacities, found by looking
for one that runs through first; the sample answers there start at the first full minute half an hour ahead.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice, product

from mcp_server.sandbox.market import (
    DAY,
    LEAD,
    Ask,
    Left,
    LeftOn,
    Offer,
    Place,
    Segment,
    fits,
    left_of,
    segment_of,
    spans,
    turns,
    whole,
)

MOST_OFFERS = 3
LONGEST_DAYS = 182
_LONGEST_GAP_DAYS = 7


def plan_offers(
    seed: int, ask: Ask, places: Sequence[Place], now: datetime, left: Left, *, one_zone: bool
) -> tuple[Offer, ...]:
    """At most three plans, those that run through before those in two parts.

    one_zone: both parts must be in the same zone, as a HyperPod cluster needs it.
    """
    left_on = left_of(ask.product, left)
    found = whole(seed, ask, places, spans(ask, now, _soonest_start(now)), left_on, MOST_OFFERS)
    in_two = _in_two_parts(ask, places, now, left_on, one_zone=one_zone)
    return found + tuple(islice(in_two, MOST_OFFERS - len(found)))


def _soonest_start(now: datetime) -> datetime:
    """The first full minute at least half an hour ahead."""
    at = now + LEAD
    minute = at.replace(second=0, microsecond=0)
    return minute if minute == at else minute + timedelta(minutes=1)


def _in_two_parts(
    ask: Ask, places: Sequence[Place], now: datetime, left_on: LeftOn, *, one_zone: bool
) -> Iterator[Offer]:
    """The soonest plan in two halves, then the soonest in two uneven parts."""
    days = ask.hours // 24
    for first_days in dict.fromkeys((days - days // 2, days // 3)):
        if not 0 < first_days < days:
            continue
        fitting = (
            Offer(ask.product, parts)
            for parts in _parts(ask, places, now, timedelta(days=first_days), left_on)
            if not one_zone or parts[0].zone_id == parts[1].zone_id
        )
        yield from islice(fitting, 1)


def _parts(
    ask: Ask, places: Sequence[Place], now: datetime, first_lasts: timedelta, left_on: LeftOn
) -> Iterator[tuple[Segment, Segment]]:
    """Two parts that fit, with whole days between them, the soonest first."""
    second_lasts = timedelta(hours=ask.hours) - first_lasts
    for start, here in product(turns(ask, now, _soonest_start(now)), places):
        first = segment_of(ask, here, ask.units, start, start + first_lasts)
        if not fits(first, left_on):
            continue
        for gap, there in product(range(1, _LONGEST_GAP_DAYS + 1), places):
            again = first.end + gap * DAY
            second = segment_of(ask, there, ask.units, again, again + second_lasts)
            if (ask.latest_end is None or second.end <= ask.latest_end) and fits(second, left_on):
                yield first, second
