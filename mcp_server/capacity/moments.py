"""Points in time as people write them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.parser import isoparse

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed

_WHOLE_DATE = re.compile(r"(?:\d{4}-?\d{2}-?\d{2}|\d{4}-?W\d{2}-?\d)(?=$|[T ])")

_SENSIBLE = (2000, 2999)
"""Years in which a time may lie; beyond them it is a slip."""


class InvalidMoment(RequestRefused):
    """Not an ISO 8601 date or time. name says which argument it was."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        super().__init__(
            f"{name} {typed(text)} is not an ISO 8601 date or time: write 2026-12-01, 2026-12-01T09:00 or "
            "2026-12-01T09:00Z."
        )


def parse_start(name: str, text: str, zone: ZoneInfo, today: date) -> datetime | None:
    """The earliest moment meant, in UTC; None when a bare date is today's, which means from now on.

    A bare date begins at midnight, and a time without an offset is meant, in zone.

    Raises:
        InvalidMoment: Not a whole ISO 8601 date or time.
    """
    moment, bare = _parse(name, text, zone)
    if bare and moment.astimezone(zone).date() == today:
        return None
    return moment


def parse_end(name: str, text: str, zone: ZoneInfo) -> datetime:
    """The latest moment meant, in UTC: a bare date's last minute in zone, since a date by which is included.

    Raises:
        InvalidMoment: Not a whole ISO 8601 date or time.
    """
    moment, bare = _parse(name, text, zone)
    if not bare:
        return moment
    following = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(following, time(), zone).astimezone(UTC) - timedelta(minutes=1)


def _parse(name: str, text: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    """The moment in UTC, and whether it was a bare date."""
    text = text.strip()
    # isoparse also reads years and months, which say too little about when a block starts.
    whole = _WHOLE_DATE.match(text)
    if whole is None:
        raise InvalidMoment(name, text)
    try:
        moment = isoparse(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        moment = moment.astimezone(UTC)
        if not _SENSIBLE[0] <= moment.year <= _SENSIBLE[1]:
            raise InvalidMoment(name, text)
    except (ValueError, OverflowError):
        raise InvalidMoment(name, text) from None
    return moment, whole.end() == len(text)
