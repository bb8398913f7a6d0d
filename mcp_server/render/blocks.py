"""Answers of a search for Capacity Blocks as people and models read them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from tabulate import tabulate

from mcp_server.aws.failures import FailureKind
from mcp_server.capacity.fit import Divided, Shortfall, TooEarly, TooFew, TooLate, TooShort, WrongZone
from mcp_server.capacity.instance_types import InstanceType
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.render.moments import both, length, money, rate, utc, utc_of_year
from mcp_server.searching.blocks import BlockAnswer, Row, Suggestion
from mcp_server.searching.market import Question, QuestionFailure, Quota

_HOISTED = ("account", "type", "count", "duration")

SIMULATED = "SIMULATED: these answers come from a simulation, not from AWS."


def request_sentence(answer: BlockAnswer, zone: ZoneInfo) -> str:
    """What was asked, in full: types spelt out, times in UTC and in the reader's zone, regions and accounts."""
    request = answer.request
    earliest = both(request.earliest_start, zone) if request.earliest_start else "as soon as possible"
    latest = f", end by {both(request.latest_end, zone)}" if request.latest_end else ""
    zones = f", zone ids {', '.join(sorted(request.zone_ids))}" if request.zone_ids else ""
    regions = sorted({each.region for each in _questions(answer)})
    accounts = ", ".join(name if name == number else f"{name} {number}" for name, number in answer.accounts)
    return (
        f"{wanted(request)} for {request.duration}, start {earliest}{latest}{zones}; asked at {utc(answer.now)} UTC in "
        f"{len(regions)} region{'s' * (len(regions) != 1)} ({', '.join(regions)}), account {accounts}."
    )


def wanted(request: CapacityRequest) -> str:
    """How many of which types: 8 x p5.48xlarge (64 H100)."""
    return " or ".join(_amount(request, each) for each in request.instance_types)


def _amount(request: CapacityRequest, kind: InstanceType) -> str:
    units = request.units(kind)
    asked = f", {request.count} asked" * (
        request.unit is CountUnit.ACCELERATORS and units * kind.accelerators != request.count
    )
    return f"{units} x {kind.name} ({units * kind.accelerators} {kind.accelerator}{asked})"


def offerings_table(
    rows: Sequence[Row], accounts: Iterable[tuple[str, str]], departures: Sequence[str] = (), *, brief: bool = False
) -> str:
    """Rows as a table; what is the same in every row stands once above it. Times are UTC, rate per accelerator-hour.

    departures, one for each row, say how an alternative departs from the request. brief saves a model's tokens: the
    year stands above, and the region is left to the zone's name, which begins with it.
    """
    names = {number: name for name, number in accounts}
    fee = f"fee {'/'.join(sorted({row.offering.currency for row in rows}))}"
    years = {moment.year for row in rows for moment in (row.offering.start, row.offering.usable_end)}
    moment = utc_of_year if brief and len(years) == 1 else utc
    columns = {
        "departs": list(departures),
        "offering": [row.handle for row in rows],
        "account": [names.get(row.offering.account, row.offering.account) for row in rows],
        "type": [row.offering.instance_type.name for row in rows],
        "count": [str(row.offering.count) for row in rows],
        "region": [] if brief else [row.offering.region for row in rows],
        "zone": [row.offering.zone.name for row in rows],
        "zone id": [row.offering.zone.id or "unknown" for row in rows],
        "start": [moment(row.offering.start) for row in rows],
        "usable end": [moment(row.offering.usable_end) for row in rows],
        "duration": [length(row.offering.end - row.offering.start) for row in rows],
        fee: [money(row.offering.fee) for row in rows],
        "rate": [rate(row.offering.rate) for row in rows],
        "short of the request": ["; ".join(map(shortfall, row.shortfalls)) for row in rows],
    }
    constant = {name: columns[name][0] for name in _HOISTED if len(set(columns[name])) == 1}
    shown = {name: values for name, values in columns.items() if name not in constant and any(values)}
    if moment is not utc:
        constant["year"] = str(years.pop())
    aligned = ["right" if name in (fee, "rate", "count") else "left" for name in shown]
    table = tabulate(shown, headers="keys", tablefmt="plain", disable_numparse=True, colalign=aligned)
    above = ", ".join(f"{name} {value}" for name, value in constant.items())
    return f"{above[0].upper()}{above[1:]}\n{table}" if above else table


