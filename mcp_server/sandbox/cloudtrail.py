"""CloudTrail's LookupEvents over the purchases and extensions, successful or refused."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from mcp_server.sandbox.call import AwsError, Call, Caller
from mcp_server.sandbox.market import digest
from mcp_server.sandbox.paging import page

DELAY = timedelta(minutes=5)
_PAGE = 50
_RESOURCE_TYPES = (
    (re.compile(r"cr-"), "AWS::EC2::CapacityReservation"),
    (re.compile(r"cb-"), "AWS::EC2::CapacityBlock"),
    (re.compile(r"arn:[^:]+:sagemaker:[^:]*:\d+:training-plan/"), "AWS::SageMaker::TrainingPlan"),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One call as CloudTrail saw it. at is UTC; response is empty where error_code says why."""

    event_id: str
    at: datetime
    service: str
    operation: str
    region: str
    caller: Caller
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    error_code: str | None = None
    error_message: str | None = None

    @property
    def source(self) -> str:
        """The service, as CloudTrail names it."""
        return f"{self.service}.amazonaws.com"

    @property
    def resources(self) -> list[dict[str, str]]:
        """The reservations, blocks and plans that the call is about."""
        text = json.dumps([self.request.get("CapacityReservationId"), self.response], default=str)
        return [
            {"ResourceType": kind, "ResourceName": name}
            for name in dict.fromkeys(text.split('"'))
            for begins, kind in _RESOURCE_TYPES
            if begins.match(name)
        ]


@dataclass(slots=True)
class Trail:
    """Events of all accounts and regions, oldest first; each can be looked up some minutes after it happened."""

    delay: timedelta = DELAY
    _events: list[Event] = field(default_factory=list[Event])

    def record(self, service: str, call: Call, response: Mapping[str, Any], error: AwsError | None = None) -> None:
        """Write down what was asked and what became of it."""
        number = len(self._events)
        token = f"{digest('event', number, call.now):016x}{digest('event too', number, call.now):016x}"
        self._events.append(
            Event(
                event_id=f"{token[:8]}-{token[8:12]}-{token[12:16]}-{token[16:20]}-{token[20:]}",
                at=call.now,
                service=service,
                operation=call.operation,
                region=call.region,
                caller=call.caller,
                request=dict(call.params),
                response=response,
                error_code=_error_code(service, error) if error else None,
                error_message=error.message if error else None,
            )
        )

    def known(self, call: Call) -> list[Event]:
        """What the caller's account can look up by now in the region, the newest first."""
        return [
            event
            for event in reversed(self._events)
            if (event.caller.account, event.region) == (call.account, call.region) and event.at + self.delay <= call.now
        ]


def _error_code(service: str, error: AwsError) -> str:
    return f"Client.{error.code}" if service == "ec2" else error.code


def _spelt(service: str, value: Any) -> Any:
    """A request or an answer as CloudTrail spells it: the JSON services' names begin with a small letter."""
    if service == "ec2":
        return value
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name[:1].lower() + name[1:]: _spelt(service, each) for name, each in members.items()}
    return [_spelt(service, each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


_ATTRIBUTES: dict[str, Callable[[Event, str], bool]] = {
    "EventId": lambda event, value: event.event_id == value,
    "EventName": lambda event, value: event.operation == value,
    "ReadOnly": lambda _, value: value == "false",
    "Username": lambda event, value: event.caller.name == value,
    "ResourceType": lambda event, value: any(each["ResourceType"] == value for each in event.resources),
    "ResourceName": lambda event, value: any(each["ResourceName"] == value for each in event.resources),
    "EventSource": lambda event, value: event.source == value,
    "AccessKeyId": lambda event, value: event.caller.access_key == value,
}


def lookup_events(trail: Trail, call: Call) -> dict[str, Any]:
    """LookupEvents."""
    attributes: list[dict[str, Any]] = call.params.get("LookupAttributes") or []
    start, end = call.params.get("StartTime"), call.params.get("EndTime")
    if len(attributes) > 1 or any(each.get("AttributeKey") not in _ATTRIBUTES for each in attributes):
        raise AwsError("InvalidLookupAttributesException", "Specify one valid lookup attribute.")
    if start is not None and end is not None and end < start:
        raise AwsError("InvalidTimeRangeException", "The start time is after the end time.")
    if not 1 <= int(call.params.get("MaxResults") or _PAGE) <= _PAGE:
        raise AwsError("InvalidMaxResultsException", f"Specify a maximum from 1 to {_PAGE}.")
    events = [
        event
        for event in trail.known(call)
        if (start is None or event.at >= start)
        and (end is None or event.at <= end)
        and all(_ATTRIBUTES[each["AttributeKey"]](event, str(each.get("AttributeValue"))) for each in attributes)
    ]
    bad_token = AwsError("InvalidNextTokenException", "The next token is not valid.")
    shown, token = page(events, call.params, default=_PAGE, error=bad_token)
    return {"Events": [_row(event) for event in shown], "NextToken": token}


def _row(event: Event) -> dict[str, Any]:
    return {
        "EventId": event.event_id,
        "EventName": event.operation,
        "ReadOnly": "false",
        "AccessKeyId": event.caller.access_key,
        "EventTime": event.at,
        "EventSource": event.source,
        "Username": event.caller.name,
        "Resources": event.resources,
        "CloudTrailEvent": json.dumps(_record(event), default=str),
    }


def _record(event: Event) -> dict[str, Any]:
    assumed = ":assumed-role/" in event.caller.arn
    record = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole" if assumed else "IAMUser",
            "arn": event.caller.arn,
            "accountId": event.caller.account,
            "accessKeyId": event.caller.access_key,
        }
        | ({} if assumed else {"userName": event.caller.name}),
        "eventTime": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": event.source,
        "eventName": event.operation,
        "awsRegion": event.region,
        "sourceIPAddress": "127.0.0.1",
        "requestParameters": _spelt(event.service, event.request),
        "responseElements": _spelt(event.service, event.response) or None,
        "eventID": event.event_id,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": event.caller.account,
        "eventCategory": "Management",
    }
    if event.error_code:
        record |= {"errorCode": event.error_code, "errorMessage": event.error_message}
    return record
