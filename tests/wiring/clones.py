"""Scratch clones for tests: what wiring reads of this repository, as it is now, in a Git work tree of its own."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_READ = ("live", "gitops", "terraform/modules", "cluster-configs", "delivery")
_PASSED_OVER = shutil.ignore_patterns(".terraform*", ".terragrunt-cache", "tests", "examples", "*.md")


def scratch_clone(folder: Path) -> Path:
    """The clone's folder, with one commit and the setting that makes it a scratch one."""
    for each in _READ:
        shutil.copytree(ROOT / each, folder / each, ignore=_PASSED_OVER)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "Somebody")
    git(folder, "config", "user.email", "somebody@example.com")
    git(folder, "config", "ml-clusters.scratch", "true")
    git(folder, "add", *_READ)
    git(folder, "commit", "--quiet", "--message", "As it was")
    return folder


def git(folder: Path, *words: str) -> str:
    """What Git prints."""
    return subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True, timeout=60
    ).stdout
