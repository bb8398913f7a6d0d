"""The agenda: each task has a world in which it is told, and one next to it in which it is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, PlanFacts, ReservationState
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.clusters.costs import Money
from mcp_server.clusters.model import (
    Cluster,
    ClusterKind,
    ClusterState,
    Group,
    GroupKind,
    GroupState,
    Orchestrator,
    User,
)
from mcp_server.wiring.agenda import Item, Known, Reach, Task, agenda, due
from mcp_server.wiring.entries import moment
from mcp_server.wiring.places import Wired
from mcp_server.wiring.targets import Target

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
START = datetime(2026, 12, 2, 11, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
END = START + 7 * DAY
ZONE = Zone("us-east-1a", "use1-az4")
UNIT = "main-account/us-east-1/eks-training"


def block(state: ReservationState = ReservationState.SCHEDULED, **changes: Any) -> OwnedReservation:
    """Four p5.48xlarge for a week from tomorrow."""
    made = OwnedReservation(
        *("cr-0", "cb-0", "483026362307", "us-east-1", "p5.48xlarge", ZONE, "Linux/UNIX", 4, state, str(state)),
        start=START,
        end=END,
        created=NOW - HOUR,
        tags=(),
    )
    return replace(made, **changes)


def plan(target: str = "hyperpod-cluster", *, split: bool = False, **changes: Any) -> OwnedReservation:
    """A plan of the same, in two parts if it is split."""
    half = [Stay(ZONE, 4, START, START + 2 * DAY), Stay(ZONE, 4, START + 3 * DAY, END)]
    parts = tuple(half) if split else (Stay(ZONE, 4, START, END),)
    return block(plan=PlanFacts("llama", (target,), parts, None, "USD", 4), **{"id": "arn:llama", **changes})


def extension(state: ExtensionState = ExtensionState.PAYMENT_PENDING) -> OwnedExtension:
    """A day more, bought just now."""
    place = ("cr-0", "cbeo-0", "483026362307", "us-east-1", "p5.48xlarge", 4, ZONE, state)
    return OwnedExtension(*place, NOW, END, END + DAY, Decimal(10), "USD")


def entry(target: Target = Target.NODE_GROUP, start: datetime = START, end: datetime = END, **values: Any) -> Wired:
    """An entry with these dates."""
    prefix = "training_plan." if target is Target.INSTANCE_GROUP else ""
    dates = {f"{prefix}starts_at": moment(start), f"{prefix}ends_at": moment(end)}
    told = {} if target is Target.NODE_CLASS else dates | values
    capacity = "arn:llama" if target is Target.INSTANCE_GROUP else "cr-0"
    return Wired(UNIT, target, "p5", capacity, "terragrunt.hcl", 7, told)


def user() -> User:
    """A node group on it."""
    group = Group(GroupKind.NODE_GROUP, "p5", GroupState.ACTIVE, "ACTIVE", capacity=("cr-0",))
    place = (ClusterKind.EKS, Orchestrator.KUBERNETES, "training", "483026362307", "main", "us-east-1")
    return User(Cluster(*place, "1.34", ClusterState.ACTIVE, "ACTIVE", (group,)), group, 4)


def known(*reservations: OwnedReservation, extensions: tuple[OwnedExtension, ...] = (), **changes: Any) -> Known:
    """A world in which all was read."""
    holdings = tuple(Holding(each, extensions) for each in reservations)
    return replace(Known(NOW, holdings, reach={UNIT: Reach.READ}), **changes)


def only(world: Known, task: Task) -> Item:
    """The one item of a task."""
    (item,) = [each for each in agenda(world) if each.task is task]
    return item


ACTIVE, PENDING = ReservationState.ACTIVE, ReservationState.PAYMENT_PENDING
PAID = {"extensions": (extension(ExtensionState.PAYMENT_SUCCEEDED),)}
OVER = {"now": END - 29 * timedelta(minutes=1)}
RUNNING = {"now": START + DAY}
LATE = {"now": END - HOUR + timedelta(minutes=1)}

WORLDS: dict[str, tuple[Task, Known, Known]] = {
    "a payment that is pending": (Task.PAY, known(block(PENDING)), known(block())),
    "an extension that is not paid": (Task.PAY, known(block(), extensions=(extension(),)), known(block(), **PAID)),
    "an extension of what failed": (
        Task.PAY,
        known(block(), extensions=(extension(),)),
        known(block(ReservationState.FAILED), extensions=(extension(),)),
    ),
    "capacity that no unit names": (Task.WIRE, known(block()), known(block(), wired=(entry(),))),
    "capacity that no cluster uses": (Task.WIRE, known(block()), known(block(), users={"cr-0": (user(),)})),
    "capacity that no NodeClass takes": (Task.WIRE, known(block()), known(block(), by_tags=frozenset({"cr-0"}))),
    "capacity that is paid": (Task.WIRE, known(block()), known(block(PENDING))),
    "capacity with time left": (Task.WIRE, known(block(ACTIVE), **RUNNING), known(block(ACTIVE), now=END - HOUR)),
    "a plan for HyperPod": (Task.WIRE, known(plan()), known(plan("training-job"))),
    "what can be extended": (Task.EXTEND, known(block(ACTIVE), now=END - HOUR), known(block(ACTIVE), **LATE)),
    "what waits for no payment": (Task.EXTEND, known(block()), known(block(), extensions=(extension(),))),
    "what a unit drains": (Task.SCALE_DOWN, known(block(), wired=(entry(),)), known(block())),
    "what a cluster uses": (Task.SCALE_DOWN, known(block(), users={"cr-0": (user(),)}), known(block())),
    "what has machines": (
        Task.SCALE_DOWN,
        known(block(), wired=(entry(),)),
        known(block(ACTIVE), wired=(entry(),), **OVER),
    ),
    "another end": (
        Task.REWIRE,
        known(block(end=END + DAY), wired=(entry(),)),
        known(block(), wired=(replace(entry(), values={"ends_at": f"{END:%Y-%m-%dT%H:%M:%S}+00:00"}),)),
    ),
    "an entry with dates": (
        Task.REWIRE,
        known(block(end=END + DAY), wired=(entry(),)),
        known(block(end=END + DAY), wired=(entry(Target.NODE_CLASS),)),
    ),
    "an entry of what stopped": (
        Task.REMOVE,
        known(block(ACTIVE), wired=(entry(),), **OVER),
        known(block(ACTIVE), wired=(entry(),), now=END - 31 * timedelta(minutes=1)),
    ),
    "an entry of what expired": (
        Task.REMOVE,
        known(block(ReservationState.EXPIRED), wired=(entry(),), now=END + DAY),
        known(block(ReservationState.EXPIRED), now=END + DAY),
    ),
    "an entry of what ended long ago": (
        Task.REMOVE,
        known(wired=(entry(),), now=END + DAY),
        known(wired=(entry(),), now=END - DAY),
    ),
    "an entry of what is not there": (Task.LOST, known(wired=(entry(),)), known(block(), wired=(entry(),))),
    "an entry of what was not paid": (
        Task.LOST,
        known(block(ReservationState.PAYMENT_FAILED), wired=(entry(),)),
        known(block(ReservationState.PAYMENT_FAILED)),
    ),
    "what is known to be lost": (
        Task.LOST,
        known(wired=(entry(),)),
        known(wired=(entry(),), reach={UNIT: Reach.UNREAD}),
    ),
    "what was not read": (
        Task.LOOK,
        known(wired=(entry(),), reach={UNIT: Reach.UNREAD}),
        known(wired=(entry(),), reach={UNIT: Reach.NOT_ASKED}),
    ),
    "what is shown all the same": (
        Task.LOOK,
        known(wired=(entry(),), reach={UNIT: Reach.UNREAD}),
        known(block(), wired=(entry(),), reach={UNIT: Reach.UNREAD}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("task", "told", "not_told"), WORLDS.values(), ids=list(WORLDS))
def test_each_task_is_told_in_its_world_and_not_in_the_next(task: Task, told: Known, not_told: Known) -> None:
    """The two differ in one thing."""
    assert [each.task for each in agenda(told)].count(task) == 1
    assert task not in {each.task for each in agenda(not_told)}


@pytest.mark.parametrize("state", [ReservationState.FAILED, ReservationState.CANCELLED, ReservationState.UNAVAILABLE])
def test_what_is_lost_is_taken_out_now(state: ReservationState) -> None:
    """With AWS's word for it, the unit and the entry."""
    item = only(known(block(state), wired=(entry(),)), Task.LOST)
    assert (item.at, item.unit, item.entry) == (NOW, UNIT, "p5")
    assert f"AWS calls block cr-0 (4 p5.48xlarge) {state}" in item.told
    assert item.do == "wire_capacity action=unwire capacity=cr-0"


