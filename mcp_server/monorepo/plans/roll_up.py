"""Plans of many units read together: in their order, with what they do to each other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from mcp_server.capacity.words import quoted
from mcp_server.monorepo.plans.changes import Change
from mcp_server.monorepo.plans.parallelcluster import Ask, ask_nobody, with_verdicts
from mcp_server.monorepo.plans.plan_files import FoundPlan
from mcp_server.monorepo.plans.risks import Risk, Severity
from mcp_server.monorepo.plans.rules import RULES, whole
from mcp_server.monorepo.plans.run_report import LEFT_OUT, Result
from mcp_server.monorepo.plans.summary import PlannedChange, Summary, UnitSummary
from mcp_server.monorepo.plans.terraform_json import NotAPlan
from mcp_server.monorepo.plans.unit_plans import UnitReview, detailed, review_unit
from mcp_server.monorepo.plans.values_at import all_told

if TYPE_CHECKING:
    from mcp_server.monorepo.live_tree import LiveTree
    from mcp_server.monorepo.units import Unit

ChangedAt = Callable[["Unit"], datetime | None]
"""When the newest of the files that a unit is made from was changed, in UTC."""
Upgrades = Mapping[str, Sequence[str]]
"""What comes in another major version, in words, by the paths of units (upgrades.py)."""


@dataclass(frozen=True)
class Review:
    """A summary, and the plans that its changes are from; none where it was read from a file."""

    summary: Summary
    sources: Mapping[str, UnitReview] = field(default_factory=dict[str, UnitReview])

    def in_detail(self, unit: str, changes: Iterable[PlannedChange]) -> Sequence[PlannedChange]:
        """Changes of a unit with their attributes."""
        source = self.sources.get(unit)
        if source is None:
            return list(changes)
        made_from = {_key(each): each for each in source.resources}
        return [detailed(each, made_from[_key(each)], source.secrets) for each in changes]

    def whole(self) -> Summary:
        """The summary with every attribute of every change and all drift."""
        units = tuple(
            msgspec.structs.replace(
                each, changes=tuple(self.in_detail(each.unit, each.changes)), drift=tuple(self._drift(each))
            )
            for each in self.summary.units
        )
        return msgspec.structs.replace(self.summary, units=units)

    def _drift(self, unit: UnitSummary) -> Sequence[PlannedChange]:
        source = self.sources.get(unit.unit)
        if source is None:
            return unit.drift
        return [detailed(*each, source.secrets) for each in zip(unit.drift, source.drifted, strict=True)]


def _key(change: Change | PlannedChange) -> tuple[str, str | None]:
    return change.address, change.deposed


def roll_up(
    of: str,
    found: Sequence[FoundPlan],
    tree: "LiveTree | None",
    *,
    now: datetime,
    commit: str | None = None,
    changed_at: ChangedAt | None = None,
    ask: Ask = ask_nobody,
    upgrades: Upgrades | None = None,
) -> Review:
    """The review of plans; of says what they are of, now is in UTC. Units are in the tree's order, if it has them."""
    units = {each.unit: _unit_of(each.unit, tree) for each in found}
    reviews = with_verdicts({each.unit: _review(each) for each in found}, ask)
    if tree is not None:
        reviews = _with_tree(reviews, units, tree, changed_at or _never)
    reviews = {name: _upgraded(each, units[name], upgrades or {}) for name, each in reviews.items()}
    places = {path: number for number, path in enumerate(tree.by_path)} if tree else {}
    order = sorted(reviews, key=lambda name: (places.get(_path(units[name]), len(places)), name))
    risks = sorted(
        (risk for name in order for risk in reviews[name].risks),
        key=lambda each: (each.severity.rank, _RANK[each.rule]),
    )
    summary = Summary(of, now, tuple(reviews[name].summary for name in order), tuple(risks), commit)
    return Review(summary, {name: each for name, each in reviews.items() if each.summary.planned})


_OF_NOTHING_KNOWN = (whole.NOT_PLANNED, whole.ERRORED, whole.MOCKED)
"""Among risks of one severity these come first: of the others at least something is known."""
_RANK: Mapping[str, int] = {
    each.name: number
    for number, each in enumerate([*_OF_NOTHING_KNOWN, *(rule for rule in RULES if rule not in _OF_NOTHING_KNOWN)])
}


def _never(unit: "Unit") -> None:
    """For plans of which nobody knows where their files are."""


