"""The answer of wire_capacity. Imported when it is first asked: it loads parsers and every check."""

from datetime import datetime
from pathlib import Path

from mcp_server.capacity.payments import payment_deadline
from mcp_server.monorepo.edits import unified_diff
from mcp_server.purchasing.owning import OwnedRow
from mcp_server.render.offerings import SIMULATED
from mcp_server.render.sections import sections
from mcp_server.render.snippets import snippet, snippet_verdict
from mcp_server.render.wirings import (
    apply_command,
    capacity_facts,
    capacity_line,
    check_lines,
    fits_table,
    misfit_lines,
    next_steps,
    verdict,
)
from mcp_server.tools.wiring_results import WiringResult
from mcp_server.wiring.checks import Check, Result, anywhere
from mcp_server.wiring.elsewhere import Elsewhere, PastedByHand, Use, checked_elsewhere
from mcp_server.wiring.ground import Ground, target_called
from mcp_server.wiring.keeping import Action, KeptCheck, Wiring, digest, encoded, keep, name_of
from mcp_server.wiring.looking import NotOwned, Sight, unread_of
from mcp_server.wiring.places import Place
from mcp_server.wiring.proposing import Fit, Proposal, rewire, unwire, where, wire
from mcp_server.wiring.targets import Target

_MOST_OTHERS = 12


class Wish:
    """What was asked for: capacity by any of its names, and where it shall go. Empty and 0: not said.

    elsewhere is what takes it and is not in the tree; there is no target then.
    """

    def __init__(self, capacity: str, unit: str, target: str, name: str, count: int, action: Action) -> None:
        self.capacity, self.unit, self.name, self.count, self.action = capacity, unit, name, count, action
        named = target_called(target)
        self.target = named if isinstance(named, Target) else None
        self.elsewhere = named if isinstance(named, Elsewhere) else None

    def check(self, ground: Ground) -> None:
        """Refuse a unit that is not there or takes nothing, before AWS is asked.

        Raises:
            UnknownUnit, AmbiguousUnit, TakesNoCapacity: As Ground.places_of.
            PastedByHand: What takes it is in no unit.
        """
        if self.elsewhere and (self.action != "wire" or self.unit or self.name):
            raise PastedByHand(self.elsewhere)
        if self.unit:
            ground.places_of(self.unit, self.target)


def answer(wish: Wish, sight: Sight, ground: Ground, state: Path) -> WiringResult:
    """What wire_capacity answers. An edit that nothing stops is kept in the state folder.

    Raises:
        RequestRefused: Nothing is owned, or wired, under that name; or there is no such unit or target.
    """
    if wish.elsewhere:
        return _elsewhere(wish, wish.elsewhere, ground, sight)
    if wish.action == "wire" and not wish.unit:
        return _where(wish, ground, sight)
    proposal = _proposal(wish, ground, sight)
    wiring = _kept(proposal, ground, sight, state)
    names = {number: name for name, number in sight.answer.accounts}
    return WiringResult(
        notices=_notices(sight),
        capacity=capacity_line(proposal.row, names) if proposal.row else None,
        verdict=verdict(proposal),
        checks=check_lines(proposal.checks),
        file=ground.shown(proposal.file) if wiring else None,
        diff=wiring.diff if wiring else None,
        wiring_id=wiring.id if wiring else None,
        apply=apply_command(wiring.id, simulated=wiring.simulated) if wiring else None,
        next=next_steps(proposal, wiring.id, simulated=wiring.simulated) if wiring else [],
        draft_until=wiring.due if wiring else None,
    )


def wiring_text(result: WiringResult) -> str:
    """The same for people."""
    parts = [*result.notices, *([result.capacity] if result.capacity else []), result.verdict]
    parts += sections((("Checks", result.checks),))
    parts += [result.fits] if result.fits else []
    parts += sections((("The others", result.others),))
    parts += [each for each in (result.diff, result.snippet) if each]
    parts += sections((("Next", result.next),))
    return "\n\n".join(parts)


