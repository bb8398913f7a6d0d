"""Finding plans: what is none is told in one sentence, and no unit without a plan is taken for one without changes."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.monorepo.plans.plan_files import FoundPlan, NoPlans, find_plans
from mcp_server.monorepo.plans.summary import NotASummary, Summary
from mcp_server.monorepo.plans.terraform_json import NotAPlan, read_plan
from tests.plans.generated import plans

EMPTY = {"format_version": "1.2", "terraform_version": "1.11.4", "timestamp": "2026-11-29T12:00:00Z"}


def written(path: Path, content: Any) -> Path:
    """A file with this content, as JSON unless it is text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def entry(name: str, result: str = "succeeded", **more: str) -> dict[str, str]:
    """A unit in Terragrunt's report."""
    return {
        "Name": name,
        "Result": result,
        "Started": "2026-11-29T11:59:59.5Z",
        "Ended": "2026-11-29T12:01:00Z",
        **more,
    }


def found(folder: Path, report: Path | None = None) -> dict[str, FoundPlan]:
    """What is found in a folder, by unit."""
    plans = find_plans([folder], report)
    assert not isinstance(plans, Summary)
    return {each.unit: each for each in plans}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The file is empty"),
        ("  \n", "The file is empty"),
        ("Terraform will perform", "It is no JSON"),
        ("PK\x03\x04", "print it with `terraform show -json PLANFILE`"),
        ('{"format_version": "1.2", "resource_ch', "cut off"),
        ("[]", "no plan"),
        ("{}", "no plan"),
        ('"text"', "no plan"),
        ('{"format_version": "1.0", "values": {}}', "a state, not a plan"),
        ('{"resource_changes": []}', "format_version is missing"),
        ('{"format_version": "2.0", "resource_changes": []}', "format that is not known"),
        ('{"format_version": 1, "resource_changes": []}', "format_version is no text"),
        ('{"format_version": "1.2", "resource_changes": [{"address": 1}]}', "cannot be read"),
        ('{"format_version": "1.2", "resource_changes": {}}', "cannot be read"),
        ("[" * 100_000, "no plan"),
    ],
)
def test_what_is_no_plan_is_told_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    """Without a word of what is in the file."""
    with pytest.raises(NoPlans, match=said) as refusal:
        find_plans([written(tmp_path / "plan.json", text)])
    assert len(str(refusal.value)) < 400


@settings(max_examples=60, deadline=None)
@given(plans(), st.data())
def test_a_plan_that_was_cut_off_is_no_plan(plan: dict[str, Any], data: st.DataObject) -> None:
    """Wherever it was cut."""
    text = json.dumps(plan).encode()
    end = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(NotAPlan) as refusal:
        read_plan(text[:end])
    assert refusal.value.why.count("\n") == 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_anything_else_is_no_plan(text: bytes) -> None:
    """And no traceback."""
    with pytest.raises(NotAPlan):
        read_plan(text)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.9"])
def test_every_format_of_the_first_version_is_read(version: str) -> None:
    """What it has that is not known is named."""
    plan = read_plan(json.dumps({"format_version": version, "resource_changes": [], "of_tomorrow": 1}).encode())
    assert plan.unknown_keys == ("of_tomorrow",)


def test_there_must_be_something(tmp_path: Path) -> None:
    """A path that is not there, a folder without a plan, a report that is none."""
    with pytest.raises(NoPlans, match="no such file"):
        find_plans([tmp_path / "absent.json"])
    with pytest.raises(NoPlans, match=r"no tfplan\.json"):
        find_plans([tmp_path])
    written(tmp_path / "a" / "tfplan.json", EMPTY)
    with pytest.raises(NoPlans, match="run report cannot be read"):
        find_plans([tmp_path], written(tmp_path / "other.json", "Name,Result"))


def test_a_unit_is_called_after_its_folder(tmp_path: Path) -> None:
    """As Terragrunt writes plans: below the folder, at the place that the unit has below the tree."""
    written(tmp_path / "main" / "us-east-1" / "kms" / "tfplan.json", EMPTY)
    assert list(found(tmp_path)) == ["main/us-east-1/kms"]
    single = find_plans([tmp_path / "main" / "us-east-1" / "kms" / "tfplan.json"])
    assert not isinstance(single, Summary)
    assert [each.unit for each in single] == ["kms"]


def test_no_unit_without_a_plan_of_this_run_has_one(tmp_path: Path) -> None:
    """Failed, left out, or with the file of an earlier run, which Terragrunt leaves where it is."""
    report = [
        entry("kms"),
        entry("iam", "failed", Reason="run error", Cause="exit status 1"),
        entry("ecr", "early exit", Reason="ancestor error", Cause="iam"),
        entry("cut", "excluded", Reason="exclude block"),
        entry("old"),
        entry("none"),
        entry("odd", "transmogrified"),
        entry("bad"),
    ]
    written(tmp_path / "report.json", report)
    for unit in ("kms", "iam", "ecr", "cut", "odd", "gone"):
        written(tmp_path / unit / "tfplan.json", EMPTY)
    written(tmp_path / "old" / "tfplan.json", {**EMPTY, "timestamp": "2026-11-29T11:59:58Z"})
    written(tmp_path / "bad" / "tfplan.json", "{")
    units = found(tmp_path)
    assert units["kms"].plan is not None
    assert {unit: each.result for unit, each in units.items() if each.plan is None} == {
        "iam": "failed",
        "ecr": "not planned: a unit that it needs failed",
        "cut": "left out of this run",
        "old": "no plan of this run",
        "none": "no plan file",
        "odd": "transmogrified",
        "bad": "its plan cannot be read",
        "gone": "not in this run",
    }
    assert units["iam"].why == "run error: exit status 1"


def test_a_plan_made_in_the_second_of_its_start_is_its_plan(tmp_path: Path) -> None:
    """Terraform writes whole seconds."""
    written(tmp_path / "report.json", [entry("a")])
    written(tmp_path / "a" / "tfplan.json", {**EMPTY, "timestamp": "2026-11-29T11:59:59Z"})
    assert found(tmp_path)["a"].plan is not None


def test_a_report_beside_the_folder_counts(tmp_path: Path) -> None:
    """And one that is named, before either."""
    written(tmp_path / "plans" / "a" / "tfplan.json", EMPTY)
    written(tmp_path / "report.json", [entry("a", "failed")])
    assert found(tmp_path / "plans")["a"].result == "failed"
    named = written(tmp_path / "other.json", [entry("a")])
    assert found(tmp_path / "plans", named)["a"].plan is not None


def test_a_summary_that_is_broken_is_told(tmp_path: Path) -> None:
    """Also one of a version to come."""
    for text in ('{"kind": "ml-clusters plan summary", "vers', '{"kind": "ml-clusters plan summary", "version": 1}'):
        with pytest.raises(NotASummary):
            find_plans([written(tmp_path / "summary.json", text)])


def test_deep_values_are_no_traceback() -> None:
    """A value that is nested deeper than anything can be decoded."""
    deep = "[" * (sys.getrecursionlimit() * 2) + "]" * (sys.getrecursionlimit() * 2)
    with pytest.raises(NotAPlan):
        read_plan(f'{{"format_version": "1.2", "resource_changes": [], "variables": {deep}}}'.encode())
