"""What a person reads before money is spent: built from the quote alone, in one order everywhere."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from mcp_server.capacity.extensions import ExtensionOffering
from mcp_server.capacity.lengths import length
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.plans import PlanOffering
from mcp_server.capacity.stays import Zone, gaps
from mcp_server.capacity.words import UNKNOWN, clean, quoted, remark, word
from mcp_server.purchasing.deals import Deal
from mcp_server.purchasing.quotes import Overlap, OverlapKind, Quote
from mcp_server.purchasing.requesters import is_subject
from mcp_server.render.moments import both, money, rate, utc

FINAL = "No cancel, no refund, not movable: it is charged at once, and stays."

_LONGEST_NAME = 120
_LONGEST_ASKER = 800


def question(quote: Quote, first: str = "") -> str:
    """What a dialog says, and a terminal right before the total is typed: one paragraph of all that is decided by.

    Claude Code shows four lines of a question, and folds a longer one for good; it breaks only what is one line. So
    every other fact is in reading, which is shown before. first is said before all.
    """
    offering = quote.offering
    kind = offering.instance_type
    beside = [_name(each) for each in urgent(quote.overlaps)]
    in_addition = f"IN ADDITION TO {', '.join(beside)}! " if beside else ""
    world = "SIMULATED, no money" if quote.simulated else "REAL money"
    named = _titled(quote.deal.named).replace(": ", ", ")
    what = f"{named}{offering.count} x {kind.name} ({offering.count * kind.accelerators} {kind.accelerator})"
    times = f"{utc(quote.start)} to {utc(quote.end)} UTC, machines stop at {utc(offering.usable_end)}"
    owned = [_name(each) for each in quote.overlaps if each.kind is OverlapKind.OWNED]
    besides = f"; owned for then: {', '.join(owned)}" if owned else ""
    return (
        f"{first}{in_addition}{world}: TOTAL {total(quote)}, no cancel, no refund. {what}, {quote.region} "
        f"{quote.deal.zones}, {times}, account {_account(quote)}{besides}."
    )


def reading(quote: Quote, zone: ZoneInfo) -> str:
    """Everything that a person must have read, in one order everywhere."""
    # In a terminal whoever asked over HTTP is somebody else than whoever reads this.
    asked = [f"Asked for by: {quoted(quote.requester, _LONGEST_ASKER)}"] if is_subject(quote.requester) else []
    parts = [*_in_addition(quote), *facts(quote, zone), FINAL, *asked]
    return "\n".join([*parts, f"Purpose, as it was given: {quoted(quote.purpose)}"])


def facts(quote: Quote, zone: ZoneInfo) -> list[str]:
    """Lines of facts: world, account, what and where, times, money, what the policy leaves, overlaps, notes."""
    offering = quote.offering
    kind = offering.instance_type
    platform = f", {quote.platform}" if quote.platform else ""
    what = f"{offering.count} x {kind.name} ({offering.count * kind.accelerators} {kind.accelerator}){platform}"
    lines = [
        f"SIMULATED: not AWS, no money ({quote.world})." if quote.simulated else "REAL: this is AWS, and real money.",
        f"Account {_account(quote)}",
        f"{_titled(quote.deal.named) or 'Capacity block: '}{what}",
        *_places(quote, zone),
        f"Usable end: {both(offering.usable_end, zone)} (the machines stop then); usable {_usable(quote)} h",
        f"Total: {total(quote)}; rate {rate(offering.rate)} per accelerator-hour",
        f"The policy then leaves {money(quote.left.rolling_day)} in 24 hours, {money(quote.left.month)} this month",
    ]
    lines += [f"Overlaps {_name(each)} ({each.kind}): {clean(each.what)}" for each in quote.overlaps]
    lines += [f"Note: {remark(each)}" for each in quote.notes]
    # Last of the facts: there may be many, and they are words from elsewhere.
    return lines + [f"Tag {quoted(key)}: {quoted(value)}" for key, value in quote.tags]


def _titled(words: str) -> str:
    return words[:1].upper() + words[1:]


def total(priced: Quote | Deal) -> str:
    """The fee as people read it: 50,749.44 USD."""
    return UNKNOWN if priced.fee is None else f"{money(priced.fee)} {word(priced.currency, 8)}"


def _account(quote: Quote) -> str:
    return " ".join(dict.fromkeys((quote.account_name, quote.account)))


def urgent(overlaps: Sequence[Overlap]) -> list[Overlap]:
    """Those that a person must see before anything else."""
    return [each for each in overlaps if each.kind is not OverlapKind.OWNED]


def _in_addition(quote: Quote) -> list[str]:
    return [f"IN ADDITION TO {_name(each)}, {clean(each.what)} ({each.kind})" for each in urgent(quote.overlaps)]


def _name(overlap: Overlap) -> str:
    return clean(overlap.name, _LONGEST_NAME)


def _places(quote: Quote, zone: ZoneInfo) -> list[str]:
    """Where and when: one line, or one for each segment."""
    offering = quote.offering
    if isinstance(offering, ExtensionOffering) or len(offering.stays) == 1:
        place = offering.zone
        where = f"Where: {quote.region}, zone {_zone(place)}"
        span = length(offering.end - offering.start)
        return [where, f"Start: {both(offering.start, zone)}", f"End: {both(offering.end, zone)} ({span})"]
    if isinstance(offering, PlanOffering):
        between = length(sum(gaps(offering.parts), timedelta()))
        lines = [f"Where: {quote.region}, {len(offering.parts)} parts of one plan, {between} between them"]
    else:
        lines = [f"Where: {quote.region}, {len(offering.segments)} segments, each a reservation of its own"]
    for number, each in enumerate(offering.stays, start=1):
        lines.append(
            f"  {number}. {each.count} in {_zone(each.zone)}: {both(each.start, zone)} to {both(each.end, zone)}"
        )
    return lines


def _zone(zone: Zone) -> str:
    return f"{word(zone.name)} ({word(zone.id) if zone.id else 'id not known'})"


def _usable(quote: Quote) -> str:
    """Hours, those of all parts of a plan; of several segments each segment's, whose machines are others."""
    offering = quote.offering
    if not isinstance(offering, Offering):
        return _hours(offering.usable)
    return ", ".join(dict.fromkeys(_hours(each.duration - offering.lead) for each in offering.stays))


def _hours(duration: timedelta) -> str:
    return f"{duration / timedelta(hours=1):.2f}".rstrip("0").rstrip(".")
