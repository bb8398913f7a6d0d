"""The table of rules in docs/plans.md: `python -m tests.plans.rule_table` writes it anew."""

import gzip
import json
from pathlib import Path

from mcp_server.monorepo.plans.rules import RULES
from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.monorepo.plans.unit_plans import review_unit
from tests.rule_pages import page_with

RISKS = Path(__file__).parent / "recorded" / "risks"
OF_SEVERAL = "[runs](../tests/plans/test_recorded_runs.py) and [roll-ups](../tests/plans/test_roll_up.py)"
_MOST_NAMED = 2


def fixtures() -> dict[str, list[str]]:
    """By rule, the recorded plans in which it sees something: those that are recorded for it first."""
    index = json.loads((RISKS / "index.json").read_text())
    found: dict[str, list[str]] = {}
    for name in sorted(index):
        text = gzip.decompress((RISKS / f"{name}.json.gz").read_bytes())
        for rule in {each.rule for each in review_unit(name, read_plan(text), "").risks}:
            found.setdefault(rule, []).append(name)
    return {rule: sorted(names, key=lambda each: rule not in index[each]["rules"]) for rule, names in found.items()}


def table() -> str:
    """The table, in the order of the rules."""
    plans = fixtures()
    rows = [
        f"| `{rule.name}` | {rule.severity} | {rule.seen} | {rule.meaning} {rule.do} "
        f"| {_named(plans.get(rule.name, []))} |"
        for rule in RULES
    ]
    return "\n".join(
        [
            "| rule | severity | what is seen | what it means, what to do | recorded |",
            "| - | - | - | - | - |",
            *rows,
            "",
        ]
    )


def _named(names: list[str]) -> str:
    return ", ".join(f"`{each}`" for each in names[:_MOST_NAMED]) or OF_SEVERAL


def written() -> tuple[Path, str]:
    """The page, and what is in it with the table of today."""
    return page_with("plans.md", table())


def main() -> None:
    """Write it anew."""
    page, text = written()
    page.write_text(text)


if __name__ == "__main__":
    main()
