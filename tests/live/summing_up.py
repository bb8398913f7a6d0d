"""A copied tree planned and summed up by `ml-clusters plan`, and what Terraform itself prints of the same units."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.live.copied_tree import CopiedTree, Ran

Counts = Mapping[str, Mapping[str, int]]
"""By unit, how many resources are added, changed and destroyed."""


def summed_up(tree: CopiedTree, *words: str) -> tuple[int, dict[str, Any], str]:
    """How `ml-clusters plan` ends in the copy, the summary that it prints, and its progress."""
    ran = subprocess.run(
        [sys.executable, "-c", "from mcp_server.cli import main; main()", "plan", "--json", *words],
        cwd=tree.folder,
        env={**os.environ, "CLAUDE_PROJECT_DIR": str(tree.folder), "PATH": _path_with(tree.terragrunt)},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    return ran.returncode, json.loads(ran.stdout or "{}"), ran.stderr


def _path_with(program: str) -> str:
    """PATH on which a program is the first of its name."""
    return f"{Path(program).parent}:{os.environ['PATH']}"


def printed_counts(ran: Ran) -> Counts:
    """What Terraform printed, of units of which it did not say that nothing changes."""
    printed = re.findall(r"\[(\S+)\].*Plan: (\d+) to add, (\d+) to change, (\d+) to destroy", ran.text)
    return {
        unit: {"added": int(add), "changed": int(change), "destroyed": int(destroy)}
        for unit, add, change, destroy in printed
    }


def counts_of(summary: Mapping[str, Any]) -> Counts:
    """Those of a summary, of units that were planned."""
    return {
        each["unit"]: {name: each["counts"].get(name, 0) for name in ("added", "changed", "destroyed")}
        for each in summary["units"]
        if each["planned"]
    }
