"""ml-clusters plan: units planned by the real Terragrunt and Terraform, with no provider but Terraform's own."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.plans.test_roll_up import change, plan

TERRAGRUNT = shutil.which("terragrunt", path=f"{os.environ['PATH']}:{Path(__file__).parents[2] / '.tools'}")
needs_terragrunt = pytest.mark.skipif(
    not (TERRAGRUNT and shutil.which("terraform")),
    reason="there is no terragrunt (make .tools/terragrunt) or terraform",
)

PLAN = [sys.executable, "-c", "from mcp_server.cli import main; main()", "plan"]

_BOX = """\
variable "size" { type = number }
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "box" {
  input            = { size = var.size, password = var.password }
  triggers_replace = var.size
}
output "size" { value = terraform_data.box.triggers_replace }
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two units of which b needs a, applied, and then a is made larger."""
    root = tmp_path / "live"
    write(tmp_path / "modules" / "box" / "main.tf", _BOX)
    write(root / "root.hcl", 'terraform_binary = "terraform"\n')
    write(root / "a" / "terragrunt.hcl", unit("size = 1"))
    needs = 'dependency "a" {\n  config_path = "../a"\n}\n'
    write(root / "b" / "terragrunt.hcl", needs + unit("size = dependency.a.outputs.size"))
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", f"{Path(TERRAGRUNT or '').parent}:{os.environ['PATH']}")
    subprocess.run(
        [str(TERRAGRUNT), "run", "--all", "--non-interactive", "--", "apply", "-auto-approve"],
        cwd=root,
        check=True,
        capture_output=True,
    )
    write(root / "a" / "terragrunt.hcl", unit("size = 2"))
    return root


def unit(inputs: str) -> str:
    """The file of a unit."""
    return (
        'include "root" { path = find_in_parent_folders("root.hcl") }\n'
        'terraform {\n  source = "../../modules//box"\n}\n'
        f'inputs = {{\n  password = "hunter2-hunter2"\n  {inputs}\n}}\n'
    )


def write(path: Path, text: str) -> None:
    """A file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def command(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """What the command line ends with, run in a folder."""
    return subprocess.run(
        [*PLAN, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@needs_terragrunt
def test_units_are_planned_and_the_plans_are_gone(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is told, b is planned against old outputs, no secret is shown, and nothing is left behind."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "private"))
    (tmp_path / "private").mkdir()
    ran = command(folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "1 to add, 0 to change, 1 to destroy, 1 outputs" in ran.stdout
    assert re.search(r"^b +planned against old outputs$", ran.stdout, re.MULTILINE)
    assert "a: -/+ terraform_data.box, forced by triggers_replace" in ran.stdout
    assert {line for line in ran.stderr.splitlines() if line.startswith("planned")} == {"planned 1: a", "planned 2: b"}
    assert "hunter2" not in ran.stdout + ran.stderr
    assert list((tmp_path / "private").iterdir()) == []


@needs_terragrunt
def test_one_unit_is_planned_as_a_summary_that_the_tool_reads(tree: Path, tmp_path: Path) -> None:
    """By its name; --fail-on ends with 3 where a risk is as bad, and the counts are Terraform's own."""
    ran = command("a", "--json", "--commit", "abc", "--fail-on", "low", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert [each["unit"] for each in summary["units"]] == ["a"]
    assert summary["units"][0]["counts"] == {"added": 1, "destroyed": 1, "outputs": 1}
    assert summary["commit"] == "abc"
    assert "hunter2" not in ran.stdout
    (tmp_path / "summary.json").write_text(ran.stdout)
    again = command("--from", "summary.json", folder=tmp_path)
    assert "1 to add, 0 to change, 1 to destroy" in again.stdout


@needs_terragrunt
def test_a_unit_that_fails_is_first_and_the_others_are_planned(tree: Path, tmp_path: Path) -> None:
    """Ends with 4, or 3 if asked to fail on what is critical; what Terraform says of it is told."""
    write(tree / "a" / "terragrunt.hcl", unit('size = "many"'))
    ran = command(folder=tmp_path)
    assert ran.returncode == 4
    lines = ran.stdout.splitlines()
    assert lines[2].startswith("NOT PLANNED: 1 of 2 units.")
    assert any(line.strip().startswith("critical not-planned: a: failed") for line in lines)
    assert "Error: Invalid value for input variable" in ran.stderr
    assert command("--fail-on", "critical", folder=tmp_path).returncode == 3


@needs_terragrunt
def test_drift_is_looked_for_alone(tree: Path, tmp_path: Path) -> None:
    """Nothing was changed outside, so there is nothing to tell, also of a, whose file was changed."""
    ran = command("--drift", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Only drift was looked for: what applying would change is not planned here." in ran.stdout
    assert "2 units had nothing changed outside Terraform." in ran.stdout
    assert "no changes" not in ran.stdout
    assert command("--filters-file", "nowhere", folder=tmp_path).stderr.endswith("nothing was planned.\n")
    assert "The filters leave no unit" in command("--filter", "{nosuch/**}", folder=tmp_path).stderr


@needs_terragrunt
def test_an_interrupted_run_leaves_no_plan_behind(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it runs its folder is the user's alone; a signal ends Terragrunt, and the folder goes."""
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setenv("TMPDIR", str(private))
    slow = 'resource "terraform_data" "slow" {}\ndata "external" "wait" { program = ["sleep", "60"] }\n'
    write(tmp_path / "modules" / "box" / "slow.tf", slow)
    process = subprocess.Popen(PLAN, cwd=tmp_path, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not list(private.glob("ml-clusters-plan-*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    (folder,) = private.glob("ml-clusters-plan-*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert list(private.glob("ml-clusters-plan-*")) == []


def test_plans_that_are_there_are_read_without_running_anything(tmp_path: Path) -> None:
    """As text, as JSON, as a comment beside which the whole is kept; with an exit status for what was found."""
    (tmp_path / "p.json").write_bytes(plan(change("aws_kms_key.this", "delete", before={})))
    read = command("--from", "p.json", folder=tmp_path)
    assert read.returncode == 0
    assert "critical key-deleted: p aws_kms_key.this" in read.stdout
    assert codes("p.json", tmp_path) == {"critical": 3, "low": 3}
    comment = command("--from", "p.json", "--markdown", "--output", "out/plan.md", folder=tmp_path)
    assert (comment.returncode, comment.stdout) == (0, "")
    text = (tmp_path / "out" / "plan.md").read_text()
    assert text.startswith("<!-- ml-clusters plan -->")
    assert "| critical | `key-deleted` | `p aws_kms_key.this` |" in text
    assert json.loads((tmp_path / "out" / "plan.json").read_text())["risks"][0]["rule"] == "key-deleted"


def codes(path: str, folder: Path) -> dict[str, int]:
    """What --fail-on ends with."""
    severities: Sequence[str] = ("critical", "low")
    return {each: command("--from", path, "--fail-on", each, folder=folder).returncode for each in severities}


def test_nothing_to_show_ends_with_one(tmp_path: Path) -> None:
    """A file that is not there, a unit that is not there, no tree, each in one sentence."""
    absent = command("--from", "nowhere.json", folder=tmp_path)
    assert (absent.returncode, absent.stdout) == (1, "")
    assert "There is no such file" in absent.stderr
    (tmp_path / "p.json").write_bytes(plan())
    unknown = command("q", "--from", "p.json", folder=tmp_path)
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    assert "No plan here is of 'q'" in unknown.stderr
    assert command("--fail-on", "bad", "--from", "p.json", folder=tmp_path).returncode == 2


def test_output_that_does_not_fit_is_no_success(tmp_path: Path) -> None:
    """Also where Python writes without a buffer, as in most containers."""
    (tmp_path / "p.json").write_bytes(plan(*(change(f"a.b{number}", "create") for number in range(2_000))))
    program = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); {PLAN[2]}"
    words = [sys.executable, "-u", "-c", program, "plan", "--json", "--from", "p.json"]
    with (tmp_path / "out.json").open("w") as small:
        ran = subprocess.run(words, cwd=tmp_path, stdout=small, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert "could not be written" in ran.stderr


def test_a_comment_is_not_written_over_by_what_goes_beside_it(tmp_path: Path) -> None:
    """The whole in JSON is written beside the comment, under the same name with another ending."""
    ran = command("--markdown", "--output", "out.json", "--from", "p.json", folder=tmp_path)
    assert ran.returncode == 1
    assert "name another" in ran.stderr


@pytest.mark.parametrize("form", ["--json", "--markdown"])
def test_a_name_that_is_no_text_can_be_written(tmp_path: Path, form: str) -> None:
    """A system's names are bytes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json"))
    path.write_bytes(plan(change("a.b", "create")))
    ran = subprocess.run([*PLAN, form, "--from", path], cwd=tmp_path, capture_output=True, check=False)
    assert (ran.returncode, b"xff" in ran.stdout) == (0, True), ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full, the disk that is always full")
def test_output_that_cannot_be_written_ends_with_one(tmp_path: Path) -> None:
    """A full disk is told in a sentence, and is no success."""
    (tmp_path / "p.json").write_bytes(plan(change("a.b", "create")))
    words = [*PLAN, "--from", "p.json"]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(words, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert "could not be written: No space left on device" in ran.stderr


def test_only_what_reads_plans_is_loaded(tmp_path: Path) -> None:
    """The command is used beside tools that start in a tenth of a second; pydantic comes with typer."""
    (tmp_path / "p.json").write_bytes(plan(change("a.b", "create")))
    program = (
        "import os, sys\n"
        "from mcp_server.cli import main\n"
        "os._exit = sys.exit\n"
        "sys.argv = ['ml-clusters', 'plan', '--from', 'p.json']\n"
        "try:\n    main()\n"
        "finally:\n"
        "    heavy = ('boto3', 'mcp', 'pydantic_settings', 'jinja2', 'tree_sitter', 'yaml')\n"
        "    print([name for name in heavy if name in sys.modules])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
