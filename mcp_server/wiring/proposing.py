"""An edit of one file that puts capacity into a place, takes it out, or renews its dates; with every check."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import ExtensionState
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.troubles import SOON
from mcp_server.capacity.words import one_line, sentence, typed, word
from mcp_server.clusters.model import User
from mcp_server.monorepo.edits import Edit, EditRefused, followed_by
from mcp_server.monorepo.hcl_editing import insert_entry, remove_entry, set_value
from mcp_server.monorepo.hcl_places import ValuePlace
from mcp_server.monorepo.node_class_editing import add_reservation, remove_reservation
from mcp_server.purchasing.owning import OwnedRow
from mcp_server.wiring.checks import Case, Check, Result, checked, fits, passed, real, stopped, warned
from mcp_server.wiring.entries import changes, entry, free_name
from mcp_server.wiring.formatting import formatted
from mcp_server.wiring.ground import Ground
from mcp_server.wiring.keeping import Action
from mcp_server.wiring.looking import NotOwned, Sight, unread_of
from mcp_server.wiring.places import NODE_CLASS, Place, Wired
from mcp_server.wiring.targets import Target

_INPUTS = "inputs"


class NotWired(RequestRefused):
    """No entry of the tree names a capacity, or several do and no unit is said. there are those entries."""

    def __init__(self, capacity: str, there: tuple[Wired, ...], unit: str) -> None:
        self.capacity, self.there, self.unit = capacity, there, unit
        named = "; ".join(map(str, there))
        super().__init__(
            f"{typed(capacity)} is in several places: {named}. Say which, by its unit and target."
            if there
            else f"No unit and no NodeClass of the tree names {typed(capacity)}{f' in {typed(unit)}' if unit else ''}: "
            "there is nothing to change."
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be done. edit is None where a check stopped it. row is None of capacity that AWS tells no more of.

    file is relative to the tree's root.
    """

    action: Action
    capacity: str
    row: OwnedRow | None
    unit: str
    target: Target
    name: str
    count: int | None
    file: str
    checks: tuple[Check, ...]
    edit: Edit | None

    @property
    def stopped(self) -> tuple[Check, ...]:
        """The checks for which nothing is done."""
        return tuple(each for each in self.checks if each.result is Result.STOPPED)