def shortfall(missing: Shortfall) -> str:
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
        case WrongZone(offered):
            return f"in {offered}"
        case Divided(segments):
            return f"in {segments} segments, each a reservation of its own"


def suggestion_table(
    suggestions: Sequence[Suggestion], accounts: Iterable[tuple[str, str]], *, brief: bool = False
) -> str:
    """The nearest alternative of each kind, the cheapest where there are several."""
    rows = [each.rows[0] for each in suggestions]
    return offerings_table(rows, accounts, [each.kind for each in suggestions], brief=brief)


def failure_lines(answer: BlockAnswer) -> list[str]:
    """One line for each way in which questions failed, with the accounts, regions and types that it concerns."""
    grouped: dict[str, list[QuestionFailure]] = defaultdict(list)
    for each in answer.failures:
        grouped[_why(each)].append(each)
    lines = [f"account {each.name}: {each.failure.kind}: {each.failure}" for each in answer.account_failures]
    lines += [f"{_where([each.question for each in failures], answer)}: {why}" for why, failures in grouped.items()]
    return lines


def _why(failed: QuestionFailure) -> str:
    failure = failed.failure
    advice = {
        FailureKind.QUOTA: " See quota.",
        FailureKind.THROTTLED: " Not told in time whether there is capacity: ask again later, or with a longer "
        "time_budget.",
        FailureKind.DENIED: " The identity needs ec2:DescribeCapacityBlockOfferings there.",
        FailureKind.UNREACHABLE: " Whether there is capacity is not known: ask again.",
        FailureKind.REGION_OFF: " Switch the region on for the account to ask there.",
    }.get(failure.kind, "")
    code = f"{failure.code}: " if failure.code else ""
    return f"{failure.kind}: {code}{failure.message}{advice}{' ' + failure.remedy if failure.remedy else ''}"


def quota_lines(quotas: Iterable[Quota]) -> list[str]:
    """One line for each family and account: where a purchase is possible, where not, and how to ask for more."""
    grouped: dict[tuple[str, str, str, int], list[Quota]] = defaultdict(list)
    for each in quotas:
        grouped[each.account, each.family, each.code, each.needed].append(each)
    several = len({account for account, *_ in grouped}) > 1
    return [
        _quota_line(f"{f'account {account}, ' if several else ''}{family} blocks ({code})", needed, group)
        for (account, family, code, needed), group in grouped.items()
    ]


def _quota_line(subject: str, needed: int, quotas: Sequence[Quota]) -> str:
    enough = sorted(each.region for each in quotas if each.possible)
    short = sorted((each for each in quotas if each.possible is False), key=lambda each: each.region)
    unread = sorted(each.region for each in quotas if each.possible is None)
    parts = [f"{subject}: {needed} vCPUs needed"]
    if enough:
        parts.append(f"enough in {'all ' if len(enough) == len(quotas) else ''}{len(enough)} regions asked")
    if short:
        parts.append("too small in " + ", ".join(f"{each.region} ({each.vcpus})" for each in short))
        parts.append(
            f"to raise it: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code "
            f"{short[0].code} --desired-value {needed} --region {short[0].region}"
        )
    if unread:
        failure = next((each.failure for each in quotas if each.failure), None)
        parts.append(f"not read in {', '.join(unread)}{f' ({failure})' if failure else ' (no time left)'}")
    return "; ".join(parts) + "."


def unasked_lines(answer: BlockAnswer) -> list[str]:
    """What time ran out for, by type and duration."""
    grouped: dict[str, list[Question]] = defaultdict(list)
    for each in answer.unasked:
        days = "longest" if each.days is None else f"{each.days} d"
        grouped[f"{each.instance_type.name} {days}"].append(each)
    return [f"{what} in {_where(questions, answer)}" for what, questions in grouped.items()]


def _where(questions: Iterable[Question], answer: BlockAnswer) -> str:
    """Regions, with the accounts where several were asked, and the types where only some are concerned."""
    asked = list(questions)
    regions = ", ".join(sorted({each.region for each in asked}))
    accounts = sorted({each.reader.name for each in asked})
    types = sorted({each.instance_type.name for each in asked})
    of_accounts = f"account {' and '.join(accounts)}, " if len(answer.accounts) > 1 else ""
    of_types = f" ({', '.join(types)})" if len(answer.request.instance_types) > 1 else ""
    return f"{of_accounts}{regions}{of_types}"


def _questions(answer: BlockAnswer) -> Iterable[Question]:
    yield from answer.answered
    yield from (each.question for each in answer.failures)
    yield from answer.unasked
