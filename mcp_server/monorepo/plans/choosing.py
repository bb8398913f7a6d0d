"""Which part of a summary is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import msgspec

from mcp_server.capacity.refusals import RequestRefused, UnknownWord
from mcp_server.capacity.severity import Severity
from mcp_server.capacity.words import typed
from mcp_server.monorepo.plans.changes import Action
from mcp_server.monorepo.plans.risks import Risk
from mcp_server.monorepo.plans.summary import PlannedChange, Summary, UnitSummary


class UnknownPlanUnit(RequestRefused):
    """No plan is of a unit of this name. similar are names that some are of."""

    def __init__(self, name: str, similar: Sequence[str]) -> None:
        self.name, self.similar = name, tuple(similar)
        hint = f" Did you mean {' or '.join(map(typed, similar))}?" if similar else ""
        super().__init__(f"No plan here is of {typed(name)}.{hint}")


_ACTIONS = {
    "create": (Action.CREATE, Action.CREATE_AND_FORGET),
    "update": (Action.UPDATE,),
    "destroy": (Action.DELETE,),
    "replace": (Action.REPLACE, Action.REPLACE_CREATING_FIRST),
    "forget": (Action.FORGET, Action.CREATE_AND_FORGET),
    "move": (Action.NO_OP,),
}


def actions_of(words: Sequence[str]) -> tuple[Action, ...]:
    """The actions of these names; "move" is of what only moves or is only imported.

    Raises:
        UnknownWord: There is none of a name.
    """
    unknown = next((each for each in words if each.lower() not in _ACTIONS), None)
    if unknown is not None:
        raise UnknownWord(unknown, "action", list(_ACTIONS))
    return tuple(action for each in words for action in _ACTIONS[each.lower()])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; empty means all. units are names, paths or ends of paths, address is a part of addresses."""

    units: tuple[str, ...] = ()
    severity: Severity | None = None
    actions: tuple[Action, ...] = ()
    address: str = ""

    @property
    def narrows(self) -> bool:
        """Whether it leaves changes out, not only units."""
        return bool(self.severity or self.actions or self.address)


def narrowed(summary: Summary, wanted: Wanted) -> Summary:
    """The part of a summary that is wanted. A unit without a plan is never left out, unless others are named.

    Raises:
        UnknownPlanUnit: A name is of no unit in it.
    """
    for name in wanted.units:
        if not any(_is_named(each.unit, name) for each in summary.units):
            names = [each.unit for each in summary.units]
            raise UnknownPlanUnit(name, get_close_matches(name, names, n=3, cutoff=0.4))
    units = [
        each for each in summary.units if not wanted.units or any(_is_named(each.unit, name) for name in wanted.units)
    ]
    kept = {each.unit for each in units}
    risks = tuple(each for each in summary.risks if each.unit in kept and _is_wanted_risk(each, wanted))
    return msgspec.structs.replace(summary, units=tuple(_narrowed_unit(each, wanted) for each in units), risks=risks)


def _is_named(unit: str, name: str) -> bool:
    plain = name.strip("/")
    return unit == plain or unit.endswith(f"/{plain}")


def _is_wanted_risk(risk: Risk, wanted: Wanted) -> bool:
    """What is said of a whole unit is said of whatever is asked of it."""
    if risk.address is None:
        return True
    worse = wanted.severity is None or risk.severity.at_least(wanted.severity)
    return worse and wanted.address in risk.address


def _narrowed_unit(unit: UnitSummary, wanted: Wanted) -> UnitSummary:
    if not wanted.narrows:
        return unit
    return msgspec.structs.replace(
        unit,
        changes=tuple(each for each in unit.changes if _is_wanted(each, wanted)),
        drift=tuple(each for each in unit.drift if _is_wanted(each, wanted)),
    )


def _is_wanted(change: PlannedChange, wanted: Wanted) -> bool:
    if wanted.severity and not (change.severity and change.severity.at_least(wanted.severity)):
        return False
    return (not wanted.actions or change.action in wanted.actions) and wanted.address in change.address
