"""What is to be done about capacity, and when: from what is owned, what the tree names and who uses it. Pure; UTC."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mcp_server.capacity.extending import Obstacle, extension_deadline, extension_opening, obstacle
from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.payments import extension_payment_deadline, last_moment_to_pay, payment_deadline
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.words import word
from mcp_server.clusters import telling
from mcp_server.clusters.costs import Money
from mcp_server.clusters.model import User
from mcp_server.wiring.checks import LEAST
from mcp_server.wiring.entries import changes
from mcp_server.wiring.places import Wired
from mcp_server.wiring.targets import Target

KARPENTER_DRAINS = timedelta(minutes=40)
"""Before a block's end (Karpenter's documentation, On-Demand Capacity Reservations, Capacity Blocks)."""

_SCALES_IN, _SCALES_IN_ULTRASERVERS = timedelta(minutes=45), timedelta(minutes=75)
"""Before ends_at: what eks-cluster takes where an entry has no scale_in_minutes."""
_ULTRASERVERS = frozenset({"trn2u.48xlarge"})
_TO_RUN = frozenset({ReservationState.SCHEDULED, ReservationState.ACTIVE})
_LOST = frozenset(
    {
        ReservationState.PAYMENT_FAILED,
        ReservationState.FAILED,
        ReservationState.CANCELLED,
        ReservationState.UNAVAILABLE,
    }
)


class Task(StrEnum):
    """What is to be done. Of tasks of one moment they come in this order."""

    LOST = "lost"
    PAY = "pay"
    REWIRE = "rewire"
    WIRE = "wire"
    EXTEND = "extend before"
    SCALE_DOWN = "scale down"
    REMOVE = "remove after"
    LOOK = "look again"


class Reach(StrEnum):
    """How far AWS was asked where a unit is."""

    READ = "read"
    UNREAD = "not read"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is to be done. at is by when, or since when, UTC; by_itself: it comes then without anybody.

    capacity is the id of the reservation, or the ARN of the plan, name what people call it. unit and entry are where
    the tree names it, None where it does not. told is a sentence, do the command or question that does it.
    """

    task: Task
    at: datetime
    capacity: str
    name: str
    told: str
    do: str
    unit: str | None = None
    entry: str | None = None
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What an agenda is made of. now is AWS's time.

    wired are all entries of the tree, none without one; reach is of their units; tree is whether there is one. users
    are groups by the capacity that they use; all_clusters: no others do. hourly is what a machine was paid an hour, as
    far as it is known. by_tags are reservations that a NodeClass takes without their ids.
    """

    now: datetime
    holdings: tuple[Holding, ...]
    wired: tuple[Wired, ...] = ()
    reach: Mapping[str, Reach] = field(default_factory=dict[str, Reach])
    users: Mapping[str, tuple[User, ...]] = field(default_factory=dict[str, tuple[User, ...]])
    all_clusters: bool = True
    tree: bool = True
    hourly: Mapping[str, Money] = field(default_factory=dict[str, Money])
    by_tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Case:
    """A reservation or plan with the entries that name it."""

    holding: Holding
    entries: tuple[Wired, ...]
    known: Known

    @property
    def reservation(self) -> OwnedReservation:
        return self.holding.reservation

    @property
    def stopped(self) -> bool:
        """Whether nothing can run on it any more, as it was planned."""
        stop, state = self.reservation.usable_end, self.reservation.state
        return state is ReservationState.EXPIRED or (state in _TO_RUN and stop is not None and self.known.now >= stop)

    @property
    def running(self) -> bool:
        """Whether it is there, or is to come, and is paid."""
        return self.reservation.state in _TO_RUN and not self.stopped

    def item(
        self, task: Task, at: datetime, told: str, do: str, there: Wired | None = None, *, by_itself: bool = False
    ) -> Item:
        """An item of it: of an entry, else of the first that there is."""
        there = there or next(iter(self.entries), None)
        return Item(
            task,
            at,
            self.reservation.id,
            self.reservation.name,
            told,
            do,
            there and there.unit,
            there and there.name,
            by_itself,
        )


def agenda(known: Known) -> tuple[Item, ...]:
    """Everything that is to be done, or comes by itself, the soonest first, however far away."""
    shown = {each.reservation.id for each in known.holdings}
    cases = [_Case(each, _entries(each, known), known) for each in known.holdings]
    items = [item for case in cases for rule in _RULES for item in rule(case)]
    items += [item for each in known.wired if each.capacity not in shown for item in _not_shown(each, known)]
    order = list(Task)
    return tuple(sorted(items, key=lambda each: (each.at, order.index(each.task), each.capacity, each.unit or "")))


def due(items: tuple[Item, ...], now: datetime, days: int) -> tuple[Item, ...]:
    """Those of the coming days, and all that are overdue; now is UTC."""
    return tuple(each for each in items if each.at <= now + timedelta(days=days))


def _entries(holding: Holding, known: Known) -> tuple[Wired, ...]:
    return tuple(each for each in known.wired if each.capacity == holding.reservation.id)


def _pay(case: _Case) -> Iterator[Item]:
    what, watch = telling.owned(case.reservation), "ml-clusters watch-purchases"
    at = payment_deadline(case.reservation)
    if at:
        waits = "A pull request that names it stays a draft until it is paid."
        told = f"AWS takes the payment of {what} until {telling.moment(at)}, or releases it. {waits}"
        yield case.item(Task.PAY, at, told, watch)
    for each in () if case.reservation.state.over else case.holding.extensions:
        at = extension_payment_deadline(each)
        if at:
            told = (
                f"AWS takes the payment of the extension of {what} to {telling.moment(each.end)} until "
                f"{telling.moment(at)}, or it ends as before. Entries keep the old end until it is paid."
            )
            yield case.item(Task.PAY, at, told, watch)


def _wire(case: _Case) -> Iterator[Item]:
    reservation, known = case.reservation, case.known
    taken = case.entries or reservation.id in known.by_tags or known.users.get(reservation.id)
    if taken or not case.running or not _can_be_wired(case):
        return
    rate, machines = known.hourly.get(reservation.id), reservation.machines
    cost = f" at {rate.times(machines)} an hour" if rate and machines else ""
    begins = "runs since" if reservation.start <= known.now else "starts at"
    told = (
        f"{telling.begun(telling.owned(reservation))} is paid{cost} and {begins} {telling.moment(reservation.start)}, "
        f"and {_nobody(known)}."
    )
    yield case.item(Task.WIRE, reservation.start, told, _ask("wire", reservation.id))


def _nobody(known: Known) -> str:
    unit = "no unit names it and " if known.tree else ""
    none = "no cluster uses it" if known.all_clusters else "no cluster that was read uses it; not all could be read"
    return unit + none


def _can_be_wired(case: _Case) -> bool:
    """Whether something of the tree takes it, and there is time enough left."""
    reservation = case.reservation
    late = reservation.end is not None and reservation.end - case.known.now < LEAST
    return not late and (reservation.plan is None or TargetResource.HYPERPOD in reservation.plan.targets)


def _extend(case: _Case) -> Iterator[Item]:
    reservation, now = case.reservation, case.known.now
    at, opening = extension_deadline(reservation), extension_opening(reservation)
    barred = obstacle(reservation, case.holding.extensions, now)
    if at is None or barred not in {None, Obstacle.TOO_EARLY}:
        return
    since = f"from {telling.moment(opening)} " if opening and barred else ""
    told = f"{telling.begun(telling.owned(reservation))} can be extended {since}until {telling.moment(at)}."
    yield case.item(Task.EXTEND, at, told, f"search_extensions reservation={word(reservation.id, _LONGEST)}")


def _scale_down(case: _Case) -> Iterator[Item]:
    stop = case.reservation.next_stop(case.known.now)
    if stop is None or not case.running:
        return
    for there in case.entries:
        yield _SCALING[there.target](case, there, stop)
    users = case.known.users.get(case.reservation.id)
    if users and not case.entries:
        unnamed = ", and no unit names it" if case.known.tree else ""
        told = (
            f"The machines of {telling.owned(case.reservation)} stop at {telling.moment(stop)}; {telling.where(users)} "
            f"uses it{unnamed}."
        )
        yield case.item(Task.SCALE_DOWN, stop, told, "Let jobs save and end before, and set what the group wants to 0.")


def _by_schedule(case: _Case, there: Wired, stop: datetime) -> Item:
    """EKS: the schedule goes by what the entry says, right or wrong."""
    end, lead = _parsed(there.values.get("ends_at")) or case.reservation.end or stop, _lead(case, there)
    told = (
        f"Node group {word(there.name)} goes to 0 by its schedule at {telling.moment(end - lead)}, and EKS drains it; "
        f"the machines stop at {telling.moment(stop)}."
    )
    do = f"Nothing: it comes by itself. Jobs save and end before; {_SEE}"
    return case.item(Task.SCALE_DOWN, end - lead, told, do, there, by_itself=True)


def _lead(case: _Case, there: Wired) -> timedelta:
    """How long before its end a node group goes to 0."""
    said = there.values.get("scale_in_minutes")
    if isinstance(said, int) and not isinstance(said, bool):
        return timedelta(minutes=said)
    return _SCALES_IN_ULTRASERVERS if case.reservation.instance_type in _ULTRASERVERS else _SCALES_IN


def _by_karpenter(case: _Case, there: Wired, stop: datetime) -> Item:
    at = (case.reservation.end or stop) - KARPENTER_DRAINS
    told = (
        f"Karpenter drains the nodes on {telling.owned(case.reservation)} at {telling.moment(at)}; the machines stop "
        f"at {telling.moment(stop)}."
    )
    do = f"Nothing: it comes by itself. Jobs save and end before; {_SEE}"
    return case.item(Task.SCALE_DOWN, at, told, do, there, by_itself=True)


def _by_hand_in_slurm(case: _Case, there: Wired, stop: datetime) -> Item:
    told = (
        f"Jobs of queue {word(there.name)} have to end by {telling.moment(stop)}, when AWS takes its machines: Slurm "
        "does not know it."
    )
    do = f"On the head node, once no job would end in time: scontrol update PartitionName={word(there.name)} State=DOWN"
    return case.item(Task.SCALE_DOWN, stop, told, do, there)


def _by_hand_in_hyperpod(case: _Case, there: Wired, stop: datetime) -> Item:
    told = (
        f"What runs on instance group {word(there.name)} has to save and end by {telling.moment(stop)}, when AWS takes "
        "its machines: HyperPod drains nothing."
    )
    name = word(there.name)
    do = (
        f"On the controller: scontrol update NodeName=… State=DRAIN Reason=ends, for the nodes of {name}"
        if "slurm.role" in there.values
        else f"kubectl cordon --selector sagemaker.amazonaws.com/instance-group-name={name}"
    )
    return case.item(Task.SCALE_DOWN, stop, told, do, there)


def _rewire(case: _Case) -> Iterator[Item]:
    if not case.running:
        return
    for there in case.entries:
        different = {
            key: (said, now)
            for key, (said, now) in changes(case.reservation, there).items()
            if isinstance(there.values.get(key), str) and (_parsed(said) is None or _parsed(said) != _parsed(now))
        }
        moments = [
            at - (_lead(case, there) if there.target is Target.NODE_GROUP and key == _end_of(there) else timedelta())
            for key, pair in different.items()
            for text in pair
            if (at := _parsed(text))
        ]
        if different:
            told = "; ".join(
                f"{key.rpartition('.')[2]} says {word(said, 40)} and is {now}" for key, (said, now) in different.items()
            )
            told = f"Entry {word(there.name)} of {word(there.unit)} is not as AWS has it: {told}."
            yield case.item(
                Task.REWIRE, min(moments, default=case.known.now), told, _ask("rewire", case.reservation.id), there
            )


def _remove(case: _Case) -> Iterator[Item]:
    if not case.stopped:
        return
    at = case.reservation.usable_end or case.known.now
    for there in case.entries:
        told = (
            f"The machines of {telling.owned(case.reservation)} stopped at {telling.moment(at)}: its entry asks for "
            f"what cannot come.{_first(there)}"
        )
        yield case.item(Task.REMOVE, at, told, _ask("unwire", case.reservation.id), there)


def _first(there: Wired) -> str:
    stop = " Stop the fleet first: pcluster update-compute-fleet --status STOP_REQUESTED."
    return stop if there.target is Target.QUEUE else ""


def _lose(case: _Case) -> Iterator[Item]:
    reservation = case.reservation
    if reservation.state not in _LOST:
        return
    unpaid = reservation.state is ReservationState.PAYMENT_FAILED
    at = min(last_moment_to_pay(reservation), case.known.now) if unpaid else case.known.now
    for there in case.entries:
        told = (
            f"AWS calls {telling.owned(reservation)} {word(reservation.words)}: there are no machines.{_first(there)}"
        )
        yield case.item(Task.LOST, at, told, _ask("unwire", reservation.id), there)


def _not_shown(there: Wired, known: Known) -> Iterator[Item]:
    """An entry of what AWS does not show: it has been over for long, never was, or could not be read."""
    reach = known.reach.get(there.unit, Reach.UNREAD)
    name, end = word(there.capacity, _LONGEST), _parsed(there.values.get(_end_of(there)))
    task, at, do = Task.LOST, known.now, _ask("unwire", there.capacity)
    told = f"AWS shows no {name} where {word(there.unit)} is, though all was read there."
    if reach is Reach.NOT_ASKED:
        return
    if reach is Reach.UNREAD:
        task, do = Task.LOOK, "ml-clusters doctor, then ml-clusters agenda again"
        told = f"Whether there is {name} is not known: not all was read where {word(there.unit)} is."
    elif end and end <= known.now:
        task, at = Task.REMOVE, end
        told = f"By its entry {name} ended at {telling.moment(end)}, and AWS does not show it any more.{_first(there)}"
    yield Item(task, at, there.capacity, there.capacity, told, do, there.unit, there.name)


def _end_of(there: Wired) -> str:
    return "training_plan.ends_at" if there.target is Target.INSTANCE_GROUP else "ends_at"


def _ask(action: str, capacity: str) -> str:
    return f"wire_capacity action={action} capacity={word(capacity, _LONGEST)}"


def _parsed(text: object) -> datetime | None:
    """A time as entries have it; None where it is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


_LONGEST = 200
_SEE = "cluster_status tells what runs."
_SCALING: Mapping[Target, Callable[[_Case, Wired, datetime], Item]] = {
    Target.NODE_GROUP: _by_schedule,
    Target.NODE_CLASS: _by_karpenter,
    Target.QUEUE: _by_hand_in_slurm,
    Target.INSTANCE_GROUP: _by_hand_in_hyperpod,
}
_RULES: tuple[Callable[[_Case], Iterator[Item]], ...] = (_pay, _wire, _extend, _scale_down, _rewire, _remove, _lose)
