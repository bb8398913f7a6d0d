"""Requests that no block can satisfy, and what to ask instead."""

from dataclasses import fields
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.capacity.alternatives import AlternativeKind, alternatives
from mcp_server.capacity.durations import VALID_DAYS
from mcp_server.capacity.instance_types import (
    CATALOGUE,
    GOVCLOUD,
    InstanceType,
    NotInPlans,
    SoldAsUltraServer,
    UnknownInstanceType,
    resolve,
    resolve_all,
    similar_types,
)
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.requests import (
    CountUnit,
    InvalidCount,
    InvalidWindow,
    UnsoldCount,
    check_horizon,
    check_not_past,
)
from tests.capacity.offers import GB200, P5, START, request


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("p5", ["p5.48xlarge"]),
        ("P5.48xlarge", ["p5.48xlarge"]),
        ("p5.4xlarge", ["p5.4xlarge"]),
        ("h100", ["p5.48xlarge"]),
        ("h200", ["p5e.48xlarge", "p5en.48xlarge"]),
        ("b200", ["p6-b200.48xlarge"]),
        ("ml.p5.48xlarge", ["p5.48xlarge"]),
        ("u-trn2x64", ["u-trn2x64"]),
    ],
)
def test_a_name_stands_for_types(name: str, types: list[str]) -> None:
    """Short names mean the largest size of a family; a full name means itself."""
    assert [each.name for each in resolve(name)] == types


@pytest.mark.parametrize("name", ["gb200", "p6e", "p6e-gb200.36xlarge", "trn2u"])
def test_a_family_sold_as_ultraservers_is_explained(name: str) -> None:
    """The refusal names what to ask for instead, and every such name is in the catalogue."""
    with pytest.raises(SoldAsUltraServer) as refusal:
        resolve(name)
    assert all(CATALOGUE[each].ultraserver and each in str(refusal.value) for each in refusal.value.ultraservers)


def test_ultraservers_in_plans_are_spoken_of_as_such() -> None:
    """Who asks for plans is told nothing of blocks, and nothing to ask for that is in no plan."""
    with pytest.raises(SoldAsUltraServer, match="sold in training plans only in whole UltraServers") as refusal:
        resolve("p6e-gb200", in_plans=True)
    assert "Capacity Blocks" not in str(refusal.value)
    with pytest.raises(NotInPlans):
        resolve("trn2u", in_plans=True)


@pytest.mark.parametrize("name", ["g5.xlarge", "g6e.48xlarge", "m7i.48xlarge", "inf2.48xlarge"])
def test_a_type_of_another_family_is_like_none(name: str) -> None:
    """Sizes are alike in every family: only what is near in its family is taken for a slip."""
    with pytest.raises(UnknownInstanceType, match="Sold are: ") as refusal:
        resolve(name)
    assert refusal.value.similar == ()


def test_a_mistyped_name_brings_similar_ones() -> None:
    """A slip of the finger is met with the names it might have meant."""
    with pytest.raises(UnknownInstanceType, match=r"p5\.48xlarge"):
        resolve("p5.84xlarge")
    with pytest.raises(UnknownInstanceType):
        resolve_all([])


def test_each_type_is_asked_once() -> None:
    """A type named twice, or by two names, is one type."""
    assert [each.name for each in resolve_all(["h100", "p5", "p5.48xlarge"])] == ["p5.48xlarge"]


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)
def test_similar_types_are_others_of_the_same_build(kind: InstanceType) -> None:
    """Alternatives to a type hold as many accelerators and run the same software."""
    for other in similar_types(kind):
        assert other is not kind
        assert other.accelerators == kind.accelerators
        assert other.accelerator.startswith("Trainium") == kind.accelerator.startswith("Trainium")


@pytest.mark.parametrize(
    ("count", "unit"),
    [(0, CountUnit.INSTANCES), (-1, CountUnit.INSTANCES), (65, CountUnit.INSTANCES), (513, CountUnit.ACCELERATORS)],
)
def test_a_count_that_no_block_holds_is_refused(count: int, unit: CountUnit) -> None:
    """One block holds 1 to 64 instances."""
    with pytest.raises(InvalidCount):
        request(count=count, unit=unit)


@pytest.mark.parametrize(("count", "nearest"), [(3, (2, 4)), (48, (32, 64)), (65, (64,)), (128, (64,)), (300, (64,))])
def test_a_count_that_plans_are_not_sold_in_is_refused(count: int, nearest: tuple[int, ...]) -> None:
    """The refusal has the nearest that are sold; of UltraServers nobody has published any, so AWS is asked."""
    with pytest.raises(UnsoldCount) as refusal:
        request(count=count, target=TargetResource.HYPERPOD)
    assert refusal.value.nearest == nearest
    assert f"Nearest: {' or '.join(map(str, nearest))}." in str(refusal.value)
    assert request(count=3, target=TargetResource.HYPERPOD, instance_types=(GB200,)).count == 3


@pytest.mark.parametrize(("accelerators", "instances"), [(8, 1), (20, 4), (24, 4), (512, 64)])
def test_accelerators_in_plans_are_held_by_what_is_sold(accelerators: int, instances: int) -> None:
    """Three machines would hold 24 H100, and four are the fewest that are sold."""
    wish = request(count=accelerators, unit=CountUnit.ACCELERATORS, target=TargetResource.TRAINING_JOB)
    assert wish.units(P5) == instances


