"""What bought capacity does: when it ends, what of it is idle, and whether its groups can use it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from mcp_server.capacity.extending import extension_deadline, makes_too_long, obstacle
from mcp_server.capacity.lengths import length
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.severity import Severity
from mcp_server.capacity.troubles import SOON
from mcp_server.capacity.words import word
from mcp_server.clusters import telling
from mcp_server.clusters.model import Cluster, ClusterKind, ClusterState, Group, User, summed
from mcp_server.clusters.problems import Rule, Seen, World

_VERY_SOON = timedelta(hours=6)
_CLOSING = timedelta(hours=72)
_ROLL_BACK = timedelta(hours=3)
"""After which HyperPod gives a group up that lacks its least machines (SageMaker API reference, MinInstanceCount)."""
_CHANGING = {ClusterState.CREATING, ClusterState.UPDATING}
_TO_COME = {ReservationState.PAYMENT_PENDING, ReservationState.SCHEDULED}


def _ends(reservation: OwnedReservation, world: World) -> Iterator[Seen]:
    stop = _stops_soon(reservation, world)
    if stop is None:
        return
    running, on = _running_on(reservation, world.users.get(reservation.id, ()))
    used = running != 0
    if world.now >= stop:
        why = f"AWS takes the machines of {telling.owned(reservation)} back since {telling.moment(stop)}. {on}"
        until = _until_the_next_part(reservation, world)
        do = until or "Take its entry out of live/, and set what waits for it elsewhere."
        yield Seen(why, Severity.CRITICAL if used else Severity.LOW, None, reservation.id, stop, running, do=do)
        return
    left = stop - world.now
    why = f"The machines of {telling.owned(reservation)} stop at {telling.moment(stop)}, in {length(left)}. {on}"
    severity = Severity.CRITICAL if used and left <= _VERY_SOON else None
    yield Seen(why, severity, None, reservation.id, stop, running, do=_before_the_end(reservation, world))


def _running_on(reservation: OwnedReservation, users: Sequence[User]) -> tuple[int | None, str]:
    """How many machines run on it, None where that is not known, and a sentence that says whose.

    Those of nobody that was read are somebody's.
    """
    seen = sum(each.running or 0 for each in users)
    if seen:
        return seen, f"Running: {telling.machines(seen)} of {telling.where([each for each in users if each.running])}."
    taken = _taken(reservation)
    uncounted = [each for each in users if each.running is None]
    if uncounted and taken != 0:
        return taken, f"It is behind {telling.where(uncounted)}, whose machines could not be counted."
    if taken:
        return taken, f"Running: {telling.machines(taken)}, of no group that was read."
    return 0, "No group that was read runs on it."


def _taken(reservation: OwnedReservation) -> int | None:
    """How many machines AWS says are in use, whoever has them; None where it does not say."""
    if reservation.plan:
        return reservation.plan.in_use
    return None if reservation.free is None else max(0, reservation.count - reservation.free)


def _stops_soon(reservation: OwnedReservation, world: World) -> datetime | None:
    """When its machines stop, if that is soon or going on."""
    stop = reservation.next_stop(world.now) if reservation.state is ReservationState.ACTIVE else None
    return stop if stop and stop - world.now <= SOON else None


def _until_the_next_part(reservation: OwnedReservation, world: World) -> str:
    """What to do about the gap of a split plan, which no extension closes; empty where no part is to come."""
    again = reservation.next_start(world.now)
    return "" if again <= world.now else f"Save checkpoints: machines can be started again at {telling.moment(again)}."


def _before_the_end(reservation: OwnedReservation, world: World) -> str:
    if until := _until_the_next_part(reservation, world):
        return until
    deadline = extension_deadline(reservation)
    if deadline is None or not _can_be_extended(reservation, world):
        return "It can be extended no more: save checkpoints, and let jobs end before that."
    return f"Extend it by {telling.moment(deadline)} (search_extensions), or save checkpoints before the machines stop."


def _can_be_extended(reservation: OwnedReservation, world: World) -> bool:
    return not obstacle(reservation, world.extensions, world.now) and not makes_too_long(reservation, 1)


def _closes(reservation: OwnedReservation, world: World) -> Iterator[Seen]:
    deadline = extension_deadline(reservation)
    if deadline is None or not _can_be_extended(reservation, world) or deadline - world.now > _CLOSING:
        return
    if _stops_soon(reservation, world):
        # Until when it can be extended is said there.
        return
    what, left = telling.begun(telling.owned(reservation)), length(deadline - world.now)
    why = f"{what} can be extended until {telling.moment(deadline)}, for another {left}."
    yield Seen(why, None, None, reservation.id, deadline)


def _idle(reservation: OwnedReservation, world: World) -> Iterator[Seen]:
    stop = reservation.next_stop(world.now)
    if reservation.state is not ReservationState.ACTIVE or not reservation.free or (stop and world.now >= stop):
        return
    users = world.users.get(reservation.id, ())
    of_one = world.hourly.get(reservation.id)
    cost = of_one and of_one.times(reservation.free)
    price = f", {cost} an hour that is paid already" if cost else ""
    of = "" if reservation.machines is None else f" of {reservation.machines}"
    why = f"{reservation.free}{of} machines of {telling.owned(reservation)} do not run{price}."
    why += "" if users else " No group that was read has it."
    do = _to_use_it(reservation, users, world)
    yield Seen(why, None, None, reservation.id, stop, reservation.free, cost, do)


def _to_use_it(reservation: OwnedReservation, users: Sequence[User], world: World) -> str:
    if not users and not world.all_users_read(reservation):
        return "What was not read may use it: see to that first."
    if not users:
        return "wire_capacity puts it into a unit of live/, and says which it fits."
    where = telling.where(users)
    wanted, running = (summed(each.group.wanted for each in users), summed(each.group.running for each in users))
    if wanted is None or running is None:
        return f"See what {where} may have, its events, its subnets."
    if wanted > running:
        return f"{where} wants {wanted} and has {running}: see its events, its subnets, and what is wrong with it."
    return f"{where} wants {wanted}, and has them: raise that, or give the rest to another group."


def _zones(cluster: Cluster, world: World) -> Iterator[Seen]:
    for group in cluster.groups:
        for reservation in _behind(group, world):
            wanted = _zones_of(reservation)
            if reservation.state.over:
                continue
            if group.zone_ids and wanted and not wanted <= {*group.zone_ids}:
                missing = telling.some(sorted(wanted - {*group.zone_ids}))
                why = (
                    f"{telling.begun(telling.owned(reservation))} is in {missing}, and {word(group.name)} has subnets "
                    f"in {telling.some(group.zone_ids)} only: none of its machines can ever start there."
                )
                yield Seen(why, None, group.name, reservation.id)


def _zones_of(reservation: OwnedReservation) -> set[str]:
    parts = reservation.plan.parts if reservation.plan else ()
    return {zone.id for zone in (reservation.zone, *(each.zone for each in parts)) if zone.id}


def _beyond(cluster: Cluster, world: World) -> Iterator[Seen]:
    for group in cluster.groups:
        if any(each not in world.by_id for each in group.capacity):
            continue
        behind = [each for each in _behind(group, world) if not each.state.over]
        counts = [each.machines for each in behind]
        if not group.wanted or not behind or None in counts:
            continue
        total = sum(each or 0 for each in counts)
        if group.wanted > total:
            why = f"{word(group.name)} wants {telling.machines(group.wanted)}, and behind it are {total}."
            yield Seen(why, None, group.name, behind[0].id, machines=group.wanted - total)


def _shared(reservation: OwnedReservation, world: World) -> Iterator[Seen]:
    if reservation.state.over:
        return
    users = [each for each in world.users.get(reservation.id, ()) if each.group.capacity == (reservation.id,)]
    # Nobody says of Karpenter's how many are wanted: those that run are taken.
    wanted = sum((each.running if each.group.wanted is None else each.group.wanted) or 0 for each in users)
    if len(users) > 1 and reservation.machines is not None and wanted > reservation.machines:
        why = f"{telling.where(users)} want {wanted} machines together, and {telling.owned(reservation)} is behind all."
        yield Seen(why, None, None, reservation.id, machines=wanted - reservation.machines)


def _to_come(cluster: Cluster, world: World) -> Iterator[Seen]:
    for group in cluster.groups:
        for reservation in _behind(group, world):
            start = reservation.next_start(world.now)
            if reservation.state not in _TO_COME or not group.missing or start <= world.now:
                continue
            why = (
                f"{word(group.name)} waits for {telling.machines(group.missing)}, and {telling.owned(reservation)} "
                f"starts at {telling.moment(start)}, in {length(start - world.now)}."
            )
            given_up = _given_up(cluster, group, world.now)
            if given_up and given_up < start:
                why += f" HyperPod gives the group up at {telling.moment(given_up)} at the latest."
                do = "Set its least count to 0, or make the group when the plan has started."
                yield Seen(why, Severity.HIGH, group.name, reservation.id, given_up, group.missing, do=do)
            else:
                yield Seen(why, None, group.name, reservation.id, start, group.missing)


def _given_up(cluster: Cluster, group: Group, now: datetime) -> datetime | None:
    """Until when HyperPod rolls a group back that lacks its least machines; None where it does not.

    When it began to wait HyperPod does not always tell: now at the latest.
    """
    if cluster.kind is not ClusterKind.HYPERPOD or cluster.state not in _CHANGING or not group.minimum:
        return None
    began = group.since or (cluster.update.began if cluster.update else None)
    return (began or now) + _ROLL_BACK


def _over(cluster: Cluster, world: World) -> Iterator[Seen]:
    for group in cluster.groups:
        behind = _behind(group, world)
        if not all(each.state.over for each in behind):
            # It has its machines of another, or waits for it.
            continue
        for reservation in behind:
            if group.wanted:
                why = (
                    f"{word(group.name)} wants {telling.machines(group.wanted)} on {telling.owned(reservation)}, which "
                    f"is {word(reservation.words)}."
                )
                yield Seen(why, None, group.name, reservation.id, machines=group.wanted)


def waits_for_start(group: Group, world: World) -> bool:
    """Whether what is behind a group has not started, so that it cannot have machines."""
    behind = _behind(group, world)
    return bool(behind) and all(each.state in _TO_COME for each in behind)


def _behind(group: Group, world: World) -> list[OwnedReservation]:
    """The reservations and plans behind a group, of those that could be read."""
    return [world.by_id[each] for each in group.capacity if each in world.by_id]


RULES = (
    Rule(
        "capacity-ends",
        Severity.HIGH,
        "a block or plan whose machines stop within 48 hours",
        "AWS takes the machines back before the end that it tells: 30 minutes, 60 for UltraServers and HyperPod.",
        "Extend it, or let jobs save and end before that hour.",
        look_at_capacity=_ends,
    ),
    Rule(
        "capacity-idle",
        Severity.HIGH,
        "machines of an active block or plan that could run and do not",
        "They were paid in advance, and every hour of them is lost.",
        "Give them to a group, or raise what it wants.",
        look_at_capacity=_idle,
    ),
    Rule(
        "capacity-in-other-zone",
        Severity.HIGH,
        "a reservation in a zone that its group has no subnet in",
        "A reservation is in one zone: no machine of the group can ever start on it.",
        "Give the group a subnet of that zone, or the reservation to a group that has one.",
        compare=_zones,
    ),
    Rule(
        "capacity-over",
        Severity.HIGH,
        "a group that wants machines of a block or plan that is over",
        "Nothing can be started on it any more, and machines on demand are not taken in its place.",
        "Set its wanted count to 0, and take the entry out of its unit.",
        compare=_over,
    ),
    Rule(
        "extension-closes",
        Severity.MEDIUM,
        "a block or plan that can be extended for less than 72 hours more",
        "One hour before its end AWS sells no more of it, and extensions may be sold out sooner.",
        "Look for extensions now (search_extensions).",
        look_at_capacity=_closes,
    ),
    Rule(
        "capacity-not-started",
        Severity.MEDIUM,
        "a group that waits for a block or plan that has not started",
        "No machine starts before it. HyperPod rolls a group back that has not got its least machines in three hours.",
        "Leave its wanted count at 0 until the start.",
        compare=_to_come,
    ),
    Rule(
        "wanted-beyond-capacity",
        Severity.MEDIUM,
        "groups that want more machines than what is behind them has",
        "The machines beyond it never start, and the group never comes to rest.",
        "Lower what is wanted to what was bought, or buy more.",
        compare=_beyond,
        look_at_capacity=_shared,
    ),
)
