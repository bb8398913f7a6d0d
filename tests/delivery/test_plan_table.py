"""The table of counts that is put under a pull request."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from delivery.plan_table import MOST_ROWS, main
from tests.delivery.built import find
from tests.plans.recording import RECIPES, ROOT
from tests.terraform.planned import find_terraform


def change(*actions: str, mode: str = "managed", **more: Any) -> dict[str, Any]:
    """An entry of resource_changes, with a value that nobody may see."""
    values = {"before": {"password": "hunter2"}, "after": {"password": "hunter3"}}
    return {"address": "aws_thing.hunter1", "mode": mode, "change": {"actions": list(actions), **values, **more}}


class Run:
    """A run of Terragrunt that is over: its report and its plans."""

    def __init__(self, folder: Path) -> None:
        self.report, self.plans = folder / "report.json", folder / "plans"
        self.entries: list[dict[str, str]] = []

    def add(self, unit: str, plan: dict[str, Any] | bytes | None = None, **entry: str) -> None:
        """A unit, with its plan if it has one."""
        self.entries.append({"Name": unit, "Result": "succeeded", **entry})
        if plan is not None:
            file = self.plans / unit / "tfplan.json"
            file.parent.mkdir(parents=True)
            file.write_bytes(plan if isinstance(plan, bytes) else json.dumps(plan).encode())

    def table(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
        """How the program ends, and the lines that it prints."""
        self.report.write_text(json.dumps(self.entries))
        code = main(["--report", str(self.report), "--plans", str(self.plans), *arguments])
        return code, capsys.readouterr().out.splitlines()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run without a unit yet."""
    return Run(tmp_path)


HEAD = [
    "| unit | result | import | add | change | destroy | forget | outputs |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
]


def test_actions_are_counted_as_terraform_counts(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A replacement is an add and a destroy; what is read or left alone is nothing; outputs stand apart."""
    changes = [
        change("create"),
        change("create", "delete"),
        change("delete", "create"),
        change("update"),
        change("update", importing={"id": "hunter4"}),
        change("delete"),
        change("forget"),
        change("create", "forget"),
        change("no-op"),
        change("no-op", importing={"id": "hunter5"}),
        change("read"),
        change("read", mode="data"),
        change("something-new"),
    ]
    outputs = {"hunter6": {"actions": ["update"]}, "same": {"actions": ["no-op"]}}
    run.add("main/eks", {"resource_changes": changes, "output_changes": outputs})
    run.add("main/kms", {"resource_changes": [change("no-op")]})
    run.add("main/empty", {})
    code, lines = run.table(capsys)
    assert (code, lines[:3]) == (2, [*HEAD, "| main/eks | succeeded | 2 | 4 | 2 | 3 | 2 | 1 |"])
    assert "3 units, 2 without a change." in lines
    assert "hunter" not in "\n".join(lines)


def test_what_is_no_whole_plan_comes_first(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A failure, with its reason but not its words; mocks; a plan that broke off, is missing or cannot be read."""
    run.add("a/changed", {"resource_changes": [change("update")]})
    run.add("b/failed", {"resource_changes": [change("delete")]}, Result="failed", Reason="run error", Cause="hunter7")
    run.add("c/after", Result="early exit", Reason="ancestor error")
    run.add("d/mocked", {"variables": {"mocked_dependencies": {"value": ["kms"]}}})
    run.add("e/errored", {"errored": True})
    run.add("f/missing")
    run.add("g/broken", b"{")
    run.add("h/real", {"variables": {"mocked_dependencies": {"value": []}}})
    code, lines = run.table(capsys)
    assert code == 2
    assert [each.split(" | ")[:2] for each in lines[2:9]] == [
        ["| b/failed", "failed: run error"],
        ["| c/after", "early exit: ancestor error"],
        ["| d/mocked", "made of mocks"],
        ["| e/errored", "not planned to its end"],
        ["| f/missing", "its plan cannot be read"],
        ["| g/broken", "its plan cannot be read"],
        ["| a/changed", "succeeded"],
    ]
    assert "hunter" not in "\n".join(lines)


def test_without_a_change_there_is_no_table(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says so, and the program ends with 0."""
    run.add("main/kms", {})
    assert run.table(capsys) == (0, ["1 units, 1 without a change."])


def test_units_left_to_atlantis_are_named_and_are_no_change(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Under the table, with the reason; else what they are would be drift for ever."""
    for unit in ("main-account/us-east-1/argocd-eks-x", "main-account/us-east-1/kms"):
        (tmp_path / "live" / unit).mkdir(parents=True)
        (tmp_path / "live" / unit / "terragrunt.hcl").touch()
    run.add("main-account/us-east-1/kms", {})
    assert run.table(capsys, "--tree", str(tmp_path / "live")) == (
        0,
        [
            "1 units, 1 without a change.",
            "",
            "Not planned here, since their providers ask a cluster's own API; Atlantis plans them:",
            "",
            "- main-account/us-east-1/argocd-eks-x",
        ],
    )


@pytest.mark.parametrize("report", [None, "", "{}", "[]", '[{"Result": "succeeded"}]', "[1]"])
def test_without_a_report_nothing_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], report: str | None
) -> None:
    """That is never "no change"."""
    if report is not None:
        (tmp_path / "report.json").write_text(report)
    code = main(["--report", str(tmp_path / "report.json"), "--plans", str(tmp_path)])
    assert (code, "nothing is known of any unit" in capsys.readouterr().out) == (1, True)


