"""Whether a ledger says what was written into it: by its own chain, and by what AWS keeps of it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mcp_server.capacity.words import word
from mcp_server.purchasing.book import Book, ImpossibleEntry
from mcp_server.purchasing.chain import START, BrokenChain, Link, verify
from mcp_server.purchasing.entries import Entry, Intended, Restored, from_json


class UnreadableEntry(Exception):
    """An entry in its right place in the chain that this version cannot read: a newer one wrote it. number names it."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"Entry {number} of the ledger was written by a newer version.")


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain that verifies: how many entries it has, and the hash of the last one."""

    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What AWS shows of a ledger's purchases: their ids with the heads in their tags, and what the ledger denies."""

    anchors: tuple[tuple[str, str], ...]
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain that AWS keeps in a purchase's tags, held against the ledger.

    number is the entry it is the hash of, None where the ledger does not have it; finding then says so in a sentence.
    """

    purchase_id: str
    head: str
    number: int | None
    finding: str


@dataclass(frozen=True, slots=True)
class Anchored:
    """What the anchors show. last is the last anchored entry, 0 where there is none; after how many follow it."""

    anchors: tuple[Anchor, ...]
    last: int
    after: int

    @property
    def findings(self) -> tuple[str, ...]:
        """What speaks against the ledger."""
        return tuple(each.finding for each in self.anchors if each.finding)


def opened(link: Link) -> tuple[datetime, str, Entry]:
    """A link as a book takes it.

    Raises:
        UnreadableEntry: This version does not know what it says.
    """
    try:
        time, entry = link.time, from_json(link.kind, link.text)
    except ValueError as error:
        raise UnreadableEntry(link.number) from error
    if time.tzinfo is None:
        raise UnreadableEntry(link.number)
    return time, link.hash, entry


def follow(book: Book, links: Iterable[Link]) -> Book:
    """The book with the links that follow it, each of which is verified first.

    Raises:
        BrokenChain: One is missing, was changed, or cannot have happened after those before it.
        UnreadableEntry: A newer version wrote one.
    """
    links = tuple(links)
    verify(links, book.head or START, book.count)
    number = book.count

    def entries() -> Iterable[tuple[datetime, str, Entry]]:
        nonlocal number
        for link in links:
            number = link.number
            yield opened(link)

    try:
        return book.after(entries())
    except ImpossibleEntry as impossible:
        raise BrokenChain(number, f"cannot have followed those before it: {impossible}") from impossible


def check_chain(links: Iterable[Link]) -> Verified:
    """Verify a whole ledger: every hash, and that what it tells can have happened.

    Raises:
        BrokenChain: An entry is missing, was changed, or cannot have followed those before it.
        UnreadableEntry: A newer version wrote one.
    """
    book = follow(Book(), links)
    return Verified(book.count, book.head or START)


def check_anchors(links: Sequence[Link], anchors: Iterable[tuple[str, str]]) -> Anchored:
    """Hold heads that AWS keeps, each with its purchase's id, against a ledger whose chain verifies.

    A purchase's tags carry the hash of its intent, of one that was restored that of the lost ledger's. Whoever cuts or
    rewrites the ledger cannot change them there.

    Raises:
        UnreadableEntry: A newer version wrote an entry.
    """
    heads = {purchase_id: (link.number, head) for link in links for purchase_id, head in _heads(link)}
    checked = tuple(_anchor(heads.get(purchase_id), purchase_id, head) for purchase_id, head in anchors)
    last = max((each.number or 0 for each in checked), default=0)
    return Anchored(checked, last, len(links) - last)


def _heads(link: Link) -> Iterable[tuple[str, str | None]]:
    """The purchase that an entry begins, if it does, and the head that its tags must carry."""
    entry = opened(link)[2]
    if isinstance(entry, Intended):
        yield entry.purchase_id, link.hash
    if isinstance(entry, Restored):
        yield entry.purchase_id, entry.head


def _anchor(intent: tuple[int, str | None] | None, purchase_id: str, head: str) -> Anchor:
    if intent is None:
        why = "which this ledger lacks: it was cut or rewritten after that purchase"
        return Anchor(purchase_id, head, None, f"AWS has {word(purchase_id)}, {why}.")
    number, expected = intent
    if expected != head:
        why = f"but its intent, entry {number}, has another: the ledger was rewritten after that purchase"
        return Anchor(purchase_id, head, None, f"AWS has {word(purchase_id)} with the head {word(head[:16])}…, {why}.")
    return Anchor(purchase_id, head, number, "")
