"""Answers of a search for blocks and plans as people and models read them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tabulate import tabulate

from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.permissions import action_of
from mcp_server.capacity.fit import (
    Divided,
    SeveralZones,
    Shortfall,
    Split,
    TooEarly,
    TooFew,
    TooLate,
    TooShort,
    UnknownZone,
    WrongZone,
)
from mcp_server.capacity.instance_types import InstanceType
from mcp_server.capacity.lengths import length
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.plans import PlanOffering, TargetResource
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.capacity.words import UNKNOWN, quoted, sentence, word
from mcp_server.render.moments import both, money, rate, utc, utc_of_year
from mcp_server.searching.capacity import Row, SearchAnswer, Suggestion
from mcp_server.searching.market import Question, Quota, UncodedQuota
from mcp_server.searching.readers import Reader

_HOISTED = ("account", "serves", "type", "count", "region", "duration", "short")

_SERVED = {
    None: "EKS or pcluster",
    TargetResource.HYPERPOD: "HyperPod",
    TargetResource.TRAINING_JOB: "training jobs",
    TargetResource.ENDPOINT: "endpoints",
    TargetResource.STUDIO: "Studio apps",
}
"""What can run on a block, and on a plan of each target; a plan only in the account that buys it."""

_FEW = 3
_BOTH = 2
_MOST_PLACES = 6
_MOST_OWNED = 5
_SHORT_MESSAGE = 120

SIMULATED = "SIMULATED: these answers come from a simulation, not from AWS."


def request_sentence(answer: SearchAnswer, zone: ZoneInfo, *, brief: bool = False) -> str:
    """What was asked, in full: types spelt out, times in UTC and in the reader's zone, regions and accounts.

    brief counts the regions without naming them where they are many.
    """
    request = answer.request
    earliest = both(request.earliest_start, zone) if request.earliest_start else "as soon as possible"
    latest = f", end by {both(request.latest_end, zone)}" if request.latest_end else ""
    zones = f", zone ids {', '.join(map(word, sorted(request.zone_ids)))}" if request.zone_ids else ""
    regions = sorted({each.region for each in answer.questions})
    accounts = ", ".join(name if name == number else f"{name} {number}" for name, number in answer.accounts)
    named = "" if brief and len(regions) > _FEW else f" ({', '.join(regions)})"
    return (
        f"{_as_what(answer)}{wanted(request)} for {request.duration}, start {earliest}{latest}{zones}; asked at "
        f"{utc(answer.now)} UTC in "
        f"{len(regions)} region{'s' * (len(regions) != 1)}{named}, account {accounts}."
    )


def _as_what(answer: SearchAnswer) -> str:
    """What kind of capacity was asked for, where that is not blocks alone."""
    asked = [each for each in (answer.request, answer.beside) if each]
    targets = [f"training plans for {each.target}" if each.target else "Capacity Blocks" for each in asked]
    what = " beside ".join(targets)
    return "" if targets == ["Capacity Blocks"] else f"{what[0].upper()}{what[1:]}: "


def wanted(request: CapacityRequest) -> str:
    """How many of which types: 8 x p5.48xlarge (64 H100)."""
    return " or ".join(_amount(request, each) for each in request.instance_types)


def _amount(request: CapacityRequest, kind: InstanceType) -> str:
    units = request.units(kind)
    asked = f", {request.count} asked" * (
        request.unit is CountUnit.ACCELERATORS and units * kind.accelerators != request.count
    )
    return f"{units} x {kind.name} ({units * kind.accelerators} {kind.accelerator}{asked})"


def owned_lines(answer: SearchAnswer) -> list[str]:
    """What is owned already and would do."""
    names = {number: name for name, number in answer.accounts}
    lines = [
        f"{word(each.id)}: {each.count} x {word(each.instance_type)} in {each.region} "
        f"{word(each.zone.id or each.zone.name)}, account {word(names.get(each.account, each.account))}, "
        f"{word(each.words)}, {utc(each.start)} to {utc(each.usable_end) if each.usable_end else UNKNOWN} UTC "
        "(usable end)"
        for each in answer.owned[:_MOST_OWNED]
    ]
    more = len(answer.owned) - len(lines)
    lines += [f"{more} more: see list_capacity"] * (more > 0)
    return lines


def shared_year(answer: SearchAnswer) -> int | None:
    """The year (UTC) of every moment in the answer's tables; None where there are several, or none."""
    rows = (*answer.meeting, *answer.others, *(each.row for each in answer.suggestions))
    moments = (moment for row in rows for each in row.offering.stays for moment in (each.start, each.end))
    years = {moment.year for moment in moments}
    return years.pop() if len(years) == 1 else None


