"""Which Capacity Blocks are for sale: a pure function of seed, question and time.

Every zone has, for every product and every day from 11:30 UTC to 11:30 UTC, so many units left. A block is offered
where enough are left on each of its days, so fewer units or shorter blocks are never harder to get.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import islice

from mcp_server.sandbox.catalogue import Product

DAY = timedelta(days=1)
TURN = time(11, 30, tzinfo=UTC)
LEAD = timedelta(minutes=30)
HORIZON = timedelta(weeks=8)
MOST_OFFERS = 6
DEFAULT_SEED = 20261123
DURATIONS = frozenset((*(24 * day for day in range(1, 15)), *(24 * 7 * week for week in range(2, 27))))

_LEVELS = (0, 0, 2, 4, 4, 8, 16, 32)
_DEEP_LEVELS = (12, 16, 24, 32, 64)
_SPLIT_FROM_UNITS = 12
_SPLIT_FROM_HOURS = 24 * 28
_ULTRASERVERS_ARE_RARER = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A zone that could sell, with the rate there (USD per accelerator-hour)."""

    zone_id: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for: so many units (instances or UltraServers) of a product for so many hours."""

    product: Product
    units: int
    hours: int
    earliest_start: datetime | None = None
    latest_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Units in one zone from start to end (UTC), with their fee in USD."""

    zone_id: str
    units: int
    start: datetime
    end: datetime
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """A block for sale; its parts are side by side or one after the other."""

    product: Product
    segments: tuple[Segment, ...]

    @property
    def start(self) -> datetime:
        """When the first segment starts, UTC."""
        return min(segment.start for segment in self.segments)

    @property
    def end(self) -> datetime:
        """When the last segment ends: 11:30 UTC."""
        return max(segment.end for segment in self.segments)

    @property
    def fee(self) -> Decimal:
        """The whole price in USD."""
        return sum((segment.fee for segment in self.segments), Decimal(0))


Left = Callable[[Product, str, date], int]
"""How many units of a product are left in a zone on the day that begins at 11:30 UTC of a date."""

LeftOn = Callable[[str, date], int]
"""The same of one product."""

Span = tuple[datetime, datetime]


def digest(*parts: object) -> int:
    """A number in which every part has a say; the same on every machine."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def supply(seed: int, product: Product, zone_id: str, day: date) -> int:
    """How many units AWS has in a zone on a day before anybody bought any.

    Some zones are deep and never empty; the others vary, and have weeks with nothing.
    """
    year, week, _ = day.isocalendar()
    units = _weekly_supply(seed, product.name, zone_id, (year, week))
    return units // _ULTRASERVERS_ARE_RARER if product.ultraserver else units


@lru_cache(maxsize=1 << 15)
def _weekly_supply(seed: int, name: str, zone_id: str, week: tuple[int, int]) -> int:
    deep = digest(seed, "deep", name, zone_id) % 100 < 45
    levels = _DEEP_LEVELS if deep else _LEVELS
    level = levels[digest(seed, "level", name, zone_id) % len(levels)]
    weather = digest(seed, "week", name, zone_id, *week) % 100
    if weather < 20 and not deep:
        return 0
    return level // 2 if weather < 45 else level


def fee(product: Product, units: int, rate: Decimal, duration: timedelta) -> Decimal:
    """Rate times hours times accelerators, in USD, rounded to cents."""
    hours = Decimal(duration // timedelta(minutes=1)) / 60
    accelerators = units * product.instances * product.accelerators
    return (rate * hours * accelerators).quantize(Decimal("0.01"), ROUND_HALF_UP)


def days(start: datetime, end: datetime) -> Iterator[date]:
    """The market's days that a block touches, each named by the date on which it begins."""
    day = (start - timedelta(hours=11, minutes=30)).date()
    while datetime.combine(day, TURN) < end:
        yield day
        day += DAY


def soonest_start(now: datetime) -> datetime:
    """The first full or half hour at least 30 minutes ahead."""
    at = now + LEAD
    grid = at.replace(minute=30 if at.minute >= 30 else 0, second=0, microsecond=0)
    return grid if grid == at else grid + timedelta(minutes=30)


def offers(seed: int, ask: Ask, places: Sequence[Place], now: datetime, left: Left) -> tuple[Offer, ...]:
    """At most six blocks that answer the question, the soonest first.

    Every block ends at 11:30 UTC, so one that starts at once is shorter or longer than asked.
    """
    left_on = left_of(ask.product, left)
    found = whole(seed, ask, places, spans(ask, now, soonest_start(now)), left_on, MOST_OFFERS)
    if len(found) < MOST_OFFERS and (ask.units >= _SPLIT_FROM_UNITS or ask.hours >= _SPLIT_FROM_HOURS):
        found += tuple(islice(_split(ask, places, now, left_on), 1))
    return found


