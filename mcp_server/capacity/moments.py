"""Points in time as people write them."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.parser import isoparse

from mcp_server.capacity.refusals import RequestRefused

_WHOLE_DATE = re.compile(r"\d{4}-?\d{2}-?\d{2}|\d{4}-?W\d{2}-?\d")


class InvalidMoment(RequestRefused):
    """Not an ISO 8601 date or time. name says which argument it was."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        super().__init__(
            f"{name} '{text}' is not an ISO 8601 date or time: write 2026-12-01, 2026-12-01T09:00 or 2026-12-01T09:00Z."
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
    return (moment.astimezone(zone) + timedelta(days=1, minutes=-1)).astimezone(UTC)


def _parse(name: str, text: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    """The moment in UTC, and whether it was a bare date."""
    text = text.strip()
    # isoparse also reads years and months, which say too little about when a block starts.
    whole = _WHOLE_DATE.match(text)
    if whole is None:
        raise InvalidMoment(name, text)
    try:
        moment = isoparse(text)
    except ValueError:
        raise InvalidMoment(name, text) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC), whole.end() == len(text)