def offerings_table(
    rows: Sequence[Row],
    accounts: Iterable[tuple[str, str]],
    departures: Sequence[str] = (),
    *,
    brief: bool = False,
    year: int | None = None,
) -> str:
    """Rows as a table; what is the same in every row stands once above it. Times are UTC, rate per accelerator-hour.

    departures, one for each row, say how an alternative departs from the request. The parts of what is split stand
    under its row. brief saves a model's tokens: regions that differ are left to the names of zones, which begin so.
    With year, that of every table beside it, dates are short and it stands above.
    """
    names = {number: name for name, number in accounts}
    moment = utc_of_year if year else utc
    fee = f"fee {'/'.join(sorted({word(row.offering.currency, 8) for row in rows}))}"
    columns = {
        "departs": list(departures),
        "offering": [row.handle for row in rows],
        "account": [word(names.get(row.offering.account, row.offering.account)) for row in rows],
        "serves": [served(row.offering.target) for row in rows],
        "type": [row.offering.instance_type.name for row in rows],
        "count": [str(row.offering.count) for row in rows],
        "region": [row.offering.region for row in rows],
        "zone": [word(row.offering.zone.name) for row in rows],
        "zone id": [word(row.offering.zone.id or UNKNOWN) for row in rows],
        "start": [moment(row.offering.start) for row in rows],
        "usable end": [moment(row.offering.usable_end) for row in rows],
        "duration": [length(sum((each.duration for each in row.offering.stays), timedelta())) for row in rows],
        fee: [money(row.offering.fee, grouped=not brief) for row in rows],
        "rate": [rate(row.offering.rate) for row in rows],
        "short": ["; ".join(map(shortfall, row.shortfalls)) for row in rows],
    }
    constant = {name: columns[name][0] for name in _HOISTED if len(set(columns[name])) == 1 and columns[name][0]}
    hidden = {*constant, *(["region"] if brief else [])}
    lacking = constant.pop("short", "")
    if year:
        constant["year"] = str(year)
    shown = {name: values for name, values in columns.items() if name not in hidden and any(values)}
    aligned = ["right" if name in (fee, "rate", "count") else "left" for name in shown]
    table = tabulate(shown, headers="keys", tablefmt="plain", disable_numparse=True, colalign=aligned)
    heading, *lines = table.splitlines()
    body = [line for row, text in zip(rows, lines, strict=True) for line in (text, *_part_lines(row.offering, moment))]
    above = ", ".join(f"{name} {value}" for name, value in constant.items())
    caption = "; ".join(filter(None, [above, f"every row: {lacking}" if lacking else ""]))
    return "\n".join(filter(None, [f"{caption[:1].upper()}{caption[1:]}", heading, *body]))


def served(target: TargetResource | None) -> str:
    """What can run on plans for a target, or on blocks where there is none."""
    return _SERVED[target]


def _part_lines(offering: Offering | PlanOffering, moment: Callable[[datetime], str]) -> list[str]:
    """Where and when each part of a split plan is."""
    if isinstance(offering, Offering) or len(offering.parts) == 1:
        return []
    return [
        f"  part {number}: {word(each.zone.name)} {word(each.zone.id or UNKNOWN)} {moment(each.start)} to "
        f"{moment(each.end)}"
        for number, each in enumerate(offering.parts, start=1)
    ]


def shortfall(missing: Shortfall) -> str:  # noqa: PLR0911 - one for each kind
    """What an offering lacks, in a few words."""
    match missing:
        case TooFew(asked, offered):
            return f"{offered} of {asked} instances"
        case TooShort(asked, offered):
            return f"{length(asked - offered)} too short"
        case TooEarly(asked, _):
            return f"starts before {utc(asked)}"
        case TooLate(asked, _):
            return f"ends after {utc(asked)}"
        case WrongZone():
            return "other zone"
        case UnknownZone():
            return "zone id not known"
        case Divided(segments):
            return f"in {segments} segments, each a reservation of its own"
        case Split(parts, gap):
            return f"in {parts} parts, {length(gap)} between"
        case SeveralZones(target, zones):
            return f"in {zones} zones: {target} needs one"


def suggestion_table(
    suggestions: Sequence[Suggestion],
    accounts: Iterable[tuple[str, str]],
    *,
    brief: bool = False,
    year: int | None = None,
) -> str:
    """The nearest alternative of each kind, the cheapest where there are several."""
    rows = [each.row for each in suggestions]
    return offerings_table(rows, accounts, [each.kind for each in suggestions], brief=brief, year=year)


