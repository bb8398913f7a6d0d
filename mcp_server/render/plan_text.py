"""A plan for a terminal: everything that changes, the worst first."""

from datetime import datetime

from mcp_server.capacity.words import word
from mcp_server.monorepo.plans.summary import Summary
from mcp_server.render.plans import (
    change_line,
    note_lines,
    provenance,
    quiet_line,
    risk_lines,
    unit_table,
    verdict,
    worst_first,
)
from mcp_server.render.sections import sections

_MOST_RISKS = 40
_MOST_CHANGES = 200


def plan_page(summary: Summary, now: datetime) -> str:
    """The page; now is in UTC."""
    news = sorted((each for each in summary.units if each.is_news or each.drift), key=lambda each: each.planned)
    changes = [f"{word(unit)}: {change_line(change)}" for unit, change in worst_first(summary, _MOST_CHANGES)]
    more = sum(len(each.changes) for each in summary.units) - len(changes)
    drift = [f"{word(unit.unit)}: {change_line(each)}" for unit in summary.units for each in unit.drift]
    notes = note_lines(summary)
    parts = [
        provenance(summary, now),
        verdict(summary),
        *sections([("Risks", risk_lines(summary.risks, _MOST_RISKS))]),
        unit_table(news) if news else "",
        quiet_line(summary),
        *sections([("Changes", [*changes, f"and {more} more: --json has them all"] if more > 0 else changes)]),
        *sections([("Changed outside Terraform", drift), ("Notes", notes)]),
    ]
    return "\n\n".join(each for each in parts if each) + "\n"
