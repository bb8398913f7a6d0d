"""The result of a search, as clients get it."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from mcp_server.aws.failures import FailureKind
from mcp_server.capacity.limits import UncodedLimit, limit_codes, uncoded_limit
from mcp_server.capacity.offerings import Segment
from mcp_server.capacity.words import word
from mcp_server.render.offerings import (
    SIMULATED,
    failure_lines,
    listed_briefly,
    offerings_table,
    owned_lines,
    quota_lines,
    request_sentence,
    served,
    shared_year,
    shortfall,
    suggestion_table,
    unasked_lines,
)
from mcp_server.render.sections import sections
from mcp_server.render.units import home_lines
from mcp_server.searching.capacity import Best, Row, SearchAnswer
from mcp_server.searching.homes import Homes
from mcp_server.searching.market import Quota, UncodedQuota
from mcp_server.tools.fields import Line, Name
from mcp_server.tools.services import Preferences

MAX_ROWS = 20
MAX_DETAILED_ROWS = 40
MAX_CHARACTERS = 38_000
MAX_TIME_BUDGET = 600
"""Seconds: no client waits longer."""


class PartDetails(BaseModel):
    """One part of an offering: a block's segment, which is a reservation of its own, or a plan's reserved capacity."""

    zone: Name
    zone_id: Name | None
    count: int
    start: AwareDatetime
    end: AwareDatetime
    fee: Decimal | None = Field(description="Its share; AWS tells none of a plan's parts")


class OfferingDetails(BaseModel):
    """Every field of one offering. Money is a decimal string, times are UTC."""

    handle: str = Field(description="Names this offering in later calls; it survives restarts")
    offering_id: Name = Field(description="AWS's id, which may be another at the next search")
    account: Name
    region: str
    target: str | None = Field(description="What a training plan serves; null for a block")
    zone: Name = Field(description="Zone name, the account's own")
    zone_id: Name | None = Field(description="Zone id, the same in every account")
    instance_type: str
    count: int
    accelerators: int = Field(description="In the whole block")
    start: AwareDatetime
    usable_end: AwareDatetime = Field(description="When AWS begins to terminate the instances")
    end: AwareDatetime
    usable_hours: float
    fee: Decimal = Field(description="The whole price, paid at once")
    currency: Name
    rate: Decimal = Field(description="Per accelerator-hour paid for")
    meets_request: bool
    short: list[str] = Field(description="What it lacks of the request")
    departs: str | None = Field(default=None, description="For an alternative: how it departs from the request")
    parts: list[PartDetails] = Field(description="More than one: several reservations, or a split plan")


class FailureDetails(BaseModel):
    """One question that failed. It says nothing about capacity."""

    account: str
    region: str
    target: str | None
    instance_type: str
    days: int | None
    kind: str
    code: str
    untrusted_message: str = Field(description="AWS's words")


class QuotaDetails(BaseModel):
    """Whether a purchase is possible at all: by vCPUs in concurrently active blocks, or instances in plans."""

    account: str
    region: str
    what: str
    quota_code: str
    unit: str
    needed: int
    allowed: int | None


class Details(BaseModel):
    """Every field, for programs."""

    offerings: list[OfferingDetails]
    alternatives: list[OfferingDetails]
    failures: list[FailureDetails]
    quotas: list[QuotaDetails]


class Beside(BaseModel):
    """The best of what was compared with what was asked for. It cannot serve the target that was asked for."""

    serves: str
    cheapest: str
    soonest: str | None


class SearchResult(BaseModel):
    """What a search found. A field that is missing has nothing to say."""

    notices: list[Line] = Field(default_factory=list, description="Read these first")
    request: str = Field(description="What was asked, in full")
    owned: list[str] = Field(default_factory=list, description="What is owned already and would do: no need to buy")
    cheapest: str | None = Field(
        default=None,
        description="Handle of the lowest fee that meets the request and serves its target; of the longest with "
        "days=longest",
    )
    soonest: str | None = Field(default=None, description="With compare: the same of the first start")
    beside: Beside | None = Field(default=None, description="With compare: the best that serves something else")
    table: str | None = Field(default=None, description="Offerings that meet the request, then the others; times UTC")
    units: list[str] = Field(default_factory=list, description="Units of the live tree with a subnet in these zones")
    cut: str | None = Field(default=None, description="How many rows were left out, and how to narrow")
    alternatives: str | None = Field(default=None, description="When nothing meets the request: the nearest that does")
    quota: list[str] = Field(default_factory=list, description="Whether a purchase is possible at all, by region")
    failures: list[str] = Field(
        default_factory=list, description="Where AWS could not be asked; not: no capacity; AWS's words quoted"
    )
    not_asked: list[str] = Field(default_factory=list, description="What time ran out for")
    next_call: dict[str, Any] | None = Field(default=None, description="Arguments that ask what was not asked")
    details: Details | None = Field(default=None, description="Every field, with response_format=detailed")


def search_result(
    answer: SearchAnswer,
    preferences: Preferences,
    arguments: dict[str, Any],
    homes: Sequence[Homes],
    *,
    detailed: bool,
    not_compared: str | None = None,
) -> SearchResult:
    """The result of an answer. arguments are those of the call, from which next_call is made; homes are of its zones.

    not_compared says why only one kind of capacity was asked for where both were wanted.
    """
    result = SearchResult(
        notices=[*_notices(answer), *filter(None, [not_compared])],
        request=request_sentence(answer, preferences.zone, brief=not detailed),
        owned=owned_lines(answer),
        cheapest=answer.best.cheapest.handle if answer.best.cheapest else None,
        soonest=answer.best.soonest.handle if answer.best.soonest else None,
        beside=_beside(answer.best_beside),
        table=None if detailed else offerings_text(answer, brief=True),
        units=home_lines(homes, answer.accounts),
        cut=_cut_sentence(answer),
        alternatives=None
        if detailed or not answer.suggestions
        else suggestion_table(answer.suggestions, answer.accounts, brief=True, year=shared_year(answer)),
        quota=quota_lines(_quotas(answer), _uncoded(answer)),
        failures=failure_lines(answer),
        not_asked=unasked_lines(answer),
        next_call=_next_call(answer, arguments, preferences),
        details=_details(answer) if detailed else None,
    )
    return _bounded(result)


def _beside(best: Best | None) -> Beside | None:
    if best is None or best.cheapest is None:
        return None
    return Beside(
        serves=served(best.target),
        cheapest=best.cheapest.handle,
        soonest=best.soonest.handle if best.soonest else None,
    )


def _bounded(result: SearchResult) -> SearchResult:
    """Within what clients pass on whole: of the longest list of details the end is left out, and that is said."""
    cut: dict[str, int] = {}
    while result.details and len(result.model_dump_json(exclude_defaults=True)) > MAX_CHARACTERS:
        lists = {name: getattr(result.details, name) for name in ("quotas", "failures", "offerings")}
        name = max(lists, key=lambda each: len(lists[each]))
        cut[name] = cut.get(name, 0) + len(lists[name]) - len(lists[name]) // 2
        del lists[name][len(lists[name]) // 2 :]
    if cut:
        left_out = ", ".join(f"{count} {name}" for name, count in cut.items())
        result.cut = f"{result.cut or ''} For length, of the details {left_out} were left out.".strip()
    return result


def _notices(answer: SearchAnswer) -> list[str]:
    notices = [*([SIMULATED] if answer.simulated else []), *answer.notices, *answer.no_subnets]
    cheapest = answer.best.cheapest
    if cheapest and _barring(cheapest, answer.quotas):
        notices.append(
            f"The cheapest, {cheapest.handle}, cannot be bought before the quota in {cheapest.offering.region} is "
            "raised: see quota."
        )
    if answer.unknown_zone_ids:
        named = " or ".join(map(word, answer.unknown_zone_ids))
        notices.append(
            f"No region asked has the zone id {named}: ids look like use1-az4; names such as us-east-1a mean another "
            "zone in every account."
        )
    if cheapest is None and answer.telling:
        notices.append(_nothing_meets(answer))
    return notices


def _nothing_meets(answer: SearchAnswer) -> str:
    serving = f" that serves {served(answer.request.target)}" if answer.beside else ""
    unsettled = _unsettled(answer)
    if unsettled:
        see = " See alternatives." if answer.suggestions else ""
        return f"Nothing found{serving} meets the request, but not all was asked and answered: {unsettled}.{see}"
    if answer.suggestions:
        return f"Nothing{serving} meets the request: see alternatives."
    return (
        f"Nothing{serving} meets the request, and no alternative was found that departs from it in one respect only: "
        "ask for fewer, shorter and elsewhere at once."
    )


def _unsettled(answer: SearchAnswer) -> str:
    """Where AWS did not say whether there is something; nothing where it did everywhere."""
    parts: list[str] = []
    if not answer.complete:
        lists = (("failures", answer.failures or answer.unread_zones), ("not asked", answer.unasked))
        parts.append(f"see {' and '.join(name for name, listed in lists if listed)}")
    places = dict.fromkeys(
        f"{each.question.region} ({each.failure.kind if each.failure else 'no time left'})" for each in answer.untold
    )
    if places:
        parts.append(f"of the alternatives not {listed_briefly(list(places))}")
    return "; ".join(parts)


def _uncoded(answer: SearchAnswer) -> list[UncodedQuota]:
    """Limits that decide whether plans can be bought, where they could not be read for want of a code."""
    unsold = {each.question for each in answer.failures if each.failure.settles}
    refused = {each.question for each in answer.failures if each.failure.kind is FailureKind.QUOTA}
    by_place: dict[tuple[str, str, UncodedLimit], bool] = {}
    for each in answer.questions:
        limit = uncoded_limit(each.instance_type, each.target)
        if limit and each not in unsold:
            place = (each.reader.name, each.region, limit)
            by_place[place] = by_place.get(place, False) or each in refused
    return [UncodedQuota(*place, refused=small) for place, small in by_place.items()]


def _barring(row: Row, quotas: Iterable[Quota]) -> list[Quota]:
    """The quotas that forbid a purchase of the row."""
    offering = row.offering
    short = (each for each in quotas if each.possible is False)
    return [
        each
        for each in short
        if (each.account_number, each.region) == (offering.account, offering.region)
        and each.limit.code in limit_codes(offering.instance_type, offering.target)
    ]


def _quotas(answer: SearchAnswer) -> list[Quota]:
    """The request's quotas, and those that forbid an alternative that is shown."""
    unsold = {
        (each.question.reader.name, each.question.region, code)
        for each in answer.failures
        if each.failure.settles
        for code in limit_codes(each.question.instance_type, each.question.target)
    }
    quotas = [each for each in answer.quotas if (each.account, each.region, each.limit.code) not in unsold]
    told = {(each.account, each.region, each.limit.code) for each in answer.quotas}
    barring = (quota for each in answer.suggestions for quota in _barring(each.row, each.quotas))
    return [*quotas, *(each for each in barring if (each.account, each.region, each.limit.code) not in told)]


