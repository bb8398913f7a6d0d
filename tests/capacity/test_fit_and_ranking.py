"""Which offerings meet a request, and in which order they come."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.capacity.durations import parse_duration
from mcp_server.capacity.fit import Divided, TooEarly, TooFew, TooLate, TooShort, WrongZone, shortfalls, would_do
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.owned import OwnedReservation, PlanFacts, ReservationState
from mcp_server.capacity.plans import PlanOffering, TargetResource
from mcp_server.capacity.ranking import Order, default_order, rank
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.capacity.stays import Stay, Zone
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
    cheapest = ranking.best(request(), Order.FEE)
    assert (cheapest is None) == (not ranking.meeting)
    if cheapest:
        assert cheapest.offering.fee == min(each.offering.fee for each in ranking.meeting)
    keys = {
        Order.FEE: lambda one: one.fee,
        Order.RATE: lambda one: one.rate,
        Order.START: lambda one: one.start,
        Order.DURATION: lambda one: -one.usable,
    }
    values = [keys[order](each.offering) for each in ranking.meeting]
    assert values == sorted(values)


def plan_offering(fee: int) -> PlanOffering:
    """A plan for HyperPod of seven days."""
    part = Stay(Zone("us-east-1a", "use1-az4"), 8, START, START + timedelta(days=7))
    kind, target = offering().instance_type, TargetResource.HYPERPOD
    return PlanOffering("tpo-0", "111111111111", "us-east-1", kind, 8, Decimal(fee), "USD", target, (part,))


@given(st.lists(st.integers(1, 100), max_size=12), st.lists(st.integers(200, 300), max_size=12), st.integers(4, 12))
def test_compared_kinds_share_the_rows(blocks: list[int], plans: list[int], most: int) -> None:
    """However cheap the one, the other has half of the rows if it needs them; the best of both are among the rows."""
    wishes = [request(), request(target=TargetResource.HYPERPOD)]
    found = [*(offering(segment(fee=str(each))) for each in blocks), *map(plan_offering, plans)]
    ranking = rank(found, wishes, Order.RATE)
    named = [one for each in wishes for by in (Order.FEE, Order.START) if (one := ranking.best(each, by))]
    shown = ranking.first(most, [each.target for each in wishes], named)
    assert len(shown.meeting) == min(most, len(found))
    assert all(any(each is one for one in shown.meeting) for each in named)
    of_plans = sum(each.offering.target is not None for each in shown.meeting)
    assert of_plans >= min(len(plans), most // 2)
    assert len(shown.meeting) - of_plans >= min(len(blocks), most // 2)
    assert [each for each in ranking.meeting if any(each is one for one in shown.meeting)] == list(shown.meeting)


def test_the_longest_are_told_by_whole_days() -> None:
    """Where the longest is asked for, a short block that costs less is not the cheapest; hours do not count."""
    blocks = [offering(segment(days, fee=fee)) for days, fee in ((1, "10"), (14.6, "150"), (14, "140"))]
    wish = request(duration=parse_duration("longest"))
    ranking = rank(blocks, [wish], default_order(wish, compared=True))
    assert [each.offering for each in ranking.meeting] == [blocks[1], blocks[2], blocks[0]]
    cheapest = ranking.best(wish, Order.FEE)
    assert cheapest
    assert cheapest.offering is blocks[2]


def test_accelerators_are_counted_in_whole_instances() -> None:
    """Twelve H100 need two machines of eight; an offering of one is too few."""
    wish = request(count=12, unit=CountUnit.ACCELERATORS)
    assert wish.units(offering().instance_type) == 2
    assert [type(each) for each in shortfalls(offering(count=1), wish)] == [TooFew]


@pytest.mark.parametrize(("free", "does"), [(36, True), (35, False), (None, True)])
def test_an_owned_ultraserver_does_only_when_whole(free: int | None, does: bool) -> None:
    """Instances are free one by one; a wish for UltraServers needs all of each."""
    kind = CATALOGUE["u-p6e-gb200x72"]
    zone, end = Zone("us-east-1a", "use1-az4"), START + timedelta(days=10)
    facts = PlanFacts("gb", (str(TargetResource.HYPERPOD),), (Stay(zone, 2, START, end),), None, "", instances=36)
    owned = OwnedReservation(
        id="arn:aws:sagemaker:us-east-1:111111111111:training-plan/gb",
        block_id=None,
        account="111111111111",
        region="us-east-1",
        instance_type=kind.name,
        zone=zone,
        platform="",
        count=2,
        state=ReservationState.ACTIVE,
        words="Active",
        start=START,
        end=end,
        created=None,
        tags=(),
        free=free,
        plan=facts,
    )
    wish = request(count=2, target=TargetResource.HYPERPOD, instance_types=(kind,))
    assert would_do(owned, wish, START) is does
