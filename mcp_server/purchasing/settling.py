"""A person settles a purchase of unknown outcome, after AWS had a day to show it."""

from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.words import typed, word
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.comparison import mismatches, reserved
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.entries import Entry, EvidenceKind, Found, PurchaseState, Settled
from mcp_server.purchasing.evidence import HORIZON, extension_key
from mcp_server.purchasing.overlaps import fits
from mcp_server.purchasing.reconciling import Looked, check_same_world, look
from mcp_server.purchasing.refusals import Rule, SettlingRefused
from mcp_server.purchasing.tags import PURCHASE_TAG


def unsettled(desk: Desk, purchase_id: str) -> tuple[Purchase, Looked]:
    """A purchase whose outcome is unknown also after looking for it now, and what was seen.

    Raises:
        SettlingRefused: It is not in the ledger, known, or AWS could not be looked at.
    """
    if purchase_id not in desk.ledger.read().purchases:
        why = f"{typed(purchase_id)} is no purchase of the ledger {desk.ledger.place}."
        raise SettlingRefused(Rule.QUOTE_UNKNOWN, why, "See ml-clusters ledger show.")
    looked = look(desk)
    purchase = looked.book.purchases[purchase_id]
    _check_unknown(purchase)
    return purchase, looked


def _check_unknown(purchase: Purchase) -> None:
    if purchase.state is not PurchaseState.UNKNOWN:
        raise SettlingRefused(Rule.SETTLED, f"{purchase.id} needs no settling: it is {purchase.state}.", "")


def settle_not_bought(desk: Desk, purchase_id: str, by: str, why: str) -> Book:
    """A person says that it was not bought. It is still watched until the offering's end.

    Raises:
        SettlingRefused: As check_not_bought.
    """
    purchase = check_not_bought(desk, purchase_id)
    now = desk.seller(purchase.deal.account, purchase.deal.region).now

    def settled(book: Book) -> list[Entry]:
        # Its process, or somebody who looks, may have found out meanwhile.
        _check_unknown(book.purchases[purchase_id])
        return [Settled(purchase_id, by, why)]

    return desk.ledger.append(now, settled)


def check_not_bought(desk: Desk, purchase_id: str) -> Purchase:
    """Whether a person may already say that a purchase was not made.

    Raises:
        SettlingRefused: Less than the horizon has passed since the request, or as unsettled.
    """
    purchase, looked = unsettled(desk, purchase_id)
    if looked.failures:
        raise SettlingRefused(
            Rule.NOT_READ, f"AWS could not be looked at ({'; '.join(looked.failures)}): {purchase_id} may be there."
        )
    opens = purchase.intended + HORIZON
    if desk.seller(purchase.deal.account, purchase.deal.region).now < opens:
        raise SettlingRefused(
            Rule.TOO_EARLY,
            f"AWS may show {purchase_id} late: nobody may say before {opens:%Y-%m-%d %H:%M} UTC that it was not "
            "bought.",
            f"If it was bought, say so: {purchase.deal.program} ledger settle {purchase_id} --bought "
            f"{_shown_as(purchase)}.",
        )
    return purchase


def _shown_as(purchase: Purchase) -> str:
    """What a person names to say what AWS shows."""
    if purchase.deal.extends:
        return "OFFERING"
    return "PLAN" if purchase.deal.buys.of_plan else "RESERVATION"


def settle_bought(desk: Desk, purchase_id: str, shown: str, by: str) -> Book:
    """A person says that it was bought: AWS shows it as this reservation or plan, or extension by its offering's id.

    Raises:
        SettlingRefused: As check_bought.
    """
    found = check_bought(desk, purchase_id, shown, by)
    deal = desk.ledger.read().purchases[purchase_id].deal
    return desk.ledger.append(desk.seller(deal.account, deal.region).now, lambda _: [found])


def check_bought(desk: Desk, purchase_id: str, shown: str, by: str = "") -> Found:
    """Whether a purchase can be what AWS shows as this reservation or plan, or extension by its offering's id.

    Raises:
        SettlingRefused: AWS does not show it, or another purchase made it; or as unsettled.
    """
    purchase, looked = unsettled(desk, purchase_id)
    deal = purchase.deal
    seller = desk.seller(deal.account, deal.region)
    check_same_world(desk, desk.ledger.read(), seller)
    estate = seller.estate()
    reservations = [
        each for each in estate.reservations if shown in {each.id, each.name} and _may_be(each, purchase, looked.book)
    ]
    extensions = [
        each
        for each in estate.extensions
        if (each.reservation_id, each.offering_id) == (deal.extends, shown)
        and extension_key(each) not in purchase.owned
    ]
    if not reservations and not extensions:
        where = f"in account {word(deal.account)}, {deal.region}"
        why = f"AWS shows no {typed(shown)} {where} that this purchase can have made and no other did."
        raise SettlingRefused(Rule.SETTLED, why, "Check the id.")
    return Found(
        purchase_id,
        EvidenceKind.PERSON,
        f"{by}: {shown}",
        tuple(map(reserved, reservations)),
        mismatches(deal, reservations, extensions),
    )


def _may_be(reservation: OwnedReservation, purchase: Purchase, book: Book) -> bool:
    """Whether a reservation can be what a purchase made, and neither tag nor ledger say that another one made it."""
    tagged = reservation.tag(PURCHASE_TAG) in {None, purchase.id}
    others = (each for each in book.purchases.values() if each.id != purchase.id)
    known = any(one.id == reservation.id for each in others for one in each.reservations)
    return fits(purchase, reservation) and tagged and not known