def _path(unit: "Unit | None") -> str:
    return unit.path if unit else ""


def _unit_of(name: str, tree: "LiveTree | None") -> "Unit | None":
    """The unit of the tree that a plan is of: Terragrunt names it from the folder that it was run in."""
    if tree is None:
        return None
    ending = [each for each in tree.units if each.path == name or each.path.endswith(f"/{name}")]
    return tree.by_path.get(name) or (ending[0] if len(ending) == 1 else None)


def _review(found: FoundPlan) -> UnitReview:
    if found.plan is None:
        return _not_planned(found)
    try:
        return review_unit(found.unit, found.plan, found.sha256)
    except NotAPlan as trouble:
        return _not_planned(FoundPlan(found.unit, None, result="its plan cannot be read", why=trouble.why))
    except (RecursionError, TypeError, ValueError):
        # Of a shape that no provider has: better a unit of which nothing is known than no answer at all.
        why = "A value of it has a shape that is not known here."
        return _not_planned(FoundPlan(found.unit, None, result="its plan cannot be read", why=why))


def _not_planned(found: FoundPlan) -> UnitReview:
    summary = UnitSummary(found.unit, planned=False, result=found.result, why=found.why)
    # Whoever left it out knows that.
    excluded = found.run is not None and found.run.result == Result.EXCLUDED
    severity = Severity.LOW if excluded else whole.NOT_PLANNED.severity
    why = f"{found.result}{f': {quoted(found.why, 500)}' if found.why else ''}"
    return UnitReview(summary, (Risk(whole.NOT_PLANNED.name, severity, found.unit, why),), (), ())


def _with_tree(
    reviews: Mapping[str, UnitReview], units: "Mapping[str, Unit | None]", tree: "LiveTree", changed_at: ChangedAt
) -> dict[str, UnitReview]:
    """What the tree tells of each: who needs it, whose outputs change below it, whether its files are newer."""
    names = {unit.path: name for name, unit in units.items() if unit is not None}
    # Of a unit that failed nobody knows whether its outputs change.
    changing = {
        path
        for path, name in names.items()
        if reviews[name].summary.outputs
        or not (reviews[name].summary.planned or reviews[name].summary.result == LEFT_OUT)
    }
    result: dict[str, UnitReview] = {}
    for name, review in reviews.items():
        unit = units[name]
        result[name] = review if unit is None else _placed(review, unit, tree, changing, changed_at(unit))
    return result


def _placed(
    review: UnitReview, unit: "Unit", tree: "LiveTree", changing: set[str], changed: datetime | None
) -> UnitReview:
    summary, risks = review.summary, list(review.risks)
    old = tuple(sorted(changing & {each.path for each in unit.dependencies if each.name})) if summary.planned else ()
    if old:
        risks.append(_risk(whole.OLD_OUTPUTS.name, whole.OLD_OUTPUTS.severity, summary, _old(old)))
    elif summary.planned and changing & tree.all_needs(unit.path):
        old = tuple(sorted(changing & tree.all_needs(unit.path)))
        risks.append(_risk(whole.OLD_OUTPUTS.name, Severity.MEDIUM, summary, f"Through others: {_old(old)}"))
    # Terraform tells whole seconds.
    if changed and summary.planned_at and changed.replace(microsecond=0) > summary.planned_at:
        why = f"Planned at {summary.planned_at:%Y-%m-%d %H:%M} UTC, changed at {changed:%Y-%m-%d %H:%M} UTC."
        risks.append(_risk(whole.TREE_CHANGED.name, whole.TREE_CHANGED.severity, summary, why))
    needed_by = tuple(sorted(tree.all_dependents(unit.path)))
    placed = msgspec.structs.replace(summary, needed_by=needed_by, old_outputs_of=old)
    return replace(review, summary=placed, risks=tuple(risks))


def _upgraded(review: UnitReview, unit: "Unit | None", upgrades: Upgrades) -> UnitReview:
    rule = whole.MAJOR_VERSION
    words = upgrades.get(unit.path, ()) if unit else ()
    risks = [_risk(rule.name, rule.severity, review.summary, f"{each}.") for each in words]
    return replace(review, risks=(*review.risks, *risks))


def _old(units: Sequence[str]) -> str:
    return f"Outputs of {all_told(units)} change in this run, or are not known."


def _risk(rule: str, severity: Severity, summary: UnitSummary, why: str) -> Risk:
    return Risk(rule, severity, summary.unit, why)
