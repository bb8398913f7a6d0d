"""What is owned, as people and models read it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from tabulate import tabulate

from mcp_server.capacity.extending import extension_deadline, extension_opening
from mcp_server.capacity.holdings import Holding, Interconnect
from mcp_server.capacity.lengths import length
from mcp_server.capacity.owned import ExtensionState, OwnedReservation, ReservationState
from mcp_server.capacity.payments import extension_payment_deadline, payment_deadline
from mcp_server.capacity.troubles import Trouble, TroubleKind
from mcp_server.capacity.words import UNKNOWN, quoted, remark, sentence, word
from mcp_server.purchasing.provenance import Provenance
from mcp_server.render.moments import both, money, utc, utc_of_year
from mcp_server.searching.holdings import Unread

_HOISTED = ("account", "what")
_SHORT, _LONG = 24, 200
_NOBODY: Mapping[str, str] = MappingProxyType({})

_SAID = {
    TroubleKind.PAYMENT_FAILED: "its payment failed, and AWS released it: there are no machines.",
    TroubleKind.EXTENSION_FAILED: "the payment of its last extension failed: the machines stop at {until}.",
    TroubleKind.LOST: "AWS calls it {words}: there are no machines.",
    TroubleKind.PAYMENT_OVERDUE: "its payment is pending although AWS waits only until {until}: ask AWS support.",
    TroubleKind.INTERCONNECT: "the network between its machines is impaired: training over EFA may be slow or fail.",
    TroubleKind.UNAVAILABLE: "{count} of its {machines} fail their checks: ask AWS to replace them.",
    TroubleKind.TERMINATING: "AWS is taking the machines back; the block ends at {until}.",
    TroubleKind.ENDS_SOON: "the machines stop at {until}, in {left}; it {extending}.",
    TroubleKind.IDLE: "{count} of its {machines} {stand} idle{wasted}.",
    TroubleKind.UNCLEAR: "AWS calls its state {words}, which is not known here.",
}


def holdings_table(
    holdings: Sequence[Holding],
    names: Mapping[str, str],
    used: Mapping[str, str] = _NOBODY,
    *,
    now: datetime,
    brief: bool = False,
) -> str:
    """Holdings as a table; what is the same in every row stands once above it. Times are UTC.

    names are of accounts, by number. used says which groups of clusters use what, by the reservations' ids. brief
    saves a model's tokens: the year stands above.
    """
    reservations = [each.reservation for each in holdings]
    ends = [moment for each in reservations for moment in (each.start, each.usable_end) if moment]
    years = {each.year for each in ends}
    moment = utc_of_year if brief and len(years) == 1 else utc
    columns = {
        "reservation": [word(each.name) for each in reservations],
        "state": [word(each.words, _SHORT) for each in reservations],
        "what": [f"{each.count} x {word(each.instance_type, _SHORT)}" for each in reservations],
        "serves": [serves(each) for each in reservations],
        "account": [account_of(each, names) for each in holdings],
        "zone": [word(each.zone.name) for each in reservations],
        "zone id": [word(each.zone.id or UNKNOWN) for each in reservations],
        "start": [moment(each.start) for each in reservations],
        "usable end": [moment(each.usable_end) if each.usable_end else UNKNOWN for each in reservations],
        "extend by": [_extend_by(each, moment, now) for each in holdings],
        "running": [running(each) for each in holdings],
        "used by": [used.get(each.id, "") for each in reservations],
    }
    constant = {name: columns[name][0] for name in _HOISTED if len(set(columns[name])) == 1}
    shown = {name: values for name, values in columns.items() if name not in constant and any(values)}
    if moment is not utc:
        constant["year"] = str(years.pop())
    table = tabulate(shown, headers="keys", tablefmt="plain", disable_numparse=True)
    above = ", ".join(f"{name} {value}" for name, value in constant.items())
    return f"{above[0].upper()}{above[1:]}\n{table}" if above else table


def serves(reservation: OwnedReservation) -> str:
    """What a training plan can be used for; nothing of a block, which is for EC2."""
    return ", ".join(word(each, _SHORT) for each in reservation.plan.targets) if reservation.plan else ""


def amount(reservation: OwnedReservation) -> str:
    """How many of what: 8 x p5.48xlarge (64 H100)."""
    kind = reservation.kind
    accelerators = f" ({reservation.count * kind.accelerators} {kind.accelerator})" if kind else ""
    return f"{reservation.count} x {word(reservation.instance_type)}{accelerators}"


def account_of(holding: Holding, names: Mapping[str, str]) -> str:
    """Whose it is, and who else may use it."""
    owner = holding.reservation.account
    name = word(names.get(owner, owner))
    users = ", ".join(word(names.get(each, each)) for each in holding.shared_with)
    if owner not in names:
        return f"{name} (shared with {users})"
    return f"{name}, shared with {users}" if users else name


def running(holding: Holding) -> str:
    """How many machines run, of how many, and what keeps others from it; empty while none can."""
    use, plan = holding.use, holding.reservation.plan
    if use is None:
        return "not known" if holding.reservation.state is ReservationState.ACTIVE else ""
    of = "" if use.total is None else f" of {use.total}"
    lost = f", {holding.unavailable} unavailable" if holding.unavailable else ""
    spare = f", {plan.spare} spare" if plan and plan.spare else ""
    return f"{use.running}{of}{lost}{spare}"


def trouble_lines(
    holding: Holding, found: Sequence[Trouble], origin: Provenance, now: datetime, zone: ZoneInfo
) -> list[str]:
    """What is wrong with a holding, the worst first, and what is to be known about its payment."""
    name = word(holding.reservation.name)
    lines = [f"{name}: {_trouble(holding, each, origin, now, zone)}" for each in found]
    lines += [f"{name}: {sentence(remark(each))}" for each in origin.remarks]
    return lines + [f"{name}: {each}" for each in (*payment_lines(holding, zone), *_part_lines(holding, zone))]


def _part_lines(holding: Holding, zone: ZoneInfo) -> list[str]:
    """When and where the machines of a split plan are there; between its parts there are none."""
    plan = holding.reservation.plan
    if plan is None or len(plan.parts) == 1:
        return []
    parts = [
        f"{word(each.zone.id or each.zone.name)} {utc(each.start)} to {both(each.end - holding.reservation.lead, zone)}"
        for each in plan.parts
    ]
    return [f"in {len(parts)} parts, each to its usable end: {'; '.join(parts)}."]


def origin_line(origin: Provenance) -> str | None:
    """Who bought something and what for, in words that are not ours; None where nobody tells it."""
    if origin.buyer is None:
        return None
    what_for = f" for {quoted(origin.purpose, _LONG)}" if origin.purpose else ""
    return f"{word(origin.purchase_id or UNKNOWN)}, by {quoted(origin.buyer, _LONG)}{what_for}"


def payment_lines(holding: Holding, zone: ZoneInfo) -> list[str]:
    """Until when pending payments are waited for."""
    lines: list[str] = []
    thing = "the plan" if holding.reservation.plan else "the block"
    due = payment_deadline(holding.reservation)
    if due:
        sooner = "" if holding.reservation.created else ", perhaps sooner: nobody tells when it was bought"
        lines.append(f"payment pending: AWS releases {thing} if it is not paid by {both(due, zone)}{sooner}.")
    for each in holding.extensions:
        due = extension_payment_deadline(each)
        if due:
            until = f"the extension to {utc(each.end)} UTC"
            lines.append(f"payment of {until} pending: without it by {both(due, zone)} {thing} ends as before.")
    return lines


def unread_lines(unread: Sequence[Unread]) -> list[str]:
    """What could not be read, by what and why: it says nothing of what is there."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for each in unread:
        why = f"{each.failure.kind}: {each.failure}" if each.failure else "no time left"
        grouped.setdefault((each.account_name, str(each.part), why), []).append(each.region)
    return [
        sentence(f"account {name}, {', '.join(dict.fromkeys(where))}: {part} not read ({why})")
        for (name, part, why), where in grouped.items()
    ]


