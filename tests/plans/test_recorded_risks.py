"""The recorded plans of risks and runs: whole, of no machine, and the same when Terraform plans them today."""

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mcp_server.monorepo.plans.rules import BY_NAME
from tests.live.copied_tree import LIVE, ROOT
from tests.plans import run_recording
from tests.plans.providers_at_hand import skip_without_providers
from tests.plans.risk_recipes import RECIPES
from tests.plans.risk_recipes.recipe import Recipe
from tests.plans.risk_recording import RECORDED, by_standing, index, read, record_of

# Scripts of HyperPod, whose text is in its plans, name folders of their own machines.
_MACHINE = re.compile(r'"/(?:tmp|home|root|work|Users|opt)/|/tmp/tmp|' + re.escape(str(ROOT)))
_PLAN_LINE = re.compile(r"Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy\.")
RULES = {*BY_NAME, "imported", "moved", "none"}
"""What a plan is recorded for: a rule of risk, or only news."""

STANDINGS = {recipes[0].name: standing for standing, recipes in by_standing().items()}
"""What recipes change, by the first of them."""


def actions(plan: dict[str, Any]) -> dict[str, list[str]]:
    """What a plan does to managed resources, by address."""
    return {
        each["address"]: each["change"]["actions"]
        for each in plan.get("resource_changes", [])
        if each["mode"] == "managed" and each["change"]["actions"] != ["no-op"]
    }


def counted(plan: dict[str, Any]) -> tuple[int, int, int, int]:
    """Imports, additions, changes and destructions as Terraform sums them up: a replacement is one of each."""
    done = Counter(action for each in actions(plan).values() for action in each)
    imports = sum("importing" in each["change"] for each in plan.get("resource_changes", []))
    return imports, done["create"], done["update"], done["delete"]


def test_the_index_names_every_plan_and_its_recipe() -> None:
    """No file without an entry, no entry without a recipe, and each says what its recipe does."""
    files = {each.name.removesuffix(".json.gz") for each in RECORDED.glob("*.json.gz")}
    assert files == set(index()) == set(RECIPES)
    for name, entry in index().items():
        recipe = RECIPES[name]
        assert (entry["rules"], entry["says"]) == (list(recipe.rules), recipe.says)
        assert (entry["made_from"], entry["stand_in"]) == (recipe.standing.made_from, recipe.standing.stand_in)


def test_every_rule_has_a_plan() -> None:
    """Those that need several plans have a run; test_risks.py says which have neither, and why."""
    assert {rule for recipe in RECIPES.values() for rule in recipe.rules} <= RULES
    runs = {rule for run in run_recording.index().values() for rule in run["rules"]}
    assert {"mocked-inputs", "old-upstream-outputs"} <= runs


@pytest.mark.parametrize("name", RECIPES)
def test_a_plan_is_what_terraform_counted(name: str) -> None:
    """By its own line; where it has none, nothing but outputs changes, or nothing."""
    said = _PLAN_LINE.fullmatch(index()[name]["plan_line"])
    expected = tuple(int(each or 0) for each in said.groups()) if said else (0, 0, 0, 0)
    assert counted(read(name)) == expected


@pytest.mark.parametrize("name", RECIPES)
def test_a_plan_is_whole_and_names_no_machine(name: str) -> None:
    """In the format that the version of the index prints, and of no folder of whoever recorded it."""
    plan = read(name)
    assert (plan["format_version"], plan["terraform_version"]) == ("1.2", index()[name]["terraform"])
    assert not _MACHINE.findall(json.dumps(plan))
    assert (plan["complete"] and not plan["errored"]) == (not {"errored", "incomplete"} & {*RECIPES[name].rules})


