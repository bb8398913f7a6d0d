"""Whether a plan is still of what is checked out: when a unit's files were changed, and at which commit the work is."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.capacity.words import word
from mcp_server.monorepo.sources import SourceKind

if TYPE_CHECKING:
    from mcp_server.monorepo.live_tree import LiveTree
    from mcp_server.monorepo.plans.summary import Summary
    from mcp_server.monorepo.units import Unit

_FOLDERS_OF_TERRAFORM = (".terraform", ".terragrunt-cache")
_FILES_OF_TERRAFORM = (".terraform.lock.hcl", ".tfstate", ".tfstate.backup", ".tfstate.lock.info")


class FilesOfUnits:
    """When the files that units are made from were changed. Every folder is looked at once."""

    def __init__(self, tree: "LiveTree") -> None:
        self._root = tree.root
        self._seen: dict[Path, float] = {}

    def changed_at(self, unit: "Unit") -> datetime | None:
        """When the newest file of a unit or of its local module was changed, in UTC; None if none can be seen."""
        newest = max((self._newest(each) for each in self._paths(unit)), default=0.0)
        return datetime.fromtimestamp(newest, UTC) if newest else None

    def _paths(self, unit: "Unit") -> Iterator[Path]:
        named = (unit.file, *(each.file for each in unit.includes), *unit.configurations)
        yield from (self._root / each for each in named)
        yield self._root / unit.path
        yield from (self._root / each.folder for each in unit.sources if each.kind is SourceKind.LOCAL)

    def _newest(self, path: Path) -> float:
        if path not in self._seen:
            files = _files_below(path) if path.is_dir() else (path,)
            self._seen[path] = max(map(_changed, files), default=0.0)
        return self._seen[path]


def _files_below(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if each not in _FOLDERS_OF_TERRAFORM]
        yield from (Path(where, each) for each in files if not each.endswith(_FILES_OF_TERRAFORM))


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def head_commit(folder: Path) -> str | None:
    """The commit that is checked out around this folder, from its files (gitrepository-layout); None if none is."""
    git = next((each / ".git" for each in (folder, *folder.parents) if (each / ".git").exists()), None)
    if git is None:
        return None
    try:
        return _head(_directory(git))
    except (OSError, UnicodeDecodeError):
        return None


def _directory(git: Path) -> Path:
    """Where Git keeps a work tree's own files: .git, or what it names if it is a file."""
    return git if git.is_dir() else git.parent / git.read_text().partition("gitdir:")[2].strip()


def _head(git: Path) -> str | None:
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref:"):
        return head or None
    name = head.partition("ref:")[2].strip()
    common = git / (git / "commondir").read_text().strip() if (git / "commondir").is_file() else git
    for each in (git / name, common / name):
        if each.is_file():
            return each.read_text().strip()
    packed = common / "packed-refs"
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), None)


def moved_on(summary: "Summary", project: Path) -> list[str]:
    """Whether a summary of a commit is of what is checked out."""
    head = head_commit(project)
    if summary.commit is None or head is None or head == summary.commit:
        return []
    return [f"The head has moved on: this is of {word(summary.commit[:12])}, checked out is {word(head[:12])}."]
