"""Terragrunt itself, where this machine has it: what our reading is held against."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_BUILT = Path(__file__).parents[2] / ".tools/terragrunt"


def find_terragrunt() -> str:
    """Where Terragrunt is; without it the test is skipped."""
    there = shutil.which("terragrunt") or (str(_BUILT) if _BUILT.exists() else None)
    if there is None:
        pytest.skip("there is no terragrunt, neither on PATH nor in .tools (make .tools/terragrunt)")
    return there


def found_in(root: Path) -> str:
    """What `find` prints of the tree there; it must end well, as it does on broken trees too."""
    return _run(root, "find", "--json", "--dag", "--dependencies")


def rendered(unit: Path) -> dict[str, Any]:
    """The unit's configuration as Terragrunt evaluates it."""
    return json.loads(_run(unit, "render", "--format", "json"))


def refused_by_validation(root: Path) -> bool:
    """Whether `hcl validate` finds an error in the tree."""
    return _completed(root, "hcl", "validate").returncode != 0


def _run(folder: Path, *arguments: str) -> str:
    completed = _completed(folder, *arguments)
    assert completed.returncode == 0, completed.stderr[-3000:]
    return completed.stdout


def _completed(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("TG_", "TERRAGRUNT_", "AWS_"))}
    return subprocess.run(
        [find_terragrunt(), *arguments],
        cwd=folder,
        env={**environ, "TG_NON_INTERACTIVE": "true", "TG_NO_COLOR": "true"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=False,
    )
