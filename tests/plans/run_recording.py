"""Runs of Terragrunt over a few units of live/, kept in recorded/runs/ for what reads plans of many units.

`python -m tests.plans.run_recording` records them anew, against a simulated AWS of its own. A run is a folder with
Terragrunt's report and each unit's plan, as `--report-file` and `--json-out-dir` leave them, but that plans are packed.
"""

import gzip
import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_server.sandbox.process import apply, join
from tests.live.copied_tree import CopiedTree, Ran, copied

RECORDED = Path(__file__).parent / "recorded" / "runs"
INDEX = RECORDED / "index.json"

KEY = "main-account/us-east-1/kms"
LEDGER = "main-account/us-east-1/capacity-ledger"
OTHER_KEY = "main-account/us-west-2/kms"
STATES = "main-account/us-east-1/s3-tfstate"

_ENVIRON = {"ML_CLUSTERS_LOCAL_STATE": "true", "ML_CLUSTERS_AWS_PROVIDER": "5.100.0"}
_ANOTHER_KEY = 'resource "aws_kms_key" "this" {\n  multi_region = true\n}\n'
_REFUSED_KEY = 'resource "aws_kms_key" "this" {\n  deletion_window_in_days = 5\n}\n'
_EXCLUDED = '\nexclude {\n  if      = true\n  actions = ["plan"]\n}\n'
_LINE = re.compile(r"\[([^\]]+)\].*?(Plan: .*|No changes\..*)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What a run is a fixture for, and what was changed before it."""

    name: str
    rules: tuple[str, ...]
    says: str


MOCKED = Run("mocked", ("mocked-inputs",), "the ledger planned before the key whose ARN it takes is made")
UPSTREAM = Run(
    "upstream-changed",
    ("old-upstream-outputs", "key-deleted"),
    "another key in place of the one whose ARN the ledger takes: the ledger's plan finds nothing to change",
)
FAILED = Run(
    "failed-beside-old-plans",
    ("incomplete",),
    "in the folder of an earlier run: a unit fails, its dependent is not run, both leave their plans of before; one is "
    "excluded, and one planned anew",
)


def record(folder: Path) -> None:
    """Make the three runs in a copy of the tree, one after another. Simulated AWS is in the environment."""
    tree = copied(folder / "tree")
    _plan(tree, MOCKED, folder / "mocked", [LEDGER])
    made = tree.run_all("apply", "-auto-approve", only=[KEY, LEDGER, OTHER_KEY], environ=_ENVIRON)
    assert made.failed == {}, made.failed
    plans = folder / "upstream-changed"
    override = tree.folder / "terraform/modules/kms/after_override.tf"
    override.write_text(_ANOTHER_KEY)
    _plan(tree, UPSTREAM, plans, [KEY, LEDGER])
    override.unlink()
    # Only the one unit's module is another, since the other unit of that module shall be planned.
    own = tree.folder / "terraform/modules/kms-refused"
    shutil.copytree(tree.folder / "terraform/modules/kms", own)
    (own / "after_override.tf").write_text(_REFUSED_KEY)
    unit = tree.live / KEY / "terragrunt.hcl"
    source = '${dirname(find_in_parent_folders("root.hcl"))}/../terraform/modules//kms-refused'
    unit.write_text(unit.read_text() + f'\nterraform {{\n  source = "{source}"\n}}\n')
    excluded = tree.live / STATES / "terragrunt.hcl"
    excluded.write_text(excluded.read_text() + _EXCLUDED)
    _plan(tree, FAILED, plans, [KEY, LEDGER, OTHER_KEY, STATES])


def _plan(tree: CopiedTree, run: Run, plans: Path, units: Sequence[str]) -> None:
    ran = tree.run_all("plan", only=units, options=[f"--json-out-dir={plans}"], environ=_ENVIRON)
    _keep(run, tree, ran, plans)


def _keep(run: Run, tree: CopiedTree, ran: Ran, plans: Path) -> None:
    kept = RECORDED / run.name
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    report = (tree.folder / "report.json").read_text().replace(str(tree.folder), "").replace(str(plans), "")
    (kept / "report.json").write_text(json.dumps(json.loads(report), indent=2) + "\n")
    for each in sorted(plans.glob("**/tfplan.json")):
        to = kept / each.parent.relative_to(plans) / "tfplan.json.gz"
        to.parent.mkdir(parents=True)
        packed = json.dumps(json.loads(each.read_text()), sort_keys=True).encode()
        to.write_bytes(gzip.compress(packed, mtime=0))
    entries = index() if INDEX.exists() else {}
    entries[run.name] = {
        "rules": list(run.rules),
        "says": run.says,
        "plan_lines": dict(sorted(_LINE.findall(ran.text))),
    }
    INDEX.write_text(json.dumps({name: entries[name] for name in sorted(entries)}, indent=2) + "\n")


def index() -> dict[str, Any]:
    """What is kept, by name."""
    return json.loads(INDEX.read_text())


def plans_of(name: str) -> dict[str, Any]:
    """The plans of a run that is kept, by unit."""
    folder = RECORDED / name
    return {
        str(each.parent.relative_to(folder)): json.loads(gzip.decompress(each.read_bytes()))
        for each in sorted(folder.glob("**/tfplan.json.gz"))
    }


def main() -> None:
    """Record every run anew."""
    with (
        tempfile.TemporaryDirectory() as home,
        join(Path(home), grace=1) as running,
        tempfile.TemporaryDirectory() as folder,
    ):
        apply(running.url, os.environ)
        record(Path(folder))


if __name__ == "__main__":
    main()
