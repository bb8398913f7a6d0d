"""What a ledger records: each entry says one thing that happened."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from mcp_server.capacity.owned import ReservationState
from mcp_server.purchasing.deals import Deal
from mcp_server.purchasing.quotes import Quote


class PurchaseState(StrEnum):
    """How far a purchase is."""

    IN_FLIGHT = "in flight"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"
    REJECTED = "rejected"
    NOT_BOUGHT = "not bought"
    ACCEPTED = "accepted"
    PAID = "paid"
    PAYMENT_FAILED = "payment failed"
    FAILED = "failed"

    @property
    def counts(self) -> bool:
        """Whether its fee counts against ceilings: only AWS's own refusals and failures free it, or a person."""
        return self in {self.IN_FLIGHT, self.UNKNOWN, self.ACCEPTED, self.PAID}

    @property
    def bought(self) -> bool:
        """Whether AWS is known to have sold it."""
        return self in {self.ACCEPTED, self.PAID, self.PAYMENT_FAILED, self.FAILED}

    @property
    def open(self) -> bool:
        """Whether AWS has still to be asked about it."""
        return self in {self.IN_FLIGHT, self.UNKNOWN, self.ACCEPTED}


class EvidenceKind(StrEnum):
    """By what an unknown outcome was settled as bought."""

    TAG = "tag"
    NAME = "plan name"
    HISTORY = "extension history"
    TRAIL = "CloudTrail"
    PERSON = "a person"


class ApprovalMode(StrEnum):
    """Who must say yes, and where."""

    CLIENT = "client"
    TERMINAL = "terminal"
    SECOND_PERSON = "second-person"


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes. approver is an ARN, typed the total as it was typed, through the program that asked.

    beside are purchases of unknown outcome that the person saw and accepted.
    """

    mode: ApprovalMode
    approver: str
    typed: str
    through: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """Who is buying: one process of one boot of one machine, until a deadline (UTC, AWS's time)."""

    host: str
    boot: str
    pid: int
    started: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reservation that a purchase made. start and end are UTC, end None while AWS does not tell it."""

    id: str
    block_id: str | None
    zone: str
    state: ReservationState
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Began:
    """The ledger begins. world is the AWS it belongs to."""

    ledger_id: str
    world: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The ledger was begun anew from what AWS shows, because these were lost. by is the name of a user here.

    unread are sentences on what was not looked at: what was bought there may be missing.
    """

    ledgers: tuple[str, ...]
    by: str
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """AWS shows a purchase of a lost ledger, in a state. bought is when it was, UTC.

    None is what AWS does not keep. ledger and head are those of the tags: which ledger it was, and its hash at the
    intent; requester is who asked for the quote, tags are all but ours.
    """

    purchase_id: str
    deal: Deal
    bought: datetime
    state: PurchaseState
    evidence: EvidenceKind
    detail: str
    offering_id: str | None = None
    requester: str | None = None
    ledger: str | None = None
    head: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    reservations: tuple[Reserved, ...] = ()


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote was made."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class Declined:
    """An attempt ended before anything was sent. rule names what refused, told is the sentence shown."""

    order: str
    quote_id: str
    rule: str
    told: str


@dataclass(frozen=True, slots=True)
class Intended:
    """The quote is spent: one request is about to be sent. owned are ids that the account had there before."""

    order: str
    quote_id: str
    purchase_id: str
    offering_id: str
    approval: Approval
    lease: Lease
    owned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Concluded:
    """What came of the request. mismatches say how the answer departs from the quote."""

    purchase_id: str
    state: PurchaseState
    code: str = ""
    message: str = ""
    request_id: str = ""
    reservations: tuple[Reserved, ...] = ()
    mismatches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """AWS shows that it was bought, or shows more of its reservations."""

    purchase_id: str
    evidence: EvidenceKind
    detail: str
    reservations: tuple[Reserved, ...] = ()
    mismatches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """AWS shows how a purchase that it accepted goes on: paid, payment failed, or failed."""

    purchase_id: str
    state: PurchaseState
    reservations: tuple[Reserved, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """A person says, after the horizon, that an unknown purchase was not bought. by is an ARN or a user's name."""

    purchase_id: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody has been shown these purchases in these states."""

    purchases: tuple[tuple[str, PurchaseState], ...]


Entry = Began | Rebuilt | Restored | Quoted | Declined | Intended | Concluded | Found | Observed | Settled | Told

_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (Began, Rebuilt, Restored, Quoted, Declined, Intended, Concluded, Found, Observed, Settled, Told)
}
_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for name, kind in _KINDS.items()}


def kind_of(entry: Entry) -> str:
    """The name under which an entry is kept."""
    return type(entry).__name__.lower()


def to_json(entry: Entry) -> str:
    """An entry as text; money is a string, times are ISO 8601."""
    said = json.dumps(
        _ADAPTERS[kind_of(entry)].dump_python(entry, mode="json"), separators=(",", ":"), ensure_ascii=False
    )
    # A path may hold half a character, which can be written as JSON and never be read again.
    return said.encode(errors="replace").decode()


def from_json(kind: str, text: str) -> Entry:
    """What to_json gave.

    Raises:
        ValueError: The kind is not known, or the text is not of that kind.
    """
    if kind not in _ADAPTERS:
        raise ValueError(f"no entry is called '{kind}'")
    return _ADAPTERS[kind].validate_json(text)
