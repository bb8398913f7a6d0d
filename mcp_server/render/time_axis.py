"""Time from left to right, and the lines that divide it: pure, in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from dateutil.rrule import DAILY, HOURLY, MONTHLY, YEARLY, rrule

from mcp_server.render.lettering import width_of

TICK_SIZE = 12

_Frequency = Literal[0, 1, 2, 3, 4, 5, 6]
"""One of dateutil's names for yearly to secondly."""

_ROOM = 56
"""Pixels from one tick to the next at least, for its label."""

_MONTHS = (1, 2, 3, 6, 12, 60, 120)
_MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of time between two places, evenly divided: first is at left, last at right."""

    first: datetime
    last: datetime
    left: float
    right: float

    def x(self, moment: datetime) -> float:
        """Where a moment is."""
        return self.left + (moment - self.first) / (self.last - self.first) * (self.right - self.left)


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment on the axis and what is written there; nothing where there is no room for it."""

    x: float
    at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Division:
    """Ticks, fine enough to read a bar by and far enough apart for their labels, and the larger units above them.

    The first of the larger units begins with the axis.
    """

    ticks: tuple[Tick, ...]
    headings: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    """A way to divide: every so many hours, days or months, written in a form, under units written in another.

    length is the shortest time from one tick to the next.
    """

    length: timedelta
    frequency: _Frequency
    interval: int
    form: str
    unit: _Frequency
    unit_form: str


_SCALES = (
    *(_Scale(timedelta(hours=each), HOURLY, each, "%H:%M", DAILY, "%a %-d %b %Y") for each in (1, 2, 3, 6, 12)),
    *(_Scale(timedelta(days=each), DAILY, each, "%a %-d", MONTHLY, "%B %Y") for each in (1, 2)),
    *(_Scale(timedelta(days=each), DAILY, each, "%-d %b", YEARLY, "%Y") for each in (7, 14)),
    *(_Scale(timedelta(days=28 * each), MONTHLY, each, "%b", YEARLY, "%Y") for each in (1, 2, 3, 6, 12, 60, 120)),
)
"""From fine to coarse."""


def division_of(axis: Axis) -> Division:
    """The finest division that leaves room for its labels."""
    least = (axis.last - axis.first) * (_ROOM / (axis.right - axis.left))
    scale = next((each for each in _SCALES if each.length >= least), _SCALES[-1])
    ticks = _begun(axis, scale.frequency, scale.interval)
    inside = tuple(Tick(axis.x(each), each, f"{each:{scale.form}}") for each in ticks if each >= axis.first)
    return Division(inside, _headings(axis, scale))


def _begun(axis: Axis, frequency: _Frequency, interval: int) -> list[datetime]:
    """The moments at which units begin, up to the end of the axis; the first at or before its beginning."""
    midnight = axis.first.replace(hour=0, minute=0, second=0, microsecond=0)
    # Weeks begin on Mondays, and so do all numbers of days; months are counted from January.
    origin = midnight if frequency == HOURLY else midnight - timedelta(days=midnight.weekday())
    if frequency in {MONTHLY, YEARLY}:
        origin = midnight.replace(month=1, day=1)
    rule = rrule(frequency, interval=interval, dtstart=origin)
    return rule.between(rule.before(axis.first, inc=True) or origin, axis.last, inc=True)


def _headings(axis: Axis, scale: _Scale) -> tuple[Tick, ...]:
    begun = [max(each, axis.first) for each in _begun(axis, scale.unit, 1)]
    places = [axis.x(each) for each in begun]
    labels = [f"{each:{scale.unit_form}}" for each in begun]
    rooms = [after - before for before, after in pairwise([*places, axis.right])]
    return tuple(
        Tick(x, each, label if width_of(label, TICK_SIZE) < room else "")
        for x, each, label, room in zip(places, begun, labels, rooms, strict=True)
    )
