"""The result of search_extensions, as clients get it."""

import json
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from mcp_server.capacity.words import word
from mcp_server.render.extensions import (
    deadline_sentence,
    departures,
    extensions_table,
    failure_lines,
    reason_lines,
    reservation_sentence,
    unasked_lines,
)
from mcp_server.render.offerings import SIMULATED
from mcp_server.render.sections import sections
from mcp_server.searching.extensions import ExtensionAnswer, ExtensionRow
from mcp_server.tools.fields import Line, Name
from mcp_server.tools.services import Preferences


class ExtensionDetails(BaseModel):
    """Every field of one offering. Money is a decimal string, times are UTC."""

    handle: str = Field(description="Names this offering in later calls; it survives restarts")
    offering_id: Name = Field(description="AWS's id, which may be another at the next search")
    start: AwareDatetime = Field(description="Where the block ends now")
    usable_end: AwareDatetime = Field(description="When AWS then begins to terminate the instances")
    end: AwareDatetime = Field(description="The block's new end")
    added_hours: float
    count: int
    fee: Decimal = Field(description="The whole price of the extension, paid at once")
    currency: Name
    rate: Decimal = Field(description="Per accelerator-hour paid for")


class ReservationDetails(BaseModel):
    """What is to be extended. Times are UTC."""

    reservation_id: Name
    block_id: Name | None
    account: Name
    region: str
    zone: Name = Field(description="Zone name, the account's own")
    zone_id: Name | None = Field(description="Zone id, the same in every account")
    instance_type: Name
    count: int
    state: str
    start: AwareDatetime
    end: AwareDatetime | None
    extend_by: AwareDatetime | None


class DurationFailureDetails(BaseModel):
    """One duration that was refused, or could not be asked."""

    days: int | None
    rule: str | None = Field(description="The rule that a refusal follows from; null for a failure")
    kind: str
    code: str
    untrusted_message: str = Field(description="AWS's words")


class ExtensionSearchDetails(BaseModel):
    """Every field, for programs."""

    reservation: ReservationDetails
    offerings: list[ExtensionDetails]
    failures: list[DurationFailureDetails]


class ExtensionSearchResult(BaseModel):
    """What search_extensions found. A field that is missing has nothing to say."""

    notices: list[Line] = Field(default_factory=list, description="Read these first")
    reservation: str = Field(description="What would be extended, and what was asked")
    extend_by: str | None = Field(default=None, description="The last moment to buy an extension")
    table: str | None = Field(default=None, description="Offerings by new end; times UTC, fees of the extension alone")
    reasons: list[str] = Field(
        default_factory=list, description="Why there is none, for all or some durations; AWS's words quoted"
    )
    failures: list[str] = Field(
        default_factory=list, description="Where AWS could not be asked; not: no capacity; AWS's words quoted"
    )
    not_asked: list[str] = Field(default_factory=list, description="What time ran out for")
    next_call: dict[str, Any] | None = Field(default=None, description="Arguments that ask what was not asked")
    details: ExtensionSearchDetails | None = Field(
        default=None, description="Every field, with response_format=detailed"
    )


def extension_result(answer: ExtensionAnswer, preferences: Preferences, *, detailed: bool) -> ExtensionSearchResult:
    """The result of an answer."""
    return ExtensionSearchResult(
        notices=[*([SIMULATED] if answer.simulated else []), *answer.notices, *departures(answer)],
        reservation=reservation_sentence(answer),
        extend_by=deadline_sentence(answer, preferences.zone),
        table=None if detailed else extensions_text(answer, brief=True),
        reasons=reason_lines(answer),
        failures=failure_lines(answer),
        not_asked=unasked_lines(answer),
        next_call=_next_call(answer, detailed=detailed),
        details=_details(answer) if detailed else None,
    )


def extension_text(result: ExtensionSearchResult, answer: ExtensionAnswer) -> str:
    """The same for people, with the whole table: what a client shows that does not read the structure."""
    parts = [*result.notices, result.reservation]
    if result.extend_by:
        parts.append(f"Extend by {result.extend_by}.")
    parts.append(extensions_text(answer))
    parts += sections(
        (
            ("Why not, for all or some durations", result.reasons),
            ("Failures (none of them means no capacity)", result.failures),
            ("Not asked, for lack of time", result.not_asked),
        )
    )
    if result.next_call:
        parts.append(f"To go on, call again with: {json.dumps(result.next_call)}")
    return "\n\n".join(parts)


def extensions_text(answer: ExtensionAnswer, *, brief: bool = False) -> str:
    """The offerings, or the sentence that there are none."""
    if answer.rows:
        return extensions_table(answer.rows, brief=brief)
    silent = answer.unasked or any(each.obstacle is None for each in answer.failures)
    return f"No extension offered{' where AWS answered' if silent else ''}."


def _next_call(answer: ExtensionAnswer, *, detailed: bool) -> dict[str, Any] | None:
    if not answer.unasked:
        return None
    days = ",".join(str(each) for each in answer.unasked if each is not None)
    # Knowing where the block is leaves all the time to the durations.
    found = {
        "reservation": word(answer.reservation.id),
        "days": days or "longest",
        "region": answer.reservation.region,
        "account": answer.request.account or _configured(answer),
        "response_format": "detailed" if detailed else None,
    }
    return {name: value for name, value in found.items() if value}


def _configured(answer: ExtensionAnswer) -> str | None:
    """The account's name in the settings; ambient credentials have none, and are called by their number."""
    return None if answer.account_name == answer.reservation.account else answer.account_name


def _details(answer: ExtensionAnswer) -> ExtensionSearchDetails:
    reservation = answer.reservation
    return ExtensionSearchDetails(
        reservation=ReservationDetails(
            reservation_id=reservation.id,
            block_id=reservation.block_id,
            account=reservation.account,
            region=reservation.region,
            zone=reservation.zone.name,
            zone_id=reservation.zone.id,
            instance_type=reservation.instance_type,
            count=reservation.count,
            state=reservation.state,
            start=reservation.start,
            end=reservation.end,
            extend_by=answer.deadline,
        ),
        offerings=[_offering_details(row) for row in answer.rows],
        failures=[
            DurationFailureDetails(
                days=each.days,
                rule=each.obstacle,
                kind=each.failure.kind,
                code=each.failure.code,
                untrusted_message=each.failure.message,
            )
            for each in answer.failures
        ],
    )


def _offering_details(row: ExtensionRow) -> ExtensionDetails:
    offering = row.offering
    return ExtensionDetails(
        handle=row.handle,
        offering_id=offering.id,
        start=offering.start,
        usable_end=offering.usable_end,
        end=offering.end,
        added_hours=round(offering.usable.total_seconds() / 3600, 2),
        count=offering.count,
        fee=offering.fee,
        currency=offering.currency,
        rate=offering.rate.quantize(Decimal("0.0001")),
    )
