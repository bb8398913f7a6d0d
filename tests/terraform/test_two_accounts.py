"""The modules that clusters stand on, applied by Terraform to simulated AWS, in two accounts."""

import shutil
from pathlib import Path

import pytest

from tests.terraform.applying import with_real_provider
from tests.terraform.planned import MODULES

WORLD = Path(__file__).parent / "two_accounts" / "main.tf"


@pytest.mark.slow
def test_nine_modules_apply_settle_and_go(aws_env: str, tmp_path: Path) -> None:
    """Joined as in the live tree, they can be made; then there is nothing left to change; then all of it can go."""
    shutil.copytree(MODULES, tmp_path / "modules", ignore=shutil.ignore_patterns(".terraform*", "tests", "examples"))
    world = with_real_provider(tmp_path, WORLD.read_text())
    made = world.done("apply", "-auto-approve")
    assert "172 added, 0 changed, 0 destroyed" in made
    assert "No changes. Your infrastructure matches the configuration." in world.done("plan", "-detailed-exitcode")
    # NAT, endpoints and peering leave nothing behind that would keep a VPC from going.
    assert "172 destroyed" in world.done("destroy", "-auto-approve")
