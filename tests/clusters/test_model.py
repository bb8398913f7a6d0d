"""The arithmetic of clusters and groups."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.clusters.costs import Money
from mcp_server.clusters.model import Node, NodeState, counted_on, summed, users
from tests.clusters.worlds import BLOCK, PLAN, eks, group, instance_group

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
