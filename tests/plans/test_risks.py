"""Every rule of risk on a plan that Terraform made, and Terraform's own counts of each."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from mcp_server.monorepo.plans.risks import Severity
from mcp_server.monorepo.plans.rules import BY_NAME, whole
from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.monorepo.plans.unit_plans import UnitReview, review_unit
from tests.plans import rule_table

RISKS = Path(__file__).parent / "recorded" / "risks"
INDEX: dict[str, dict[str, Any]] = json.loads((RISKS / "index.json").read_text())

OF_SEVERAL = {
    "unknown-action": "a Terraform to come: test_roll_up.py makes one up",
    whole.MOCKED.name: "recorded in runs/mocked",
    whole.NOT_PLANNED.name: "a run report",
    whole.OLD_OUTPUTS.name: "two plans",
    whole.TREE_CHANGED.name: "files that are newer",
    whole.MAJOR_VERSION.name: "a second tree",
}
"""Rules that one plan of today's Terraform cannot show: test_roll_up.py and test_recorded_runs.py have them."""


def reviewed(name: str) -> UnitReview:
    """A recorded plan, reviewed."""
    return review_unit(name, read_plan(gzip.decompress((RISKS / f"{name}.json.gz").read_bytes())), "")


@pytest.mark.parametrize("name", INDEX)
def test_each_rule_sees_what_it_is_for(name: str) -> None:
    """Where a plan is called harmless, nothing is as bad as medium."""
    wanted = set(INDEX[name]["rules"])
    risks = reviewed(name).risks
    assert wanted & BY_NAME.keys() <= {each.rule for each in risks}
    if "none" in wanted:
        assert not [each for each in risks if each.severity.at_least(Severity.MEDIUM)]


@pytest.mark.parametrize("name", INDEX)
def test_counts_are_those_of_terraforms_own_line(name: str) -> None:
    """Also where it has none, since only outputs change, or nothing does."""
    counts = reviewed(name).summary.counts
    line = INDEX[name]["plan_line"]
    said = {word: int(number) for number, word in re.findall(r"(\d+) to (import|add|change|destroy|forget)", line)}
    assert said.get("import", 0) == counts.imported
    assert said.get("add", 0) == counts.added
    assert said.get("change", 0) == counts.changed
    assert said.get("destroy", 0) == counts.destroyed
    assert "forget" not in said or said["forget"] == counts.forgotten


def test_every_rule_has_a_plan_that_terraform_made() -> None:
    """A rule without one would be a rule that nobody has seen work."""
    seen = {risk.rule for name in INDEX for risk in reviewed(name).risks}
    assert BY_NAME.keys() - seen - OF_SEVERAL.keys() == set()


def test_a_rule_has_one_name_and_tells_what_to_do() -> None:
    """Each sentence is whole."""
    for rule in BY_NAME.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
        assert rule.meaning.endswith(".")
        assert rule.do.endswith(".")
        assert rule.seen[0].islower() or rule.seen.startswith(("FSx", "EKS", "KMS", "IAM"))


def test_the_docs_list_every_rule() -> None:
    """With its fixtures: `python -m tests.plans.rule_table` writes the table anew."""
    page, text = rule_table.written()
    assert page.read_text() == text