def failure_lines(answer: SearchAnswer) -> list[str]:
    """One line for each way in which questions failed, with the accounts, regions and types that it concerns."""
    grouped: dict[str, list[Question]] = defaultdict(list)
    for each in answer.failures:
        grouped[_why(each.failure, plans=each.question.target is not None)].append(each.question)
    lines = [f"account {each.name}: {each.failure.kind}: {each.failure}" for each in answer.account_failures]
    lines += [f"{_where(questions, answer)}: {why}" for why, questions in grouped.items()]
    return lines + _zone_lines(answer) + _unread_lines(answer)


def _unread_lines(answer: SearchAnswer) -> list[str]:
    """Where it is not known whether something is owned that would do."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for each in answer.owned_unread:
        place = f"{each.account_name} {each.region}" if len(answer.accounts) > 1 else each.region
        grouped[str(each.failure.kind) if each.failure else "no time left"].append(place)
    return [f"what is owned in {', '.join(where)} not read ({why})" for why, where in grouped.items()]


def _zone_lines(answer: SearchAnswer) -> list[str]:
    """Where zone ids could not be read, which matters most to those who asked for certain zones."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for each in answer.unread_zones:
        place = f"{each.account} {each.region}" if len(answer.accounts) > 1 else each.region
        grouped[f"{each.failure.kind}: {each.failure.code}" if each.failure else "no time left"].append(place)
    effect = " Rows there may be in the zones asked for." if answer.request.zone_ids else ""
    return [f"zone ids of {', '.join(where)} not read ({why}).{effect}" for why, where in grouped.items()]


def _why(failure: AwsFailure, *, plans: bool) -> str:
    """What failed, and what follows from it; AWS's own words only where ours would say less."""
    code = f"{failure.code}: " if failure.code else ""
    kind = "training plans" if plans else "Capacity Blocks"
    too_small = f"allows too few instances in plans ({quoted(failure.message, _SHORT_MESSAGE)})"
    said = {
        FailureKind.QUOTA: f"{code}the quota there {too_small if plans else f'allows no {kind}'}, see quota.",
        FailureKind.THROTTLED: f"{code}AWS did not let us ask in time. Ask again later, or with a longer time_budget.",
        FailureKind.DENIED: f"{code}the identity needs {action_of(failure.operation)} there.",
        FailureKind.REGION_OFF: f"{code}the region is not enabled for the account (or, if every region says so, the "
        "credentials were revoked).",
        FailureKind.UNSUPPORTED: f"{code}not sold as {kind} there.",
        FailureKind.COUNT: f"{code}plans are not sold in this count there ({quoted(failure.message, _SHORT_MESSAGE)}).",
        FailureKind.UNREACHABLE: f"{sentence(failure.said(_SHORT_MESSAGE))} Ask again.",
    }.get(failure.kind, failure.said(_SHORT_MESSAGE))
    return f"{failure.kind}: {said}{' ' + failure.remedy if failure.remedy else ''}"


def quota_lines(quotas: Sequence[Quota], uncoded: Sequence[UncodedQuota] = ()) -> list[str]:
    """Where a purchase is possible, where not, the command that asks for more, and what could not be read."""
    grouped: dict[tuple[str, str], list[Quota]] = defaultdict(list)
    for each in quotas:
        grouped[each.account, each.limit.what].append(each)
    several = len({each.account for each in (*quotas, *uncoded)}) > 1
    named = {key: f"{key[0]} {key[1]}" if several else key[1] for key in grouped}
    possible = {key: group for key, group in grouped.items() if any(each.possible for each in group)}
    enough = [f"{named[key]} in {_extent(group)}" for key, group in possible.items()]
    unread = [each for each in quotas if each.possible is None]
    lines = [f"Enough for this: {', '.join(enough)}."] if enough else []
    lines += _uncoded_lines(uncoded, several=several)
    for what, buying in (("buy", True), ("run it, once bought", False)):
        lines += _short_lines(what, [each for each in quotas if each.limit.buying is buying], named)
    if unread:
        families = ", ".join(dict.fromkeys(named[each.account, each.limit.what] for each in unread))
        regions = ", ".join(dict.fromkeys(each.region for each in unread))
        failure = next((each.failure for each in unread if each.failure), None)
        lines.append(f"Not read: {families} in {regions} ({failure or 'no time left'}).")
    return lines


