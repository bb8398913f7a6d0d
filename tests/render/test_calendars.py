"""What both forms of the calendar say of a reservation."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import icalendar
import pytest

from mcp_server.capacity.owned import PlanFacts, ReservationState
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.render.calendar_events import calendar_events
from mcp_server.render.calendars import calendar_of
from mcp_server.searching.holdings import HoldingPart
from tests.render.owned_answers import MAIN, NOW, SECONDARY, STRANGER, a_reservation, an_answer, unread


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"days": 7}, "Extend by: 2026-12-02 15:42 UTC"),
        ({"days": 182}, "Extend by: 2027-05-26 15:42 UTC, from 2027-03-31 16:42 UTC on"),
        ({"start": -7.02, "state": ReservationState.ACTIVE}, "Extend by: 2026-11-24 15:13 UTC, which has passed"),
        ({"state": ReservationState.PAYMENT_PENDING}, "Extend by: 2026-12-02 15:42 UTC, once what is pending is paid"),
        ({"words": "assessing", "state": ReservationState.OTHER}, "UTC, but not in this state"),
        ({"instance_type": "p6e-gb200.36xlarge"}, "Usable end: 2026-12-02 15:42 UTC (the machines stop then)"),
        ({"end": None}, "End: unknown, AWS does not tell it"),
    ],
)
def test_deadlines_are_told_with_what_stands_in_the_way(changes: dict[str, Any], says: str) -> None:
    """The last moment to extend, and from when on it can be or why not now."""
    (entry,) = calendar_of(an_answer(a_reservation(**changes))).entries
    assert [each for each in entry.facts if each.endswith(says)], entry.facts


def test_the_stop_of_a_part_ends_with_that_part() -> None:
    """Between the halves of a split plan no machines run; in the second half they do."""
    days = [NOW + timedelta(days=each) for each in (1, 8, 15, 22)]
    parts = tuple(Stay(Zone("us-east-1a", "use1-az6"), 8, *each) for each in (days[:2], days[2:]))
    plan = PlanFacts("december", ("training-job",), parts, Decimal(9), "USD")
    owned = a_reservation(start=1, days=21, plan=plan)
    events = icalendar.Calendar.from_ical(calendar_events(calendar_of(an_answer(owned)))).events
    stops = [(each.start, each.end) for each in events if "Machines stop" in str(each["summary"])]
    lead = timedelta(minutes=30)
    assert sorted(stops) == [(days[1] - lead, days[1]), (days[3] - lead, days[3])]


def test_owners_stand_in_the_order_of_the_settings() -> None:
    """Those who share something and are no account of ours come last, by number."""
    owned = [a_reservation(number, account=each) for number, each in enumerate((STRANGER, SECONDARY, MAIN))]
    calendar = calendar_of(an_answer(*owned))
    assert [each.group for each in calendar.entries] == [f"main {MAIN}", f"secondary {SECONDARY}", STRANGER]


def test_every_part_that_matters_is_missed() -> None:
    """Reservations, plans and the history of extensions; what the calendar does not tell is not missed in it."""
    missed = [each for part in HoldingPart for each in unread("us-east-1", "us-west-2", part=part)]
    lines = calendar_of(an_answer(unread=tuple(missed))).unread
    assert [each.partition(" not read (denied: ")[0] for each in lines] == [
        "account main, us-east-1, us-west-2: reservations",
        "account main, us-east-1, us-west-2: extension history",
        "account main, us-east-1, us-west-2: training plans",
    ]
