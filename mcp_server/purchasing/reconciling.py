"""Looking in AWS for what became of purchases."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.trails import PurchaseEvent
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.desk import Desk, check_world
from mcp_server.purchasing.entries import Entry, Lease, PurchaseState
from mcp_server.purchasing.evidence import CLOCKS_APART, is_doubtful, suspects, watched, what_shows
from mcp_server.purchasing.overlaps import Estate, state_of
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.seller import Seller

Place = tuple[str, str]
"""An account's number and a region."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One place after looking. now is AWS's time there, None where nobody told it; the rest is as in Looked."""

    now: datetime | None
    suspects: dict[str, tuple[str, ...]]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """The book after looking. suspects, by purchase, fit an unknown one but do not say so.

    failures are sentences: where AWS could not be looked at, which says nothing. now is AWS's time, None where nothing
    had to be asked or nobody answered.
    """

    book: Book
    suspects: dict[str, tuple[str, ...]]
    failures: tuple[str, ...]
    now: datetime | None


def look(desk: Desk) -> Looked:
    """Ask AWS about every purchase that may still change, and write down what it shows."""
    book = desk.ledger.read()
    seen = [look_at(desk, book, place) for place in open_places(book, _may_change)]
    book = desk.ledger.read()
    return Looked(
        book=book,
        suspects={purchase: found for each in seen for purchase, found in each.suspects.items()},
        failures=tuple(failure for each in seen for failure in each.failures),
        now=max((each.now for each in seen if each.now), default=None),
    )


def open_places(book: Book, due: Callable[[Purchase, Book], bool]) -> tuple[Place, ...]:
    """Where something was bought that is due to be looked at, each place once."""
    purchases = book.purchases.values()
    return tuple(dict.fromkeys((each.deal.account, each.deal.region) for each in purchases if due(each, book)))


def look_at(desk: Desk, book: Book, place: Place) -> LookedAt:
    """Ask AWS in one place about the purchases there that may still change, and write down what it shows."""
    account, region = place
    failures: list[str] = []
    now: datetime | None = None
    try:
        seller = desk.seller(account, region)
        due = [each for each in _purchases(book, place) if watched(each, seller.now, desk.alive)]
        if not due:
            return LookedAt(seller.now, {}, ())
        check_same_world(desk, book, seller)
        estate = seller.estate()
        now = seller.now
    except (AwsFailure, SpendingRefused) as failure:
        return LookedAt(now, {}, (f"{account} {region}: {failure}",))
    unknown = [each for each in due if _unsettled(each, seller.now, desk)]
    doubtful = [each for each in due if is_doubtful(each, estate)]
    events = _events(seller, [*unknown, *doubtful], failures)
    book = write_down(desk, [each.id for each in due], estate, events, seller.now)
    still = [book.purchases[each.id] for each in unknown if _unsettled(book.purchases[each.id], seller.now, desk)]
    suspected = {each.id: found for each in still if (found := suspects(each, estate))}
    return LookedAt(now, suspected, tuple(failures))


def _purchases(book: Book, place: Place) -> list[Purchase]:
    return [each for each in book.purchases.values() if (each.deal.account, each.deal.region) == place]


def _may_change(purchase: Purchase, book: Book) -> bool:
    """Whether it may be watched now, told without asking AWS for the time: what is over by the ledger's time stays so.

    Without it an account that is closed by now would be asked for ever.
    """
    then = book.at or purchase.intended
    return purchase.state is PurchaseState.IN_FLIGHT or watched(purchase, then, _whoever)


def _whoever(lease: Lease, now: datetime) -> bool:  # noqa: ARG001 - stands where Alive does
    return True


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
        failures.append(f"CloudTrail in {unknown[0].deal.account} {unknown[0].deal.region}: {failure}")
        return ()
