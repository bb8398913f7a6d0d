"""Small stacks of modules, made and unmade by Terratest on simulated AWS."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.terraform.planned import find_terraform

HERE = Path(__file__).parent

TESTS = sorted(
    name
    for path in HERE.glob("*_test.go")
    for name in re.findall(r"^func (Test(?!Main)\w+)\(", path.read_text(), re.MULTILINE)
)
"""Every test in Go that there is."""


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("TERRAFORM_REAL_PLUGINS"), reason="no real aws provider here: TERRAFORM_REAL_PLUGINS is not set"
)
def test_stacks_are_made_settle_and_go_and_one_state_is_applied_by_one_at_a_time(
    terratest: dict[str, str], aws_env: str
) -> None:
    """Every test in Go runs, none is skipped, and all pass."""
    find_terraform()
    ran = subprocess.run(
        ["go", "test", "-count=1", "-timeout=9m", "-json", "./..."],
        cwd=HERE,
        env={**os.environ, **terratest, "CHECKPOINT_DISABLE": "1", "TF_INPUT": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=570,
        check=False,
    )
    events = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    ended = {each["Test"]: each["Action"] for each in events if "Test" in each and each["Action"] in _ENDS}
    passed = {name for name, action in ended.items() if action == "pass"}
    said = "".join(each.get("Output", "") for each in events if each.get("Test") not in passed) or ran.stdout
    assert ended == dict.fromkeys(TESTS, "pass"), said[-6000:]
    assert ran.returncode == 0, said[-6000:]
    assert len(ended) == 2


@pytest.fixture
def terratest() -> dict[str, str]:
    """Go's environment where Terratest is, taken before the home is another.

    Skips the test where Go or Terratest is not there: no test downloads anything.
    """
    if shutil.which("go") is None:
        pytest.skip("no go on the PATH, with which Terratest is built")
    environ = {
        "GOFLAGS": "-mod=readonly",
        "GOPROXY": "off",
        "GOWORK": "off",
        **{name: asked("env", name).stdout.strip() for name in ("GOCACHE", "GOMODCACHE")},
    }
    listed = asked("list", "-deps", "-test", "./...", environ=environ)
    if listed.returncode:
        pytest.skip(f"Terratest is not downloaded, `make terratest` does it: {listed.stderr.strip()[:200]}")
    return environ


def asked(*arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What Go answers here."""
    return subprocess.run(
        ["go", *arguments],
        check=False,
        cwd=HERE,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
    )


_ENDS = {"pass", "fail", "skip"}
