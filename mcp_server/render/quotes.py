"""What a person reads before money is spent: built from the quote alone, in one order everywhere."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from mcp_server.aws.failures import clean
from mcp_server.capacity.extensions import ExtensionOffering
from mcp_server.purchasing.deals import UNKNOWN, Deal
from mcp_server.purchasing.quotes import Overlap, OverlapKind, Quote
from mcp_server.render.moments import both, length, money, rate, utc

FINAL = "No cancel, no refund, not movable: it is charged at once, and stays."

_URGENT = (OverlapKind.IN_FLIGHT, OverlapKind.RECENT, OverlapKind.UNKNOWN)


def question(quote: Quote, zone: ZoneInfo, first: str = "") -> str:
    """What a client's dialog says: what matters most in three lines, since some show no more, then everything.

    first is said before all.
    """
    offering = quote.offering
    kind = offering.instance_type
    beside = [each.name for each in urgent(quote.overlaps)]
    in_addition = f"IN ADDITION TO {', '.join(beside)}! " if beside else ""
    world = "SIMULATED, no money" if quote.simulated else "REAL money"
    extends = f"extension of {quote.reservation_id}, " if quote.reservation_id else ""
    what = f"{extends}{offering.count} x {kind.name} ({offering.count * kind.accelerators} {kind.accelerator})"
    where = f"{quote.region} {offering.zone.id or offering.zone.name}"
    times = f"{utc(quote.start)} to {utc(quote.end)} UTC, machines stop at {utc(offering.usable_end)}"
    lines = [
        f"{first}{in_addition}{world}: account {_account(quote)}, {what}, {where}",
        f"{times}. TOTAL {total(quote)}",
        f"{FINAL} Type the total to buy it.",
        "",
        reading(quote, zone),
        f"Type the total to buy it: {total(quote)}",
    ]
    return "\n".join(lines)


def reading(quote: Quote, zone: ZoneInfo) -> str:
    """Everything that a person must have read, in one order everywhere."""
    parts = [*_in_addition(quote), *facts(quote, zone), FINAL, f'Purpose, as it was given: "{quote.purpose}"']
    return "\n".join(parts)


def facts(quote: Quote, zone: ZoneInfo) -> list[str]:
    """Lines of facts: world, account, what and where, times, money, what the policy leaves, overlaps, notes."""
    offering = quote.offering
    kind = offering.instance_type
    what = f"{offering.count} x {kind.name} ({offering.count * kind.accelerators} {kind.accelerator}), {quote.platform}"
    lines = [
        f"SIMULATED: not AWS, no money ({quote.world})." if quote.simulated else "REAL: this is AWS, and real money.",
        f"Account {_account(quote)}",
        *([f"Extension of {quote.reservation_id}: {what}"] if quote.reservation_id else [f"Capacity block: {what}"]),
        *_places(quote, zone),
        f"Usable end: {both(offering.usable_end, zone)} (the machines stop then); usable {_hours(offering.usable)} h",
        f"Total: {total(quote)}; rate {rate(offering.rate)} per accelerator-hour",
        f"The policy then leaves {money(quote.left.rolling_day)} in 24 hours, {money(quote.left.month)} this month",
    ]
    lines += [f"Overlaps {each.name} ({each.kind}): {each.what}" for each in quote.overlaps]
    lines += [f"Note: {each}" for each in quote.notes]
    # Last of the facts: there may be many, and they are words from elsewhere.
    return lines + [f'Tag "{clean(key, 60)}": "{clean(value, 60)}"' for key, value in quote.tags]


def total(priced: Quote | Deal) -> str:
    """The fee as people read it: 50,749.44 USD."""
    return UNKNOWN if priced.fee is None else f"{money(priced.fee)} {priced.currency}"


def _account(quote: Quote) -> str:
    return " ".join(dict.fromkeys((quote.account_name, quote.account)))


def urgent(overlaps: Sequence[Overlap]) -> list[Overlap]:
    """Those that a person must see before anything else."""
    return [each for each in overlaps if each.kind in _URGENT]


def _in_addition(quote: Quote) -> list[str]:
    return [f"IN ADDITION TO {each.name}, {each.what} ({each.kind})" for each in urgent(quote.overlaps)]


def _places(quote: Quote, zone: ZoneInfo) -> list[str]:
    """Where and when: one line, or one for each segment."""
    offering = quote.offering
    if isinstance(offering, ExtensionOffering) or len(offering.segments) == 1:
        place = offering.zone
        where = f"Where: {quote.region}, zone {place.name} ({place.id or 'id not known'})"
        span = length(offering.end - offering.start)
        return [where, f"Start: {both(offering.start, zone)}", f"End: {both(offering.end, zone)} ({span})"]
    lines = [f"Where: {quote.region}, {len(offering.segments)} segments, each a reservation of its own"]
    for number, each in enumerate(offering.segments, start=1):
        place = f"{each.zone.name} ({each.zone.id or 'id not known'})"
        lines.append(f"  {number}. {each.count} in {place}: {both(each.start, zone)} to {both(each.end, zone)}")
    return lines


def _hours(duration: timedelta) -> str:
    return f"{duration / timedelta(hours=1):.2f}".rstrip("0").rstrip(".")