def left_of(product: Product, left: Left) -> LeftOn:
    """How many units of one product are left, each zone and day looked up once."""

    @cache
    def left_on(zone_id: str, day: date) -> int:
        return left(product, zone_id, day)

    return left_on


def fits(segment: Segment, left_on: LeftOn) -> bool:
    """Whether a zone has enough units left on every day of a segment."""
    return all(left_on(segment.zone_id, day) >= segment.units for day in days(segment.start, segment.end))


def whole(
    seed: int, ask: Ask, places: Sequence[Place], within: Iterable[Span], left_on: LeftOn, most: int
) -> tuple[Offer, ...]:
    """Offers of one segment, at most one for each span and `most` in all, in the order of the spans."""
    candidates = (
        segment_of(ask, place, ask.units, start, end)
        for start, end in within
        if ask.latest_end is None or end <= ask.latest_end
        for place in _by_luck(seed, ask.product, places, start)
    )
    one_per_span: dict[Span, Offer] = {}
    for segment in candidates:
        if (segment.start, segment.end) not in one_per_span and fits(segment, left_on):
            one_per_span[segment.start, segment.end] = Offer(ask.product, (segment,))
            if len(one_per_span) == most:
                break
    return tuple(one_per_span.values())


def spans(ask: Ask, now: datetime, soonest: datetime) -> Iterator[Span]:
    """From when to when something could run: at the soonest, then from each 11:30 UTC up to eight weeks ahead."""
    duration = timedelta(hours=ask.hours)
    if ask.earliest_start is None or ask.earliest_start <= soonest:
        shorter = datetime.combine((soonest + duration).date(), TURN)
        if shorter > soonest + duration:
            shorter -= DAY
        if shorter - soonest >= timedelta(hours=1):
            yield soonest, shorter
        if shorter - soonest < duration:
            yield soonest, shorter + DAY
    for start in turns(ask, now, soonest):
        yield start, start + duration


def turns(ask: Ask, now: datetime, soonest: datetime) -> Iterator[datetime]:
    """Every 11:30 UTC after the soonest start at which something could start, up to eight weeks ahead."""
    earliest = max(soonest, ask.earliest_start or soonest)
    start = datetime.combine(earliest.date(), TURN)
    if start < earliest or start == soonest:
        start += DAY
    while start <= now + HORIZON:
        yield start
        start += DAY


def _by_luck(seed: int, product: Product, places: Sequence[Place], start: datetime) -> list[Place]:
    """The places that list this start at all, in an order that changes with it."""

    def luck(place: Place) -> int:
        return digest(seed, "luck", product.name, place.zone_id, start.date())

    return sorted((place for place in places if luck(place) % 10 < 4), key=luck)


def segment_of(ask: Ask, place: Place, units: int, start: datetime, end: datetime) -> Segment:
    """A part of what is asked for, at the rate of its place."""
    return Segment(place.zone_id, units, start, end, fee(ask.product, units, place.rate, end - start))


def _split(ask: Ask, places: Sequence[Place], now: datetime, left_on: LeftOn) -> Iterator[Offer]:
    """Blocks of two segments: half the units in each of two zones, or half the time."""
    for start, end in spans(ask, now, soonest_start(now)):
        if ask.latest_end is not None and end > ask.latest_end:
            continue
        for first in places:
            for second in places:
                if first.zone_id == second.zone_id:
                    continue
                parts = _side_by_side(ask, first, second, start, end)
                if ask.hours >= _SPLIT_FROM_HOURS:
                    parts = _one_after_the_other(ask, first, second, start, end)
                if all(fits(part, left_on) for part in parts):
                    yield Offer(ask.product, parts)


def _side_by_side(ask: Ask, first: Place, second: Place, start: datetime, end: datetime) -> tuple[Segment, ...]:
    half = (ask.units + 1) // 2
    return segment_of(ask, first, half, start, end), segment_of(ask, second, ask.units - half, start, end)


def _one_after_the_other(ask: Ask, first: Place, second: Place, start: datetime, end: datetime) -> tuple[Segment, ...]:
    middle = datetime.combine((start + (end - start) / 2).date(), TURN)
    return segment_of(ask, first, ask.units, start, middle), segment_of(ask, second, ask.units, middle, end)
