"""What AWS alone tells of the purchases of a ledger that was lost. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from mcp_server.aws.trails import PurchaseEvent
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.capacity.stays import Stay, most_at_once
from mcp_server.capacity.words import typed, word
from mcp_server.purchasing.comparison import reserved
from mcp_server.purchasing.deals import Deal, DealKind
from mcp_server.purchasing.entries import EvidenceKind, PurchaseState, Restored
from mcp_server.purchasing.evidence import EVENTS, fate_of, payment_of
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.quotes import is_purchase_id
from mcp_server.purchasing.tags import (
    BUYER_TAG,
    CHAIN_TAG,
    CURRENCY_TAG,
    LEDGER_TAG,
    PREFIX,
    PURCHASE_TAG,
    bought_at,
    fee_in,
    is_marked,
)

_EXTENDS = {EVENTS[DealKind.EXTENSION], EVENTS[DealKind.PLAN_EXTENSION]}
_AT_ONCE = timedelta(hours=1)
"""Within which the reservations of one purchase are made."""

_SLACK = timedelta(minutes=1)
"""How far the clocks of EC2 and CloudTrail may be apart."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """Purchases of lost ledgers, by when they were made. odd are sentences on what is left out of them, or unsure."""

    restored: tuple[Restored, ...]
    odd: tuple[str, ...]


def ledgers_in(estate: Estate) -> dict[str, int]:
    """The ledgers that tags name, with how many purchases each made."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in estate.reservations:
        ledger, purchase = each.tag(LEDGER_TAG), each.tag(PURCHASE_TAG)
        if ledger and purchase:
            found[ledger].add(purchase)
    return {ledger: len(purchases) for ledger, purchases in sorted(found.items())}


def salvage(estate: Estate, ledgers: Collection[str], events: Sequence[PurchaseEvent], world: str) -> Salvage:
    """The purchases that these ledgers made: blocks by their tags, extensions by their history.

    An extension says by nothing but CloudTrail which purchase it was; one of a block of theirs is taken to be theirs.
    """
    odd: list[str] = []
    blocks = [_block(name, group, estate, world, odd) for name, group in _groups(estate, ledgers, odd).items()]
    owners = {one.id: each.purchase_id for each in blocks for one in each.reservations}
    taken = {each.purchase_id for each in blocks}
    extensions: list[Restored] = []
    for each in open_to_question(estate, ledgers):
        event = _event_of(each, events)
        known = event.user if event and is_purchase_id(event.user) and event.user not in taken else None
        if known or each.reservation_id in owners:
            extensions.append(_extension(each, known, event, estate, world))
            taken.add(extensions[-1].purchase_id)
    return Salvage(tuple(sorted((*blocks, *extensions), key=lambda each: (each.bought, each.purchase_id))), tuple(odd))


def open_to_question(estate: Estate, ledgers: Collection[str]) -> list[OwnedExtension]:
    """Extensions that these ledgers may have bought: not those of a block that another ledger bought."""
    others = {each.id for each in estate.reservations if each.tag(LEDGER_TAG) not in {None, *ledgers}}
    return [each for each in estate.extensions if each.reservation_id not in others]


def _groups(estate: Estate, ledgers: Collection[str], odd: list[str]) -> Mapping[str, list[OwnedReservation]]:
    """The reservations of each purchase."""
    groups: dict[str, list[OwnedReservation]] = {}
    for each in sorted(estate.reservations, key=lambda each: (bought_at(each), each.id)):
        name, ledger = each.tag(PURCHASE_TAG), each.tag(LEDGER_TAG)
        if ledger not in {None, *ledgers} or not is_marked(each):
            continue
        if name is None:
            odd.append(f"{word(each.id)} has tags of this program, and none of a purchase: it is not restored.")
        elif ledger is None:
            odd.append(f"{word(each.id)} has the tag of {typed(name)}, and none of a ledger: it is not restored.")
        elif not is_purchase_id(name):
            odd.append(f"{word(each.id)} has the tag {typed(name)}, which is no purchase's id: it is not restored.")
        elif each.end is None:
            odd.append(f"{word(each.id)} of {name} has no end: it is not restored.")
        elif name in groups and _place(groups[name][0]) != _place(each):
            odd.append(f"{word(each.id)} has the tag of {name}, which was made elsewhere: it is not restored.")
        elif name in groups and bought_at(each) - bought_at(groups[name][0]) > _AT_ONCE:
            odd.append(
                f"{word(each.id)} has the tag of {name}, which was bought earlier, as {word(groups[name][0].id)}: one "
                "of both has the tags of the other. It is not restored."
            )
        else:
            groups.setdefault(name, []).append(each)
    return groups