def _short_lines(what: str, quotas: Sequence[Quota], named: Mapping[tuple[str, str], str]) -> list[str]:
    """Which limits are too small, each once with the regions where it is so, and how to have the first raised."""
    short = [each for each in quotas if each.possible is False]
    if not short:
        return []
    alike: dict[tuple[str, str], list[Quota]] = defaultdict(list)
    for each in short:
        limit = each.limit
        size = f"({each.allowed} of {limit.needed} {limit.unit})"
        alike[f"{named[each.account, limit.what]} ({limit.code})", size].append(each)
    places = [
        f"{limit} in {listed_briefly([one.region for one in group])} {size}" for (limit, size), group in alike.items()
    ]
    others = " (likewise for the others, each by its code and region)" if len(short) > 1 else ""
    several = len({account for account, _ in named}) > 1
    of_account = f", with credentials of {short[0].account}" if several else ""
    return [f"Too small to {what}: {listed_briefly(places)}.", f"To raise it{of_account}{others}: {_raising(short[0])}"]


def _uncoded_lines(quotas: Sequence[UncodedQuota], *, several: bool) -> list[str]:
    """Limits that decide and whose codes are not known: what AWS said of them, and how to look them up."""
    grouped: dict[tuple[str, bool], list[UncodedQuota]] = defaultdict(list)
    for each in quotas:
        grouped[f"{each.account} {each.limit.what}" if several else each.limit.what, each.refused].append(each)
    lines: list[str] = []
    for (what, refused), group in grouped.items():
        verdict = "Too small to buy, by AWS's answer" if refused else "Not known, and it decides on buying"
        first = group[0]
        of_account = f", with credentials of {first.account}" if several else ""
        lines.append(
            f"{verdict}: {what} in {listed_briefly([each.region for each in group])}. Its code is not known here: "
            f"look it up by its name in Service Quotas{of_account}: aws service-quotas list-service-quotas "
            f"--service-code sagemaker --region {first.region} --query "
            f"\"Quotas[?contains(QuotaName, '{first.limit.name_part}')].[QuotaName,QuotaCode,Value]\""
        )
    return lines


def listed_briefly(places: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(places) - _MOST_PLACES
    return f"{', '.join(places[:_MOST_PLACES])}{f' and {more} more' if more > 0 else ''}"


def _extent(quotas: Sequence[Quota]) -> str:
    enough = [each.region for each in quotas if each.possible]
    if len(enough) == 1:
        return enough[0]
    if len(enough) < len(quotas):
        return f"{len(enough)} of {len(quotas)} regions"
    return f"all {len(enough)} regions" if len(enough) > _BOTH else "both regions"


def _raising(quota: Quota) -> str:
    return (
        f"aws service-quotas request-service-quota-increase --service-code {quota.limit.service} "
        f"--quota-code {quota.limit.code} --desired-value {quota.limit.needed} --region {quota.region}"
    )


def unasked_lines(answer: SearchAnswer) -> list[str]:
    """What time ran out for, by type and duration."""
    days: dict[tuple[str, Reader, str], list[str]] = defaultdict(list)
    for each in answer.unasked:
        length = "longest" if each.days is None else str(each.days)
        kind = f"{each.instance_type.name}{' in plans' if each.target else ''}"
        days[kind, each.reader, each.region].append(length)
    regions: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for (kind, reader, region), lengths in days.items():
        account = f"account {reader.name}, " if len(answer.accounts) > 1 else ""
        regions[kind, _lengths(lengths), account].append(region)
    return [f"{kind} {lengths} in {account}{', '.join(where)}" for (kind, lengths, account), where in regions.items()]


def _lengths(days: Sequence[str]) -> str:
    if days[0] == "longest":
        return "longest"
    return f"{days[0]} d" if len(days) == 1 else f"{days[0]} to {days[-1]} d ({len(days)} durations)"


def _where(questions: Iterable[Question], answer: SearchAnswer) -> str:
    """Regions, by account where several were asked, with the types where only some are concerned."""
    regions: dict[str, set[str]] = defaultdict(set)
    types: set[str] = set()
    for each in questions:
        regions[each.reader.name].add(each.region)
        types.add(each.instance_type.name)
    accounts: dict[str, list[str]] = defaultdict(list)
    for name, where in regions.items():
        accounts[", ".join(sorted(where))].append(name)
    several = len(answer.accounts) > 1
    places = [f"account {' and '.join(names)}, {where}" if several else where for where, names in accounts.items()]
    only = f" ({', '.join(sorted(types))})" if len(types) < len(answer.request.instance_types) else ""
    return f"{'; '.join(places)}{only}"
