"""Every check stops what it is there to stop, and lets through what is next to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mcp_server.capacity.holdings import Use
from mcp_server.capacity.owned import PlanFacts, ReservationState
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.clusters.model import User
from mcp_server.monorepo.units import Input
from mcp_server.monorepo.units import Place as Written
from mcp_server.wiring.checks import Case, Result, checked
from mcp_server.wiring.entries import entry
from mcp_server.wiring.places import Wired
from mcp_server.wiring.targets import Target
from tests.clusters import worlds
from tests.wiring.cases import HYPERPOD, MAIN, SECONDARY, block_case, plan_case


def with_reservation(of: Case, **changes: Any) -> Case:
    """The same of a reservation with these changes."""
    return replace(of, holding=replace(of.holding, reservation=replace(of.reservation, **changes)))


def with_place(of: Case, **changes: Any) -> Case:
    """The same in a place with these changes."""
    return replace(of, place=replace(of.place, **changes))


def with_plan(of: Case, facts: Callable[[PlanFacts], PlanFacts]) -> Case:
    """The same of a plan whose facts differ."""
    plan = of.reservation.plan
    assert plan
    return with_reservation(of, plan=facts(plan))


def used(of: Case, machines: int) -> Case:
    """The same with machines that run on it."""
    return replace(of, holding=replace(of.holding, use=Use(8, ((MAIN, machines),))))


def split_plan(*zones: str) -> Case:
    """A plan with a part in each of these zones, a day apart; the first runs."""
    day = worlds.DAY
    parts = tuple(
        Stay(Zone(f"us-west-2{zone[-1]}", zone), 8, worlds.NOW + 2 * at * day, worlds.NOW + (2 * at + 1) * day)
        for at, zone in enumerate(zones)
    )
    return with_plan(plan_case(), lambda plan: replace(plan, parts=parts))


def stops(of: Case) -> list[str]:
    """The names of the checks that stop it."""
    return [each.name for each in checked(of) if each.result is Result.STOPPED]


FAR = Wired(HYPERPOD, Target.INSTANCE_GROUP, "other", worlds.BLOCK, "x/terragrunt.hcl", 3)
USER = User(worlds.eks(worlds.group()), worlds.group(), 8)
SHARED = Input(("capacity_blocks",), {}, literal=True, place=Written("_envcommon/eks-cluster.hcl", 12, 0, 1))

STOPPED: dict[str, tuple[Case, list[str]]] = {
    "another account": (with_reservation(block_case(), account=SECONDARY), ["account"]),
    "another region": (with_reservation(block_case(), region="us-west-2"), ["region"]),
    "another zone": (with_reservation(block_case(), zone=Zone("us-east-1f", "use1-az9")), ["zone"]),
    "a zone of unknown id": (with_reservation(block_case(), zone=Zone("us-east-1f", None)), ["zone"]),
    "another type": (with_reservation(block_case(), instance_type="p9.48xlarge"), ["instance type"]),
    "a type that Karpenter ends too late": (
        with_reservation(block_case(Target.NODE_CLASS), instance_type="p6-b300.48xlarge"),
        ["instance type"],
    ),
    "more than it holds": (block_case(count=9), ["count"]),
    "none of it": (block_case(count=0), ["count"]),
    "a part of an UltraServer": (
        with_reservation(block_case(Target.QUEUE, count=4), instance_type="p6e-gb200.36xlarge", count=18),
        ["count"],
    ),
    "Windows": (with_reservation(block_case(), platform="Windows"), ["platform"]),
    "a block for HyperPod": (
        replace(plan_case(), holding=block_case().holding),
        ["kind", "account", "region", "zone"],
    ),
    "a plan for EKS": (replace(block_case(), holding=plan_case().holding), ["kind", "account", "region", "zone"]),
    "a plan for training jobs": (
        with_plan(plan_case(), lambda plan: replace(plan, targets=("training-job",))),
        ["plan's target"],
    ),
    "a plan whose parts are in two zones": (split_plan("usw2-az2", "usw2-az3"), ["zone"]),
    "a shared plan": (
        replace(
            plan_case(), holding=replace(with_reservation(plan_case(), account=MAIN).holding, shared_with=(SECONDARY,))
        ),
        ["account"],
    ),
    "ended": (
        with_reservation(
            block_case(), state=ReservationState.EXPIRED, words="expired", end=worlds.NOW - timedelta(hours=1)
        ),
        ["state", "time left"],
    ),
    "cancelled": (
        with_reservation(block_case(), state=ReservationState.CANCELLED, words="cancelled"),
        ["state"],
    ),
    "not paid": (
        with_reservation(block_case(), state=ReservationState.PAYMENT_FAILED, words="payment-failed"),
        ["state"],
    ),
    "a state that is not known": (
        with_reservation(block_case(), state=ReservationState.OTHER, words="levitating"),
        ["state"],
    ),
    "an hour before its end": (with_reservation(block_case(), end=worlds.NOW + timedelta(hours=1)), ["time left"]),
    "used by another unit": (block_case(wired=(FAR,)), ["not in the tree"]),
    "named in plain Terraform": (block_case(also_named=("terraform/more.tf:3",)), ["not in the tree"]),
    "used by somebody's own machines": (used(block_case(), 1), ["not in use"]),
    "used by somebody's own machines, for Karpenter": (used(block_case(Target.NODE_CLASS), 1), ["not in use"]),
    "used by a cluster": (block_case(users=(USER,)), ["not in use"]),
    "a name that is taken": (with_place(block_case(), names=frozenset({"p5"})), ["name"]),
    "a name that EKS would refuse": (block_case(name="Größte"), ["name"]),
    "a queue called default": (block_case(Target.QUEUE, name="default"), ["name"]),
    "a variable that is set for all": (with_place(block_case(), shared=SHARED), ["place"]),
    "no NodeClass": (with_place(block_case(Target.NODE_CLASS), file=None), ["place"]),
    "Karpenter's gate is off": (block_case(Target.NODE_CLASS, gate=False), ["gate"]),
    "simulated": (block_case(simulated=True), ["real"]),
}

PASSED: dict[str, Case] = {
    "a node group": block_case(),
    "a NodeClass": block_case(Target.NODE_CLASS),
    "a queue": block_case(Target.QUEUE),
    "an instance group": plan_case(),
    "a block that is shared with the unit's account": with_reservation(
        replace(block_case(), holding=replace(block_case().holding, shared_with=(MAIN,))), account=SECONDARY
    ),
    "a part of it": block_case(count=1),
    "a whole UltraServer": with_reservation(
        block_case(Target.QUEUE, count=18), instance_type="p6e-gb200.36xlarge", count=18
    ),
    "scheduled": with_reservation(block_case(), state=ReservationState.SCHEDULED, words="scheduled"),
    "not paid yet": with_reservation(
        block_case(),
        state=ReservationState.PAYMENT_PENDING,
        words="payment-pending",
        created=worlds.NOW,
        start=worlds.NOW + worlds.DAY,
    ),
    "what somebody's own machines leave": used(block_case(count=7), 1),
    "used by nobody that could be seen": block_case(users=None),
    "a plan in two parts, in one zone": split_plan("usw2-az2", "usw2-az2"),
    "three hours before its end": with_reservation(block_case(), end=worlds.NOW + timedelta(hours=3)),
    "an unreadable gate": block_case(Target.NODE_CLASS, gate=None),
    "simulated, in a scratch clone": block_case(simulated=True, scratch=True),
}


@pytest.mark.parametrize("name", STOPPED)
def test_what_must_not_be_is_stopped(name: str) -> None:
    """By the check that is for it, and by no other; each says what to do in a sentence."""
    found, by = STOPPED[name]
    assert stops(found) == by
    assert all(each.told.endswith((".", ")")) for each in checked(found) if each.result is Result.STOPPED)


@pytest.mark.parametrize("name", PASSED)
def test_what_is_next_to_it_is_not(name: str) -> None:
    """And every check is there with its result."""
    assert stops(PASSED[name]) == []
    assert len(checked(PASSED[name])) >= 12


def test_every_check_has_a_case_that_it_stops() -> None:
    """None is there that cannot fail."""
    all_of_them = {each.name for one in PASSED.values() for each in checked(one)}
    assert all_of_them == {name for _, by in STOPPED.values() for name in by}


def test_a_payment_that_is_pending_names_its_deadline() -> None:
    """A person has to read it, for the pull request stays a draft until then."""
    (state,) = [each for each in checked(PASSED["not paid yet"]) if each.name == "state"]
    assert state.result is Result.WARNING
    assert "until 2026-11-02 00:00 UTC" in state.told


def test_a_plan_in_two_parts_says_when_there_are_no_machines() -> None:
    """AWS takes them back an hour before the first part ends."""
    (_, gap) = [each for each in checked(split_plan("usw2-az2", "usw2-az2")) if each.name == "time left"]
    assert gap.result is Result.WARNING
    stop, again = worlds.NOW + worlds.DAY - timedelta(hours=1), worlds.NOW + 2 * worlds.DAY
    assert f"no machines from {stop:%Y-%m-%d %H:%M} to {again:%Y-%m-%d %H:%M} UTC" in gap.told


def test_an_entry_has_the_machines_within_an_ultraserver() -> None:
    """HyperPod counts these, by their own type."""
    servers = with_reservation(plan_case(), instance_type="u-p6e-gb200x72", count=2)
    of = with_plan(servers, lambda plan: replace(plan, instances=36))
    written = entry(of.reservation, of.place, of.reservation.machines or 0)
    assert (written["instance_type"], written["instance_count"]) == ("ml.p6e-gb200.36xlarge", 36)