def _place(each: OwnedReservation) -> tuple[str, str]:
    return each.account, each.region


def _block(name: str, group: Sequence[OwnedReservation], estate: Estate, world: str, odd: list[str]) -> Restored:
    group = sorted(group, key=lambda each: (each.start, each.zone.name, each.id))
    first = group[0]
    seen = tuple(map(reserved, group))
    stays = tuple(stay for each in group for stay in _stays(each, estate))
    fee, currency = _fee(name, group, odd)
    deal = Deal(
        account=first.account,
        region=first.region,
        world=world,
        instance_type=first.instance_type,
        count=most_at_once(stays),
        platform=first.platform,
        stays=stays,
        reservations=len(group),
        fee=fee,
        currency=currency,
        target=first.plan.target if first.plan else None,
        plan=first.plan.name if first.plan else "",
    )
    own = {key: value for key, value in first.tags if not key.lower().startswith((PREFIX, "aws:"))}
    return Restored(
        purchase_id=name,
        deal=deal,
        bought=min(map(bought_at, group)),
        state=fate_of(seen, len(group)) or PurchaseState.ACCEPTED,
        evidence=EvidenceKind.TAG,
        detail=", ".join(word(each.id) for each in group),
        requester=first.tag(BUYER_TAG) or None,
        ledger=first.tag(LEDGER_TAG),
        head=first.tag(CHAIN_TAG) or None,
        tags=tuple(sorted(own.items())),
        reservations=seen,
    )


def _stays(reservation: OwnedReservation, estate: Estate) -> Iterator[Stay]:
    """Where and when it was as it was bought: each extension begins at the end before it."""
    starts = [each.start for each in estate.extensions if each.reservation_id == reservation.id]
    whole = Stay(reservation.zone, reservation.count, reservation.start, reservation.end or reservation.start)
    for each in (reservation.plan.parts if reservation.plan else None) or (whole,):
        yield replace(each, end=min([*(start for start in starts if start > each.start), each.end]))


def _fee(name: str, group: Iterable[OwnedReservation], odd: list[str]) -> tuple[Decimal | None, str]:
    """The fee and currency that the tags, or the plan, tell: of the whole purchase."""
    told = {fee_in(each) for each in group}
    fee = told.pop() if len(told) == 1 else None
    if fee is None:
        odd.append(f"The fee of {name} is unknown: its tags do not tell one. It does not count against any ceiling.")
        return None, next((currency for each in group if (currency := each.tag(CURRENCY_TAG))), "")
    return fee


def _event_of(extension: OwnedExtension, events: Iterable[PurchaseEvent]) -> PurchaseEvent | None:
    """The request that bought it, as CloudTrail has it."""
    return next(
        (
            each
            for each in events
            if each.name in _EXTENDS
            and not each.error_code
            and extension.offering_id in each.named
            # SageMaker is asked by the offering alone.
            and (extension.reservation_id in each.named or each.name == EVENTS[DealKind.PLAN_EXTENSION])
            and abs(each.at - extension.purchased) <= _SLACK
        ),
        None,
    )


def _extension(
    each: OwnedExtension, known: str | None, event: PurchaseEvent | None, estate: Estate, world: str
) -> Restored:
    owner = next((one for one in estate.reservations if one.id == each.reservation_id), None)
    deal = Deal(
        account=each.account,
        region=each.region,
        world=world,
        instance_type=each.instance_type,
        count=each.count or None,
        platform=owner.platform if owner else "",
        stays=(Stay(each.zone, each.count, each.start, each.end),),
        reservations=0,
        fee=each.fee,
        currency=each.currency,
        extends=each.reservation_id,
        target=owner.plan.target if owner and owner.plan else None,
    )
    by = word(event.user) if event and event.user else "nobody named"
    said = f", CloudTrail's event {word(event.id)} by {by}" if event else ""
    return Restored(
        # Its own id stood in the ledger alone.
        purchase_id=known or f"unknown-{word(each.reservation_id)}-{each.purchased:%Y%m%dT%H%M%SZ}",
        deal=deal,
        bought=each.purchased,
        state=payment_of(each) or PurchaseState.ACCEPTED,
        evidence=EvidenceKind.TRAIL if known else EvidenceKind.HISTORY,
        detail=f"{word(each.offering_id)}, bought at {each.purchased:%Y-%m-%d %H:%M:%S} UTC{said}",
        offering_id=each.offering_id,
    )
