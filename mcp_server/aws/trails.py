"""What CloudTrail recorded of purchases. Calls cloudtrail:LookupEvents."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from mcp_server.aws.calls import ask, expected
from mcp_server.capacity.words import clean

_EVENTS = ("PurchaseCapacityBlock", "PurchaseCapacityBlockExtension", "CreateTrainingPlan", "ExtendTrainingPlan")


@dataclass(frozen=True, slots=True)
class PurchaseEvent:
    """One purchase as CloudTrail saw it, some minutes late. at is UTC.

    user is the role session's name. error_code is empty where AWS did what was asked. named are the ids and all other
    words of the request, whatever they stand under.
    """

    id: str
    name: str
    user: str
    at: datetime
    error_code: str
    named: frozenset[str] = frozenset()


def purchase_events(client: Any, since: datetime) -> list[PurchaseEvent]:
    """Every purchase of blocks, plans and extensions since a time (UTC) in the client's account and region, all pages.

    Dry runs are events too; they end in an error code.

    Raises:
        AwsFailure: The call failed.
    """
    found: list[PurchaseEvent] = []
    for name in _EVENTS:
        token: str | None = None
        while True:
            attributes = [{"AttributeKey": "EventName", "AttributeValue": name}]
            answer = ask(client, "lookup_events", LookupAttributes=attributes, StartTime=since, NextToken=token)
            rows: list[dict[str, Any]] = expected(answer, "lookup_events", "Events")
            found.extend(_event(row) for row in rows)
            token = answer.get("NextToken")
            if not token:
                break
    return found


def _event(row: dict[str, Any]) -> PurchaseEvent:
    told = _told(str(row.get("CloudTrailEvent", "")))
    return PurchaseEvent(
        id=str(row.get("EventId", "")),
        name=str(row.get("EventName", "")),
        user=clean(str(row.get("Username", ""))),
        at=row["EventTime"],
        error_code="unreadable" if told is None else str(told.get("errorCode") or ""),
        named=frozenset(_words((told or {}).get("requestParameters"))),
    )


def _told(text: str) -> dict[str, Any] | None:
    """What an event says; what cannot be read is taken for an error, since it shows no success."""
    try:
        event: Any = json.loads(text)
    except ValueError:
        return None
    return cast("dict[str, Any]", event) if isinstance(event, dict) else None


def _words(value: Any) -> Iterator[str]:
    """Every word of a request's parameters, which services nest and spell as they like."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in cast("dict[str, Any]", value).values():
            yield from _words(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _words(each)
