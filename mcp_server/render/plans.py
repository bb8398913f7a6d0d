"""Plans, as people and models read them: the worst first, bounded, and with words from elsewhere made harmless."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest

from mcp_server.capacity.words import clean, quoted, remark, word
from mcp_server.monorepo.plans.attributes import AttributeChange
from mcp_server.monorepo.plans.changes import Action
from mcp_server.monorepo.plans.risks import Risk, Severity
from mcp_server.monorepo.plans.rules import BY_NAME
from mcp_server.monorepo.plans.summary import PlannedChange, Summary, UnitSummary

_SIGNS = {
    Action.CREATE: "+",
    Action.READ: "<=",
    Action.UPDATE: "~",
    Action.DELETE: "-",
    Action.REPLACE: "-/+",
    Action.REPLACE_CREATING_FIRST: "+/-",
    Action.FORGET: ".",
    Action.CREATE_AND_FORGET: "+/.",
    Action.UNKNOWN: "?",
    Action.NO_OP: "",
}
_BARE = re.compile(r"-?\d+(\.\d+)?|true|false|\(sensitive\)|\(known after apply\)")
_NEEDED_BY = 3


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """What one rule has found with one severity, in all units."""

    rule: str
    severity: Severity
    risks: tuple[Risk, ...]


def risk_groups(risks: Iterable[Risk]) -> list[RiskGroup]:
    """Risks by rule and severity, in the order in which they come: the worst first."""
    found: dict[tuple[Severity, str], list[Risk]] = defaultdict(list)
    for each in risks:
        found[each.severity, each.rule].append(each)
    return [RiskGroup(rule, severity, tuple(among)) for (severity, rule), among in found.items()]


def risk_lines(risks: Iterable[Risk], most: int, longest: int = 160) -> list[str]:
    """A line for each rule that has found something, at most this many: where, why, what it means, what to do.

    longest is in characters, of an address; a reason may be twice as long. Of several that one rule has found with one
    severity the first is told, and how many there are.
    """
    return [_risk_line(each, longest) for each in risk_groups(risks)[:most]]


def _risk_line(group: RiskGroup, longest: int) -> str:
    first, count = group.risks[0], len(group.risks)
    where = " ".join(word(each, longest) for each in (first.unit, first.address) if each)
    rest = f" (and {count - 1} more)" if count > 1 else ""
    return f"{group.severity} {word(group.rule)}: {where}: {clean(first.why, 2 * longest)}{rest} {advice(group.rule)}"


def advice(name: str) -> str:
    """What a rule means here, and what to do; nothing for a rule of another version."""
    rule = BY_NAME.get(name)
    return f"{rule.meaning} {rule.do}" if rule else ""


def unit_table(units: Sequence[UnitSummary]) -> str:
    """Units in their order, with what applying each does, how much differs from AWS, and who needs it."""
    columns = {
        "unit": [word(each.unit, 80) for each in units],
        "plan": [_effect(each) for each in units],
        "drift": [str(len(each.drift) or "") for each in units],
        "needed by": [_needed_by(each) for each in units],
    }
    shown = {name: values for name, values in columns.items() if any(values)}
    return "\n".join(_aligned([tuple(shown), *zip(*shown.values(), strict=True)]))


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Rows as lines. tabulate does the same, and takes as long to load as a plan of a thousand changes to read."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _effect(unit: UnitSummary) -> str:
    why = f": {quoted(unit.why, 120)}" if unit.why and not unit.planned else ""
    old = " (against old outputs)" if unit.old_outputs_of and (unit.changes or unit.outputs) else ""
    return f"{clean(unit.effect)}{why}{old}"


def _needed_by(unit: UnitSummary) -> str:
    if len(unit.needed_by) <= _NEEDED_BY:
        return ", ".join(map(word, unit.needed_by))
    return f"{len(unit.needed_by)} units"


def change_line(change: PlannedChange, longest: int = 200) -> str:
    """A change on one line: sign, address, and why; longest is in characters, of an address."""
    parts = [f"{_SIGNS[change.action]} {word(change.address, longest)}".strip()]
    if change.forced_by:
        parts.append(f"forced by {', '.join(word(each, 60) for each in change.forced_by[:4])}")
    elif change.why:
        parts.append(clean(change.why, 120))
    if change.moved_from:
        parts.append(f"moved from {word(change.moved_from, longest)}")
    if change.imported:
        parts.append("imported")
    if change.deposed:
        parts.append("what an earlier replacement left behind")
    return ", ".join(parts)


def attribute_line(attribute: AttributeChange) -> str:
    """An attribute on one line, both sides of it."""
    force = " (forces replacement)" if attribute.forces_replacement else ""
    path = word(attribute.path) if attribute.path else "(the whole)"
    if attribute.before is None:
        return f"{path} = {_value(attribute.after)}{force}"
    return f"{path}: {_value(attribute.before)} -> {_value(attribute.after)}{force}"


def _value(text: str | None) -> str:
    """Texts in quotation marks; numbers, and what this program says in a value's place, without."""
    if text is None:
        return "null"
    return text if _BARE.fullmatch(text) else quoted(text)


