"""Looking in AWS for what became of purchases."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.trails import PurchaseEvent
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.desk import Desk, check_world
from mcp_server.purchasing.entries import Entry, PurchaseState
from mcp_server.purchasing.evidence import CLOCKS_APART, suspects, watched, what_shows
from mcp_server.purchasing.overlaps import Estate, state_of
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.seller import Seller


@dataclass(frozen=True, slots=True)
class Looked:
    """The book after looking. suspects, by purchase, fit an unknown one but do not say so.

    failures are sentences: where AWS could not be looked at, which says nothing.
    """

    book: Book
    suspects: dict[str, tuple[str, ...]]
    failures: tuple[str, ...]


def look(desk: Desk) -> Looked:
    """Ask AWS about every purchase that may still change, and write down what it shows."""
    book = desk.ledger.read()
    places: dict[tuple[str, str], list[Purchase]] = defaultdict(list)
    for each in book.purchases.values():
        places[each.quote.account, each.quote.region].append(each)
    failures: list[str] = []
    suspected: dict[str, tuple[str, ...]] = {}
    for (account, region), purchases in places.items():
        try:
            seller = desk.seller(account, region)
            due = [each for each in purchases if watched(each, seller.now, desk.alive)]
            if not due:
                continue
            check_same_world(desk, book, seller)
            estate = seller.estate()
        except (AwsFailure, SpendingRefused) as failure:
            failures.append(f"{account} {region}: {failure}")
            continue
        unknown = [each for each in due if _unsettled(each, seller.now, desk)]
        events = _events(seller, unknown, failures)
        book = write_down(desk, [each.id for each in due], estate, events, seller.now)
        still = [book.purchases[each.id] for each in unknown if _unsettled(book.purchases[each.id], seller.now, desk)]
        suspected |= {each.id: found for each in still if (found := suspects(each, estate))}
    return Looked(book, suspected, tuple(failures))


def check_same_world(desk: Desk, book: Book, seller: Seller) -> None:
    """Refuse to believe one world about purchases of another.

    Raises:
        SpendingRefused: The seller's is not the ledger's.
        AwsFailure: AWS does not say who asks.
    """
    caller = seller.caller()
    check_world(desk, caller, seller.endpoint())
    if caller.world != book.world:
        raise SpendingRefused(Rule.WORLD, f"The ledger belongs to {book.world}, and {caller.world} is asked.")


def write_down(desk: Desk, ids: Iterable[str], estate: Estate, events: Sequence[PurchaseEvent], now: datetime) -> Book:
    """Record what an estate shows of purchases; within the transaction, since another process may look as well."""

    def shown(book: Book) -> list[Entry]:
        moment = max(now, book.at or now)
        return [entry for each in ids for entry in what_shows(book.purchases[each], estate, events, moment, desk.alive)]

    book = desk.ledger.read()
    return desk.ledger.append(now, shown) if shown(book) else book


def _unsettled(purchase: Purchase, now: datetime, desk: Desk) -> bool:
    return state_of(purchase, now, desk.alive) in {PurchaseState.UNKNOWN, PurchaseState.NOT_BOUGHT}


def _events(seller: Seller, unknown: Sequence[Purchase], failures: list[str]) -> Sequence[PurchaseEvent]:
    if not unknown:
        return ()
    try:
        return seller.events(min(each.intended for each in unknown) - CLOCKS_APART)
    except AwsFailure as failure:
        failures.append(f"CloudTrail in {unknown[0].quote.account} {unknown[0].quote.region}: {failure}")
        return ()
