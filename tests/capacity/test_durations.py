"""Durations as people ask for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.capacity.durations import VALID_DAYS, InvalidDuration, nearest_days, parse_duration, shorter_days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("7", (7,)),
        (" 14 days", (14,)),
        ("1d", (1,)),
        ("182", (182,)),
        ("5-8", (5, 6, 7, 8)),
        ("7, 1,3-4", (1, 3, 4, 7)),
        ("13 to 30", (13, 14, 21, 28)),
    ],
)
def test_a_duration_is_the_valid_days_it_names(text: str, days: tuple[int, ...]) -> None:
    """A number is itself, a range every duration that AWS sells within it."""
    assert parse_duration(text).days == days


def test_longest_means_every_duration() -> None:
    """The longest to be had may be any that AWS sells."""
    wish = parse_duration("longest")
    assert wish.longest
    assert wish.days == VALID_DAYS


@pytest.mark.parametrize(
    ("text", "nearest"), [("20", (14, 21)), ("183", (182,)), ("0", (1,)), ("15-20", (14, 21)), ("9-5", (9,))]
)
def test_a_duration_nobody_sells_names_its_neighbours(text: str, nearest: tuple[int, ...]) -> None:
    """AWS would refuse it, so the nearest that it sells are named instead."""
    with pytest.raises(InvalidDuration) as refusal:
        parse_duration(text)
    assert refusal.value.nearest == nearest
    assert all(str(days) in str(refusal.value) for days in nearest)


@pytest.mark.parametrize("text", ["", "a week", "9" * 5000, "-3", "7.5", "7 8", "next week"])
def test_words_are_no_duration(text: str) -> None:
    """What is no number of days is refused, not guessed at."""
    with pytest.raises(InvalidDuration):
        parse_duration(text)


@given(st.integers(1, 400))
def test_neighbours_are_valid_and_nothing_lies_between(days: int) -> None:
    """The neighbours of any number are durations that AWS sells, with none nearer on either side."""
    nearest = nearest_days(days)
    assert set(nearest) <= set(VALID_DAYS)
    assert min(abs(days - each) for each in nearest) == min(abs(days - each) for each in VALID_DAYS)


@given(st.sampled_from(VALID_DAYS))
def test_shorter_durations_are_valid_shorter_and_descend(days: int) -> None:
    """Alternatives to a duration are sold, are shorter, and begin with the nearest."""
    shorter = shorter_days(days)
    assert all(each in VALID_DAYS and each < days for each in shorter)
    assert list(shorter) == sorted(shorter, reverse=True)
    assert bool(shorter) == (days > 1)
