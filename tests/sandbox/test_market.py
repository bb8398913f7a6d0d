"""What the market offers is a pure function of seed, question and time."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.sandbox.catalogue import Product, plan_products, products
from mcp_server.sandbox.market import DURATIONS, Ask, Offer, Place, days, fee, offers, soonest_start, supply
from mcp_server.sandbox.plan_market import plan_offers

ZONE_IDS = ("use1-az1", "use1-az2", "use1-az4")
PLACES = tuple(Place(zone_id, Decimal("5.191")) for zone_id in ZONE_IDS)
P5 = products()["p5.48xlarge"]

moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
asks = st.builds(
    Ask,
    product=st.sampled_from(list(products().values())),
    units=st.integers(1, 64),
    hours=st.sampled_from(sorted(DURATIONS)),
)
plan_asks = st.builds(
    Ask,
    product=st.sampled_from(list(plan_products().values())),
    units=st.integers(1, 64),
    hours=st.integers(1, 182).map(lambda day: 24 * day),
)
seeds = st.integers(0, 5)


def sold(seed: int, ask: Ask, now: datetime) -> tuple[Offer, ...]:
    """What three zones offer of which nobody bought anything."""

    def left(product: Product, zone_id: str, day: date) -> int:
        return supply(seed, product, zone_id, day)

    return offers(seed, ask, PLACES, now, left)


@given(seeds, asks, moments)
def test_blocks_end_at_half_past_eleven(seed: int, ask: Ask, now: datetime) -> None:
    """Every segment of every block ends at 11:30 UTC."""
    for offer in sold(seed, ask, now):
        assert {segment.end.timetz() for segment in offer.segments} == {time(11, 30, tzinfo=UTC)}


@given(seeds, asks, moments)
def test_starts_are_half_an_hour_to_eight_weeks_ahead(seed: int, ask: Ask, now: datetime) -> None:
    """No block starts before one could be paid for, nor later than AWS plans."""
    for offer in sold(seed, ask, now):
        assert timedelta(minutes=30) <= offer.start - now <= timedelta(weeks=8)


@given(seeds, asks, moments)
def test_fee_is_rate_times_hours_times_accelerators(seed: int, ask: Ask, now: datetime) -> None:
    """Every block costs the one rate of its region, to the cent."""
    for offer in sold(seed, ask, now):
        accelerator_hours = sum(
            Decimal((segment.end - segment.start) // timedelta(minutes=1))
            / 60
            * segment.units
            * ask.product.instances
            * ask.product.accelerators
            for segment in offer.segments
        )
        assert abs(offer.fee - accelerator_hours * Decimal("5.191")) <= Decimal("0.01") * len(offer.segments)


@given(seeds, asks, moments)
def test_at_most_six_and_none_twice(seed: int, ask: Ask, now: datetime) -> None:
    """AWS shows up to six offerings, each with other dates or other segments."""
    found = sold(seed, ask, now)
    assert len(found) <= 6
    assert len({(offer.start, offer.end, len(offer.segments)) for offer in found}) == len(found)


@given(seeds, asks, moments)
def test_same_question_same_answer(seed: int, ask: Ask, now: datetime) -> None:
    """The market throws no dice."""
    assert sold(seed, ask, now) == sold(seed, ask, now)


@given(seeds, asks, moments, st.integers(0, 60), st.integers(1, 70))
def test_the_window_is_kept(seed: int, ask: Ask, now: datetime, after: int, length: int) -> None:
    """Nothing starts before the earliest start or ends after the latest end."""
    earliest = now + timedelta(days=after)
    latest = earliest + timedelta(days=length)
    for offer in sold(seed, Ask(ask.product, ask.units, ask.hours, earliest, latest), now):
        assert earliest <= offer.start
        assert offer.end <= latest


@given(seeds, asks, moments)
def test_all_units_are_in_the_block(seed: int, ask: Ask, now: datetime) -> None:
    """At every moment of a block its segments have together what was asked for."""
    for offer in sold(seed, ask, now):
        for segment in offer.segments:
            running = [each.units for each in offer.segments if each.start <= segment.start < each.end]
            assert sum(running) == ask.units


@given(seeds, asks, moments)
def test_only_an_immediate_start_has_another_duration(seed: int, ask: Ask, now: datetime) -> None:
    """A block that starts at 11:30 lasts as long as asked; one that starts at once, up to a day more or less."""
    for offer in sold(seed, ask, now):
        asked = timedelta(hours=ask.hours)
        if offer.start == soonest_start(now):
            assert abs(offer.end - offer.start - asked) < timedelta(days=1)
        else:
            assert offer.end - offer.start == asked


@given(seeds, asks, moments)
def test_fewer_are_never_harder_to_get(seed: int, ask: Ask, now: datetime) -> None:
    """Whoever finds a block in one zone finds one for half as many units, too."""
    if any(len(offer.segments) == 1 for offer in sold(seed, ask, now)):
        assert sold(seed, Ask(ask.product, (ask.units + 1) // 2, ask.hours), now)


def test_an_immediate_day_is_sold_as_eight_or_thirty_two_hours() -> None:
    """At 02:53 a block for a day that starts at once ends in the same or the next late morning, at one rate."""
    now = datetime(2026, 10, 3, 2, 53, tzinfo=UTC)
    found = {(offer.end - offer.start, offer.fee) for seed in range(20) for offer in sold(seed, Ask(P5, 1, 24), now)}
    rate = Decimal("5.191") * 8
    assert found == {(timedelta(hours=hours), round(rate * hours, 2)) for hours in (8, 24, 32)}


def test_large_blocks_may_have_two_segments() -> None:
    """Where no zone has all units, two zones may have them side by side, or one after the other."""
    now = datetime(2026, 12, 1, tzinfo=UTC)
    side_by_side = [
        offer for seed in range(40) for offer in sold(seed, Ask(P5, 60, 24), now) if len(offer.segments) > 1
    ]
    in_turn = [offer for seed in range(40) for offer in sold(seed, Ask(P5, 8, 24 * 56), now) if len(offer.segments) > 1]
    assert {segment.start for segment in side_by_side[0].segments} == {side_by_side[0].start}
    assert in_turn[0].segments[0].end == in_turn[0].segments[1].start


def test_the_market_is_uneven() -> None:
    """Big counts are to be had in some zones and weeks and not in others."""
    now = datetime(2026, 12, 1, tzinfo=UTC)
    found = {seed: sold(seed, Ask(P5, 32, 24), now) for seed in range(40)}
    assert any(found.values())
    assert not all(found.values())


def test_prices_are_exact() -> None:
    """The observed fees of 2 October 2026 for trn2 follow from the rate."""
    trn2 = products()["trn2.48xlarge"]
    assert fee(trn2, 1, Decimal("2.235"), timedelta(hours=24)) == Decimal("858.24")
    assert fee(P5, 8, Decimal("4.72"), timedelta(hours=168)) == Decimal("50749.44")


def test_a_block_touches_every_day_from_its_start_to_its_end() -> None:
    """A day of the market goes from 11:30 UTC to 11:30 UTC."""
    start = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)
    assert list(days(start, start + timedelta(days=2))) == [date(2026, 12, 1), date(2026, 12, 2)]
    assert list(days(start - timedelta(minutes=30), start + timedelta(days=1))) == [
        date(2026, 11, 30),
        date(2026, 12, 1),
    ]


@settings(max_examples=30)
@given(seeds, plan_asks, moments, st.booleans())
def test_plans_are_whole_or_in_two_parts(seed: int, ask: Ask, now: datetime, one_zone: bool) -> None:
    """At most three; every part ends at 11:30 UTC and has all units; two parts last as long as asked, with a gap."""

    def left(product: Product, zone_id: str, day: date) -> int:
        return supply(seed, product, zone_id, day)

    found = plan_offers(seed, ask, PLACES, now, left, one_zone=one_zone)
    assert len(found) <= 3
    for offer in found:
        parts = offer.segments
        assert {(part.end.timetz(), part.units) for part in parts} == {(time(11, 30, tzinfo=UTC), ask.units)}
        assert timedelta(minutes=30) <= offer.start - now <= timedelta(weeks=8)
        assert all(
            left(ask.product, part.zone_id, day) >= ask.units for part in parts for day in days(part.start, part.end)
        )
        if len(parts) == 2:
            assert parts[1].start - parts[0].end >= timedelta(days=1)
            assert sum((part.end - part.start for part in parts), timedelta(0)) == timedelta(hours=ask.hours)
            assert not one_zone or parts[0].zone_id == parts[1].zone_id
