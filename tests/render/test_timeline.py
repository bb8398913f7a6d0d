"""Where everything stands in the picture of the calendar, whatever is owned."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.purchasing.provenance import Provenance
from mcp_server.render.calendar_events import calendar_events
from mcp_server.render.calendar_picture import calendar_picture
from mcp_server.render.calendars import Calendar, Span, calendar_of
from mcp_server.render.time_axis import Axis, division_of
from mcp_server.render.timeline import LEFT, RIGHT, timeline_of
from tests.render.owned_answers import MAIN, NOW, SECONDARY, a_reservation, an_answer
from tests.written_calendars import Picture, bars_of, events_in

FEW = settings(max_examples=25)
SHORTEST = timedelta(days=1)

reservations = st.builds(
    a_reservation,
    number=st.integers(0, 2**30),
    start=st.floats(-60, 60),
    days=st.sampled_from([1, 2, 7, 14, 28, 182]),
    state=st.sampled_from(ReservationState),
    account=st.sampled_from([MAIN, SECONDARY, "999999999999"]),
    count=st.integers(1, 64),
)


@pytest.mark.parametrize(
    ("days", "apart"),
    [
        (1, timedelta(hours=2)),
        (2, timedelta(hours=6)),
        (7, timedelta(hours=12)),
        (14, timedelta(days=1)),
        (28, timedelta(days=2)),
        (91, timedelta(days=7)),
        (182, timedelta(days=14)),
    ],
)
def test_ticks_fit_the_time_that_is_shown(days: int, apart: timedelta) -> None:
    """From hours for a day to fortnights for half a year; those of days are at midnight, those of weeks on Mondays."""
    ticks = division_of(Axis(NOW, NOW + timedelta(days=days), LEFT, RIGHT)).ticks
    assert {after.at - before.at for before, after in pairwise(ticks)} == {apart}
    if apart >= SHORTEST:
        assert {each.at.time().isoformat() for each in ticks} == {"00:00:00"}
    if apart >= timedelta(days=7):
        assert {each.at.weekday() for each in ticks} == {0}


@FEW
@given(days=st.floats(1, 4000), start=st.floats(0, 400))
def test_ticks_leave_room_for_their_labels(days: float, start: float) -> None:
    """However long the time: in order, where their moments are, and apart; the first heading begins with the axis."""
    axis = Axis(NOW + timedelta(days=start), NOW + timedelta(days=start + days), LEFT, RIGHT)
    division = division_of(axis)
    assert 3 <= len(division.ticks) <= 16
    assert all(after.x - before.x > 50 for before, after in pairwise(division.ticks))
    assert all(LEFT <= each.x <= RIGHT and each.x == axis.x(each.at) for each in division.ticks)
    assert division.headings[0].x == LEFT


@FEW
@given(owned=st.lists(reservations, max_size=8, unique_by=lambda each: each.id))
def test_bars_are_where_their_times_are(owned: list[OwnedReservation]) -> None:
    """Each within the axis, from its start to its end, in a row of its own; the picture reads back as what it shows."""
    calendar = calendar_of(an_answer(*owned))
    picture = Picture(calendar_picture(calendar))
    chart = timeline_of(calendar).chart
    assert (chart is None) == (picture.rows == [])
    assert not picture.overlapping()
    for row in [row for group in chart.groups for row in group.rows] if chart else []:
        (bar,) = row.bars
        (span,) = row.entry.spans
        assert LEFT < bar.x < bar.x + bar.width < RIGHT
        assert bar.x == chart.axis.x(span.start)
        assert bar.width == pytest.approx(max(chart.axis.x(span.end) - bar.x, 2))
        pixel = (chart.axis.last - chart.axis.first) / (RIGHT - LEFT)
        assert abs(picture.bar(row.entry.id)[0] - span.start) < pixel
        assert LEFT <= row.caption.x < RIGHT


def test_a_row_may_have_a_gap() -> None:
    """Two spans are two bars of one row, and two events of one reservation."""
    calendar = calendar_of(an_answer(a_reservation(days=30)))
    (entry,) = calendar.entries
    (span,) = entry.spans
    parts = (Span(span.start, None, span.start + 7 * SHORTEST), Span(span.start + 14 * SHORTEST, None, span.end))
    split = replace(calendar, entries=(replace(entry, spans=parts),))
    picture = Picture(calendar_picture(split))
    assert len(bars_of(picture.row(entry.id))) == 2
    assert not picture.overlapping()
    stays = {name: each for name, each in events_in(calendar_events(split)).items() if each.summary.startswith("8 x")}
    assert [(each.dtstart, each.dtend) for each in stays.values()] == [
        (part.start.replace(microsecond=0), part.end.replace(microsecond=0) if part.end else None) for part in parts
    ]


def test_an_end_that_aws_does_not_tell_is_said() -> None:
    """The bar goes on to the end of the picture, and the event has no end."""
    reservation = a_reservation(end=None)
    calendar = calendar_of(an_answer(reservation))
    assert "an end that AWS does not tell" in Picture(calendar_picture(calendar)).told(reservation.id)[0]
    event = events_in(calendar_events(calendar))[f"{reservation.id}@ml-clusters"]
    assert event.dtend is None
    assert "End: unknown" in event.description


@settings(max_examples=50)
@example(words="<b>\x00\x1b[1m\ufffe\ud800\u202e]]>&#0;\r\nEND:VEVENT")
@given(words=st.text(max_size=300))
def test_no_words_break_either_form(words: str) -> None:
    """Whatever a person, a tag or AWS says: both are read again, and everything shown is printable."""
    calendar = with_words(words)
    picture = Picture(calendar_picture(calendar))
    shown = [*picture.words, *(text for each in picture.root.iter() for text in (each.text or "").split("\n"))]
    assert all(each.isprintable() for each in shown)
    (event, *_) = (each for each in events_in(calendar_events(calendar)).values() if each.status)
    assert all(each.isprintable() for each in [event.summary, event.location, *event.description.split("\n")])
    assert "<" not in event.description


def with_words(words: str) -> Calendar:
    """A calendar all of whose words from elsewhere are these, but for the id."""
    reservation = a_reservation(instance_type=words, region=words, platform=words, words=words or "x", block_id=words)
    origin = Provenance(purchase_id="mlc-1", buyer=words, purpose=words)
    return calendar_of(an_answer(reservation, origin=origin))
