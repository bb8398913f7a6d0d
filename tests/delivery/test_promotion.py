"""The order of promotion, over any graph."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.promotion import NoOrder, waves
from mcp_server.monorepo import graph


def test_without_needs_the_last_ones_come_last() -> None:
    """Where the graph leaves every choice, there are two waves."""
    assert waves({"a": [], "b": [], "main": []}, ["main"]) == (("a", "b"), ("main",))


def test_what_another_needs_of_the_last_ones_comes_before_it() -> None:
    """The graph goes first: only what is needed of the last ones is taken forward."""
    needs = {"main-kms": [], "main-other": [], "spoke-kms": [], "spoke-copy": ["main-kms"]}
    last = ["main-kms", "main-other"]
    assert waves(needs, last) == (("spoke-kms",), ("main-kms",), ("spoke-copy",), ("main-other",))


def test_a_cycle_has_no_order() -> None:
    """It is refused, with the units that are in it or wait for it."""
    with pytest.raises(NoOrder) as refused:
        waves({"a": ["b"], "b": ["a"], "c": []}, [])
    assert refused.value.units == ("a", "b")


@given(st.data())
def test_every_order_keeps_the_graph_and_takes_nothing_forward_in_vain(data: st.DataObject) -> None:
    """Each unit comes once, after its needs; one of the last comes before another only if an other waits for it."""
    names = [f"u{number}" for number in range(data.draw(st.integers(1, 9)))]
    needs = {
        name: data.draw(st.sets(st.sampled_from(names[:at]))) if at else set[str]() for at, name in enumerate(names)
    }
    last = data.draw(st.sets(st.sampled_from(names)))
    found = waves(needs, last)
    at = {unit: number for number, wave in enumerate(found) for unit in wave}
    assert sorted(each for wave in found for each in wave) == names
    assert all(at[needed] < at[unit] for unit, needed_by in needs.items() for needed in needed_by)
    others = set(names) - last
    awaited = {each for unit in others for each in graph.reached(unit, needs)}
    assert all(unit in awaited for unit, other in product(last, others) if at[unit] <= at[other])
