"""The live tree planned by Terragrunt before simulated AWS, and summed up: counts are Terraform's own, unit by unit."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live.copied_tree import CopiedTree, copied, skip_if_not_had

EAST = "main-account/us-east-1"
PLANNED = ["kms", "networking", "efa-security-group", "ecr", "capacity-ledger"]
FAILING = "s3-data-replica"


@pytest.fixture
def tree(aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CopiedTree:
    """A tree that keeps no state. Skips the test where the real aws provider is not here."""
    plugins = os.environ.get("TERRAFORM_REAL_PLUGINS")
    if not plugins:
        pytest.skip("no real aws provider here: TERRAFORM_REAL_PLUGINS is not set")
    configuration = tmp_path / "terraform.tfrc"
    configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{plugins}"\n  }}\n}}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("ML_CLUSTERS_AWS_PROVIDER", "5.100.0")
    monkeypatch.setenv("ML_CLUSTERS_LOCAL_STATE", "true")
    return copied(tmp_path / "tree")


def summed_up(tree: CopiedTree, *words: str) -> tuple[int, dict[str, Any], str]:
    """How `ml-clusters plan` ends in the copy, the summary that it prints, and its progress."""
    ran = subprocess.run(
        [sys.executable, "-c", "from mcp_server.cli import main; main()", "plan", "--json", *words],
        cwd=tree.folder,
        env={**os.environ, "CLAUDE_PROJECT_DIR": str(tree.folder), "PATH": path_with(tree.terragrunt)},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    return ran.returncode, json.loads(ran.stdout or "{}"), ran.stderr


def path_with(program: str) -> str:
    """PATH on which a program is the first of its name."""
    return f"{Path(program).parent}:{os.environ['PATH']}"


@pytest.mark.slow
def test_counts_are_those_that_terraform_prints_of_each_unit(tree: CopiedTree) -> None:
    """Beside a unit that fails, which is the first thing said."""
    units = [f"{EAST}/{each}" for each in PLANNED]
    by_terraform = tree.run_all("plan", "-lock=false", only=units)
    skip_if_not_had(by_terraform)
    assert by_terraform.failed == {}
    printed = re.findall(r"\[(\S+)\].*Plan: (\d+) to add, (\d+) to change, (\d+) to destroy", by_terraform.text)
    counts = {
        unit: {"added": int(add), "changed": int(change), "destroyed": int(destroy)}
        for unit, add, change, destroy in printed
    }
    assert sorted(counts) == sorted(units)

    broken = tree.live / "secondary-account/us-east-1" / FAILING / "terragrunt.hcl"
    broken.write_text(f"{broken.read_text()}\ninputs = {{ name = [1] }}\n")
    code, summary, told = summed_up(tree, *units, f"secondary-account/us-east-1/{FAILING}")
    assert code == 4, told
    ours = {
        each["unit"]: {name: each["counts"].get(name, 0) for name in ("added", "changed", "destroyed")}
        for each in summary["units"]
        if each["planned"]
    }
    assert ours == counts
    first = summary["risks"][0]
    assert (first["rule"], first["unit"]) == ("not-planned", f"secondary-account/us-east-1/{FAILING}")
    mocked = {each["unit"] for each in summary["risks"] if each["rule"] == "mocked-inputs"}
    assert f"{EAST}/efa-security-group" in mocked
    assert f"{EAST}/kms" not in mocked
