"""The policies over plans: their own tests, real plans, and that no policy can go without a test that misses it."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.delivery.built import find
from tests.plans.recording import RECIPES

POLICIES = Path(__file__).parents[2] / "policies"
RULES = sorted(each.name for each in POLICIES.glob("*.rego") if not each.name.endswith("_test.rego"))


def ran(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """How conftest ended."""
    command = [find("conftest"), *arguments, "--no-color"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_policies_keep_their_own_tests() -> None:
    """Every small bad plan is refused with its sentence, and its like that may be is not."""
    done = ran("verify", "--policy", POLICIES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_policies_are_formatted() -> None:
    """They are as `conftest fmt` writes them."""
    done = subprocess.run([find("conftest"), "fmt", "--check", POLICIES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", RULES)
def test_a_policy_that_is_missing_is_missed(tmp_path: Path, name: str) -> None:
    """Without any one of the files the tests fail."""
    copy = shutil.copytree(POLICIES, tmp_path / "policies")
    (copy / name).unlink()
    assert ran("verify", "--policy", copy).returncode != 0


@pytest.mark.parametrize("name", RECIPES)
def test_a_purchase_that_is_landed_passes(tmp_path: Path, name: str) -> None:
    """What Terraform plans when capacity was bought breaks no rule."""
    plan = tmp_path / "plan.json"
    plan.write_bytes(gzip.decompress(RECIPES[name].path.read_bytes()))
    done = ran("test", plan, "--policy", POLICIES)
    assert done.returncode == 0, done.stdout
    assert "0 failures" in done.stdout
