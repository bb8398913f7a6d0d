"""What a ledger's entries add up to. Pure: entries in, state out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from mcp_server.purchasing.deals import Deal
from mcp_server.purchasing.entries import (
    Began,
    Concluded,
    Declined,
    Entry,
    EvidenceKind,
    Found,
    Intended,
    Observed,
    PurchaseState,
    Quoted,
    Rebuilt,
    Reserved,
    Restored,
    Settled,
    Told,
)
from mcp_server.purchasing.quotes import Quote


class ImpossibleEntry(Exception):
    """An entry that does not follow from those before it; it is never written."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One decision to buy, and what became of it. intended and changed are UTC; head is the chain's at the intent.

    Of one that a rebuilt ledger restored from AWS there is neither quote nor intent: intended is when AWS sold it, and
    head that of the lost ledger, empty where AWS does not keep it.
    """

    id: str
    deal: Deal
    intended: datetime
    head: str
    state: PurchaseState
    changed: datetime
    quote: Quote | None = None
    intent: Intended | None = None
    restored: Restored | None = None
    code: str = ""
    message: str = ""
    request_id: str = ""
    reservations: tuple[Reserved, ...] = ()
    mismatches: tuple[str, ...] = ()
    evidence: tuple[tuple[EvidenceKind, str], ...] = ()

    @property
    def offering_id(self) -> str | None:
        """The offering that AWS was asked for; None where it is not known."""
        source = self.intent or self.restored
        return source.offering_id if source else None

    @property
    def owned(self) -> tuple[str, ...]:
        """What the account had there before, as far as it is known."""
        return self.intent.owned if self.intent else ()

    @property
    def requester(self) -> str | None:
        """The ARN of who asked for the quote; None where it is not known."""
        source = self.quote or self.restored
        return source.requester if source else None

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """The tags that it was bought with, without ours."""
        source = self.quote or self.restored
        return source.tags if source else ()

    @property
    def complete(self) -> bool:
        """Whether every reservation that it makes is known."""
        return len(self.reservations) >= self.deal.reservations


_LATER: Mapping[PurchaseState, frozenset[PurchaseState]] = {
    PurchaseState.IN_FLIGHT: frozenset(
        {PurchaseState.NOT_SENT, PurchaseState.REJECTED, PurchaseState.ACCEPTED, PurchaseState.UNKNOWN}
    ),
    PurchaseState.UNKNOWN: frozenset(
        {PurchaseState.NOT_SENT, PurchaseState.REJECTED, PurchaseState.ACCEPTED, PurchaseState.NOT_BOUGHT}
    ),
    # Evidence settles as bought whenever it appears, whatever was believed before.
    PurchaseState.NOT_SENT: frozenset({PurchaseState.ACCEPTED}),
    PurchaseState.REJECTED: frozenset({PurchaseState.ACCEPTED}),
    PurchaseState.NOT_BOUGHT: frozenset({PurchaseState.ACCEPTED}),
    PurchaseState.ACCEPTED: frozenset({PurchaseState.PAID, PurchaseState.PAYMENT_FAILED, PurchaseState.FAILED}),
    PurchaseState.PAID: frozenset({PurchaseState.PAYMENT_FAILED, PurchaseState.FAILED}),
    PurchaseState.PAYMENT_FAILED: frozenset(),
    PurchaseState.FAILED: frozenset(),
}


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger's state after its last entry. An empty book has no ledger yet.

    orders maps an order to the purchase or refusal that came of it. told holds, by purchase, the state in which
    somebody was last shown it. at is the time of the last entry, UTC. rebuilt is the entry that says that the ledger
    was begun from what AWS shows, with its time.
    """

    ledger_id: str = ""
    world: str = ""
    count: int = 0
    head: str = ""
    at: datetime | None = None
    quotes: Mapping[str, Quote] = field(default_factory=_nothing)
    purchases: Mapping[str, Purchase] = field(default_factory=_nothing)
    orders: Mapping[str, Declined | str] = field(default_factory=_nothing)
    told: Mapping[str, PurchaseState] = field(default_factory=_nothing)
    rebuilt: tuple[datetime, Rebuilt] | None = None

    def after(self, entries: Iterable[tuple[datetime, str, Entry]]) -> "Book":
        """The book with further entries, each with its time and the chain's head after it.

        Raises:
            ImpossibleEntry: An entry does not follow from those before it.
        """
        draft = _Draft(self)
        for at, head, entry in entries:
            draft.add(at, head, entry)
        return draft.book()

    def purchase_of(self, quote_id: str) -> Purchase | None:
        """The purchase that a quote was spent on, or the quote that was made again in its place."""
        return next((each for each in self.purchases.values() if quote_id in self._line(each.quote)), None)

    def _line(self, quote: Quote | None) -> Iterable[str]:
        """A quote and those that it was made again from."""
        line = quote
        while line:
            yield line.id
            line = self.quotes.get(line.instead_of)

    def untold(self) -> tuple[Purchase, ...]:
        """Purchases whose state nobody has been shown, those in flight excepted."""
        return tuple(
            each
            for each in self.purchases.values()
            if each.state is not PurchaseState.IN_FLIGHT and self.told.get(each.id) is not each.state
        )


