"""What is looked at before capacity is used by something that is not in the tree."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.refusals import UnknownWord
from mcp_server.clusters.model import User
from mcp_server.wiring.checks import Check, Result
from mcp_server.wiring.elsewhere import Elsewhere, Use, checked_elsewhere
from mcp_server.wiring.ground import target_called
from mcp_server.wiring.places import Wired
from mcp_server.wiring.targets import Target
from tests.clusters import worlds

BLOCKS = [each for each in Elsewhere if not each.takes_plans]
PLANS = [each for each in Elsewhere if each.takes_plans]
WIRED = Wired("main/x/eks", Target.NODE_GROUP, "p5", worlds.BLOCK, "x/terragrunt.hcl", 3)
USER = User(worlds.eks(worlds.group()), worlds.group(), 8)


def plan_for(*targets: str, **changes: Any) -> OwnedReservation:
    """An active plan that was bought for these."""
    plan = worlds.plan(**changes)
    assert plan.plan
    return replace(plan, plan=replace(plan.plan, targets=targets))


def taken_by(elsewhere: Elsewhere, **changes: Any) -> OwnedReservation:
    """An active block, or plan of the right target: what it takes."""
    return plan_for(elsewhere, **changes) if elsewhere.takes_plans else worlds.block(**changes)


def use(elsewhere: Elsewhere, reservation: OwnedReservation | None = None, **changes: Any) -> Use:
    """A use that nothing speaks against, with these changes."""
    owned = reservation or taken_by(elsewhere)
    return replace(Use(elsewhere, owned, 8, (), (), worlds.NOW, simulated=False), **changes)


def found(of: Use, result: Result) -> dict[str, str]:
    """The checks with this result: what each says, by its name."""
    return {each.name: each.told for each in checked_elsewhere(of) if each.result is result}


def stopped_by(of: Use) -> list[str]:
    """The names of the checks that stop it."""
    return list(found(of, Result.STOPPED))


@pytest.mark.parametrize("elsewhere", Elsewhere)
def test_nothing_speaks_against_what_fits(elsewhere: Elsewhere) -> None:
    """Every check is there, and passed."""
    checks = checked_elsewhere(use(elsewhere))
    assert {each.result for each in checks} == {Result.PASSED}
    assert {each.name for each in checks} >= {"kind", "platform", "count", "state", "time left", "not in use", "real"}


@pytest.mark.parametrize("elsewhere", PLANS)
def test_sagemaker_takes_no_block(elsewhere: Elsewhere) -> None:
    """It says what to search for instead."""
    told = found(use(elsewhere, worlds.block()), Result.STOPPED)
    assert list(told) == ["kind"]
    assert f"target_resource {elsewhere})" in told["kind"]


@pytest.mark.parametrize("elsewhere", BLOCKS)
def test_ec2_takes_no_plan(elsewhere: Elsewhere) -> None:
    """Whatever the plan was bought for."""
    for target in ("training-job", "hyperpod-cluster", "endpoint", "studio-apps"):
        told = found(use(elsewhere, plan_for(target)), Result.STOPPED)
        assert list(told) == ["kind"]
        assert told["kind"].startswith("A training plan serves SageMaker alone")


@pytest.mark.parametrize("elsewhere", PLANS)
@pytest.mark.parametrize("target", ["training-job", "hyperpod-cluster", "endpoint", "studio-apps", None])
def test_a_plan_serves_what_it_was_bought_for(elsewhere: Elsewhere, target: str | None) -> None:
    """And nothing else."""
    plan = plan_for(target) if target else plan_for()
    assert stopped_by(use(elsewhere, plan)) == ([] if target == elsewhere else ["plan's target"])


def ended(of: OwnedReservation) -> OwnedReservation:
    """The same after its end."""
    return replace(of, state=ReservationState.EXPIRED, words="expired", end=worlds.NOW - timedelta(hours=1))


STOPPED: dict[str, tuple[Callable[[OwnedReservation], OwnedReservation], int, list[str]]] = {
    "over": (ended, 8, ["state", "time left"]),
    "never paid": (
        lambda of: replace(of, state=ReservationState.PAYMENT_FAILED, words="payment-failed"),
        8,
        ["state"],
    ),
    "an hour before its end": (lambda of: replace(of, end=worlds.NOW + timedelta(hours=1)), 8, ["time left"]),
    "without an end": (lambda of: replace(of, end=None), 8, ["time left"]),
    "nine of eight": (lambda of: of, 9, ["count"]),
    "none of it": (lambda of: of, 0, ["count"]),
}


@pytest.mark.parametrize("elsewhere", Elsewhere)
@pytest.mark.parametrize("name", STOPPED)
def test_what_cannot_be_used_is_stopped(elsewhere: Elsewhere, name: str) -> None:
    """By the check that is for it, and by no other."""
    change, count, by = STOPPED[name]
    assert stopped_by(use(elsewhere, change(taken_by(elsewhere)), count=count)) == by


@pytest.mark.parametrize("elsewhere", BLOCKS)
def test_whoever_chooses_the_image_is_warned_of_another_platform(elsewhere: Elsewhere) -> None:
    """What brings an image of its own cannot be used with it."""
    of = use(elsewhere, worlds.block(platform="Windows"))
    assert list(found(of, Result.WARNING)) == (["platform"] if elsewhere.any_image else [])
    assert stopped_by(of) == ([] if elsewhere.any_image else ["platform"])


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"wired": (WIRED,)}, "not in use"),
        ({"users": (USER,)}, "not in use"),
        ({"users": None}, "not in use"),
        ({"simulated": True}, "real"),
    ],
)
def test_what_only_people_can_judge_is_a_warning(changes: dict[str, Any], name: str) -> None:
    """Machines may be left over, and simulated ids harm nobody."""
    of = use(Elsewhere.RUN_INSTANCES, **changes)
    assert list(found(of, Result.WARNING)) == [name]
    assert stopped_by(of) == []


def test_every_check_says_it_in_a_sentence() -> None:
    """That ends."""
    for elsewhere in Elsewhere:
        checks: list[Check] = []
        for reservation in (worlds.block(), plan_for("studio-apps"), ended(worlds.block(platform="Windows"))):
            checks += checked_elsewhere(use(elsewhere, reservation, count=99, users=None, simulated=True))
        assert all(each.told.endswith(".") for each in checks)


def test_a_target_is_in_the_tree_or_elsewhere() -> None:
    """Each is known by its name, however it is written; no two share one, and a slip is told all of them."""
    assert target_called("Run Instances") is Elsewhere.RUN_INSTANCES
    assert target_called("node_group") is Target.NODE_GROUP
    assert target_called(" ") is None
    assert not {each.value for each in Target} & {each.value for each in Elsewhere}
    with pytest.raises(UnknownWord, match=r"queue.*endpoint"):
        target_called("sagemaker")
