"""Times and money as people read them."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo


def utc(moment: datetime) -> str:
    """A moment to the minute, for a column headed UTC."""
    return f"{moment:%Y-%m-%d %H:%M}"


def utc_of_year(moment: datetime) -> str:
    """The same where the year is said elsewhere."""
    return f"{moment:%m-%d %H:%M}"


def both(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in UTC and, where that differs, in the reader's time zone."""
    local = moment.astimezone(zone)
    here = f" ({local:%Y-%m-%d %H:%M} {zone.key})" if local.utcoffset() else ""
    return f"{utc(moment)} UTC{here}"


def money(amount: Decimal, *, grouped: bool = True) -> str:
    """An amount to the cent, with thousands separated unless told otherwise."""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{cents:,}" if grouped else str(cents)


def rate(amount: Decimal) -> str:
    """A rate per accelerator-hour, to a tenth of a cent."""
    return str(amount.quantize(Decimal("0.001"), ROUND_HALF_UP))