@dataclass(frozen=True, slots=True)
class Fit:
    """A place, and what speaks for and against giving it a capacity."""

    place: Place
    checks: tuple[Check, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it."""
        return all(each.result is not Result.STOPPED for each in self.checks)


def where(ground: Ground, sight: Sight) -> tuple[Fit, ...]:
    """Every place of the tree, those that fit first, with the reasons of the others."""
    row = _row(sight, "")
    found = (Fit(each, fits(_case(ground, sight, row, each, "", 0))) for each in ground.places)
    return tuple(sorted(found, key=lambda each: not each.fits))


def wire(ground: Ground, sight: Sight, wanted: str, place: Place, name: str, count: int) -> Proposal:
    """Put capacity into a place, as an entry of this name, by default one that is free, of count machines, 0 for all.

    Raises:
        NotOwned: Nothing that was read is called as is wanted.
    """
    row = _row(sight, wanted)
    reservation = row.holding.reservation
    node_class = place.target is Target.NODE_CLASS
    named = NODE_CLASS if node_class else name or free_name(reservation, place)
    case = _case(ground, sight, row, place, named, count or reservation.machines or 0)
    checks = checked(case)
    proposal = Proposal(
        "wire",
        reservation.id,
        row,
        place.unit.path,
        place.target,
        named,
        None if node_class else case.count,
        place.file or place.unit.file,
        checks,
        None,
    )
    if proposal.stopped:
        return proposal
    if node_class:
        return _edited(ground, proposal, lambda data: add_reservation(data, NODE_CLASS, reservation.id))
    written = entry(reservation, place, case.count)
    at = ValuePlace((_INPUTS, str(place.target.variable)))
    known = _variables(ground, place, written)
    return _edited(ground, _with(proposal, known), lambda data: insert_entry(data, at, named, written))


def unwire(ground: Ground, sight: Sight, wanted: str, unit: str, target: Target | None) -> Proposal:
    """Take capacity out of the place that names it, also such of which AWS tells no more.

    Raises:
        NotWired: No place, or more than one, names it.
    """
    row = sight.row
    capacity = row.holding.reservation.id if row else wanted
    there = _there(ground, capacity, unit, target)
    place = _place_of(ground, there)
    checks = (
        passed("entry", str(there)),
        *over(sight, place),
        *machines(sight.users),
        *_not_the_last(place),
        *_writable(ground, place, there),
        real(simulated=sight.answer.simulated, scratch=ground.scratch),
    )
    proposal = _of_wired("unwire", there, row, checks)
    if proposal.stopped:
        return proposal
    if there.target is Target.NODE_CLASS:
        return _edited(ground, proposal, lambda data: remove_reservation(data, NODE_CLASS, capacity))
    at = ValuePlace((_INPUTS, str(there.target.variable)))
    return _edited(ground, proposal, lambda data: remove_entry(data, at, there.name))


def rewire(ground: Ground, sight: Sight, wanted: str, unit: str, target: Target | None) -> Proposal:
    """Renew the dates of the entry that names a capacity, as after an extension.

    Raises:
        NotOwned: Nothing that was read is called as is wanted.
        NotWired: No place, or more than one, names it.
    """
    row = _row(sight, wanted)
    reservation = row.holding.reservation
    there = _there(ground, reservation.id, unit, target)
    place = _place_of(ground, there)
    differ = changes(reservation, there)
    checks = (
        passed("entry", str(there)),
        *_state(row),
        *_dates(there, differ),
        *_extensions(row.holding),
        *_writable(ground, place, there),
        real(simulated=sight.answer.simulated, scratch=ground.scratch),
    )
    proposal = _of_wired("rewire", there, row, checks)
    if proposal.stopped or not differ:
        return proposal
    return _edited(ground, proposal, lambda data: _renewed(data, there, differ))


def _renewed(data: bytes, there: Wired, differ: Mapping[str, tuple[str, str]]) -> Edit:
    edit = Edit(data, data, ())
    for key, (_, now) in differ.items():
        at = ValuePlace((_INPUTS, str(there.target.variable), there.name, *key.split(".")))
        edit = followed_by(edit, set_value(edit.after, at, now).splices)
    return edit


def _row(sight: Sight, wanted: str) -> OwnedRow:
    if sight.row is None:
        raise NotOwned(wanted, sight.answer, unread_of(sight.answer))
    return sight.row


def _case(ground: Ground, sight: Sight, row: OwnedRow, place: Place, name: str, count: int) -> Case:
    return Case(
        row.holding,
        place,
        name,
        count,
        ground.wired,
        sight.users,
        sight.answer.now,
        sight.answer.simulated,
        ground.scratch,
        ground.gitops.reserved_only if ground.gitops else None,
        ground.also_named(row.holding.reservation, row.holding.shared_with),
    )


def _there(ground: Ground, capacity: str, unit: str, target: Target | None) -> Wired:
    paths = {each.unit.path for each in ground.places_of(unit, target)} if unit else None
    found = tuple(
        each
        for each in ground.wired
        if each.capacity == capacity and target in (None, each.target) and (paths is None or each.unit in paths)
    )
    if len(found) != 1:
        raise NotWired(capacity, found, unit)
    return found[0]


def _place_of(ground: Ground, there: Wired) -> Place:
    return next(each for each in ground.places if (each.unit.path, each.target) == (there.unit, there.target))


def _of_wired(action: Action, there: Wired, row: OwnedRow | None, checks: tuple[Check, ...]) -> Proposal:
    return Proposal(action, there.capacity, row, there.unit, there.target, there.name, None, there.file, checks, None)


def over(sight: Sight, place: Place | None) -> Iterator[Check]:
    """Whether the capacity is over, or about to be. place is where it is taken out of, None if that is gone, too."""
    if sight.row is None:
        unread = [*unread_of(sight.answer), *_not_asked(sight, place)]
        if unread:
            yield stopped(
                "over", f"AWS tells nothing of it where it was asked, and not asked was: {'; '.join(unread)}."
            )
        else:
            yield passed("over", "AWS tells nothing of it any more.")
        return
    reservation, now = sight.row.holding.reservation, sight.answer.now
    end = reservation.usable_end
    if reservation.state.over or (end and now >= end):
        yield passed("over", f"It is {word(reservation.words)}{_until(end, now)}.")
    elif end and end - now <= SOON:
        yield passed("over", f"It is about to be{_until(end, now)}.")
    else:
        yield warned(
            "over", f"It is not: it is {word(reservation.words)}{_until(end, now)}. What is paid of it stays paid."
        )


def _not_asked(sight: Sight, place: Place | None) -> Iterator[str]:
    """Where a place is, if AWS was not asked there at all."""
    account = place.unit.account_id if place else None
    if account and account not in {number for _, number in sight.answer.accounts}:
        yield f"account {word(account)} (not configured)"


def _until(end: datetime | None, now: datetime) -> str:
    if end is None:
        return ""
    return f", and its machines {'stop' if now < end else 'stopped'} at {end:%Y-%m-%d %H:%M} UTC"


def machines(users: tuple[User, ...] | None, *, stops: bool = False) -> Iterator[Check]:
    """Which machines run on it, and whether that stops what is to be done or is for a person to read."""
    running = [each for each in users or () if each.running]
    if running:
        named = "; ".join(f"{each.running} of {word(each.group.name)}" for each in running)
        found = stopped if stops else warned
        yield found("machines", f"{named} run on it, and are ended by this: drain them first.")
    elif users is None or any(each.running is None for each in users):
        yield warned("machines", "Whether machines run on it could not be read: see cluster_status.")
    else:
        yield passed("machines", "None that is known runs on it.")


def _not_the_last(place: Place) -> Iterator[Check]:
    if place.target is Target.INSTANCE_GROUP:
        others = len(place.names) - 1
        if others:
            yield passed("other groups", f"{others} stay.")
        else:
            yield stopped("other groups", "It is the last instance group, and a HyperPod cluster has one at least.")


def _state(row: OwnedRow) -> Iterator[Check]:
    state, words = row.holding.reservation.state, word(row.holding.reservation.words)
    if state.over:
        yield stopped("state", f"It is {words}: take it out instead (action unwire).")
    else:
        yield passed("state", f"It is {words}.")


def _dates(there: Wired, differ: Mapping[str, tuple[str, str]]) -> Iterator[Check]:
    if there.target is Target.NODE_CLASS:
        yield passed("dates", "A NodeClass has none: Karpenter reads them from AWS.")
    elif differ:
        told = "; ".join(f"{key}: {word(was)} is {now} now" for key, (was, now) in differ.items())
        yield passed("dates", told)
    else:
        yield passed("dates", "They are those of AWS: nothing is to be changed.")


def _extensions(holding: Holding) -> Iterator[Check]:
    pending = [each for each in holding.extensions if each.state is ExtensionState.PAYMENT_PENDING]
    if pending:
        end = max(each.end for each in pending)
        yield warned(
            "extensions", f"The payment of one to {end:%Y-%m-%d %H:%M} UTC is pending: ask again when it is paid."
        )


def _writable(ground: Ground, place: Place, there: Wired) -> Iterator[Check]:
    if there.target is not Target.NODE_CLASS and there.file != place.unit.file:
        shown = ground.shown(there.file)
        yield stopped(
            "file", f"{word(shown)}:{there.line} is where it stands, which other units include: change it by hand."
        )


def _variables(ground: Ground, place: Place, written: Mapping[str, object]) -> Check:
    """Whether the module's variable takes such an entry."""
    attributes = ground.attributes(place)
    variable = place.target.variable
    if attributes is None:
        return warned("variables", f"The module's files do not tell what {variable} takes: terraform validate will.")
    unknown = sorted(set(written) - set(attributes))
    missing = sorted(name for name, needed in attributes.items() if needed and name not in written)
    if unknown or missing:
        told = [f"has no {', '.join(map(word, unknown))}"] if unknown else []
        told += [f"also wants {', '.join(map(word, missing))}"] if missing else []
        return stopped("variables", f"The module's {variable} {' and '.join(told)}: it is not the one this knows.")
    return passed("variables", f"An entry of the module's {variable} has these attributes.")


def _edited(ground: Ground, proposal: Proposal, edit: Callable[[bytes], Edit]) -> Proposal:
    """The proposal with its edit, or with the check that stops it."""
    if proposal.stopped:
        return proposal
    file = ground.file(proposal.file)
    shown = ground.shown(proposal.file)
    if ground.linked(proposal.file):
        told = f"{word(proposal.file)} is a link, or reached by one, to {word(shown)}: change it by hand where it is."
        return _with(proposal, stopped("edit", told))
    try:
        made = edit(file.read_bytes())
    except EditRefused as refused:
        by_hand = f" To write there by hand: {one_line(refused.instead)}" if refused.instead else ""
        told = f"{word(shown)}:{refused.line}: {sentence(refused.why)}{by_hand}"
        return _with(proposal, stopped("edit", told))
    except OSError as failure:
        return _with(proposal, stopped("edit", f"{word(shown)} cannot be read ({failure.strerror})."))
    if file.suffix in {".hcl", ".tf"}:
        proposal = _with(proposal, formatted(made.before, made.after))
    else:
        proposal = _with(proposal, passed("YAML", "It reads back with this change and no other."))
    return proposal if proposal.stopped else replace(proposal, edit=made)


def _with(proposal: Proposal, check: Check) -> Proposal:
    return replace(proposal, checks=(*proposal.checks, check))
