"""What AWS shows of a purchase, and what follows from it. Absence says nothing. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mcp_server.aws.trails import PurchaseEvent
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, ReservationState
from mcp_server.capacity.words import word
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.comparison import mismatches, reserved
from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.entries import (
    Concluded,
    Entry,
    EvidenceKind,
    Found,
    Observed,
    PurchaseState,
    Reserved,
)
from mcp_server.purchasing.overlaps import Alive, Estate, fits, state_of
from mcp_server.purchasing.tags import CHAIN_TAG, LEDGER_TAG, PURCHASE_TAG, is_of
from mcp_server.purchasing.verification import Shown

HORIZON = timedelta(hours=24)
"""Before it nobody may say of an unknown purchase that it was not made: AWS may show it late."""

CLOCKS_APART = timedelta(minutes=1)
"""How far AWS's own clocks may be apart."""

EVENTS = {
    DealKind.BLOCK: "PurchaseCapacityBlock",
    DealKind.EXTENSION: "PurchaseCapacityBlockExtension",
    DealKind.PLAN: "CreateTrainingPlan",
    DealKind.PLAN_EXTENSION: "ExtendTrainingPlan",
}
"""By which event CloudTrail shows each kind of purchase."""

_UNBOUGHT = {PurchaseState.NOT_SENT, PurchaseState.REJECTED, PurchaseState.NOT_BOUGHT}
_BELIEVED = {PurchaseState.NOT_SENT, PurchaseState.REJECTED}
_PAID = {ReservationState.SCHEDULED, ReservationState.ACTIVE, ReservationState.EXPIRED}


def watched(purchase: Purchase, now: datetime, alive: Alive) -> bool:
    """Whether AWS has to be asked about it: it may still appear, fail, or show more of its reservations."""
    state = state_of(purchase, now, alive)
    if state is PurchaseState.IN_FLIGHT:
        return False
    if state in {PurchaseState.UNKNOWN, PurchaseState.ACCEPTED}:
        return True
    if state is PurchaseState.NOT_BOUGHT:
        return now < purchase.deal.end
    if state in _BELIEVED:
        # What AWS said is believed, and for a day held against its tags, plan names and CloudTrail.
        return now < purchase.intended + HORIZON
    if state is not PurchaseState.PAID:
        return False
    # An extension moves the end of a block that an earlier purchase made.
    ended = now >= purchase.deal.end and all(each.state.over for each in purchase.reservations)
    return not (purchase.complete and ended)


def what_shows(
    purchase: Purchase, estate: Estate, events: Sequence[PurchaseEvent], now: datetime, alive: Alive
) -> list[Entry]:
    """What to write down of a purchase, given what AWS shows of its account and region. now is UTC, AWS's."""
    state = state_of(purchase, now, alive)
    # What has failed has its end: an estate that was read before another process wrote that down is out of date.
    failed = state.bought and not state.counts
    if state is PurchaseState.IN_FLIGHT or failed:
        return []
    entries: list[Entry] = []
    if state is PurchaseState.UNKNOWN and purchase.state is PurchaseState.IN_FLIGHT:
        message = "The process that was buying ended, or ran out of time, before it wrote down what came of it."
        entries.append(Concluded(purchase.id, PurchaseState.UNKNOWN, message=message))
    mine = [each for each in estate.reservations if _is_its(each, purchase)]
    bought = _extension_of(purchase, estate)
    found = _found(purchase, mine, None if state in _BELIEVED else bought, events)
    if found and not purchase.state.bought:
        entries.append(found)
    elif not purchase.state.bought:
        return entries
    entries += _departing(purchase, mine, estate)
    seen = _seen(purchase, estate, mine)
    later = payment_of(bought) if purchase.deal.extends else fate_of(seen, purchase.deal.reservations)
    settled = later not in {None, PurchaseState.ACCEPTED, purchase.state}
    if later and (settled or set(seen) - set(purchase.reservations)):
        entries.append(Observed(purchase.id, later if settled else _unmoved(purchase), tuple(seen)))
    return entries


def _departing(purchase: Purchase, mine: Sequence[OwnedReservation], estate: Estate) -> list[Entry]:
    """What is seen only now to depart from the quote: to a plan's purchase SageMaker answers with its ARN alone."""
    # An extension changes what a plan tells of itself.
    longer = {each.reservation_id for each in estate.extensions}
    plans = [each for each in mine if each.plan and each.id not in longer]
    new = tuple(each for each in mismatches(purchase.deal, plans) if each not in purchase.mismatches)
    if not (purchase.state.bought and plans and new):
        return []
    return [Found(purchase.id, EvidenceKind.NAME, ", ".join(each.id for each in plans), (), new)]


def _is_its(reservation: OwnedReservation, purchase: Purchase) -> bool:
    """Whether a reservation says, by its tag or as a plan by its name, that a purchase made it, and can be that."""
    says = reservation.tag(PURCHASE_TAG) == purchase.id or reservation.plan is not None
    return says and fits(purchase, reservation)


