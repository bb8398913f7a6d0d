"""Purchases as people read them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from tabulate import tabulate

from mcp_server.capacity.words import UNKNOWN, quoted, remark, sentence, word
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.deals import Deal
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.evidence import HORIZON
from mcp_server.render.moments import money, utc

_MEANING = {
    PurchaseState.IN_FLIGHT: "is being bought right now",
    PurchaseState.UNKNOWN: "may or may not have been bought: AWS did not tell",
    PurchaseState.NOT_SENT: "was not bought: no request reached AWS",
    PurchaseState.REJECTED: "was not bought: AWS refused it",
    PurchaseState.NOT_BOUGHT: "was settled as not bought by a person",
    PurchaseState.ACCEPTED: "was bought; AWS has not confirmed the payment yet",
    PurchaseState.PAID: "was bought and is paid",
    PurchaseState.PAYMENT_FAILED: "was bought, and its payment failed: AWS released it",
    PurchaseState.FAILED: "was bought, and failed at AWS",
}


_UNSOLD = {PurchaseState.UNKNOWN, PurchaseState.NOT_SENT, PurchaseState.REJECTED}
"""Where AWS's own words explain the state; those of an answer that was lost say nothing any more once it is known."""


def meaning_of(state: PurchaseState) -> str:
    """What a state says of a purchase, to be read after its id."""
    return _MEANING[state]


def purchase_sentence(purchase: Purchase) -> str:
    """What became of a purchase, what departs from the quote first, and what follows."""
    parts = list(map(remark, purchase.mismatches))
    parts.append(f"{word(purchase.id)} ({purchase.deal.summary}, {purchase.deal.total}) {_MEANING[purchase.state]}.")
    if purchase.state in _UNSOLD and (answer := answer_of(purchase)):
        parts.append(sentence(f"AWS: {answer}"))
    if purchase.state.bought and purchase.reservations:
        parts.append(f"Reservations: {', '.join(f'{word(each.id)} ({each.state})' for each in purchase.reservations)}.")
    if purchase.state.bought and not purchase.complete:
        missing = purchase.deal.reservations - len(purchase.reservations)
        parts.append(f"{missing} of {purchase.deal.reservations} reservations are not seen yet.")
    if purchase.restored:
        parts.append(f"Its ledger was lost: it was restored by {purchase.restored.evidence}.")
    elif purchase.evidence:
        parts.append(f"Nobody told at first; it was found by {purchase.evidence[-1][0]}.")
    parts.append(next_step(purchase))
    return " ".join(part for part in parts if part)


def answer_of(purchase: Purchase) -> str:
    """AWS's error code, and its words in quotation marks; nothing where there are neither."""
    code = word(purchase.code) if purchase.code else ""
    return ": ".join(filter(None, (code, quoted(purchase.message) if purchase.message else "")))


def next_step(purchase: Purchase) -> str:
    """What to do now."""
    match purchase.state:
        case PurchaseState.UNKNOWN:
            until = purchase.intended + HORIZON
            return (
                "Do not buy again: overlapping purchases are refused until it is known. purchase_history looks for it "
                f"in AWS each time. From {utc(until)} UTC on a person who has made sure may settle it, in a terminal: "
                f"{purchase.deal.program} ledger settle {word(purchase.id)}"
            )
        case PurchaseState.IN_FLIGHT:
            return "Ask purchase_history for its outcome."
        case PurchaseState.ACCEPTED:
            return f"AWS takes the payment within 12 hours; purchase_history follows it. {_into_the_tree(purchase)}"
        case PurchaseState.REJECTED | PurchaseState.NOT_SENT:
            return "Quote again to try again."
        case PurchaseState.PAYMENT_FAILED | PurchaseState.FAILED:
            return "The capacity is gone; its fee does not count against the ceilings any more."
        case _:
            return ""


def _into_the_tree(purchase: Purchase) -> str:
    if purchase.deal.extends:
        return "wire_capacity with action rewire then renews the dates in the live tree."
    return "wire_capacity puts it into a unit of the live tree."


def purchases_table(purchases: Sequence[Purchase]) -> str:
    """Purchases as a table, in the order given. Times are UTC."""
    rows = {
        "purchase": [word(each.id) for each in purchases],
        "state": [str(each.state) for each in purchases],
        "at": [utc(each.intended) for each in purchases],
        "total": [_total(each.deal) for each in purchases],
        "what": [_what(each.deal) for each in purchases],
        "where": [each.deal.zones for each in purchases],
        "start": [utc(each.deal.start) for each in purchases],
        "end": [utc(each.deal.end) for each in purchases],
        "reservations": [_reservations(each) for each in purchases],
    }
    return tabulate(rows, headers="keys", tablefmt="plain", disable_numparse=True)


def suspect_lines(suspects: dict[str, tuple[str, ...]]) -> list[str]:
    """What may be an unknown purchase, for a person to look at."""
    return [
        f"{', '.join(map(word, found))} appeared since {word(purchase)} and fits it, but does not say so: a person "
        "must look at it."
        for purchase, found in suspects.items()
    ]


def waited(duration: timedelta) -> str:
    """Progress while a purchase is under way."""
    return f"waiting for AWS, {int(duration.total_seconds())} s"


def _what(deal: Deal) -> str:
    target = f" for {deal.target}" if deal.target else ""
    return f"{deal.count or UNKNOWN} x {word(deal.instance_type)}{target}"


def _total(deal: Deal) -> str:
    return UNKNOWN if deal.fee is None else f"{money(deal.fee, grouped=False)} {word(deal.currency, 8)}"


def _reservations(purchase: Purchase) -> str:
    shown: Iterable[str] = (f"{word(each.id, 200)} {each.state}" for each in purchase.reservations)
    extended = f"extends {word(purchase.deal.extends, 200)}" if purchase.deal.extends else ""
    return ", ".join(filter(None, [extended, *shown])) or "-"
