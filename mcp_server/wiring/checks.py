"""Everything that is looked at before capacity is put into a place or taken out of it. Pure; times are UTC."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.payments import payment_deadline
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.stays import Stay
from mcp_server.capacity.troubles import SOON
from mcp_server.capacity.words import UNKNOWN, quoted, word
from mcp_server.clusters.model import User
from mcp_server.wiring.places import Place, Wired
from mcp_server.wiring.targets import Target

LEAST = timedelta(hours=2)
"""Before the end, with less of it left nothing is put anywhere: nodes of a block drain for up to 75 minutes before AWS
takes them, and have first to start."""

PLATFORM = "Linux/UNIX"
_OF_ONE_ULTRASERVER = (9, 18)
"""Machines of a p6e-gb200 block that ParallelCluster takes (ParallelCluster guide, Capacity Blocks)."""
_NAMES = {
    Target.NODE_GROUP: re.compile(r"[a-z][a-z0-9-]{0,25}[a-z0-9]"),
    Target.QUEUE: re.compile(r"(?!default$)[a-z][a-z0-9-]{0,24}"),
    Target.INSTANCE_GROUP: re.compile(r"[a-z0-9](-*[a-z0-9]){0,62}"),
}


class Result(StrEnum):
    """What came of a check. A warning stops nothing, and is for a person to read."""

    PASSED = "passed"
    WARNING = "warning"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. told is a sentence that says what was found and, where it stops, what to do."""

    name: str
    result: Result
    told: str


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be put where, and what is known of both. now is AWS's time, UTC.

    name and count are those of the entry. wired are all entries of the tree; users are groups that use the capacity in
    AWS, None where they could not all be read. scratch is whether the tree is a scratch clone. gate is Karpenter's gate
    ReservedCapacity, None where it cannot be read. also_named is where files name it otherwise than in an entry, in
    words.
    """

    holding: Holding
    place: Place
    name: str
    count: int
    wired: tuple[Wired, ...]
    users: tuple[User, ...] | None
    now: datetime
    simulated: bool
    scratch: bool
    gate: bool | None = None
    also_named: tuple[str, ...] = ()

    @property
    def reservation(self) -> OwnedReservation:
        """What AWS tells of the capacity."""
        return self.holding.reservation


def passed(name: str, told: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, Result.PASSED, told)


def stopped(name: str, told: str) -> Check:
    """A check for which nothing is done."""
    return Check(name, Result.STOPPED, told)


def warned(name: str, told: str) -> Check:
    """A check that a person has to read."""
    return Check(name, Result.WARNING, told)


def checked(case: Case) -> tuple[Check, ...]:
    """Every check of putting capacity into a place, in one order, passed ones too."""
    return tuple(check for each in _CHECKS for check in each(case))


def fits(case: Case) -> tuple[Check, ...]:
    """The checks that say whether a place is of the right kind and in the right zone, whatever is there already."""
    return tuple(check for each in _FITTING for check in each(case))


def anywhere(
    holding: Holding,
    entries: Iterable[Wired],
    also_named: Sequence[str],
    users: tuple[User, ...] | None,
    now: datetime,
) -> tuple[Check, ...]:
    """The checks of the capacity alone, whatever the place and for one machine: all as in a Case, now is UTC."""
    reservation = holding.reservation
    return (
        usable_state(reservation),
        time_left(reservation, now),
        _named(reservation, entries, also_named),
        _used(holding, users, 1),
    )


def _kind(case: Case) -> Iterator[Check]:
    plan, target = case.reservation.plan, case.place.target
    if plan is None and target.takes_plans:
        yield stopped(
            "kind",
            "HyperPod takes no Capacity Block: it takes training plans (search_training_plans with target_resource "
            "hyperpod-cluster). This block is for EKS or ParallelCluster.",
        )
    elif plan and not target.takes_plans:
        yield stopped(
            "kind", f"A training plan serves SageMaker alone, and no {target.called}: that takes a Capacity Block."
        )
    else:
        yield passed("kind", f"{target.several} take {'training plans' if plan else 'Capacity Blocks'}.")
    if plan and target.takes_plans:
        yield plan_target(plan.targets, TargetResource.HYPERPOD, "HyperPod")


def plan_target(targets: tuple[str, ...], wanted: TargetResource, taker: str) -> Check:
    """Whether a plan was bought for what takes it, since it serves nothing else."""
    if wanted in targets:
        return passed("plan's target", f"It was bought for {wanted}.")
    named = ", ".join(map(word, targets)) or "nothing that AWS tells of"
    return stopped("plan's target", f"It was bought for {named}, and {taker} takes only plans for {wanted}.")


def _account(case: Case) -> Iterator[Check]:
    owner, unit = case.reservation.account, case.place.unit
    if unit.account_id is None:
        yield stopped("account", f"The tree does not say in which account {word(unit.path)} is: see list_units.")
    elif owner == unit.account_id:
        yield passed("account", f"Both are in account {word(owner)}.")
    elif unit.account_id in case.holding.shared_with and case.reservation.plan is None:
        yield passed("account", f"Account {word(owner)} shares it with {word(unit.account_id)}.")
    else:
        yield stopped(
            "account",
            f"It is owned by account {word(owner)}, and {word(unit.path)} is in {word(unit.account_id)}. "
            + (
                "A training plan cannot be shared."
                if case.reservation.plan
                else "A block can be shared within an organisation, by AWS RAM; then ask again."
            ),
        )


def _region(case: Case) -> Iterator[Check]:
    has, unit = case.reservation.region, case.place.unit
    if has == unit.region:
        yield passed("region", f"Both are in {word(has)}.")
    else:
        yield stopped("region", f"It is in {word(has)}, and {word(unit.path)} is in {word(unit.region or UNKNOWN)}.")


def _zone(case: Case) -> Iterator[Check]:
    zone, unit = case.reservation.zone.id, case.place.unit
    parts = {each.zone.id or each.zone.name: None for each in _parts(case)}
    if len(parts) > 1:
        named = " and ".join(map(word, parts))
        yield stopped("zone", f"Its parts are in {named}, and one {case.place.target.called} is in one zone.")
    elif zone is None:
        yield stopped("zone", "AWS told no zone id of it, so that no subnet can be chosen: see list_capacity.")
    elif zone in unit.zone_ids:
        yield passed("zone", f"{word(unit.path)} has a subnet in {word(zone)}.")
    else:
        there = ", ".join(map(word, unit.zone_ids)) or "none that can be read"
        yield stopped("zone", f"It is in zone {word(zone)}, and {word(unit.path)} has subnets in {there}.")


def _parts(case: Case) -> Sequence[Stay]:
    return case.reservation.plan.parts if case.reservation.plan else ()


def _type(case: Case) -> Iterator[Check]:
    kind, place = case.reservation.instance_type, case.place
    if place.types is None or kind in place.types:
        yield passed("instance type", f"{word(kind)} can be started there.")
        return
    why = (
        "Karpenter ends its machines too late or gives them wrong interfaces: use a node group, or add it to a NodePool"
        if place.target is Target.NODE_CLASS
        else "it is not in the module's table of network cards"
    )
    yield stopped("instance type", f"{word(kind)} is not among {', '.join(map(word, sorted(place.types)))}: {why}.")


def _count(case: Case) -> Iterator[Check]:
    has = case.reservation.machines
    if case.place.target is Target.NODE_CLASS:
        yield passed("count", f"Karpenter starts as many of {has} as pods want.")
    elif _is_part_of_an_ultraserver(case):
        yield stopped("count", "ParallelCluster takes blocks of p6e-gb200 with 9 or 18 machines, and all of them.")
    else:
        yield enough(case.count, has)


def enough(count: int, has: int | None) -> Check:
    """Whether it has as many machines; None is not known."""
    if has is None:
        return stopped("count", "AWS does not tell how many machines it has.")
    if not 1 <= count <= has:
        return stopped("count", f"{count} are wanted, and it has {has}: say count from 1 to {has}.")
    return passed("count", f"{count} of its {has} machines.")


def _is_part_of_an_ultraserver(case: Case) -> bool:
    gb200 = case.reservation.instance_type.startswith("p6e-gb200")
    return gb200 and case.place.target is Target.QUEUE and case.count not in _OF_ONE_ULTRASERVER


def _platform(case: Case) -> Iterator[Check]:
    platform = case.reservation.platform
    if case.reservation.plan:
        yield passed("platform", "SageMaker brings its own image.")
    elif platform == PLATFORM:
        yield passed("platform", f"{platform}, as the images of this repository are.")
    else:
        yield stopped("platform", f"It is for {quoted(platform, 40)}; the images of this repository are {PLATFORM}.")


def _state(case: Case) -> Iterator[Check]:
    yield usable_state(case.reservation)


def usable_state(reservation: OwnedReservation) -> Check:
    """Whether machines can, or will, be started on it."""
    state, words = reservation.state, word(reservation.words)
    if state in {ReservationState.ACTIVE, ReservationState.SCHEDULED}:
        return passed("state", f"It is {words}.")
    if state is ReservationState.PAYMENT_PENDING:
        due = payment_deadline(reservation)
        until = f" AWS takes the payment until {due:%Y-%m-%d %H:%M} UTC." if due else ""
        return warned(
            "state",
            f"It is {words}.{until} A pull request stays a draft, and nothing starts, until it is scheduled or active.",
        )
    if state is ReservationState.OTHER:
        return stopped("state", f"It is {words}, which this program does not know: look in AWS's console.")
    return stopped("state", f"It is {words}: nothing can be run on it.")


def _time(case: Case) -> Iterator[Check]:
    yield time_left(case.reservation, case.now)
    for one, following in pairwise(_parts(case)):
        if case.now < following.start > one.end:
            ended = f"{one.end - case.reservation.lead:%Y-%m-%d %H:%M}"
            until = f"{following.start:%Y-%m-%d %H:%M}"
            yield warned("time left", f"It has two parts: there are no machines from {ended} to {until} UTC.")


def time_left(reservation: OwnedReservation, now: datetime) -> Check:
    """Whether enough of it is left to start on; now is UTC."""
    end, stop = reservation.end, reservation.usable_end
    if end is None or stop is None:
        return stopped("time left", "AWS tells no end of it.")
    if end - now < LEAST:
        return stopped("time left", f"It ends at {end:%Y-%m-%d %H:%M} UTC: too little of it is left to start on.")
    if stop - now < SOON and reservation.start < now:
        return warned("time left", f"Its machines stop at {stop:%Y-%m-%d %H:%M} UTC already.")
    return passed("time left", f"From {reservation.start:%Y-%m-%d %H:%M} to {stop:%Y-%m-%d %H:%M} UTC.")


def _unused(case: Case) -> Iterator[Check]:
    yield _named(case.reservation, case.wired, case.also_named)
    yield _used(case.holding, case.users, case.count)


def _named(reservation: OwnedReservation, entries: Iterable[Wired], also_named: Sequence[str]) -> Check:
    there = [each for each in entries if each.capacity == reservation.id]
    if there:
        others = "; ".join(map(str, there))
        return stopped("not in the tree", f"It is already given to {others}: unwire that first.")
    if also_named:
        named = "; ".join(also_named)
        return stopped(
            "not in the tree", f"It is named, in no entry that can be read, in {named}: take that out first."
        )
    return passed("not in the tree", "No unit and no NodeClass names it.")


def _used(holding: Holding, users: tuple[User, ...] | None, count: int) -> Check:
    if users is None:
        return warned("not in use", "Not all clusters could be read: one may use it already. See cluster_status.")
    if users:
        named = "; ".join(f"{word(each.group.name)} of {word(each.cluster.name)}" for each in users)
        return stopped("not in use", f"{named} already uses it: what is on it would be ended, or wait for ever.")
    return _nobody_elses(holding, count)


def _nobody_elses(holding: Holding, count: int) -> Check:
    """Of machines that run on it though no cluster has them, as somebody's own instances do."""
    use, has = holding.use, holding.reservation.machines
    if use is None or not use.running:
        return passed("not in use", "No cluster uses it.")
    told = f"{use.running} of its {has} machines run already, and no cluster has them"
    if has is None or count + use.running > has:
        return stopped("not in use", f"{told}: see list_capacity, or say a count that leaves them.")
    return warned("not in use", f"{told}; {count} more fit.")