def _elsewhere(wish: Wish, elsewhere: Elsewhere, ground: Ground, sight: Sight) -> WiringResult:
    """What is pasted there, if nothing stops it."""
    row = _owned(wish, sight)
    reservation = row.holding.reservation
    count = wish.count or reservation.machines or 0
    now, simulated = sight.answer.now, sight.answer.simulated
    checks = checked_elsewhere(Use(elsewhere, reservation, count, ground.wired, sight.users, now, simulated))
    stopped = any(each.result is Result.STOPPED for each in checks)
    return WiringResult(
        notices=_notices(sight),
        capacity=capacity_line(row, {number: name for name, number in sight.answer.accounts}),
        verdict=snippet_verdict(elsewhere, checks),
        checks=check_lines(checks),
        snippet=None if stopped else snippet(elsewhere, reservation, count),
    )


def _owned(wish: Wish, sight: Sight) -> OwnedRow:
    if sight.row is None:
        raise NotOwned(wish.capacity, sight.answer, unread_of(sight.answer))
    return sight.row


def _where(wish: Wish, ground: Ground, sight: Sight) -> WiringResult:
    row = _owned(wish, sight)
    found = [each for each in where(ground, sight) if wish.target in (None, each.place.target)]
    fitting = [each for each in found if each.fits]
    others = misfit_lines(found)
    names = {number: name for name, number in sight.answer.accounts}
    also_named = ground.also_named(row.holding.reservation, row.holding.shared_with)
    found_anywhere = anywhere(row.holding, ground.wired, also_named, sight.users, sight.answer.now)
    checks = [each for each in found_anywhere if each.result is not Result.PASSED]
    more = [f"{len(others) - _MOST_OTHERS} more"] if len(others) > _MOST_OTHERS else []
    return WiringResult(
        notices=_notices(sight),
        capacity=capacity_line(row, names),
        verdict=f"It fits {len(fitting)} of {len(found)} places of the live tree{_say_unit(fitting, checks)}",
        checks=check_lines(checks),
        fits=fits_table(found),
        others=[*others[:_MOST_OTHERS], *more],
    )


def _say_unit(fitting: list[Fit], checks: list[Check]) -> str:
    stopped = ", ".join(each.name for each in checks if each.result is Result.STOPPED)
    if stopped:
        return f", but can be given to none now: stopped by {stopped}."
    return ". Ask again with unit and target of one of them." if fitting else "."


def _proposal(wish: Wish, ground: Ground, sight: Sight) -> Proposal:
    if wish.action == "unwire":
        return unwire(ground, sight, wish.capacity, wish.unit, wish.target)
    if wish.action == "rewire":
        return rewire(ground, sight, wish.capacity, wish.unit, wish.target)
    return wire(ground, sight, wish.capacity, _place(wish, ground), wish.name, wish.count)


def _place(wish: Wish, ground: Ground) -> Place:
    """The place that is meant: of those of an EKS cluster the node group, unless its NodeClass is asked for."""
    return ground.places_of(wish.unit, wish.target)[0]


def _notices(sight: Sight) -> list[str]:
    return [*([SIMULATED] if sight.answer.simulated else []), *sight.answer.notices]


def _kept(proposal: Proposal, ground: Ground, sight: Sight, state: Path) -> Wiring | None:
    """The proposal's edit, kept; None where there is none."""
    edit, row = proposal.edit, proposal.row
    if edit is None:
        return None
    file, shown, before = ground.file(proposal.file), ground.shown(proposal.file), digest(edit.before)
    names = {number: name for name, number in sight.answer.accounts}
    wiring = Wiring(
        id=name_of(file, before, edit.after),
        action=proposal.action,
        made=sight.answer.now,
        capacity=proposal.capacity,
        called=row.holding.reservation.name if row else proposal.capacity,
        purchase=row.origin.purchase_id if row else None,
        unit=proposal.unit,
        target=proposal.target,
        name=proposal.name,
        file=file,
        shown_as=shown,
        before=before,
        after=encoded(edit.after),
        diff=unified_diff(edit, shown),
        checks=tuple(map(_kept_check, proposal.checks)),
        facts=capacity_facts(row, names) if row else (),
        due=_due(proposal),
        simulated=sight.answer.simulated,
    )
    keep(wiring, state)
    return wiring


def _due(proposal: Proposal) -> datetime | None:
    return payment_deadline(proposal.row.holding.reservation) if proposal.row else None


def _kept_check(check: Check) -> KeptCheck:
    return KeptCheck(name=check.name, result=check.result, told=check.told)
