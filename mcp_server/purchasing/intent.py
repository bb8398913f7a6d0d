"""The decision to send one request, taken within one transaction of the ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mcp_server.purchasing.book import Book
from mcp_server.purchasing.ceilings import check_ceilings
from mcp_server.purchasing.entries import Approval, Intended, Lease, PurchaseState
from mcp_server.purchasing.evidence import extension_key
from mcp_server.purchasing.overlaps import Alive, Estate, Wish, overlaps
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.quotes import OverlapKind, Quote
from mcp_server.purchasing.refusals import Rule, SpendingRefused

_SECONDS = "%Y-%m-%d %H:%M:%S"
_SPENDABLE_AGAIN = {PurchaseState.NOT_SENT, PurchaseState.REJECTED}


@dataclass(frozen=True, slots=True)
class Intention:
    """What a process is about to do, and what it saw just before. estate is of the quote's account and region."""

    order: str
    quote: Quote
    offering_id: str
    approval: Approval
    lease: Lease
    estate: Estate
    policy: Policy
    now: datetime
    alive: Alive


def decide(intention: Intention) -> Callable[[Book], list[Intended]]:
    """The rule by which a ledger takes the intent, or raises SpendingRefused or PolicyForbids and takes nothing."""

    def taken(book: Book) -> list[Intended]:
        quote = intention.quote
        now = max(intention.now, book.at or intention.now)
        check_spendable(book, quote, now)
        check_offering(book, quote.account, quote.region, intention.offering_id)
        # What was written ahead of AWS's time counts as recent; a time that is ahead would let recent things lapse.
        _check_overlaps(book, intention, intention.now)
        check_ceilings(intention.policy, book, quote.foreign, quote.fee, intention.now)
        return [
            Intended(
                order=intention.order,
                quote_id=quote.id,
                purchase_id=quote.purchase_id,
                offering_id=intention.offering_id,
                approval=intention.approval,
                lease=intention.lease,
                owned=_ids(intention.estate),
            )
        ]

    return taken


def check_spendable(book: Book, quote: Quote, now: datetime) -> None:
    """Whether a quote can still be bought. now is UTC, by the ledger's time.

    Raises:
        SpendingRefused: It is unknown here, spent, or past its ten minutes.
    """
    if book.quotes.get(quote.id) != quote:
        raise SpendingRefused(Rule.QUOTE_UNKNOWN, f"{quote.id} is no quote of the ledger at {quote.ledger}.")
    spent = book.purchase_of(quote.id)
    if spent:
        raise SpendingRefused(
            Rule.QUOTE_SPENT,
            f"{quote.id} was spent at {spent.intended:%Y-%m-%d %H:%M} UTC: {spent.id} is {spent.state}.",
        )
    if now >= quote.expires:
        raise SpendingRefused(
            Rule.QUOTE_EXPIRED, f"{quote.id} expired at {quote.expires:{_SECONDS}} UTC; it is {now:{_SECONDS}}."
        )


def check_offering(book: Book, account: str, region: str, offering_id: str) -> None:
    """One request for an offering id in an account and region, unless AWS is known to have done nothing.

    Raises:
        SpendingRefused: There was one.
    """
    place = (account, region, offering_id)
    for each in book.purchases.values():
        earlier = (each.deal.account, each.deal.region, each.offering_id)
        if earlier == place and each.state not in _SPENDABLE_AGAIN:
            raise SpendingRefused(
                Rule.OFFERING_ASKED_FOR, f"{each.id} has asked AWS for this very offering: it is {each.state}."
            )


def _check_overlaps(book: Book, intention: Intention, now: datetime) -> None:
    """What came to overlap since the quote was not in the person's question."""
    quote = intention.quote
    named = {each.name for each in quote.overlaps}
    wish = Wish(quote.accelerator, quote.start, quote.end, quote.extends)
    for each in overlaps(wish, book, intention.estate, now, intention.alive):
        if each.kind is OverlapKind.UNKNOWN and each.name not in intention.approval.beside:
            raise SpendingRefused(
                Rule.OVERLAP_UNKNOWN, f"The outcome of {each.name} is unknown, and it overlaps: {each.what}."
            )
        # Whoever accepts an unknown outcome has been shown everything else that overlaps too.
        wanted_beside = quote.additional or intention.approval.beside
        if each.kind.urgent and (each.name not in named or not wanted_beside):
            raise SpendingRefused(
                Rule.OVERLAP_NEW, f"Since the quote, {each.name} came to overlap ({each.kind}): {each.what}."
            )


def _ids(estate: Estate) -> tuple[str, ...]:
    """What the account has there before the request, so that what is new afterwards can be told."""
    reservations = (each.id for each in estate.reservations)
    return (*reservations, *map(extension_key, estate.extensions))