def test_paid_capacity_that_nobody_has_costs_money_by_the_hour() -> None:
    """Of all its machines, where it is known; and it is due when it starts."""
    item = only(known(block(), hourly={"cr-0": Money(Decimal("31.46"), "USD")}), Task.WIRE)
    assert item.at == START
    assert "is paid at 125.84 USD an hour and starts at 2026-12-02 11:30 UTC" in item.told
    assert item.told.endswith("and no unit names it and no cluster uses it.")


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({"tree": False}, "UTC, and no cluster uses it."),
        ({"all_clusters": False}, "and no cluster that was read uses it; not all could be read."),
    ],
)
def test_what_is_not_known_is_not_said(changes: dict[str, bool], ends: str) -> None:
    """Neither of units where there is no tree, nor of clusters that were not read."""
    assert only(known(block(), **changes), Task.WIRE).told.endswith(ends)


@pytest.mark.parametrize(
    ("there", "owned", "at", "by_itself", "do"),
    [
        (entry(), block(), END - timedelta(minutes=45), True, "Nothing: it comes by itself."),
        (entry(scale_in_minutes=90), block(), END - timedelta(minutes=90), True, "Nothing"),
        (entry(), block(instance_type="trn2u.48xlarge"), END - timedelta(minutes=75), True, "Nothing"),
        (entry(), block(end=END + DAY), END - timedelta(minutes=45), True, "Nothing"),
        (entry(Target.NODE_CLASS), block(), END - timedelta(minutes=40), True, "Nothing"),
        (entry(Target.QUEUE), block(), END - timedelta(minutes=30), False, "PartitionName=p5 State=DOWN"),
        (entry(Target.INSTANCE_GROUP), plan(), END - HOUR, False, "kubectl cordon"),
        (entry(Target.INSTANCE_GROUP, **{"slurm.role": "compute"}), plan(), END - HOUR, False, "update NodeName"),
        (entry(Target.INSTANCE_GROUP), plan(split=True), START + 2 * DAY - HOUR, False, "kubectl cordon"),
    ],
)  # fmt: skip
def test_each_target_scales_down_in_its_way(
    there: Wired, owned: OwnedReservation, at: datetime, by_itself: bool, do: str
) -> None:
    """EKS by its schedule, which goes by the entry; Karpenter at its own time; the others by hand, before the stop."""
    item = only(known(owned, wired=(there,)), Task.SCALE_DOWN)
    assert (item.at, item.by_itself, item.entry) == (at, by_itself, "p5")
    assert do in item.do


