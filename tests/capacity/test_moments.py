"""Dates and times as people write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from mcp_server.capacity.moments import InvalidMoment, parse_end, parse_start

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("20261201", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01T09:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("2026-12-01T09:00Z", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-12-01T09:00-05:00", datetime(2026, 12, 1, 14, tzinfo=UTC)),
    ],
)
def test_a_start_is_meant_in_the_readers_zone_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    """A bare date begins at midnight where the reader is; an offset is believed."""
    assert parse_start("earliest_start", text, BERLIN, TODAY) == moment


def test_today_means_from_now_on() -> None:
    """Midnight of today has passed, but nobody who says today means the past."""
    assert parse_start("earliest_start", "2026-11-23", BERLIN, TODAY) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-24", datetime(2026, 12, 24, 22, 59, tzinfo=UTC)),
        ("2026-12-24T12:00", datetime(2026, 12, 24, 11, tzinfo=UTC)),
        # The clocks go back on this day, which is 25 hours long.
        ("2026-10-25", datetime(2026, 10, 25, 22, 59, tzinfo=UTC)),
    ],
)
def test_an_end_includes_its_day(text: str, moment: datetime) -> None:
    """By the 24th includes the 24th, however long that day is."""
    assert parse_end("latest_end", text, BERLIN) == moment


@pytest.mark.parametrize(
    "text",
    [
        "next week",
        "tomorrow",
        "",
        "2026",
        "2026-12",
        "01/12/2026",
        "10",
        "2026-13-01",
        "2026-12-01T25:00",
        "2026-12-15x09:00",
        "0001-01-01",
        "9999-12-31",
    ],
)
def test_what_is_no_whole_date_is_refused(text: str) -> None:
    """A word, a month or another order of day and month is refused with the argument's name and the form to use."""
    with pytest.raises(InvalidMoment, match=r"earliest_start .* 2026-12-01T09:00Z"):
        parse_start("earliest_start", text, BERLIN, TODAY)


def test_an_end_is_that_day_where_midnight_does_not_exist() -> None:
    """In Cairo the clocks of 2027-04-30 go from 00:00 to 01:00: both days end as they should."""
    cairo = ZoneInfo("Africa/Cairo")
    for day in (29, 30):
        end = parse_end("latest_end", f"2027-04-{day}", cairo).astimezone(cairo)
        assert (end.day, end.hour, end.minute) == (day, 23, 59)
