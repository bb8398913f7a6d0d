"""Who bought what is owned, why, and for how much: from this ledger, else from the tags of the purchase. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mcp_server.capacity.extensions import ExtensionOffering
from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import ExtensionState, OwnedReservation
from mcp_server.capacity.plans import PlanOffering
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.tags import BUYER_TAG, PURCHASE_TAG, fee_in, tagged_bought

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a reservation comes from. None: nobody tells it.

    spent is the fee of the block, or of this part of it, and of its extensions that have not failed, in currency.
    hourly is what is paid of it per machine and hour from its start to its end. remarks say what departs. bought is
    UTC, of a plan as the ledger or its tags tell.
    """

    purchase_id: str | None = None
    buyer: str | None = None
    purpose: str | None = None
    spent: Decimal | None = None
    currency: str | None = None
    hourly: Decimal | None = None
    remarks: tuple[str, ...] = ()
    bought: datetime | None = None


def provenances(holdings: Iterable[Holding], book: Book) -> dict[str, Provenance]:
    """The provenance of each holding, by the reservation's id."""
    holdings = tuple(holdings)
    # A tag tells the fee of the whole purchase, which says nothing of one of several reservations.
    carrying = Counter(each.reservation.tag(PURCHASE_TAG) for each in holdings)
    return {each.reservation.id: _provenance(each, book, carrying) for each in holdings}


def _first_fee(
    reservation: OwnedReservation, purchase: Purchase | None, carrying: Counter[str | None]
) -> tuple[Decimal, str] | None:
    name = purchase.id if purchase else reservation.tag(PURCHASE_TAG)
    fee = _share(purchase, reservation) if purchase else None
    # AWS itself tells a plan's.
    alone = reservation.plan is not None or (name and carrying[name] == 1)
    return fee_in(reservation) if fee is None and alone else fee


def _provenance(holding: Holding, book: Book, carrying: Counter[str | None]) -> Provenance:
    reservation = holding.reservation
    purchase = _purchase(reservation, book)
    name = purchase.id if purchase else reservation.tag(PURCHASE_TAG)
    block = _first_fee(reservation, purchase, carrying)
    spent = block[0] + _extended(holding, block[1]) if block else None
    # What waits for its payment has not made the block longer yet.
    run_for = block[0] + _extended(holding, block[1], paid=True) if block else None
    return Provenance(
        purchase_id=name,
        buyer=purchase.requester if purchase else reservation.tag(BUYER_TAG),
        purpose=purchase.quote.purpose if purchase and purchase.quote else None,
        spent=spent,
        currency=block[1] if block else None,
        hourly=_hourly(run_for, reservation),
        remarks=_remarks(purchase) if purchase else (),
        bought=_bought(reservation, purchase),
    )


def _bought(reservation: OwnedReservation, purchase: Purchase | None) -> datetime | None:
    if reservation.created:
        return reservation.created
    # Of a purchase that was restored the ledger knows no more than the tags.
    return purchase.intended if purchase and purchase.intent else tagged_bought(reservation)


def _purchase(reservation: OwnedReservation, book: Book) -> Purchase | None:
    tagged = book.purchases.get(reservation.tag(PURCHASE_TAG) or "")
    made = (each for each in book.purchases.values() if any(reservation.id == one.id for one in each.reservations))
    return next(made, tagged if tagged and tagged.state.bought else None)


def _share(purchase: Purchase, reservation: OwnedReservation) -> tuple[Decimal, str] | None:
    """What a plan or one reservation of a purchase cost: its segment's fee, divided among UltraServers of their own."""
    if purchase.quote is None or isinstance(purchase.quote.offering, ExtensionOffering):
        return None
    offering = purchase.quote.offering
    if isinstance(offering, PlanOffering):
        return offering.fee, offering.currency
    place = (reservation.zone.name, reservation.start)
    segment = next((each for each in offering.segments if (each.zone.name, each.start) == place), None)
    if segment is None:
        return None
    parts = segment.count if offering.instance_type.ultraserver else 1
    return segment.fee / parts, purchase.quote.currency


def _extended(holding: Holding, currency: str, *, paid: bool = False) -> Decimal:
    """The fees of its extensions that have not failed, or of those that are paid."""
    counting = {ExtensionState.PAYMENT_SUCCEEDED} if paid else set(ExtensionState) - {ExtensionState.PAYMENT_FAILED}
    return sum(
        (each.fee for each in holding.extensions if each.state in counting and each.currency == currency), Decimal(0)
    )


def _hourly(spent: Decimal | None, reservation: OwnedReservation) -> Decimal | None:
    if spent is None or reservation.end is None or not reservation.machines:
        return None
    parts = reservation.plan.parts if reservation.plan else ()
    length = sum((each.duration for each in parts), timedelta()) or reservation.end - reservation.start
    return spent / (Decimal(length / _HOUR) * reservation.machines)


def _remarks(purchase: Purchase) -> tuple[str, ...]:
    missing = purchase.deal.reservations - len(purchase.reservations)
    lacking = (f"{missing} of {purchase.deal.reservations} reservations of {purchase.id} are not seen yet.",)
    return (*purchase.mismatches, *(lacking if missing > 0 else ()))