def test_names_are_nothing_but_text(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What would be a link, a mention, a cell or a line is taken out of it."""
    run.add("a|b\n@x [y](z) <img> `w`", Result="failed")
    _, lines = run.table(capsys)
    assert lines[2].startswith("| a?b??x ?y?(z) ?img? ?w? | failed | ")


def test_a_long_table_says_what_it_leaves_out(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """It stays a comment that GitHub takes."""
    for number in range(MOST_ROWS + 5):
        run.add(f"{number:03}-" + "x" * 300, Result="failed")
    _, lines = run.table(capsys)
    assert len("\n".join(lines)) < 65_536
    assert "5 more are not shown." in lines


@pytest.mark.parametrize("name", RECIPES)
def test_a_real_plan_is_counted(run: Run, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """The counts are those of the plan's own actions."""
    plan = gzip.decompress(RECIPES[name].path.read_bytes())
    actions = [action for each in json.loads(plan)["resource_changes"] for action in each["change"]["actions"]]
    run.add(name, plan)
    code, lines = run.table(capsys)
    cells = dict(zip(HEAD[0].split(" | ")[2:], lines[2].split(" | ")[2:], strict=True))
    assert code == 2
    assert (cells["add"], cells["change"]) == tuple(str(actions.count(each) or "") for each in ("create", "update"))


def test_terragrunts_own_report_is_read(tmp_path: Path) -> None:
    """Names in the report are the folders of the plans, and a unit with a change has its plan there."""
    terraform, terragrunt = find_terraform(), find("terragrunt")
    for unit, code in {"a/changed": 'resource "terraform_data" "x" {}', "b/quiet": "", "b/broken": "x"}.items():
        folder = tmp_path / "live" / unit
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(code)
        (folder / "terragrunt.hcl").write_text(f'terraform_binary = "{terraform}"\n')
    report, plans = tmp_path / "report.json", tmp_path / "plans"
    options = [f"--report-file={report}", f"--json-out-dir={plans}", "--non-interactive"]
    command = [terragrunt, "run", "--all", *options, "--", "plan", "-detailed-exitcode"]
    environ = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    subprocess.run(command, cwd=tmp_path / "live", env=environ, capture_output=True, check=False, timeout=120)
    program = [sys.executable, "-m", "delivery.plan_table", "--report", report, "--plans", plans]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.splitlines()[2:4] == [
        "| b/broken | failed: run error |  |  |  |  |  |  |",
        "| a/changed | succeeded |  | 1 |  |  |  |  |",
    ]
    assert (done.returncode, "3 units, 1 without a change." in done.stdout) == (2, True)
