"""Runs of Terragrunt over units of the live tree, as it left them: its report, its plans, and plans of before."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from mcp_server.monorepo.plans.reading import read_review
from mcp_server.monorepo.plans.summary import Summary
from mcp_server.monorepo.reading import read_tree
from tests.plans.test_roll_up import ROOT

RUNS = Path(__file__).parent / "recorded" / "runs"
INDEX: dict[str, dict[str, Any]] = json.loads((RUNS / "index.json").read_text())
LEDGER, KMS = "main-account/us-east-1/capacity-ledger", "main-account/us-east-1/kms"


def summed_up(name: str, folder: Path) -> Summary:
    """The summary of a recorded run, its plans written out in a folder."""
    for file in (RUNS / name).rglob("*.gz"):
        there = folder / file.relative_to(RUNS / name).with_suffix("")
        there.parent.mkdir(parents=True)
        there.write_bytes(gzip.decompress(file.read_bytes()))
    (folder / "report.json").write_bytes((RUNS / name / "report.json").read_bytes())
    return read_review([folder], lambda: read_tree(ROOT / "live")).summary


def effects(summary: Summary) -> dict[str, str]:
    """What applying each unit does."""
    return {each.unit: each.effect for each in summary.units}


def found(summary: Summary) -> list[tuple[str, str]]:
    """Rules and units, but for files that are newer than a recording."""
    return [(each.rule, each.unit) for each in summary.risks if each.rule != "tree-changed"]


@pytest.mark.parametrize("name", INDEX)
def test_counts_are_terraforms_own(name: str, tmp_path: Path) -> None:
    """Of every unit whose plan is of this run."""
    summary = summed_up(name, tmp_path)
    for each in summary.units:
        line = INDEX[name]["plan_lines"].get(each.unit)
        assert (line is not None) == each.planned
        if line and line.startswith("Plan: "):
            assert each.counts.line.startswith(line.removeprefix("Plan: ").removesuffix("."))
        elif line:
            assert each.counts.line == "0 to add, 0 to change, 0 to destroy"


def test_a_unit_whose_upstream_changes_has_no_no_changes(tmp_path: Path) -> None:
    """Terraform says "No changes" of the ledger, whose key is about to be another one."""
    summary = summed_up("upstream-changed", tmp_path)
    assert effects(summary)[LEDGER] == "planned against old outputs"
    assert ("old-upstream-outputs", LEDGER) in found(summary)
    assert ("key-deleted", KMS) in found(summary)


def test_what_was_planned_from_mocks_says_so(tmp_path: Path) -> None:
    """Though it looks like any other."""
    summary = summed_up("mocked", tmp_path)
    assert found(summary)[0] == ("mocked-inputs", LEDGER)
    assert summary.units[0].mocked == ("kms",)


def test_a_failing_unit_is_first_and_its_old_plan_is_not_its_plan(tmp_path: Path) -> None:
    """Nor is that of the unit that was not run since it failed."""
    summary = summed_up("failed-beside-old-plans", tmp_path)
    assert [each for each in found(summary)[:2] if each[0] == "not-planned"] == [
        ("not-planned", KMS),
        ("not-planned", LEDGER),
    ]
    assert effects(summary)[KMS] == "failed"
    assert effects(summary)[LEDGER] == "not planned: a unit that it needs failed"
    assert effects(summary)["main-account/us-west-2/kms"] == "no changes"
    assert "left out of this run" in effects(summary).values()
