"""The arithmetic of clusters, groups and costs."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.clusters.costs import Money, hourly
from mcp_server.clusters.model import Node, NodeState, counted_on, summed, users
from tests.clusters.worlds import BLOCK, DAY, HOUR, NOW, PLAN, block, eks, extension, group, instance_group, plan

counts = st.one_of(st.none(), st.integers(0, 500))
FEE = Money(Decimal(268_800), "USD")


@given(st.lists(counts))
def test_a_sum_with_an_unknown_is_unknown(numbers: list[int | None]) -> None:
    """And never what the others come to, nor 0."""
    assert summed(numbers) == (None if None in numbers else sum(each or 0 for each in numbers))


@given(counts, counts)
def test_missing_machines_are_those_wanted_and_not_running(wanted: int | None, running: int | None) -> None:
    """None where either is unknown; more than wanted are not less than none missing."""
    missing = group(wanted=wanted, running=running).missing
    if wanted is None or running is None:
        assert missing is None
    else:
        assert missing == max(wanted - running, 0)


@given(st.lists(st.sampled_from(["cr-a", "cr-b", None])))
def test_every_machine_on_a_reservation_is_counted_there(ids: list[str | None]) -> None:
    """And none that is on no reservation."""
    nodes = [Node(f"i-{at}", NodeState.RUNNING, "running", reservation_id=each) for at, each in enumerate(ids)]
    assert dict(counted_on(nodes)) == {each: ids.count(each) for each in {*ids} if each}


@given(st.lists(st.tuples(st.sampled_from(["cr-a", "cr-b"]), st.integers(0, 64)), max_size=6))
def test_users_are_found_in_both_directions(behind: list[tuple[str, int]]) -> None:
    """Whatever a group has behind it is used by that group, with its machines there, and by no other."""
    groups = [
        group(name=f"g{at}", capacity=(each,), on=((each, count),), running=count)
        for at, (each, count) in enumerate(behind)
    ]
    found = users([eks(*groups)])
    told = sorted((each, user.group.name, user.running) for each, there in found.items() for user in there)
    assert told == sorted((each, f"g{at}", count) for at, (each, count) in enumerate(behind))


def test_machines_on_a_plan_are_those_of_its_group() -> None:
    """HyperPod tells of no machine what it is on; of a group that was not counted nothing is said."""
    assert [each.running for each in users([eks(instance_group(running=5))])[PLAN]] == [5]
    assert [each.running for each in users([eks(group(running=None))])[BLOCK]] == [None]
    assert [each.running for each in users([eks(group(running=3, on=()))])[BLOCK]] == [0]


def test_a_cluster_is_where_its_groups_are() -> None:
    """Zones and capacity are those of all groups, each once."""
    cluster = eks(group(), group(name="other", zone_ids=("use1-az1", "use1-az4"), capacity=(BLOCK, "cr-b")))
    assert cluster.zone_ids == ("use1-az1", "use1-az4")
    assert cluster.capacity == (BLOCK, "cr-b")
    assert cluster.running == 16


@given(
    machines=st.integers(1, 64),
    days=st.integers(1, 182),
    cents=st.integers(1, 10**10),
)
def test_the_hours_of_all_machines_cost_the_fee(machines: int, days: int, cents: int) -> None:
    """However long, however many."""
    fee = Money(Decimal(cents) / 100, "USD")
    one = hourly(block(count=machines, start=NOW - DAY, end=NOW - DAY + days * DAY), (), fee, NOW)
    assert one
    assert abs(one.amount * machines * days * 24 - fee.amount) < Decimal("0.000001")


def test_an_extension_costs_what_it_costs() -> None:
    """The first purchase's rate holds until it begins, and then its own; one that is not paid changes nothing."""
    whole = block(start=NOW - 4 * DAY, end=NOW + 10 * DAY)
    paid = extension(start=NOW + 8 * DAY, end=NOW + 10 * DAY, fee=Decimal(38_400))
    before, within = hourly(whole, [paid], FEE, NOW), hourly(whole, [paid], FEE, NOW + 9 * DAY)
    # 12 days of 8 machines, and 2 days of 8 machines.
    assert before
    assert before.amount.quantize(Decimal("0.01")) == Decimal("116.67")
    assert within == Money(Decimal(100), "USD")
    assert hourly(whole, [replace(paid, reservation_id="cr-b")], FEE, NOW) == Money(Decimal(100), "USD")


def test_without_a_fee_or_an_end_there_is_no_rate() -> None:
    """It is unknown, and not 0."""
    assert hourly(block(), (), None, NOW) is None
    assert hourly(block(end=None), (), FEE, NOW) is None
    assert hourly(block(count=0), (), FEE, NOW) is None


def test_the_gap_of_a_split_plan_costs_nothing() -> None:
    """Its parts are what was paid for."""
    whole = plan()
    assert whole.plan
    (part,) = whole.plan.parts
    parts = (replace(part, start=NOW - 50 * HOUR, end=NOW), replace(part, start=NOW + DAY, end=NOW + DAY + 50 * HOUR))
    split = replace(whole, start=parts[0].start, end=parts[1].end, plan=replace(whole.plan, parts=parts))
    assert hourly(split, (), Money(Decimal(80_000), "USD"), NOW - timedelta(hours=1)) == Money(Decimal(100), "USD")