def test_dates_are_renewed_before_the_old_end() -> None:
    """Whichever of the two comes first: from then on the entry does harm, of a node group by its schedule before."""
    later = only(known(block(end=END + DAY), wired=(entry(),)), Task.REWIRE)
    assert later.at == END - timedelta(minutes=45)
    assert only(known(block(end=END + DAY), wired=(entry(Target.QUEUE),)), Task.REWIRE).at == END
    assert "ends_at says 2026-12-09T11:30:00Z and is 2026-12-10T11:30:00Z" in later.told
    assert only(known(block(end=END - DAY), wired=(entry(),)), Task.REWIRE).at == END - DAY - timedelta(minutes=45)


def test_a_fleet_is_stopped_before_its_queue_is_removed() -> None:
    """ParallelCluster refuses it else, or asks for nodes that cannot come."""
    item = only(known(block(ACTIVE), wired=(entry(Target.QUEUE),), **OVER), Task.REMOVE)
    assert "pcluster update-compute-fleet --status STOP_REQUESTED" in item.told


def test_what_opens_later_says_from_when() -> None:
    """Extensions are sold from 56 days before the end on."""
    far = block(end=END + 70 * DAY)
    assert "can be extended from 2026-12-23 11:30 UTC until 2027-02-17 10:30 UTC" in only(known(far), Task.EXTEND).told


STATES = st.sampled_from(ReservationState)
HOURS = st.integers(min_value=-24 * 20, max_value=24 * 20)


@given(STATES, HOURS, st.sampled_from(Target), st.booleans(), st.integers(0, 30))
def test_every_agenda_is_in_order_and_names_its_entries(
    state: ReservationState, hours: int, target: Target, wired: bool, days: int
) -> None:
    """The soonest first; what is due are the first of them, and nothing is both to be wired and to be taken out."""
    make: Callable[..., OwnedReservation] = plan if target.takes_plans else block
    now = START + hours * HOUR
    entries = (entry(target),) if wired else ()
    items = agenda(known(make(state=state), wired=entries, now=now))
    assert [each.at for each in items] == sorted(each.at for each in items)
    soon = due(items, now, days)
    assert soon == items[: len(soon)]
    assert all(each.unit == (UNIT if wired else None) for each in items)
    tasks = {each.task for each in items}
    assert not {Task.WIRE, Task.EXTEND, Task.SCALE_DOWN, Task.REWIRE} & tasks or not {Task.LOST} & tasks
    assert not {Task.REMOVE, Task.SCALE_DOWN} <= tasks
