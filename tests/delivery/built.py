"""Programs in Go that tests run where they are there."""

import shutil
from pathlib import Path

import pytest

_TOOLS = Path(__file__).parents[2] / ".tools"


def find(name: str) -> str:
    """Where a program is; without it the test is skipped."""
    there = shutil.which(name, path=_TOOLS) or shutil.which(name)
    if there is None:
        pytest.skip(f"there is no {name}, neither on PATH nor in .tools (make .tools/{name})")
    return there