def result_text(result: SearchResult, answer: SearchAnswer, preferences: Preferences) -> str:
    """The same for people, with whole tables: what a client shows that does not read the structure."""
    request = request_sentence(answer, preferences.zone)
    owned = "\n".join(["Owned already, and would do:", *(f"  {line}" for line in result.owned)]) if result.owned else ""
    parts = [*result.notices, owned, request, offerings_text(answer), result.cut or ""]
    parts += _named_rows(result, answer)
    if answer.suggestions:
        parts.append(f"Nearest alternatives:\n{suggestion_table(answer.suggestions, answer.accounts)}")
    parts += sections(
        (
            ("Units with a subnet there", result.units),
            ("Quota", result.quota),
            ("Failures (none of them means no capacity)", result.failures),
            ("Not asked, for lack of time", result.not_asked),
        )
    )
    if result.next_call:
        parts.append(f"To go on, call again with: {json.dumps(result.next_call)}")
    return "\n\n".join(part for part in parts if part)


def _named_rows(result: SearchResult, answer: SearchAnswer) -> list[str]:
    """The cheapest and soonest by their handles, with what they serve where two kinds were compared."""
    which = "of the longest" if answer.request.duration.longest else "that meets the request"
    serving = f", serving {served(answer.request.target)}" if answer.beside else ""
    named = [("Cheapest", serving, result.cheapest), ("Soonest", serving, result.soonest)]
    if result.beside:
        other = f", serving only {result.beside.serves}"
        named += [("Cheapest", other, result.beside.cheapest), ("Soonest", other, result.beside.soonest)]
    return [f"{first} {which}{serves}: {handle}" for first, serves, handle in named if handle]


