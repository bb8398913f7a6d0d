"""What tests of the Terraform tooling may use."""

import shutil
from pathlib import Path

import pytest

from tests.terraform.tiny_world import TERRAFORM, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One sound module called tiny, and of all programs only Terraform, where it is here."""
    made = World(tmp_path / "root")
    if TERRAFORM:
        made.put_on_path("terraform", Path(TERRAFORM))
        made.put_on_path("diff", Path(shutil.which("diff") or "/usr/bin/diff"))  # `terraform fmt -diff` runs it
    return made
