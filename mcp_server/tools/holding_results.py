"""The result of list_capacity, as clients get it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, Field

from mcp_server.capacity.extending import extension_deadline
from mcp_server.capacity.payments import extension_payment_deadline, payment_deadline
from mcp_server.capacity.words import word
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRow, most_urgent
from mcp_server.render.holdings import holdings_table, interconnect, origin_line, trouble_lines, unread_lines
from mcp_server.render.moments import utc
from mcp_server.render.offerings import SIMULATED
from mcp_server.render.sections import sections
from mcp_server.tools.fields import Line, Name, Words
from mcp_server.tools.services import Preferences

MAX_ROWS = 20
MAX_CHARACTERS = 38_000


class BoughtExtension(BaseModel):
    """One extension. Money is a decimal string, times are UTC."""

    state: str
    bought: AwareDatetime
    start: AwareDatetime
    end: AwareDatetime
    fee: Decimal
    currency: Name
    pay_by: AwareDatetime | None = Field(default=None, description="While its payment is pending")


class Owned(BaseModel):
    """Every field of one reservation. Money is a decimal string, times are UTC. Missing: nobody tells it."""

    reservation_id: Name
    block_id: Name | None
    state: Name = Field(description="As AWS calls it")
    instance_type: Name
    count: int = Field(description="Bought: machines, or UltraServers if its type is one (u-…)")
    machines: int | None = Field(default=None, description="Instances in all, those of UltraServers one by one")
    account: Name = Field(description="The owner's number")
    shared_with: list[Name] = Field(default_factory=list, description="Other accounts, by number, that may use it")
    region: str
    zone: Name
    zone_id: Name | None
    target: str | None = Field(default=None, description="What a training plan serves; null: a block")
    spare: int | None = Field(default=None, description="Spare instances of a plan's UltraServers")
    platform: Words
    start: AwareDatetime
    usable_end: AwareDatetime | None = Field(description="When AWS begins to terminate the machines")
    end: AwareDatetime | None
    extend_by: AwareDatetime | None = Field(default=None, description="The last moment to extend it")
    pay_by: AwareDatetime | None = Field(default=None, description="While its payment is pending")
    extensions: list[BoughtExtension] = []
    running: dict[Name, int] | None = Field(default=None, description="Machines that run, by account; null: not known")
    idle: int | None = Field(default=None, description="Machines that could run and do not")
    used_by: str | None = Field(default=None, description="Clusters/groups that it is behind, and their machines")
    unavailable: int | None = Field(default=None, description="Machines that fail their checks")
    interconnect: str | None = Field(default=None, description="ok or impaired")
    purchase_id: Name | None = Field(default=None, description="mlc-…, if it was bought with this program")
    untrusted_buyer: Words | None = Field(default=None, description="Who asked for it, as ledger or tag say")
    untrusted_purpose: Words | None = Field(default=None, description="What it was bought for, in the person's words")
    spent: Decimal | None = Field(default=None, description="Fee with those of extensions; null: unknown")
    hourly: Decimal | None = Field(default=None, description="Per machine and hour")
    currency: Name | None = None
    bought: AwareDatetime | None


class ListResult(BaseModel):
    """What is owned, and what is wrong with it. A field that is missing has nothing to say."""

    notices: list[Line] = Field(default_factory=list, description="Read these first")
    asked: str = Field(description="Where, and when")
    table: str | None = Field(default=None, description="Reservations by start; times UTC; running: machines in use")
    troubles: list[str] = Field(default_factory=list, description="What is wrong or soon due, the worst first")
    untrusted_origins: dict[str, str] = Field(default={}, description="Who bought it and what for, by reservation")
    cut: str | None = Field(default=None, description="What was left out, and how to see it")
    not_read: list[str] = Field(
        default_factory=list, description="Where AWS did not answer; not: nothing owned; AWS's words quoted"
    )
    owned: list[Owned] = Field(default=[], description="Every field, with response_format=detailed")


@dataclass(frozen=True, slots=True)
class Used:
    """Which groups of clusters use what, in words by the reservations' ids, and where that could not be read."""

    by: Mapping[str, str] = field(default_factory=dict[str, str])
    unread: Sequence[str] = ()


NOT_ASKED = Used()


def list_result(answer: OwnedAnswer, preferences: Preferences, used: Used = NOT_ASKED, *, detailed: bool) -> ListResult:
    """The result of an answer."""
    urgent = most_urgent(answer, MAX_ROWS)
    rows = _by_start(urgent)
    result = ListResult(
        notices=[*([SIMULATED] if answer.simulated else []), *answer.notices],
        asked=asked_of(answer),
        table=None if detailed or not rows else table_of(answer, rows, used, brief=True),
        troubles=_troubles(answer, urgent, preferences),
        untrusted_origins=_origins(rows),
        cut=_cut(answer, urgent),
        not_read=[*_not_read(answer), *used.unread],
        owned=[_owned(each, answer.now, used) for each in urgent] if detailed else [],
    )
    return _bounded(result)


