"""The calendar of what is owned: what its events and its picture both say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from mcp_server.capacity.deadlines import Due, DueKind, dues
from mcp_server.capacity.extending import Obstacle, extension_opening, obstacle
from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.words import clean, word
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRow
from mcp_server.purchasing.provenance import Provenance
from mcp_server.render.holdings import account_of, amount, origin_line, serves, unread_lines
from mcp_server.render.moments import utc
from mcp_server.searching.holdings import HoldingPart, Unread

if TYPE_CHECKING:
    from mcp_server.wiring.places import Wired

_SHORT, _LONG, _LONGEST = 40, 80, 200
_MARKUP = str.maketrans("<>", "\u2039\u203a")
"""Some calendar programs show a description as HTML."""

_TOLD = {HoldingPart.RESERVATIONS, HoldingPart.PLANS, HoldingPart.EXTENSIONS}
"""Parts without which something would be missing here; use and health are not told."""


class Standing(StrEnum):
    """How it stands with capacity, as far as a calendar tells it apart."""

    PENDING = "payment pending"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    OVER = "ended"
    LOST = "failed or cancelled"
    UNCLEAR = "unclear"


_STANDINGS = {
    ReservationState.PAYMENT_PENDING: Standing.PENDING,
    ReservationState.SCHEDULED: Standing.SCHEDULED,
    ReservationState.ACTIVE: Standing.ACTIVE,
    ReservationState.EXPIRED: Standing.OVER,
    ReservationState.PAYMENT_FAILED: Standing.LOST,
    ReservationState.FAILED: Standing.LOST,
    ReservationState.CANCELLED: Standing.LOST,
}


@dataclass(frozen=True, slots=True)
class Span:
    """When machines are there, UTC. Ends are None where AWS does not tell them."""

    start: datetime
    usable_end: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One reservation: all words are clean, all times UTC. spans are in order, and more than one where there is a gap.

    group is its owner as the picture heads its rows, owner the same in few words. bought is None where nobody
    tells it. wired are the units of the tree that name it, each with the entry.
    """

    id: str
    name: str
    group: str
    owner: str
    what: str
    zone: str
    region: str
    state: str
    standing: Standing
    bought: datetime | None
    spans: tuple[Span, ...]
    dues: tuple[Due, ...]
    facts: tuple[str, ...]
    wired: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is owned at a time, UTC: by owner, then by start.

    read says where was looked, unread what AWS did not tell there, a line each.
    """

    now: datetime
    simulated: bool
    read: str
    entries: tuple[Entry, ...]
    unread: tuple[str, ...]


def calendar_of(answer: OwnedAnswer, wired: "Sequence[Wired]" = ()) -> Calendar:
    """What a calendar says of an answer; wired are the entries of the tree that name capacity, none without one."""
    names = {number: word(name) for name, number in answer.accounts}
    known = list(names)
    rows = sorted(answer.rows, key=lambda each: _place(each.holding.reservation.account, known))
    return Calendar(
        # Seconds would make two calendars of one minute differ, and nobody reads them.
        now=answer.now.replace(second=0, microsecond=0),
        simulated=answer.simulated,
        read=f"{answer.regions} region{'s' * (answer.regions != 1)} of account {', '.join(names.values())}",
        entries=tuple(_entry(each, names, answer.now, wired) for each in rows),
        unread=tuple(_unread(answer)),
    )


def _place(account: str, known: list[str]) -> tuple[int, str]:
    """Accounts in the order of the settings, then those that share something."""
    return (known.index(account), "") if account in known else (len(known), account)


def _unread(answer: OwnedAnswer) -> Iterator[str]:
    told: list[Unread] = [each for each in answer.unread if each.part in _TOLD]
    accounts = [f"account {each.name}: {each.failure}" for each in answer.account_failures]
    yield from (clean(each).translate(_MARKUP) for each in [*accounts, *unread_lines(told)])


def _entry(row: OwnedRow, names: Mapping[str, str], now: datetime, wired: "Sequence[Wired]") -> Entry:
    holding, reservation = row.holding, row.holding.reservation
    number = word(reservation.account)
    name = names.get(reservation.account, number)
    found = dues(holding, now)
    there = tuple((word(each.unit), word(each.name)) for each in wired if each.capacity == reservation.id)
    facts = [*_facts(holding, row.origin, names, found, now), *(f"In unit {unit}, {name}" for unit, name in there)]
    return Entry(
        id=word(reservation.id, _LONGEST),
        name=word(reservation.name),
        group=number if name == number else f"{name} {number}",
        owner=name,
        what=_what(reservation),
        zone=word(reservation.zone.id or reservation.zone.name),
        region=word(reservation.region),
        state=word(reservation.words),
        standing=_STANDINGS.get(reservation.state, Standing.UNCLEAR),
        bought=reservation.created,
        spans=tuple(_spans(reservation)),
        dues=found,
        facts=tuple(each.translate(_MARKUP) for each in facts),
        wired=there,
    )


def _what(reservation: OwnedReservation) -> str:
    return f"{amount(reservation)} for {serves(reservation)}" if reservation.plan else amount(reservation)


def _spans(reservation: OwnedReservation) -> Iterator[Span]:
    """When its machines are there: a split plan has gaps."""
    parts = reservation.plan.parts if reservation.plan else ()
    if not parts:
        yield Span(reservation.start, reservation.usable_end, reservation.end)
    for each in parts:
        yield Span(each.start, each.end - reservation.lead, each.end)


def _facts(
    holding: Holding, origin: Provenance, names: Mapping[str, str], found: Iterable[Due], now: datetime
) -> Iterator[str]:
    """Everything that is to be known of a reservation, a line each."""
    reservation = holding.reservation
    block = f", block {word(reservation.block_id)}" if reservation.block_id else ""
    zone = f"{word(reservation.zone.name)} ({word(reservation.zone.id) if reservation.zone.id else 'zone id unknown'})"
    plan = reservation.plan
    yield f"Training plan {word(plan.name)}" if plan else f"Reservation {word(reservation.id)}{block}"
    yield _what(reservation) if plan else f"{amount(reservation)}, {clean(reservation.platform, _SHORT)}"
    yield f"State: {word(reservation.words)}"
    yield f"Account: {account_of(holding, names)}"
    yield f"Where: {word(reservation.region)}, zone {zone}"
    yield f"Start: {utc(reservation.start)} UTC"
    yield f"End: {utc(reservation.end)} UTC" if reservation.end else "End: unknown, AWS does not tell it"
    yield from (_due_line(each, holding, now) for each in found if not each.void)
    line = origin_line(origin)
    if line:
        yield f"Who bought it, in their own words: {line}"


def _due_line(due: Due, holding: Holding, now: datetime) -> str:
    by = f"{utc(due.at)} UTC"
    match due.kind:
        case DueKind.PAYMENT:
            latest = "" if holding.reservation.created else " at the latest"
            return f"Payment due: {by}{latest}, else AWS releases it"
        case DueKind.EXTENSION_PAYMENT:
            until = f" to {utc(due.extension.end)} UTC" if due.extension else ""
            return f"Payment of the extension{until} due: {by}, else it ends as before"
        case DueKind.EXTENDING:
            return f"Extend by: {by}{_hindrance(holding, now)}"
        case DueKind.USABLE_END:
            return f"Usable end: {by} (the machines stop then)"


def _hindrance(holding: Holding, now: datetime) -> str:
    """Why it cannot be extended now, though there is a last moment to do so."""
    opening = extension_opening(holding.reservation)
    match obstacle(holding.reservation, holding.extensions, now):
        case Obstacle.PAYMENT_PENDING:
            return ", once what is pending is paid"
        case Obstacle.TOO_EARLY if opening:
            return f", from {utc(opening)} UTC on"
        case Obstacle.TOO_LATE:
            return ", which has passed"
        case Obstacle.WRONG_STATE:
            return ", but not in this state"
        case _:
            return ""