def _place(case: Case) -> Iterator[Check]:
    place = case.place
    if place.file is None:
        folder = place.node_classes.folder if place.node_classes else "its folder"
        yield stopped("place", f"gitops/{word(folder)} has no EC2NodeClass called reserved.")
    elif place.shared:
        where = place.shared.place
        yield stopped(
            "place",
            f"{place.target.variable} is set in {word(where.file)}:{where.line}, which other units include: an entry "
            f"of this unit's own would replace all of it. Move it into {word(place.unit.file)} first.",
        )
    else:
        yield passed("place", f"{word(place.file.removeprefix('../'))}.")


def _name(case: Case) -> Iterator[Check]:
    pattern = _NAMES.get(case.place.target)
    if pattern is None:
        return
    if case.name in case.place.names:
        yield stopped("name", f"{word(case.name)} is there already: say another name.")
    elif pattern.fullmatch(case.name):
        yield passed("name", f"{word(case.name)} is free.")
    else:
        rule = f"{case.place.target.several} have names that match {pattern.pattern}"
        yield stopped("name", f"{quoted(case.name, 80)} cannot be its name: {rule}.")


def _gate(case: Case) -> Iterator[Check]:
    if case.place.target is not Target.NODE_CLASS:
        return
    if case.gate is False:
        yield stopped("gate", "Karpenter's gate reservedCapacity is off in gitops/karpenter.yaml.")
    elif case.gate is None:
        yield warned("gate", "Whether Karpenter's gate reservedCapacity is on cannot be read in gitops/karpenter.yaml.")
    else:
        yield passed("gate", "Karpenter's gate reservedCapacity is on.")


def _real(case: Case) -> Iterator[Check]:
    yield real(simulated=case.simulated, scratch=case.scratch)


def real(*, simulated: bool, scratch: bool) -> Check:
    """Whether what AWS told may be written into this clone: what is simulated only into a scratch one."""
    if not simulated:
        return passed("real", "It is AWS that tells of it.")
    if scratch:
        return passed("real", "It is simulated, and so is what this scratch clone is for.")
    return stopped(
        "real",
        "AWS is simulated, and this clone is not a scratch one: nothing of it may stand where what is real belongs. "
        "`ml-clusters wire --scratch FOLDER` makes one, and says how to go on there.",
    )


_FITTING: tuple[Callable[[Case], Iterator[Check]], ...] = (_kind, _account, _region, _zone, _type, _platform)
_CHECKS: tuple[Callable[[Case], Iterator[Check]], ...] = (
    *_FITTING,
    _count,
    _state,
    _time,
    _unused,
    _place,
    _name,
    _gate,
    _real,
)