def offerings_text(answer: SearchAnswer, *, brief: bool = False) -> str:
    """The offerings under their headings, or the sentence that there are none."""
    if not answer.meeting and not answer.others:
        silent = answer.failures or answer.unasked or answer.account_failures
        return f"No offering {'where AWS answered' if silent else 'anywhere asked'}."
    parts: list[str] = []
    year = shared_year(answer) if brief else None
    if answer.meeting:
        table = offerings_table(answer.meeting, answer.accounts, brief=brief, year=year)
        parts.append(f"Meets the request, by {answer.order}:\n{table}")
    if answer.others:
        table = offerings_table(answer.others, answer.accounts, brief=brief, year=year)
        parts.append(f"Does not meet the request:\n{table}")
    return "\n\n".join(parts)


def _cut_sentence(answer: SearchAnswer) -> str | None:
    cut, meeting = answer.left_out_meeting + answer.left_out_others, answer.left_out_meeting
    if not cut:
        return None
    which = (
        f"{cut} more rows, {meeting} of which meet the request," if meeting else f"{cut} more rows that do not meet it"
    )
    return f"{which} were left out. Narrow by regions, zone_ids, days or dates, or sort otherwise."


def _next_call(answer: SearchAnswer, arguments: dict[str, Any], preferences: Preferences) -> dict[str, Any] | None:
    if not answer.unasked:
        return None
    days = sorted({each.days for each in answer.unasked if each.days is not None})
    # What time ran out for once would run out again.
    budget = min(MAX_TIME_BUDGET, 2 * int(arguments["time_budget"] or preferences.time_budget))
    narrowed = {
        "instance_types": sorted({each.instance_type.name for each in answer.unasked}),
        "regions": sorted({each.region for each in answer.unasked}),
        "accounts": sorted({each.reader.name for each in answer.unasked}) if arguments.get("accounts") else None,
        "days": ",".join(map(str, days)) or arguments["days"],
        "time_budget": budget,
    }
    return {name: value for name, value in {**arguments, **narrowed}.items() if value}


