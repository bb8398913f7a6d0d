"""What is owned, in flight or unknown beside a quote: exactly once holds for an intention, not only for a quote."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mcp_server.capacity.instance_types import accelerator_of
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation
from mcp_server.capacity.words import word
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.entries import Lease, PurchaseState
from mcp_server.purchasing.quotes import Overlap, OverlapKind
from mcp_server.purchasing.tags import PURCHASE_TAG, bought_at, told_bought

RECENT = timedelta(hours=24)

Alive = Callable[[Lease, datetime], bool]
"""Whether whoever holds a lease may still be buying at a time (UTC, AWS's)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is about to be bought, as far as overlaps go. extends is the reservation that an extension is for."""

    accelerator: str
    start: datetime
    end: datetime
    extends: str | None = None


@dataclass(frozen=True, slots=True)
class Estate:
    """What AWS shows of the accounts looked at."""

    reservations: tuple[OwnedReservation, ...] = ()
    extensions: tuple[OwnedExtension, ...] = ()


def overlaps(wish: Wish, book: Book, estate: Estate, now: datetime, alive: Alive) -> tuple[Overlap, ...]:
    """Everything with the same accelerator and overlapping dates, each once, by the name of its purchase if ours."""
    ours = [_of_purchase(wish, each, now, alive) for each in book.purchases.values()]
    theirs = [_of_reservation(wish, each, now) for each in _others(estate.reservations, book)]
    known = {reserved.id for each in book.purchases.values() for reserved in each.reservations}
    longer = [_of_extension(wish, each, known, now) for each in foreign_extensions(estate.extensions, book)]
    return tuple(each for each in (*ours, *theirs, *longer) if each)


def state_of(purchase: Purchase, now: datetime, alive: Alive) -> PurchaseState:
    """A purchase's state: one in flight whose process is gone, or past its deadline, has an unknown outcome."""
    in_flight = purchase.intent if purchase.state is PurchaseState.IN_FLIGHT else None
    if in_flight and not alive(in_flight.lease, now):
        return PurchaseState.UNKNOWN
    return purchase.state


def _of_purchase(wish: Wish, purchase: Purchase, now: datetime, alive: Alive) -> Overlap | None:
    deal = purchase.deal
    state = state_of(purchase, now, alive)
    same = wish.extends is not None and wish.extends == deal.extends
    unsettled = state in {PurchaseState.UNKNOWN, PurchaseState.IN_FLIGHT}
    if not state.counts:
        return None
    # An extension that may have been bought has moved the end, so that dates no longer tell.
    if not (same and unsettled) and not (deal.accelerator == wish.accelerator and _meet(wish, deal.start, deal.end)):
        return None
    if state is PurchaseState.UNKNOWN and (same or (wish.extends is None and deal.extends is None)):
        kind = OverlapKind.UNKNOWN
    elif unsettled:
        kind = OverlapKind.IN_FLIGHT
    else:
        kind = OverlapKind.RECENT if now - purchase.intended < RECENT else OverlapKind.OWNED
    return Overlap(kind, purchase.id, deal.account, deal.region, deal.summary, deal.start, deal.end)


def _of_reservation(wish: Wish, owned: OwnedReservation, now: datetime) -> Overlap | None:
    end = owned.end or datetime.max.replace(tzinfo=now.tzinfo)
    if owned.state.over or owned.id == wish.extends:
        return None
    if accelerator_of(owned.instance_type) != wish.accelerator or not _meet(wish, owned.start, end):
        return None
    place = word(owned.zone.id or owned.zone.name)
    plan = f"training plan {word(owned.plan.name)}, " if owned.plan else ""
    what = f"{plan}{owned.count} x {word(owned.instance_type)} in {place}, {word(owned.words)}"
    if now - bought_at(owned) >= RECENT:
        kind = OverlapKind.OWNED
    else:
        kind = OverlapKind.RECENT if told_bought(owned) else OverlapKind.UNDATED
    return Overlap(kind, word(owned.name), owned.account, owned.region, what, owned.start, end)


def _of_extension(wish: Wish, extension: OwnedExtension, ours: Container[str], now: datetime) -> Overlap | None:
    recent = now - extension.purchased < RECENT
    # One bought longer ago is within its reservation's dates; those of a purchase of ours are as they were quoted.
    if extension.state is ExtensionState.PAYMENT_FAILED or not (recent or extension.reservation_id in ours):
        return None
    fits = accelerator_of(extension.instance_type) == wish.accelerator
    if not fits or not _meet(wish, extension.start, extension.end):
        return None
    return Overlap(
        OverlapKind.RECENT if recent else OverlapKind.OWNED,
        f"{word(extension.reservation_id)} until {extension.end:%Y-%m-%d %H:%M}",
        extension.account,
        extension.region,
        f"extension of {word(extension.reservation_id)}, {extension.count} x {word(extension.instance_type)}",
        extension.start,
        extension.end,
    )


def _others(reservations: Iterable[OwnedReservation], book: Book) -> list[OwnedReservation]:
    """Reservations that no purchase of this ledger is known, or may still turn out, to have made."""
    return [each for each in reservations if not made_here(each, book)]


def made_here(reservation: OwnedReservation, book: Book) -> bool:
    """Whether a purchase of this ledger made it: by its id, or by the tag of one not known to be unbought."""
    purchase = book.purchases.get(reservation.tag(PURCHASE_TAG) or "") or _named(reservation, book)
    if purchase and (purchase.state.counts or purchase.state.bought) and fits(purchase, reservation):
        return True
    return any(reservation.id == each.id for known in book.purchases.values() for each in known.reservations)


def _named(plan: OwnedReservation, book: Book) -> Purchase | None:
    """The purchase that a plan is named after: there is no other plan of the name in its account and region."""
    return next((each for each in book.purchases.values() if is_named_after(plan, each)), None)


def is_named_after(plan: OwnedReservation, purchase: Purchase) -> bool:
    """Whether a training plan has the name that a purchase gave."""
    deal = purchase.deal
    named = plan.plan is not None and deal.buys is DealKind.PLAN and plan.plan.name == deal.plan
    return named and (plan.account, plan.region) == (deal.account, deal.region)


def fits(purchase: Purchase, reservation: OwnedReservation) -> bool:
    """Whether a purchase can have made a reservation: tags can be copied, what was bought cannot."""
    deal = purchase.deal
    if deal.extends or reservation.id in purchase.owned:
        return False
    if deal.target or reservation.plan:
        return is_named_after(reservation, purchase)
    places = {(each.zone.name, each.start) for each in deal.stays}
    same_type = deal.ultraserver or reservation.instance_type == deal.instance_type
    same_place = (reservation.account, reservation.region) == (deal.account, deal.region)
    return same_type and same_place and (reservation.zone.name, reservation.start) in places


def foreign_extensions(extensions: Sequence[OwnedExtension], book: Book) -> list[OwnedExtension]:
    """Extensions that this ledger did not buy."""
    ours = [
        (each.deal.extends, each.deal.start, each.deal.end)
        for each in book.purchases.values()
        if each.deal.extends and each.state.counts
    ]
    return [each for each in extensions if (each.reservation_id, each.start, each.end) not in ours]


def _meet(wish: Wish, start: datetime, end: datetime) -> bool:
    return wish.start < end and start < wish.end
