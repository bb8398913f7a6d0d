"""Every shell script that is ours."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("atlantis", "bin", "cluster-configs", "hooks", ".ci", ".github")
# Beside the Python that runs the tests.
SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def scripts() -> list[Path]:
    """Files that begin as shell scripts do, or are parts of one."""
    files = [each for folder in FOLDERS for each in sorted((ROOT / folder).rglob("*")) if each.is_file()]
    return [each for each in files if each.suffix == ".sh" or each.read_bytes()[:64].split(b"\n")[0].endswith(b"sh")]


@pytest.mark.parametrize("script", scripts(), ids=lambda each: str(each.relative_to(ROOT)))
def test_shellcheck_finds_nothing(script: Path) -> None:
    """No finding, those of what a script sources included."""
    command = [SHELLCHECK, "--external-sources", script.name]
    ran = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_there_are_scripts_of_every_kind() -> None:
    """What is looked for is found: with an ending, and without."""
    names = {each.name for each in scripts()}
    assert {"ml-clusters", "guard_spending.sh", "on_create.sh", "plan-unit", "run", "with-aws-token"} <= names
