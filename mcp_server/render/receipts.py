"""Receipts: one purchase for people, programs and bookkeeping. What nobody knows says so, and is never 0 or empty."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from mcp_server.aws.accounts import AWS_WORLD
from mcp_server.capacity.stays import Stay
from mcp_server.capacity.words import UNKNOWN, clean, word
from mcp_server.purchasing.chain import Link
from mcp_server.purchasing.entries import Concluded, Entry, Found, Intended, Observed, PurchaseState
from mcp_server.purchasing.records import Record
from mcp_server.render.moments import both, money, rate
from mcp_server.render.purchases import answer_of, meaning_of
from mcp_server.render.spreadsheets import cell

NONE = "none"
_LONGEST = 2000
_CENT = Decimal("0.01")

Value = str | Decimal | datetime | tuple[str, ...] | Mapping[str, str] | None
"""None is unknown; what is known to be empty has no members. Every string may be words from elsewhere."""


class ReceiptFormat(StrEnum):
    """How a receipt is written."""

    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of a receipt: the name that programs know it by, and what people read before it."""

    name: str
    label: str
    value: Value


Section = tuple[str, tuple[Line, ...]]


def receipt(record: Record, zone: ZoneInfo, written: ReceiptFormat = ReceiptFormat.MARKDOWN) -> str:
    """The receipt of a purchase, with times in UTC and in a zone."""
    sections = _sections(record)
    match written:
        case ReceiptFormat.MARKDOWN:
            return _markdown(record, sections, zone)
        case ReceiptFormat.JSON:
            return json.dumps(_flat(sections, zone), indent=1)
        case ReceiptFormat.CSV:
            return _csv(_flat(sections, zone))


def _sections(record: Record) -> list[Section]:
    return [
        ("Outcome", _outcome(record)),
        ("Money", _money(record)),
        ("What and where", _what(record)),
        ("Who and why", _who(record)),
        ("When", _when(record)),
        ("Ids", _ids(record)),
        ("Record", _kept(record)),
    ]


def _outcome(record: Record) -> tuple[Line, ...]:
    purchase = record.purchase
    answer = answer_of(purchase)
    return (
        Line("state", "State", purchase.state),
        Line("meaning", "Means that it", meaning_of(purchase.state)),
        Line("known_by", "Known by", _evidence(record)),
        Line("mismatches", "Differs from the quote", purchase.mismatches),
        Line("aws_answer", "AWS's words", (answer,) if answer else ()),
        Line("simulated", "Simulated", "yes: not AWS, no money" if record.world != AWS_WORLD else "no"),
        Line("world", "World", record.world),
    )


def _evidence(record: Record) -> tuple[str, ...] | None:
    """How it is known what became of it, None while nobody knows."""
    purchase = record.purchase
    found = tuple(f"{kind}: {detail}" for kind, detail in purchase.evidence)
    if purchase.state is PurchaseState.NOT_BOUGHT and record.settled:
        return (f"a person: {word(record.settled.by)}, {record.settled.why}", *found)
    if purchase.state in {PurchaseState.UNKNOWN, PurchaseState.IN_FLIGHT}:
        return None
    observed = any(isinstance(entry, Observed) for _, entry in record.entries)
    return (*(found or ("the answer to the request",)), *("its later state in AWS",) * observed)


def _money(record: Record) -> tuple[Line, ...]:
    deal = record.purchase.deal
    hours = deal.accelerator_hours
    return (
        Line("fee", "Total", deal.fee),
        Line("currency", "Currency", deal.currency or None),
        Line("rate", "Rate per accelerator-hour", None if deal.rate is None else Decimal(rate(deal.rate))),
        Line("accelerator_hours", "Accelerator-hours", None if hours is None else hours.quantize(_CENT)),
        Line("counts", "Counts against ceilings", _counts(record)),
    )


def _counts(record: Record) -> str:
    if not record.purchase.state.counts:
        return "no"
    return "no, since its fee is unknown" if record.purchase.deal.fee is None else "yes"


def _what(record: Record) -> tuple[Line, ...]:
    purchase, deal = record.purchase, record.purchase.deal
    kind, count = deal.kind, deal.count
    accelerators = f"{count * kind.accelerators} {kind.accelerator}" if kind and count else None
    zones = [each.zone for each in deal.stays]
    return (
        Line("what", "What", str(deal.buys)),
        Line("plan", "Plan", deal.plan or NONE),
        Line("target", "Serves", str(deal.target) if deal.target else NONE),
        Line("instance_type", "Type", deal.instance_type),
        Line("count", "Count", str(count) if count else None),
        Line("accelerators", "Accelerators", accelerators),
        Line("platform", "Platform", deal.platform or (NONE if deal.buys.of_plan else None)),
        Line("account", "Account", deal.account),
        Line("account_name", "Account's name", purchase.quote.account_name if purchase.quote else None),
        Line("region", "Region", deal.region),
        Line("zones", "Zone", tuple(dict.fromkeys(each.name for each in zones))),
        Line("zone_ids", "Zone id", tuple(dict.fromkeys(each.id or UNKNOWN for each in zones))),
        Line("start", "Start", deal.start),
        Line("end", "End", deal.end),
        Line("usable_end", "Usable end", deal.usable_end),
        Line("segments", "Segments", () if deal.extends else tuple(map(_segment, deal.stays))),
        Line("extends", "Extends", (deal.extends,) if deal.extends else ()),
        Line("tags", "Tags", dict(purchase.tags)),
    )


def _segment(stay: Stay) -> str:
    place = word(stay.zone.id or stay.zone.name)
    return f"{stay.count or UNKNOWN} in {place}, {_iso(stay.start)} to {_iso(stay.end)}"