def list_text(result: ListResult, answer: OwnedAnswer, used: Used = NOT_ASKED) -> str:
    """The same for people, with the whole table."""
    rows = _by_start(most_urgent(answer, MAX_ROWS))
    parts = [
        *result.notices,
        result.asked,
        table_of(answer, rows, used) if rows else _nothing(answer),
        result.cut or "",
    ]
    parts += sections(
        (
            ("What is wrong, or soon due", result.troubles),
            (
                "Who bought it, in their own words",
                [f"{name}: {line}" for name, line in result.untrusted_origins.items()],
            ),
            ("Not read (none of it means that nothing is owned)", result.not_read),
        )
    )
    return "\n\n".join(part for part in parts if part)


def _by_start(rows: Sequence[OwnedRow]) -> list[OwnedRow]:
    return sorted(rows, key=lambda each: (each.holding.reservation.start, each.holding.reservation.id))


def table_of(answer: OwnedAnswer, rows: Sequence[OwnedRow], used: Used = NOT_ASKED, *, brief: bool = False) -> str:
    """Rows as a table."""
    holdings = [each.holding for each in rows]
    return holdings_table(holdings, names_in(answer), used.by, now=answer.now, brief=brief)


def names_in(answer: OwnedAnswer) -> Mapping[str, str]:
    """What people call the accounts, by number."""
    return {number: name for name, number in answer.accounts}


def asked_of(answer: OwnedAnswer) -> str:
    """What was found, where and when."""
    accounts = ", ".join(name if name == number else f"{name} {number}" for name, number in answer.accounts)
    places = f"{answer.regions} region{'s' * (answer.regions != 1)}"
    found = f"{len(answer.rows)} reservation{'s' * (len(answer.rows) != 1)}"
    return f"{found}; asked at {utc(answer.now)} UTC in {places} of account {accounts}."


def _nothing(answer: OwnedAnswer) -> str:
    return "Nothing is owned where AWS answered." if answer.unread else "Nothing is owned."


def _troubles(answer: OwnedAnswer, rows: Sequence[OwnedRow], preferences: Preferences) -> list[str]:
    return [
        line
        for each in rows
        for line in trouble_lines(each.holding, each.troubles, each.origin, answer.now, preferences.zone)
    ]


def _origins(rows: Sequence[OwnedRow]) -> dict[str, str]:
    told = ((word(each.holding.reservation.name), origin_line(each.origin)) for each in rows)
    return {name: line for name, line in told if line}


def _not_read(answer: OwnedAnswer) -> list[str]:
    accounts = (f"account {each.name}: {each.failure}" for each in answer.account_failures)
    return [*accounts, *unread_lines(answer.unread)]


def _cut(answer: OwnedAnswer, shown: Sequence[OwnedRow]) -> str | None:
    more = len(answer.rows) - len(shown)
    notable = sum(each.notable for each in answer.rows) - sum(each.notable for each in shown)
    which = f", {notable} of them with something wrong or soon due" if notable else ""
    parts = [f"{more} more were left out{which}: narrow by accounts or regions." if more else ""]
    if answer.ended:
        parts.append(f"{answer.ended} that ended or failed more than three days ago are shown with over=true.")
    return " ".join(part for part in parts if part) or None


def _bounded(result: ListResult) -> ListResult:
    """Within what clients pass on whole, by start: of what is owned, which comes by urgency, the least urgent goes."""
    left_out = 0
    while result.owned and len(result.model_dump_json(exclude_defaults=True)) > MAX_CHARACTERS:
        left_out += 1
        result.owned.pop()
    result.owned.sort(key=lambda each: (each.start, each.reservation_id))
    if left_out:
        result.cut = f"{result.cut or ''} For length {left_out} were left out.".strip()
    return result


def _owned(row: OwnedRow, now: datetime, used: Used) -> Owned:
    holding, reservation, origin = row.holding, row.holding.reservation, row.origin
    over = reservation.state.over
    return Owned(
        reservation_id=reservation.id,
        block_id=reservation.block_id,
        state=reservation.words,
        instance_type=reservation.instance_type,
        count=reservation.count,
        machines=reservation.machines,
        account=reservation.account,
        shared_with=list(holding.shared_with),
        region=reservation.region,
        zone=reservation.zone.name,
        zone_id=reservation.zone.id,
        target=str(reservation.plan.target) if reservation.plan else None,
        spare=reservation.plan.spare if reservation.plan else None,
        platform=reservation.platform,
        start=reservation.start,
        usable_end=reservation.usable_end,
        end=reservation.end,
        extend_by=None if over else extension_deadline(reservation),
        pay_by=payment_deadline(reservation),
        extensions=[
            BoughtExtension(
                state=str(each.state),
                bought=each.purchased,
                start=each.start,
                end=each.end,
                fee=each.fee,
                currency=each.currency,
                pay_by=extension_payment_deadline(each),
            )
            for each in holding.extensions
        ],
        running=dict(holding.use.by_account) if holding.use else None,
        idle=holding.idle(now),
        used_by=used.by.get(reservation.id),
        unavailable=holding.unavailable,
        interconnect=interconnect(holding),
        purchase_id=origin.purchase_id,
        untrusted_buyer=origin.buyer or None,
        untrusted_purpose=origin.purpose or None,
        spent=None if origin.spent is None else origin.spent.quantize(Decimal("0.01")),
        hourly=None if origin.hourly is None else origin.hourly.quantize(Decimal("0.0001")),
        currency=origin.currency,
        bought=reservation.created,
    )
