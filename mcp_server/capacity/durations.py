"""How long a block may be asked for."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed

VALID_DAYS: tuple[int, ...] = (*range(1, 15), *range(21, 183, 7))
"""Whole days 1 to 14, then multiples of 7 to 182 (EC2 user guide, Capacity Blocks, considerations)."""

_PART = re.compile(r"\s*(\d{1,4})\s*(?:(?:-|to|\.\.)\s*(\d{1,4})\s*)?(?:d|days?)?\s*", re.IGNORECASE)


class InvalidDuration(RequestRefused):
    """What was asked is no duration, or none that AWS sells. nearest are valid days around it."""

    def __init__(self, asked: str, nearest: tuple[int, ...] = ()) -> None:
        self.asked, self.nearest = asked, nearest
        near = f" Nearest: {' or '.join(map(str, nearest))}." if nearest else ""
        super().__init__(
            f"{typed(asked, 40)} is not a duration that AWS sells: ask for 1 to 14 days or a multiple of 7 up to 182, "
            f"for a range such as 5-14, or for 'longest'.{near}"
        )


@dataclass(frozen=True, slots=True)
class Duration:
    """A wish for one duration, any of several, or the longest to be had. days are ascending and valid."""

    days: tuple[int, ...]
    longest: bool = False

    @property
    def shortest(self) -> int:
        """The fewest days that satisfy the wish."""
        return self.days[0]

    def __str__(self) -> str:
        if self.longest:
            return "the longest duration to be had"
        first, last = self.days[0], self.days[-1]
        if self.days == tuple(each for each in VALID_DAYS if first <= each <= last):
            return f"{first} day{'s' * (first > 1)}" if first == last else f"{first} to {last} days"
        return f"{', '.join(map(str, self.days))} days"


def parse_duration(text: str) -> Duration:
    """Read '7', '5-14', '1,3,7' or 'longest', in days.

    Raises:
        InvalidDuration: It is none of these, or AWS sells no such duration.
    """
    if text.strip().lower() in {"longest", "max"}:
        return Duration(VALID_DAYS, longest=True)
    days: set[int] = set()
    for part in text.split(","):
        form = _PART.fullmatch(part)
        if form is None:
            raise InvalidDuration(text)
        first, last = int(form[1]), int(form[2] or form[1])
        named = [each for each in VALID_DAYS if first <= each <= last]
        if not named or first < 1 or last > VALID_DAYS[-1]:
            raise InvalidDuration(text, nearest_days(first))
        days.update(named)
    return Duration(tuple(sorted(days)))


def nearest_days(days: int) -> tuple[int, ...]:
    """The valid durations next to this many days: itself, or one on each side where there is one."""
    at = bisect_left(VALID_DAYS, days)
    if at < len(VALID_DAYS) and VALID_DAYS[at] == days:
        return (days,)
    return VALID_DAYS[max(at - 1, 0) : at + 1]


def shorter_days(days: int) -> tuple[int, ...]:
    """Valid durations below this one worth trying when it is not to be had, longest first."""
    below = VALID_DAYS[: bisect_left(VALID_DAYS, days)]
    goals = (days * part // 100 for part in (100, 75, 50, 25))
    return tuple(dict.fromkeys(below[max(bisect_left(below, goal) - 1, 0)] for goal in goals if below))