def _details(answer: SearchAnswer) -> Details:
    return Details(
        offerings=[_offering_details(row) for row in (*answer.meeting, *answer.others)],
        alternatives=[_offering_details(each.row, each.kind) for each in answer.suggestions],
        failures=[
            FailureDetails(
                account=each.question.reader.identity.account,
                region=each.question.region,
                target=each.question.target,
                instance_type=each.question.instance_type.name,
                days=each.question.days,
                kind=each.failure.kind,
                code=each.failure.code,
                untrusted_message=each.failure.message,
            )
            for each in answer.failures
        ],
        quotas=[
            QuotaDetails(
                account=each.account_number,
                region=each.region,
                what=each.limit.what,
                quota_code=each.limit.code,
                unit=each.limit.unit,
                needed=each.limit.needed,
                allowed=each.allowed,
            )
            for each in answer.quotas
        ],
    )


def _offering_details(row: Row, departs: str | None = None) -> OfferingDetails:
    offering = row.offering
    return OfferingDetails(
        handle=row.handle,
        offering_id=offering.id,
        account=offering.account,
        region=offering.region,
        target=offering.target,
        zone=offering.zone.name,
        zone_id=offering.zone.id,
        instance_type=offering.instance_type.name,
        count=offering.count,
        accelerators=offering.count * offering.instance_type.accelerators,
        start=offering.start,
        usable_end=offering.usable_end,
        end=offering.end,
        usable_hours=round(offering.usable.total_seconds() / 3600, 2),
        fee=offering.fee,
        currency=offering.currency,
        rate=offering.rate.quantize(Decimal("0.0001")),
        meets_request=not row.shortfalls and departs is None,
        short=[shortfall(each) for each in row.shortfalls],
        departs=departs,
        parts=[
            PartDetails(
                zone=each.zone.name,
                zone_id=each.zone.id,
                count=each.count,
                start=each.start,
                end=each.end,
                fee=each.fee if isinstance(each, Segment) else None,
            )
            for each in offering.stays
        ],
    )
