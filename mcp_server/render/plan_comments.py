"""A plan as a comment on a pull request, in GitHub's Markdown, within what GitHub takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mcp_server.capacity.words import clean, quoted, word
from mcp_server.monorepo.plans.attributes import AttributeChange
from mcp_server.monorepo.plans.risks import Risk
from mcp_server.monorepo.plans.roll_up import Review
from mcp_server.monorepo.plans.summary import PlannedChange, Summary, UnitSummary
from mcp_server.render.markdown import code, markdown_template
from mcp_server.render.plans import (
    advice,
    attribute_line,
    change_line,
    note_lines,
    provenance,
    quiet_line,
    verdict,
    worst_first,
)

LONGEST = 65_000
"""In bytes: GitHub takes 65,536 characters, and whoever posts it may add a line."""
_MOST_RISKS = 60
_MOST_UNITS = 150
_MOST_DRIFT = 40
_MOST_NOTES = 40
_MOST_ATTRIBUTES = 12
_MOST_CHANGES = 400
_LEAST = 1 / 256


@dataclass(frozen=True, slots=True)
class _Changed:
    unit: str
    effect: str
    lines: Sequence[str]


def plan_comment(review: Review, summary: Summary, now: datetime) -> str:
    """The comment, at most LONGEST bytes: of everything the worst first, and as much as there is room for."""
    share = 1.0
    while True:
        text = _comment(review, summary, now, share)
        if len(text.encode()) <= LONGEST or share < _LEAST:
            return text.encode()[:LONGEST].decode(errors="ignore")
        share /= 2


def _comment(review: Review, summary: Summary, now: datetime, share: float) -> str:
    changes = worst_first(summary)
    chosen = changes[: int(_MOST_CHANGES * share)]
    news = sorted((each for each in summary.units if each.is_news or each.drift), key=lambda each: each.planned)
    risks = summary.risks[: max(1, int(_MOST_RISKS * share))]
    drift = [f"{code(word(unit.unit))} {code(change_line(each))}" for unit in summary.units for each in unit.drift]
    told_drift = drift[: int(_MOST_DRIFT * share)]
    return markdown_template("plan.md").render(
        verdict=verdict(summary),
        provenance=code(provenance(summary, now)),
        risks=[_risk(each) for each in risks],
        more_risks=len(summary.risks) - len(risks),
        advice=[(code(word(rule)), advice(rule)) for rule in dict.fromkeys(each.rule for each in risks)],
        units=[_unit(each) for each in news[: max(1, int(_MOST_UNITS * share))]],
        quiet=quiet_line(summary),
        changed=[
            _changed(review, unit, chosen) for unit in summary.units if any(unit.unit == name for name, _ in chosen)
        ],
        drift=told_drift,
        notes=[code(each) for each in note_lines(summary)[: int(_MOST_NOTES * share)]],
        left_out=len(changes) - len(chosen) + len(drift) - len(told_drift),
    )


def _risk(risk: Risk) -> dict[str, str]:
    where = f"{word(risk.unit)} {word(risk.address)}" if risk.address else word(risk.unit)
    return {"severity": risk.severity, "rule": code(word(risk.rule)), "where": code(where), "why": code(risk.why)}


def _unit(unit: UnitSummary) -> dict[str, str]:
    why = f": {quoted(unit.why)}" if unit.why and not unit.planned else ""
    names = [code(word(each)) for each in unit.needed_by]
    return {
        "unit": code(word(unit.unit)),
        "effect": code(f"{unit.effect}{why}"),
        "drift": str(len(unit.drift) or ""),
        "needed_by": ", ".join(names) if len(names) < 3 else f"{len(names)} units",
    }


def _changed(review: Review, unit: UnitSummary, chosen: Sequence[tuple[str, PlannedChange]]) -> _Changed:
    full = review.in_detail(unit.unit, [change for name, change in chosen if name == unit.unit])
    return _Changed(
        word(unit.unit),
        clean(unit.effect),
        [line for each in full for line in (f"- {code(change_line(each))}", *_attributes(each.attributes))],
    )


def _attributes(attributes: Sequence[AttributeChange]) -> list[str]:
    lines = [f"  - {code(attribute_line(each))}" for each in attributes[:_MOST_ATTRIBUTES]]
    more = len(attributes) - _MOST_ATTRIBUTES
    return [*lines, f"  - and {more} more"] if more > 0 else lines