def test_the_plan_of_secrets_has_them_in_every_place_and_marks_either_side() -> None:
    """In clear text, as Terraform prints them: whoever reads it must show none, be it marked before or after alone."""
    plan = read("secrets")
    for place in ("variables", "planned_values", "resource_changes", "resource_drift", "output_changes", "prior_state"):
        assert "classified" in json.dumps(plan[place]), place
    marks = {
        each["name"]: tuple(bool(each["change"][side].get("input")) for side in ("before_sensitive", "after_sensitive"))
        for each in plan["resource_changes"]
        if each["name"].startswith("marked_")
    }
    assert marks == {"marked_before": (True, False), "marked_after": (False, True)}


def test_a_dependents_plan_knows_nothing_of_what_its_upstream_changes() -> None:
    """The key's ARN will be another, and the ledger, which takes it, has no change."""
    plans = run_recording.plans_of("upstream-changed")
    assert plans[run_recording.KEY]["output_changes"]["key_arn"]["actions"] == ["update"]
    assert actions(plans[run_recording.LEDGER]) == {}


def test_a_unit_that_fails_leaves_the_plan_of_before() -> None:
    """Its dependent too, which was not run; what is excluded has none. Only the report tells."""
    name = "failed-beside-old-plans"
    report = json.loads((run_recording.RECORDED / name / "report.json").read_text())
    assert {each["Name"]: each["Result"] for each in report} == {
        run_recording.KEY: "failed",
        run_recording.LEDGER: "early exit",
        run_recording.OTHER_KEY: "succeeded",
        run_recording.STATES: "excluded",
    }
    before, now = run_recording.plans_of("upstream-changed"), run_recording.plans_of(name)
    assert set(now) == {run_recording.KEY, run_recording.LEDGER, run_recording.OTHER_KEY}
    assert [now[each] for each in (run_recording.KEY, run_recording.LEDGER)] == [
        before[each] for each in (run_recording.KEY, run_recording.LEDGER)
    ]


def test_a_plan_of_mocks_says_so() -> None:
    """By a variable that the tree gives every unit."""
    (plan,) = run_recording.plans_of("mocked").values()
    assert plan["variables"]["mocked_dependencies"]["value"] == ["kms"]


@pytest.mark.parametrize("name", run_recording.index())
def test_a_run_is_of_the_tree_and_names_no_machine(name: str) -> None:
    """Its units are those of live/, in the report too."""
    report = (run_recording.RECORDED / name / "report.json").read_text()
    plans = run_recording.plans_of(name)
    assert plans.keys() <= {each["Name"] for each in json.loads(report)}
    assert all((LIVE / unit / "terragrunt.hcl").is_file() for unit in plans)
    assert not _MACHINE.findall(report + json.dumps(plans))


@pytest.mark.slow
@pytest.mark.parametrize("name", STANDINGS)
def test_terraform_plans_the_risks_the_same_today(aws_env: str, tmp_path: Path, name: str) -> None:
    """A module whose change alters what a recorded change does fails here: record anew, and read what changed."""
    standing = STANDINGS[name]
    skip_without_providers(standing)
    recipes: list[Recipe] = by_standing()[standing]
    today = {each.recipe.name: actions(each.plan) for each in record_of(standing, recipes, tmp_path)}
    assert today == {each.name: actions(read(each.name)) for each in recipes}


@pytest.mark.slow
def test_terragrunt_runs_the_same_today(aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Units, their plans and their results, recorded into another folder."""
    if not os.environ.get("TERRAFORM_REAL_PLUGINS"):
        pytest.skip("no real aws provider here: TERRAFORM_REAL_PLUGINS is not set")
    kept = {name: _of_run(name) for name in run_recording.index()}
    monkeypatch.setattr(run_recording, "RECORDED", tmp_path / "runs")
    monkeypatch.setattr(run_recording, "INDEX", tmp_path / "runs" / "index.json")
    run_recording.record(tmp_path)
    assert {name: _of_run(name) for name in run_recording.index()} == kept


def _of_run(name: str) -> tuple[dict[str, str], dict[str, dict[str, list[str]]]]:
    report = json.loads((run_recording.RECORDED / name / "report.json").read_text())
    plans = run_recording.plans_of(name)
    return {each["Name"]: each["Result"] for each in report}, {unit: actions(plan) for unit, plan in plans.items()}