def test_a_count_that_aws_turns_down_has_both_neighbours() -> None:
    """Where AWS does not sell three UltraServers, two, one and four are tried."""
    wish = request(count=3, target=TargetResource.HYPERPOD, instance_types=(GB200,))
    ways = {each.kind: [one.count for one in each.requests] for each in alternatives(wish, "aws")}
    assert ways[AlternativeKind.FEWER] == [2, 1]
    assert ways[AlternativeKind.MORE] == [4]


def test_a_refused_window_speaks_of_what_was_asked() -> None:
    """Of a plan where plans are asked for."""
    with pytest.raises(InvalidWindow, match="latest end of the plan"):
        request(target=TargetResource.HYPERPOD, earliest_start=START, latest_end=START + timedelta(days=6))


def test_a_window_shorter_than_the_block_is_refused() -> None:
    """latest_end is the end of the block, so a window of six days holds no block of seven."""
    with pytest.raises(InvalidWindow, match=r"6\.0 days"):
        request(earliest_start=START, latest_end=START + timedelta(days=6))
    with pytest.raises(InvalidWindow, match="not after"):
        request(earliest_start=START, latest_end=START)
    assert request(earliest_start=START, latest_end=START + timedelta(days=7)).latest_end


def test_times_are_held_against_the_clock() -> None:
    """The past is refused, and so is a start further ahead than AWS sells."""
    with pytest.raises(InvalidWindow, match="in the past"):
        check_not_past(request(earliest_start=START), START + timedelta(minutes=1))
    with pytest.raises(InvalidWindow, match="in the past"):
        check_not_past(request(latest_end=START), START + timedelta(minutes=1))
    with pytest.raises(InvalidWindow, match="fewer than the 7"):
        check_not_past(request(latest_end=START + timedelta(days=6)), START)
    with pytest.raises(InvalidWindow, match="eight weeks"):
        check_horizon(request(earliest_start=START), START - timedelta(days=57))
    check_not_past(request(earliest_start=START), START)
    check_horizon(request(earliest_start=START), START - timedelta(days=56))


def test_govcloud_is_asked_only_from_within() -> None:
    """A partition's credentials work nowhere else, so the default regions are those of the caller's own."""
    kind = CATALOGUE["p6-b200.48xlarge"]
    assert set(request().regions_of(kind, "aws-us-gov")) == GOVCLOUD
    assert not set(request().regions_of(kind, "aws")) & GOVCLOUD
    assert request(regions=("eu-west-1",)).regions_of(kind, "aws") == ("eu-west-1",)


@given(st.integers(1, 64), st.sampled_from(VALID_DAYS), st.booleans(), st.booleans())
def test_alternatives_depart_in_one_respect_only(count: int, days: int, ends: bool, somewhere: bool) -> None:
    """Each alternative differs from the request as its name says, and is a request that can be made."""
    latest = START + timedelta(days=200) if ends else None
    place = {"regions": ("us-east-1",), "zone_ids": frozenset({"use1-az1"})} if somewhere else {}
    wish = request(days, count, latest_end=latest, **place)
    ways = {each.kind: each.requests for each in alternatives(wish, "aws")}
    departs = {
        AlternativeKind.FEWER: {"count"},
        AlternativeKind.SHORTER: {"duration"},
        AlternativeKind.LATER: {"latest_end"},
        AlternativeKind.OTHER_TYPE: {"instance_types", "count", "unit"},
        AlternativeKind.OTHER_ZONE: {"zone_ids"},
        AlternativeKind.OTHER_REGION: {"regions", "zone_ids"},
    }
    for kind, requests in ways.items():
        for each in requests:
            changed = {field.name for field in fields(wish) if getattr(wish, field.name) != getattr(each, field.name)}
            assert changed
            assert changed <= departs[kind]
    assert all(each.count < count for each in ways.get(AlternativeKind.FEWER, ()))
    assert all(each.duration.shortest < days for each in ways.get(AlternativeKind.SHORTER, ()))
    assert (AlternativeKind.LATER in ways) == ends
    assert (AlternativeKind.OTHER_REGION in ways) == somewhere
    assert (AlternativeKind.OTHER_ZONE in ways) == somewhere
    assert all("us-east-1" not in each.regions for each in ways.get(AlternativeKind.OTHER_REGION, ()))
    assert all(wish.instance_types[0] not in each.instance_types for each in ways.get(AlternativeKind.OTHER_TYPE, ()))


@pytest.mark.parametrize(
    ("name", "accelerators", "types"),
    [
        ("h100", 1, ["p5.48xlarge", "p5.4xlarge"]),
        ("p5", 7, ["p5.48xlarge", "p5.4xlarge"]),
        ("p5", 8, ["p5.48xlarge"]),
        ("p5.48xlarge", 1, ["p5.48xlarge"]),
        ("trn2", 4, ["trn2.48xlarge", "trn2.3xlarge"]),
        ("h100", None, ["p5.48xlarge"]),
    ],
)
def test_few_accelerators_bring_the_smaller_size(name: str, accelerators: int | None, types: list[str]) -> None:
    """Who wants one H100 is shown the machine that has one, unless a size was named or machines are counted."""
    assert [each.name for each in resolve_all([name], accelerators)] == types
