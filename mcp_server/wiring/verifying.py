"""Whether a changed tree says of capacity what AWS says, for the workflow that checks a pull request again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.purchasing.owning import OwnedRow
from mcp_server.wiring.checks import Case, Check, checked, passed, stopped
from mcp_server.wiring.entries import Entry, entry
from mcp_server.wiring.ground import Ground
from mcp_server.wiring.keeping import Action
from mcp_server.wiring.looking import Sight, unread_of
from mcp_server.wiring.marks import Mark
from mcp_server.wiring.places import Place, Wired
from mcp_server.wiring.targets import Target


def verified(mark: Mark, ground: Ground, sight: Sight) -> tuple[Check, ...]:
    """Every check of what a pull request says of one capacity, against the tree as it would be and AWS as it is."""
    there = next((each for each in ground.wired if _is(each, mark)), None)
    if mark.action == "unwire":
        return (_gone(mark, there),)
    if there is None:
        told = f"No {mark.target.called} {mark.name} of {mark.unit} names {mark.capacity} in this tree."
        return (stopped("entry", told),)
    if sight.row is None:
        unread = "; ".join(unread_of(sight.answer)) or "everything was read"
        return (stopped("entry", f"AWS tells of no {mark.capacity} ({unread})."),)
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
        return stopped("entry", f"{mark.capacity} is still in the tree: {there}.")
    return passed("entry", f"No {mark.target.called} of {mark.unit} names {mark.capacity} any more.")


def _purchase(mark: Mark, row: OwnedRow) -> Iterator[Check]:
    """Whether the purchase that is named is that of the capacity, as its tags or the ledger tell."""
    known = row.origin.purchase_id
    if mark.purchase is None or known == mark.purchase:
        yield passed("purchase", mark.purchase or "None is named.")
    elif known is None:
        yield stopped("purchase", f"{mark.purchase} is named, and AWS's tags tell no purchase of {mark.capacity}.")
    else:
        yield stopped("purchase", f"{mark.purchase} is named, and {mark.capacity} is of {known}.")


def _again(ground: Ground, sight: Sight, row: OwnedRow, place: Place, there: Wired) -> Iterator[Check]:
    """The checks of putting it there, as if its own entry were not there yet."""
    others = tuple(each for each in ground.wired if each is not there)
    theirs = None if sight.users is None else tuple(each for each in sight.users if each.cluster.unit != there.unit)
    count = there.values.get(_COUNTS.get(there.target, ""))
    case = Case(
        row.holding,
        replace(place, names=place.names - {there.name}),
        there.name,
        count if isinstance(count, int) else 0,
        others,
        theirs,
        sight.answer.now,
        sight.answer.simulated,
        ground.scratch,
        ground.gitops.reserved_only if ground.gitops else None,
    )
    yield from checked(case)


_COUNTS = {Target.NODE_GROUP: "count", Target.QUEUE: "count", Target.INSTANCE_GROUP: "instance_count"}


def _values(reservation: OwnedReservation, place: Place, there: Wired) -> Iterator[Check]:
    """Whether each value of the entry that stands for AWS's is AWS's."""
    if there.target is Target.NODE_CLASS:
        return
    wanted = dict(_flat(entry(reservation, place, 0)))
    wrong = [
        f"{key} is {there.values.get(key)}, and AWS says {value}"
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