class _Draft:
    """A book while entries are added to it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._world, self._ledger_id = book.world, book.ledger_id
        self._count, self._head, self._at = book.count, book.head, book.at
        self._quotes, self._purchases = dict(book.quotes), dict(book.purchases)
        self._orders, self._told = dict(book.orders), dict(book.told)
        self._rebuilt = book.rebuilt
        self._spent = {each.quote.id for each in book.purchases.values() if each.quote}
        self._minted = {*book.purchases, *(each.purchase_id for each in book.quotes.values())}

    def book(self) -> Book:
        return Book(
            self._ledger_id,
            self._world,
            self._count,
            self._head,
            self._at,
            MappingProxyType(self._quotes),
            MappingProxyType(self._purchases),
            MappingProxyType(self._orders),
            MappingProxyType(self._told),
            self._rebuilt,
        )

    def add(self, at: datetime, head: str, entry: Entry) -> None:
        if (self._count == 0) != isinstance(entry, Began):
            raise ImpossibleEntry("a ledger begins once, with its world")
        if self._at is not None and at < self._at:
            raise ImpossibleEntry(f"{at} is before the last entry's {self._at}")
        self._count, self._head, self._at = self._count + 1, head, at
        match entry:
            case Began(ledger_id, world):
                self._ledger_id, self._world = ledger_id, world
            case Rebuilt():
                self._rebuild(entry, at)
            case Restored():
                self._restore(entry, at)
            case Quoted(quote):
                self._quote(quote)
            case Declined(order):
                self._orders[order] = entry
            case Told(purchases):
                self._told.update(dict(purchases))
            case _:
                self._follow(entry, at)

    def _follow(self, entry: Intended | Concluded | Found | Observed | Settled, at: datetime) -> None:
        match entry:
            case Intended():
                self._intend(entry, at)
            case Concluded():
                self._conclude(entry, at)
            case Found():
                self._find(entry, at)
            case Observed():
                self._observe(entry, at)
            case Settled(purchase_id):
                self._move(self._known(purchase_id), PurchaseState.NOT_BOUGHT, at)

    def _rebuild(self, entry: Rebuilt, at: datetime) -> None:
        if self._count != 2:
            raise ImpossibleEntry("a ledger is rebuilt as soon as it begins, or never")
        self._rebuilt = (at, entry)

    def _restore(self, entry: Restored, at: datetime) -> None:
        if self._rebuilt is None or self._quotes:
            raise ImpossibleEntry("what is restored stands at the beginning of a ledger that is rebuilt")
        if entry.purchase_id in self._minted or not entry.state.bought:
            raise ImpossibleEntry(f"{entry.purchase_id} is there already, or was not bought")
        self._minted.add(entry.purchase_id)
        self._purchases[entry.purchase_id] = Purchase(
            id=entry.purchase_id,
            deal=entry.deal,
            intended=entry.bought,
            head=entry.head or "",
            state=entry.state,
            changed=at,
            restored=entry,
            reservations=entry.reservations,
            evidence=((entry.evidence, entry.detail),),
        )

    def _quote(self, quote: Quote) -> None:
        if quote.id in self._quotes or quote.purchase_id in self._minted:
            raise ImpossibleEntry(f"{quote.id} was made before")
        if quote.instead_of and quote.instead_of not in self._quotes:
            raise ImpossibleEntry(f"{quote.id} is made again from {quote.instead_of}, which there is not")
        self._quotes[quote.id] = quote
        self._minted.add(quote.purchase_id)

    def _intend(self, entry: Intended, at: datetime) -> None:
        quote = self._quotes.get(entry.quote_id)
        if quote is None or quote.purchase_id != entry.purchase_id:
            raise ImpossibleEntry(f"{entry.quote_id} is no quote of this ledger's")
        if quote.id in self._spent:
            raise ImpossibleEntry(f"{quote.id} is spent")
        self._spent.add(quote.id)
        self._orders[entry.order] = entry.purchase_id
        self._purchases[entry.purchase_id] = Purchase(
            entry.purchase_id, quote.deal, at, self._head, PurchaseState.IN_FLIGHT, at, quote, entry
        )

    def _conclude(self, entry: Concluded, at: datetime) -> None:
        before = self._known(entry.purchase_id)
        answered = replace(
            before,
            code=entry.code,
            message=entry.message,
            request_id=entry.request_id,
            reservations=_merged(before.reservations, entry.reservations),
            mismatches=tuple(dict.fromkeys((*before.mismatches, *entry.mismatches))),
        )
        # Evidence, or a person, may have settled it before the process that bought wrote down what it was told.
        settled = entry.state not in _LATER[before.state]
        self._move(answered, before.state if settled else entry.state, at)

    def _find(self, entry: Found, at: datetime) -> None:
        before = self._known(entry.purchase_id)
        found = replace(
            before,
            reservations=_merged(before.reservations, entry.reservations),
            mismatches=tuple(dict.fromkeys((*before.mismatches, *entry.mismatches))),
            evidence=(*before.evidence, (entry.evidence, entry.detail)),
        )
        self._move(found, before.state if before.state.bought else PurchaseState.ACCEPTED, at)

    def _observe(self, entry: Observed, at: datetime) -> None:
        before = self._known(entry.purchase_id)
        if not before.state.bought:
            raise ImpossibleEntry(f"{before.id} is {before.state}: nothing of it can be observed")
        self._move(before, entry.state, at, reservations=_merged(before.reservations, entry.reservations))

    def _known(self, purchase_id: str) -> Purchase:
        if purchase_id not in self._purchases:
            raise ImpossibleEntry(f"{purchase_id} is no purchase of this ledger's")
        return self._purchases[purchase_id]

    def _move(self, purchase: Purchase, state: PurchaseState, at: datetime, **changes: Any) -> None:
        if state is not purchase.state and state not in _LATER[purchase.state]:
            raise ImpossibleEntry(f"{purchase.id} cannot become {state}: it is {purchase.state}")
        changed = at if state is not purchase.state else purchase.changed
        self._purchases[purchase.id] = replace(purchase, state=state, changed=changed, **changes)


def _merged(known: tuple[Reserved, ...], seen: tuple[Reserved, ...]) -> tuple[Reserved, ...]:
    """Every reservation once, as it was seen last."""
    return tuple({each.id: each for each in (*known, *seen)}.values())
