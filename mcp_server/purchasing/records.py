"""One purchase with everything that the ledger holds of it: what a receipt is made from. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mcp_server.capacity.words import typed, word
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.chain import Link
from mcp_server.purchasing.entries import Concluded, Entry, Found, Intended, Observed, Quoted, Restored, Settled
from mcp_server.purchasing.verification import follow, opened


class NoSuchPurchase(LookupError):
    """The ledger has no purchase of this id, or several; the text says what to ask for instead."""

    def __init__(self, place: str, asked: str, why: str) -> None:
        self.place, self.asked, self.why = place, asked, why
        super().__init__(f"{typed(asked)} {why} the ledger {place}. See ml-clusters ledger show.")


@dataclass(frozen=True, slots=True)
class Record:
    """A purchase, the ledger that holds it, and the entries that are about it, the oldest first.

    extended_by are purchases that extended its reservations; settled is a person's word that it was not bought.
    """

    ledger_id: str
    world: str
    place: str
    purchase: Purchase
    entries: tuple[tuple[Link, Entry], ...]
    extended_by: tuple[str, ...]
    settled: Settled | None


def record_of(links: Sequence[Link], place: str, asked: str) -> Record:
    """The record of the purchase with this id: its own, its quote's, or that of what it made.

    What it made is a reservation or block by its id, a plan by its name or ARN. links are the whole ledger, which is
    verified.

    Raises:
        NoSuchPurchase: None of them has it; or several extended the reservation, and another purchase made it.
        BrokenChain, UnreadableEntry: The ledger does not verify.
    """
    book = follow(Book(), links)
    purchase = _find(book, place, asked)
    entries = tuple((link, entry) for link in links if _about(entry := opened(link)[2], purchase))
    mine = {each.id for each in purchase.reservations}
    longer = (each.id for each in book.purchases.values() if each.deal.extends in mine)
    settled = next((entry for _, entry in reversed(entries) if isinstance(entry, Settled)), None)
    return Record(book.ledger_id, book.world, place, purchase, entries, tuple(longer), settled)


def _find(book: Book, place: str, asked: str) -> Purchase:
    made = [each for each in book.purchases.values() if asked in _names(each)]
    extended = [each for each in book.purchases.values() if asked == each.deal.extends]
    found = made or extended
    if not found:
        unspent = asked in book.quotes
        why = "is a quote that was not spent, in" if unspent else "is no purchase, spent quote, reservation or plan of"
        raise NoSuchPurchase(place, asked, why)
    if len(found) > 1:
        raise NoSuchPurchase(place, asked, f"means several purchases ({', '.join(word(each.id) for each in found)}) of")
    return found[0]


def _names(purchase: Purchase) -> Iterable[str | None]:
    return (
        purchase.id,
        purchase.quote.id if purchase.quote else None,
        *(each.id for each in purchase.reservations),
        *(each.block_id for each in purchase.reservations),
        purchase.deal.plan or None,
    )


def _about(entry: Entry, purchase: Purchase) -> bool:
    if isinstance(entry, Quoted):
        return entry.quote.purchase_id == purchase.id
    told = isinstance(entry, (Restored, Intended, Concluded, Found, Observed, Settled))
    return told and entry.purchase_id == purchase.id
