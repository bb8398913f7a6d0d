"""Whether a changed tree says of capacity what AWS says, for the workflow that checks a pull request again."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.words import word
from mcp_server.monorepo.node_classes import Selector
from mcp_server.monorepo.values import Unknown
from mcp_server.purchasing.owning import OwnedRow
from mcp_server.wiring.checks import Case, Check, checked, passed, stopped
from mcp_server.wiring.entries import Entry, entry
from mcp_server.wiring.ground import Ground
from mcp_server.wiring.keeping import Action
from mcp_server.wiring.looking import Sight, unread_of
from mcp_server.wiring.marks import Mark
from mcp_server.wiring.places import Place, Wired
from mcp_server.wiring.proposing import machines, over
from mcp_server.wiring.targets import Target


def verified(mark: Mark, ground: Ground, sight: Sight) -> tuple[Check, ...]:
    """Every check of what a pull request says of one capacity, against the tree as it would be and AWS as it is."""
    there = next((each for each in ground.wired if _is(each, mark)), None)
    if mark.action == "unwire":
        return (_gone(mark, there), *_unused(mark, ground, sight))
    if there is None:
        told = (
            f"No {mark.target.called} {word(mark.name)} of {word(mark.unit)} names {word(mark.capacity)} in this tree."
        )
        return (stopped("entry", told),)
    if sight.row is None:
        unread = "; ".join(unread_of(sight.answer)) or "everything was read"
        return (stopped("entry", f"AWS tells of no {word(mark.capacity)} ({unread})."),)
    place = next(each for each in ground.places if (each.unit.path, each.target) == (there.unit, there.target))
    row = sight.row
    return (
        *_purchase(mark, row),
        *_again(ground, sight, row, place, there),
        *_values(row.holding.reservation, place, there),
        _paid(row.holding.reservation),
    )


def unmarked(marks: Sequence[Mark], before: Sequence[Wired], after: Sequence[Wired]) -> tuple[Mark, ...]:
    """What was put somewhere, taken out or changed between two trees, and that none of these marks is about."""
    old, new = ({_key(each): each for each in wired} for wired in (before, after))
    known = {(each.capacity, each.unit, each.target, each.name) for each in marks}
    found: tuple[tuple[Action, Wired], ...] = (
        *(("wire", each) for key, each in new.items() if key not in old),
        *(("rewire", each) for key, each in new.items() if key in old and each.values != old[key].values),
        *(("unwire", each) for key, each in old.items() if key not in new),
    )
    return tuple(
        Mark(action=action, capacity=each.capacity, purchase=None, unit=each.unit, target=each.target, name=each.name)
        for action, each in found
        if _key(each) not in known
    )


def _key(wired: Wired) -> tuple[str, str, Target, str]:
    return wired.capacity, wired.unit, wired.target, wired.name


def _is(there: Wired, mark: Mark) -> bool:
    return _key(there) == (mark.capacity, mark.unit, mark.target, mark.name)


def _gone(mark: Mark, there: Wired | None) -> Check:
    if there:
        return stopped("entry", f"{word(mark.capacity)} is still in the tree: {there}.")
    return passed("entry", f"No {mark.target.called} of {word(mark.unit)} names {word(mark.capacity)} any more.")


def _unused(mark: Mark, ground: Ground, sight: Sight) -> Iterator[Check]:
    """Whether what is taken out is over, or at least nothing of the unit runs on it: a merge would end that."""
    its = (each for each in ground.places if (each.unit.path, each.target) == (mark.unit, mark.target))
    yield from over(sight, next(its, None))
    yield from machines(sight.users, stops=True)


def unheld(before: Ground, after: Ground) -> tuple[Check, ...]:
    """What came between two trees and gives capacity in a way that cannot be held to AWS, as by tags."""
    checks = [
        stopped("tags", f"gitops/{word(folder)} takes reservations by tags, which others may set, too: name their ids.")
        for folder, _ in _new(_by_tags(before), _by_tags(after))
    ]
    checks += [
        stopped("expression", f"{word(unit)}: {word('.'.join(map(str, keys)))} is no literal: write it out.")
        for unit, keys, _ in _new(_expressions(before), _expressions(after))
    ]
    unread = _new(_unread(before), _unread(after))
    return (*checks, *(stopped("unread", f"{word(each)} cannot be read, or not all of it.") for each in unread))


_Found = TypeVar("_Found", bound=Hashable)


def _new(before: Iterable[_Found], after: Iterable[_Found]) -> Sequence[_Found]:
    """What is there oftener than it was."""
    return list((Counter(after) - Counter(before)).elements())


def _by_tags(ground: Ground) -> Iterator[tuple[str, Selector]]:
    for there in ground.gitops.clusters if ground.gitops else ():
        yield from ((there.folder, each) for each in there.selectors if each.id is None)


def _expressions(ground: Ground) -> Iterator[tuple[str, tuple[str | int, ...], bytes]]:
    """Inputs for capacity that hang on more than the files, as they are written."""
    for place in ground.places:
        for each in place.unit.inputs if place.target.variable else ():
            if each.keys[0] == place.target.variable and isinstance(each.value, Unknown):
                said = ground.file(each.place.file).read_bytes()[each.place.start : each.place.end]
                yield place.unit.path, each.keys, said


def _unread(ground: Ground) -> Iterator[str]:
    yield from {each.unit.path for each in ground.places if each.unit.partly_read}
    for there in ground.gitops.clusters if ground.gitops else ():
        yield from (f"gitops/{each}" for each in there.unread)


def strays(before: Ground, after: Ground) -> Sequence[tuple[str, str]]:
    """What is named between two trees anew where no entry is read: the reservation or plan, and the file."""
    return _new(*([(each.capacity, each.file) for each in ground.strays] for ground in (before, after)))


def held_stray(capacity: str, file: str, sight: Sight | None) -> Check:
    """Whether it matters that a file names something; sight is None of what has no id to look for."""
    if sight is None:
        return stopped("stray", f"{word(file)} gives a NodeClass reservations, and is of no cluster's folder.")
    unread = unread_of(sight.answer)
    if sight.row is None and not unread:
        return passed("stray", f"{word(file)} names {word(capacity)}, which nobody owns.")
    told = f"{word(file)} names {word(capacity)} in no entry that can be held to AWS: wire_capacity writes one."
    return stopped("stray", told)


def _purchase(mark: Mark, row: OwnedRow) -> Iterator[Check]:
    """Whether the purchase that is named is that of the capacity, as its tags or the ledger tell."""
    known = row.origin.purchase_id
    if mark.purchase is None or known == mark.purchase:
        yield passed("purchase", f"{word(mark.purchase)}." if mark.purchase else "None is named.")
    elif known is None:
        yield stopped("purchase", f"{word(mark.purchase)} is named, and AWS's tags tell no purchase of it.")
    else:
        yield stopped("purchase", f"{word(mark.purchase)} is named, and it is of {word(known)}.")


def _again(ground: Ground, sight: Sight, row: OwnedRow, place: Place, there: Wired) -> Iterator[Check]:
    """The checks of putting it there, as if its own entry were not there yet."""
    others = tuple(each for each in ground.wired if each is not there)
    theirs = tuple(each for each in sight.users or () if not place.makes(each.cluster))
    count = there.values.get(_COUNTS.get(there.target, ""))
    case = Case(
        # Its own machines are not somebody else's.
        replace(row.holding, use=None) if sight.users and not theirs else row.holding,
        replace(place, names=place.names - {there.name}),
        there.name,
        count if isinstance(count, int) else 0,
        others,
        theirs if theirs or sight.all_clusters else None,
        sight.answer.now,
        sight.answer.simulated,
        ground.scratch,
        ground.gitops.reserved_only if ground.gitops else None,
        ground.also_named(row.holding.reservation, row.holding.shared_with),
    )
    yield from checked(case)


_COUNTS = {Target.NODE_GROUP: "count", Target.QUEUE: "count", Target.INSTANCE_GROUP: "instance_count"}


def _values(reservation: OwnedReservation, place: Place, there: Wired) -> Iterator[Check]:
    """Whether each value of the entry that stands for AWS's is AWS's."""
    if there.target is Target.NODE_CLASS:
        return
    wanted = dict(_flat(entry(reservation, place, 0)))
    wrong = [
        f"{key} is {word(str(there.values.get(key)))}, and AWS says {word(str(value))}"
        for key, value in wanted.items()
        if key not in {*_COUNTS.values(), "slurm.role"} and there.values.get(key) != value
    ]
    if wrong:
        yield stopped("values", f"{'; '.join(wrong)}: ask wire_capacity with action rewire, or mend it by hand.")
    else:
        yield passed("values", f"{', '.join(wanted)} are as AWS tells them.")


def _flat(written: Entry, prefix: str = "") -> Iterator[tuple[str, str | int]]:
    for key, value in written.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _paid(reservation: OwnedReservation) -> Check:
    """Payment takes AWS from minutes to hours, and until then nothing is sure: a merge waits for it."""
    if reservation.state is ReservationState.PAYMENT_PENDING:
        return stopped("payment", "AWS has not taken the payment yet: do not merge before it is scheduled or active.")
    return passed("payment", "AWS has taken it, or waits for none.")
