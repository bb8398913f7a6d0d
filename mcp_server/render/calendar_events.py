"""The calendar as events that calendar programs subscribe to or import (RFC 5545). Imported when one is written."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import icalendar
from icalendar.enums import STATUS, TRANSP

from mcp_server.capacity.deadlines import Due, DueKind
from mcp_server.capacity.requests import START_HORIZON
from mcp_server.capacity.words import word
from mcp_server.render.calendars import Calendar, Entry, Span, Standing
from mcp_server.render.moments import utc

_PROGRAM = "-//ML Clusters//Capacity calendar//EN"
_NAME = "GPU capacity"
_REFRESH = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)

_STATUS = {
    Standing.PENDING: STATUS.TENTATIVE,
    Standing.UNCLEAR: STATUS.TENTATIVE,
    Standing.LOST: STATUS.CANCELLED,
}
_TITLES = {
    DueKind.PAYMENT: "Payment due",
    DueKind.EXTENSION_PAYMENT: "Payment of extension due",
    DueKind.EXTENDING: "Last moment to extend",
    DueKind.USABLE_END: "Machines stop",
}
_ALARMS = {
    DueKind.PAYMENT: (timedelta(hours=1),),
    DueKind.EXTENSION_PAYMENT: (timedelta(hours=1),),
    DueKind.EXTENDING: (timedelta(days=1), timedelta(hours=1)),
    DueKind.USABLE_END: (timedelta(days=1), timedelta(hours=1)),
}


def calendar_events(calendar: Calendar) -> str:
    """The calendar's events: one for the time of each reservation, and one for each moment that must not be missed.

    Deadlines are events of their own, since programs may leave out the alarms of a calendar they subscribe to.
    """
    told = [
        f"Written {utc(calendar.now)} UTC, read of {calendar.read}.",
        *(["SIMULATED: this is not AWS."] if calendar.simulated else []),
    ]
    document = icalendar.Calendar()
    document.add("prodid", _PROGRAM)
    document.add("version", "2.0")
    # Programs know either the names of RFC 7986 or the older ones, which the library does not escape by itself.
    for name in ("name", "x-wr-calname"):
        document.add(name, icalendar.vText(_named(_NAME, calendar)))
    for name in ("description", "x-wr-caldesc"):
        document.add(name, icalendar.vText("\n".join([*told, *_incomplete_lines(calendar)])))
    document.add("refresh-interval", icalendar.vDuration(_REFRESH), parameters={"VALUE": "DURATION"})
    document.add("x-published-ttl", icalendar.vDuration(_REFRESH))
    for event in _events(calendar):
        document.add_component(event)
    return document.to_ical().decode()


def _events(calendar: Calendar) -> Iterator[icalendar.Event]:
    if calendar.unread:
        yield _incomplete(calendar)
    for entry in calendar.entries:
        for number, span in enumerate(entry.spans):
            yield _stay(entry, number, span, calendar)
        for due in entry.dues:
            yield _deadline(entry, due, calendar)
        for unit, name in entry.wired:
            if entry.spans[-1].end:
                yield _removal(entry, unit, name, entry.spans[-1].end, calendar)


def _incomplete(calendar: Calendar) -> icalendar.Event:
    """What was not read, on the day of writing: a person who looks at their calendar does not see its description."""
    return icalendar.Event.new(
        uid=_uid("incomplete"),
        stamp=calendar.now,
        start=calendar.now.date(),
        end=calendar.now.date() + timedelta(days=1),
        summary=_named("INCOMPLETE: not all capacity could be read", calendar),
        description="\n".join(_incomplete_lines(calendar)),
        transparency=TRANSP.TRANSPARENT,
        sequence=calendar.now.date().toordinal(),
    )


def _incomplete_lines(calendar: Calendar) -> list[str]:
    if not calendar.unread:
        return []
    return ["INCOMPLETE. Not read (none of it means that nothing is owned):", *calendar.unread]


def _stay(entry: Entry, number: int, span: Span, calendar: Calendar) -> icalendar.Event:
    """The time of a reservation, or of one of its parts."""
    event = _event(_uid(entry.id, *([str(number)] if number else [])), entry, calendar)
    state = "" if entry.standing in {Standing.SCHEDULED, Standing.ACTIVE} else f" ({entry.state})"
    event.add("summary", _named(f"{_label(entry)}{state}", calendar))
    event.start = span.start
    if span.end:
        event.end = span.end
    event.status = _STATUS.get(entry.standing, STATUS.CONFIRMED)
    return event


def _deadline(entry: Entry, due: Due, calendar: Calendar) -> icalendar.Event:
    """A moment; alarms only while it is to come, since some programs ring for what is past."""
    bought = due.extension
    which = (
        [word(bought.offering_id), f"{bought.purchased:%Y%m%dT%H%M%SZ}"]
        if bought
        else [f"part-{due.part}"] * bool(due.part)
    )
    event = _event(_uid(entry.id, due.kind.name.lower().replace("_", "-"), *which), entry, calendar)
    event.add("summary", _named(f"{_TITLES[due.kind]}: {_label(entry)}{_places(entry)}", calendar))
    event.start = due.at
    end = entry.spans[due.part - 1 if due.part else -1].end
    if due.kind is DueKind.USABLE_END and end:
        event.end = end
    event.status = STATUS.CANCELLED if due.void else STATUS.CONFIRMED
    if not due.void:
        for before in _ALARMS[due.kind]:
            if due.at - before > calendar.now:
                words = f"{_TITLES[due.kind]} {utc(due.at)} UTC: {_label(entry)}{_places(entry)}"
                event.add_component(_alarm(_named(words, calendar), before))
    return event


def _removal(entry: Entry, unit: str, name: str, end: datetime, calendar: Calendar) -> icalendar.Event:
    """When an entry is to be taken out of a unit: once it is over, a cluster would wait for what cannot come."""
    event = _event(_uid(entry.id, "removal", unit, name), entry, calendar)
    event.add("summary", _named(f"Take it out of {unit}, {name}: {_label(entry)}", calendar))
    event.start = end
    event.status = STATUS.CONFIRMED
    return event


def _event(uid: str, entry: Entry, calendar: Calendar) -> icalendar.Event:
    return icalendar.Event.new(
        uid=uid,
        stamp=calendar.now,
        created=entry.bought,
        last_modified=calendar.now,
        description="\n".join([*(["SIMULATED: this is not AWS."] if calendar.simulated else []), *entry.facts]),
        location=f"{entry.region}, {entry.zone}",
        transparency=TRANSP.TRANSPARENT,
        # Of two events of one uid programs keep that of the higher number: the later written one. It only has to grow,
        # whatever is known of the purchase; what is bought is bought at most eight weeks before it starts.
        sequence=max((calendar.now - (entry.spans[0].start - START_HORIZON)) // _MINUTE, 0),
    )


def _alarm(words: str, before: timedelta) -> icalendar.Alarm:
    alarm = icalendar.Alarm.new(description=words)
    alarm.add("action", "DISPLAY")
    alarm.TRIGGER = -before
    return alarm


def _label(entry: Entry) -> str:
    return f"{entry.what}, {entry.zone}, account {entry.owner}"


def _places(entry: Entry) -> str:
    """Where the tree names it; nothing where it does not."""
    return "".join(f", {unit} {name}" for unit, name in entry.wired)


def _named(words: str, calendar: Calendar) -> str:
    return f"SIMULATED: {words}" if calendar.simulated else words


def _uid(*words: str) -> str:
    """The same whenever the calendar is written, so that what was imported before is replaced."""
    return f"{'.'.join(words)}@ml-clusters"
