"""Whether the live tree can be read, and whether Terragrunt reads the same."""

import os
import shutil
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

from mcp_server.monorepo.agreement import differences
from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.render.units import beside_line, finding_lines
from mcp_server.searching.findings import Finding, Verdict

_SUBJECT = "live tree"
_SECONDS = 120
_MOST_LINES = 8
# What would make Terragrunt find something else than is checked in.
_LEFT_OUT = ("TG_", "TERRAGRUNT_", "AWS_")


def examine_tree(read: Callable[[], LiveTree]) -> Generator[Finding]:
    """What is read of the tree, what is wrong with it, and where Terragrunt differs, which evaluates its files."""
    try:
        tree = read()
    except NoTree as absent:
        yield Finding(Verdict.NOTE, _SUBJECT, f"{absent} Searching does not need one.")
        return
    yield Finding(Verdict.GOOD, _SUBJECT, f"{tree.root}: {len(tree.units)} units in {len(tree.groups)} groups")
    if tree.beside:
        yield Finding(Verdict.NOTE, _SUBJECT, beside_line(tree))
    lines = finding_lines(tree)
    for line in lines[:_MOST_LINES]:
        yield Finding(Verdict.NOTE, _SUBJECT, line)
    if len(lines) > _MOST_LINES:
        yield Finding(Verdict.NOTE, _SUBJECT, f"and {len(lines) - _MOST_LINES} more: list_units shows them")
    if tree.terragrunts:
        yield from _compared(tree)
    else:
        yield Finding(Verdict.GOOD, _SUBJECT, "it is plain Terraform, so that Terragrunt has nothing to compare")


def _compared(tree: LiveTree) -> Generator[Finding]:
    program = _terragrunt(tree.root)
    if program is None:
        fix = "Install it with mise, or `make .tools/terragrunt` in a clone with Go."
        yield Finding(Verdict.NOTE, _SUBJECT, "no Terragrunt here, with which to compare what is read", fix)
        return
    try:
        found = _found(program, tree.root)
        differing = differences(tree, found)
    except (OSError, subprocess.SubprocessError, ValueError) as failure:
        why = getattr(failure, "stderr", None) or str(failure)
        yield Finding(Verdict.NOTE, _SUBJECT, f"Terragrunt could not list the tree: {str(why).strip()[-300:]}")
        return
    for each in differing[:_MOST_LINES]:
        yield Finding(Verdict.BAD, _SUBJECT, str(each), "Report it: what is read of the tree is not what is applied.")
    if not differing:
        yield Finding(Verdict.GOOD, _SUBJECT, f"{program} lists the same units, in the same order")


def _terragrunt(root: Path) -> str | None:
    """On the PATH, or as `make` builds it in the clone that the tree is in."""
    return shutil.which("terragrunt") or shutil.which("terragrunt", path=root.parent / ".tools")


def _found(program: str, root: Path) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    return subprocess.run(
        [program, "find", "--json", "--dag", "--dependencies"],
        cwd=root,
        env={**environ, "TG_NON_INTERACTIVE": "true", "TG_NO_COLOR": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_SECONDS,
        check=True,
    ).stdout
