"""Which offerings meet a request, and in which order they come."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.capacity.durations import parse_duration
from mcp_server.capacity.fit import Divided, TooEarly, TooFew, TooLate, TooShort, WrongZone, shortfalls
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.ranking import Order, rank
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from tests.capacity.offers import OFFERINGS, START, offering, request, segment


@pytest.mark.parametrize(
    ("one", "wish", "missing"),
    [
        (offering(), request(), ()),
        (offering(segment(days=8)), request(), ()),
        (offering(segment(days=6)), request(), (TooShort,)),
        (offering(count=4), request(), (TooFew,)),
        (offering(), request(zone_ids=frozenset({"use1-az4"})), ()),
        (offering(), request(zone_ids=frozenset({"use1-az1"})), (WrongZone,)),
        (offering(), request(earliest_start=START + timedelta(hours=1)), (TooEarly,)),
        (offering(), request(latest_end=START + timedelta(days=6, hours=23), days=5), (TooLate,)),
        (offering(segment(4), segment(4, start=START + timedelta(days=4))), request(), (Divided,)),
        (offering(segment(days=6), count=4), request(), (TooFew, TooShort)),
        (offering(segment(days=5)), request(duration=parse_duration("5-7")), ()),
    ],
)
def test_what_an_offering_lacks_is_named(one: Offering, wish: CapacityRequest, missing: tuple[type, ...]) -> None:
    """Every way in which an offering is not what was asked for is found, and no other."""
    assert tuple(type(each) for each in shortfalls(one, wish)) == missing


def test_a_block_of_the_days_asked_is_long_enough() -> None:
    """A seven-day block gives 167.5 hours of use, which is seven days; six and a half are short by twelve."""
    (short,) = shortfalls(offering(segment(days=6.5)), request())
    assert isinstance(short, TooShort)
    assert short.asked - short.offered == timedelta(hours=12)


@given(st.lists(OFFERINGS, max_size=12), st.sampled_from(Order))
def test_ranking_loses_nothing_and_sorts(found: list[Offering], order: Order) -> None:
    """Every offering is in one of the two lists; the cheapest has the lowest fee of those that meet the request."""
    ranking = rank(found, (request(),), order)
    assert sorted(each.offering.terms for each in (*ranking.meeting, *ranking.others)) == sorted(
        each.terms for each in found
    )
    assert not any(each.shortfalls for each in ranking.meeting)
    assert all(each.shortfalls for each in ranking.others)
    if ranking.cheapest:
        assert ranking.cheapest.offering.fee == min(each.offering.fee for each in ranking.meeting)
    keys = {
        Order.FEE: lambda one: one.fee,
        Order.RATE: lambda one: one.rate,
        Order.START: lambda one: one.start,
        Order.DURATION: lambda one: -one.usable,
    }
    values = [keys[order](each.offering) for each in ranking.meeting]
    assert values == sorted(values)


def test_accelerators_are_counted_in_whole_instances() -> None:
    """Twelve H100 need two machines of eight; an offering of one is too few."""
    wish = request(count=12, unit=CountUnit.ACCELERATORS)
    assert wish.units(offering().instance_type) == 2
    assert [type(each) for each in shortfalls(offering(count=1), wish)] == [TooFew]