def _extend_by(holding: Holding, moment: Callable[[datetime], str], now: datetime) -> str:
    reservation = holding.reservation
    by, opening = extension_deadline(reservation), extension_opening(reservation)
    if by is None or reservation.state not in {ReservationState.SCHEDULED, ReservationState.ACTIVE}:
        return ""
    if any(each.state is ExtensionState.PAYMENT_PENDING for each in holding.extensions):
        return "when paid"
    if now > by:
        return "too late"
    return f"from {moment(opening)}" if opening and now < opening else moment(by)


def _trouble(holding: Holding, trouble: Trouble, origin: Provenance, now: datetime, zone: ZoneInfo) -> str:
    machines = holding.reservation.machines
    return _SAID[trouble.kind].format(
        count=trouble.count,
        machines=f"{machines} machines" if machines else "machines",
        stand="stands" if trouble.count == 1 else "stand",
        words=word(holding.reservation.words),
        until=both(trouble.until, zone) if trouble.until else "an end that AWS does not tell",
        left=length(trouble.until - now) if trouble.until else "",
        extending=f"can be extended until {utc(trouble.by)} UTC" if trouble.by else "cannot be extended now",
        wasted=_wasted(trouble.count, origin),
    )


def _wasted(count: int, origin: Provenance) -> str:
    if origin.hourly is None:
        return ""
    each = origin.hourly.quantize(Decimal("0.01"))
    return f", at {money(each)} {word(origin.currency or UNKNOWN, 8)} an hour each ({money(each * count)} in all)"


def interconnect(holding: Holding) -> str | None:
    """How the network between the machines is, where AWS tells it."""
    told = holding.health.interconnect if holding.health else None
    return None if told in {None, Interconnect.INSUFFICIENT_DATA} else str(told)