def shown_of(book: Book, reservations: Sequence[OwnedReservation]) -> Shown:
    """What the tags of reservations say of a ledger: which heads it must have, and what it must not call unbought.

    A reservation that names another ledger, or no head, and can be what a purchase of this one made, has its say too.
    """
    tagged = [(each, each.tag(PURCHASE_TAG) or "") for each in reservations]
    made = [(each, book.purchases[name]) for each, name in tagged if name in book.purchases]
    made = [(each, purchase) for each, purchase in made if fits(purchase, each)]
    ours = [(name, head) for each, name in tagged if is_of(each, book) and (head := _head(each))]
    others = [(purchase.id, _foreign_head(each, book)) for each, purchase in made]
    denied = [
        f"AWS has {word(each.id)}, which {word(purchase.id)} bought; the ledger calls it {purchase.state}."
        for each, purchase in made
        if purchase.state in _UNBOUGHT
    ]
    return Shown(tuple(dict.fromkeys([*ours, *(each for each in others if each[1])])), tuple(denied))


def _head(reservation: OwnedReservation) -> str:
    return reservation.tag(CHAIN_TAG) or ""


def _foreign_head(reservation: OwnedReservation, book: Book) -> str:
    """What stands in a reservation's tags in place of a head of this ledger; nothing where that is as it must be."""
    if is_of(reservation, book):
        return "" if _head(reservation) else "none"
    return f"of ledger {word(reservation.tag(LEDGER_TAG) or 'unnamed', 60)}"


def suspects(purchase: Purchase, estate: Estate) -> tuple[str, ...]:
    """New reservations and extensions that fit an unknown purchase but do not say that they are it: for a person."""
    deal, known = purchase.deal, set(purchase.owned)
    if deal.extends:
        return tuple(
            each.offering_id
            for each in estate.extensions
            if (each.reservation_id, each.start) == (deal.extends, deal.start) and extension_key(each) not in known
        )
    return tuple(each.id for each in estate.reservations if fits(purchase, each) and each.tag(PURCHASE_TAG) is None)


def is_doubtful(purchase: Purchase, estate: Estate) -> bool:
    """Whether an extension that was refused was sold all the same: to whom, only CloudTrail tells."""
    return purchase.state in _BELIEVED and _extension_of(purchase, estate) is not None


def extension_key(extension: OwnedExtension) -> str:
    """An extension as an intent remembers it among what the account had before."""
    return f"{extension.reservation_id} {extension.offering_id} {extension.purchased.isoformat()}"


def _found(
    purchase: Purchase,
    mine: Sequence[OwnedReservation],
    bought: OwnedExtension | None,
    events: Sequence[PurchaseEvent],
) -> Found | None:
    if mine:
        names = ", ".join(word(each.id) for each in mine)
        reservations = tuple(map(reserved, mine))
        kind = EvidenceKind.NAME if purchase.deal.plan else EvidenceKind.TAG
        return Found(purchase.id, kind, names, reservations, mismatches(purchase.deal, mine))
    if bought:
        detail = f"{word(bought.offering_id)}, bought at {bought.purchased:%Y-%m-%d %H:%M:%S} UTC"
        return Found(purchase.id, EvidenceKind.HISTORY, detail, (), mismatches(purchase.deal, (), (bought,)))
    event = next((each for each in events if _shows(each, purchase)), None)
    return Found(purchase.id, EvidenceKind.TRAIL, f"event {word(event.id)}") if event else None


def _shows(event: PurchaseEvent, purchase: Purchase) -> bool:
    name = EVENTS[purchase.deal.buys]
    in_time = event.at >= purchase.intended - CLOCKS_APART
    return (event.user, event.name, event.error_code) == (purchase.id, name, "") and in_time


def _extension_of(purchase: Purchase, estate: Estate) -> OwnedExtension | None:
    """The entry of a reservation's history that this purchase made: its offering's, and not there before."""
    deal, known = purchase.deal, set(purchase.owned)
    if deal.extends is None:
        return None
    wanted = (deal.extends, purchase.offering_id, deal.start, deal.end)
    fitting = (
        each
        for each in estate.extensions
        if (each.reservation_id, each.offering_id, each.start, each.end) == wanted and extension_key(each) not in known
    )
    return max(fitting, key=lambda each: each.purchased, default=None)


def _seen(purchase: Purchase, estate: Estate, mine: Sequence[OwnedReservation]) -> list[Reserved]:
    known = {each.id for each in purchase.reservations}
    shown = {each.id: each for each in (*(each for each in estate.reservations if each.id in known), *mine)}
    return [reserved(each) for each in shown.values()]


def fate_of(seen: Sequence[Reserved], expected: int) -> PurchaseState | None:
    """What the states of reservations say of the purchase that makes so many; None while none is seen."""
    states = {each.state for each in seen}
    if not seen or len(seen) < expected:
        return PurchaseState.ACCEPTED if seen else None
    if states <= _PAID:
        return PurchaseState.PAID
    # Only what AWS itself calls failed frees money; of several reservations, when all of them did.
    if states == {ReservationState.PAYMENT_FAILED}:
        return PurchaseState.PAYMENT_FAILED
    if states <= {ReservationState.PAYMENT_FAILED, ReservationState.FAILED}:
        return PurchaseState.FAILED
    return PurchaseState.ACCEPTED


def payment_of(bought: OwnedExtension | None) -> PurchaseState | None:
    """What the state of an extension says of its purchase; None while it is not seen."""
    if bought is None:
        return None
    return {
        ExtensionState.PAYMENT_SUCCEEDED: PurchaseState.PAID,
        ExtensionState.PAYMENT_FAILED: PurchaseState.PAYMENT_FAILED,
    }.get(bought.state, PurchaseState.ACCEPTED)


def _unmoved(purchase: Purchase) -> PurchaseState:
    return purchase.state if purchase.state.bought else PurchaseState.ACCEPTED