def worst_first(summary: Summary, most: int | None = None) -> list[tuple[str, PlannedChange]]:
    """Every change with its unit, or the first so many: the worst risk first, what destroys before what does not."""
    changes = ((unit.unit, change) for unit in summary.units for change in unit.changes)
    if most is None:
        return sorted(changes, key=lambda each: _weight(each[1]))
    return nsmallest(most, changes, key=lambda each: _weight(each[1]))


def _weight(change: PlannedChange) -> tuple[int, bool]:
    return (change.severity.rank if change.severity else len(Severity), not change.action.destroys)


def note_lines(summary: Summary) -> list[str]:
    """What else is to be known of these plans, a line each."""
    of_units = (f"{word(unit.unit)}: {remark(note)}" for unit in summary.units for note in unit.notes)
    return [*map(remark, summary.notes), *of_units]


def verdict(summary: Summary) -> str:
    """What there is to know in one line: units without a plan, the worst risk, and all counts."""
    missing = [each for each in summary.units if not each.planned]
    counted = _counted(summary.risks)
    parts = [f"NOT PLANNED: {len(missing)} of {len(summary.units)} units." if missing else ""]
    parts.append(f"Risks: {counted}." if counted else "No rule has found a risk.")
    planned = [each for each in summary.units if each.planned]
    if planned and all(each.drift_only for each in planned):
        parts.append("Only drift was looked for: what applying would change is not planned here.")
    elif planned:
        parts.append(f"In all {summary.counts.line}.")
    return " ".join(each for each in parts if each)


def quiet_line(summary: Summary) -> str:
    """How many units there is nothing to tell of; an empty line where there is none."""
    quiet = [each for each in summary.units if not (each.is_news or each.drift)]
    what = "had nothing changed outside Terraform" if all(each.drift_only for each in quiet) else "have no changes"
    return f"{len(quiet)} units {what}." if quiet else ""


def _counted(risks: Iterable[Risk]) -> str:
    count: Mapping[Severity, list[Risk]] = defaultdict(list)
    for each in risks:
        count[each.severity].append(each)
    return ", ".join(f"{len(count[each])} {each}" for each in Severity if count[each])


def provenance(summary: Summary, now: datetime) -> str:
    """What the summary is of: when it was planned, how old that is, with which Terraform, at which commit."""
    times = [each.planned_at for each in summary.units if each.planned_at]
    versions = sorted({each.terraform_version for each in summary.units if each.terraform_version})
    hashes = sorted({each.sha256 for each in summary.units if each.sha256})
    parts = [quoted(summary.of)]
    if times:
        parts.append(f"planned {min(times):%Y-%m-%d %H:%M} UTC ({_age((now - min(times)).total_seconds())} ago)")
    if versions:
        parts.append(f"Terraform {', '.join(map(word, versions))}")
    if summary.commit:
        parts.append(f"commit {word(summary.commit[:12])}")
    if len(hashes) == 1:
        parts.append(f"sha256 {word(hashes[0][:12])}")
    return ", ".join(parts)


def _age(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return "less than a minute"