def _who(record: Record) -> tuple[Line, ...]:
    purchase = record.purchase
    approval = purchase.intent.approval if purchase.intent else None
    return (
        Line("asked_by", "Asked for by", purchase.requester),
        Line("approved_by", "Approved by", approval.approver if approval else None),
        Line("approval", "Way of approval", str(approval.mode) if approval else None),
        Line("approved_through", "Approved through", approval.through if approval else None),
        Line("typed", "Typed", approval.typed if approval else None),
        Line("beside_unknown", "Accepted beside", approval.beside if approval else None),
        Line("purpose", "Purpose", purchase.quote.purpose if purchase.quote else None),
    )


def _when(record: Record) -> tuple[Line, ...]:
    purchase = record.purchase
    told = (link.time for link, entry in record.entries if isinstance(entry, (Concluded, Found)))
    return (
        Line("quoted", "Quoted", purchase.quote.made if purchase.quote else None),
        Line("intended", "Sold by AWS" if purchase.restored else "Intended", purchase.intended),
        Line("outcome", "Outcome", next(told, None)),
        Line("changed", "State seen" if purchase.restored else "State since", purchase.changed),
    )


def _ids(record: Record) -> tuple[Line, ...]:
    purchase = record.purchase
    # Where there must be some, and none was seen, they are unknown.
    plan = purchase.deal.buys.of_plan
    made = purchase.state.bought and not purchase.deal.extends
    reservations = {each.id: str(each.state) for each in purchase.reservations}
    blocks = () if plan else tuple(dict.fromkeys(each.block_id or UNKNOWN for each in purchase.reservations))
    sent = purchase.state is not PurchaseState.NOT_SENT
    return (
        Line("purchase", "Purchase", purchase.id),
        Line("quote", "Quote", purchase.quote.id if purchase.quote else None),
        Line("offering", "Offering", purchase.offering_id),
        Line("reservations", "Reservations", reservations if reservations or not made else None),
        Line("blocks", "Blocks", blocks if blocks or plan or not made else None),
        Line("extended_by", "Extended by", record.extended_by),
        Line("request_id", "AWS request id", purchase.request_id or (None if sent else NONE)),
    )


def _kept(record: Record) -> tuple[Line, ...]:
    quote, restored = record.purchase.quote, record.purchase.restored
    intent = next((link for link, entry in record.entries if isinstance(entry, Intended)), None)
    return (
        Line("policy", "Policy", quote.policy if quote else None),
        Line("policy_sha256", "Policy's SHA-256", quote.policy_hash if quote else None),
        Line("ledger", "Ledger", record.ledger_id),
        Line("ledger_file", "Ledger's file", record.place),
        Line("lost_ledger", "Restored from the lost ledger", (restored.ledger or UNKNOWN,) if restored else ()),
        Line("intent_entry", "Entry of the intent", str(intent.number) if intent else None),
        Line("intent_hash", "Its hash, as in the tags", record.purchase.head or None),
        Line("entries", "Entries", tuple(_entry(*each) for each in record.entries)),
    )


def _entry(link: Link, entry: Entry) -> str:
    state = f" {entry.state}" if isinstance(entry, Concluded) else ""
    return f"{link.number} {link.kind}{state} {_iso(link.time)}"


def _flat(sections: Iterable[Section], zone: ZoneInfo) -> dict[str, object]:
    """Every line by its name, each time twice; strings are printable and cut."""
    flat: dict[str, object] = {}
    for line in (line for _, lines in sections for line in lines):
        match line.value:
            case None:
                flat[line.name] = UNKNOWN
            case datetime():
                flat[f"{line.name}_utc"] = _iso(line.value)
                flat[f"{line.name}_local"] = line.value.astimezone(zone).isoformat(timespec="seconds")
            case str() | Decimal():
                flat[line.name] = _words(str(line.value))
            case tuple():
                flat[line.name] = [_words(each) for each in line.value]
            case _:
                flat[line.name] = {_words(key): _words(each) for key, each in line.value.items()}
    return flat


def _csv(flat: Mapping[str, object]) -> str:
    """A row of names and a row of values; what is known to be empty says none."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(flat)
    table.writerow([cell(_joined(each)) for each in flat.values()])
    return text.getvalue().rstrip("\n")


def _joined(value: object) -> str:
    match value:
        case list():
            return "; ".join(map(str, value)) or NONE  # pyright: ignore[reportUnknownArgumentType]
        case dict():
            return "; ".join(f"{key}={each}" for key, each in value.items()) or NONE  # pyright: ignore[reportUnknownVariableType]
        case _:
            return str(value)


def _markdown(record: Record, sections: Iterable[Section], zone: ZoneInfo) -> str:
    parts = [f"# Receipt of {_span(record.purchase.id)}", ""]
    if record.world != AWS_WORLD:
        parts += ["**SIMULATED: not AWS, no money.**", ""]
    for title, lines in sections:
        parts += [f"## {title}", "", *(f"- {each.label}: {_shown(each.value, zone)}" for each in lines), ""]
    return "\n".join(parts).rstrip()


def _shown(value: Value, zone: ZoneInfo) -> str:
    match value:
        case None:
            return UNKNOWN
        case datetime():
            return both(value, zone)
        case Decimal():
            return money(value) if value == value.quantize(_CENT) else str(value)
        case str():
            return _span(value)
        case tuple():
            return ", ".join(map(_span, value)) or NONE
        case _:
            return ", ".join(f"{_span(key)} = {_span(each)}" for key, each in value.items()) or NONE


def _span(words: str) -> str:
    """Words as code, within which no markup means anything; they have no backtick to end it."""
    return f"`{_words(words)}`"


def _words(words: str) -> str:
    return clean(words, _LONGEST) or NONE


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
