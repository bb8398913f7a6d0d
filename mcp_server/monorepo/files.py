"""Reading a tree's files: what may be read, once each, and which folders there are.

Only ordinary files within the boundary are opened. Links to folders are not followed, as Terragrunt does not.
"""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mcp_server.monorepo.functions import clean_path
from mcp_server.monorepo.parsing import parse
from mcp_server.monorepo.syntax import Body, Document, SyntaxTrouble

_LARGEST = 1 << 20
# Whatever lies there under a file's name, opening it does not wait.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_PASSED_OVER = frozenset({".git", ".terraform", ".terragrunt-cache"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is not followed. why is a clause."""

    path: str
    why: str


@dataclass(slots=True)
class Folders:
    """What a walk found: folders with the names of their files, links, and folders that could not be listed."""

    files: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    links: list[Link] = field(default_factory=list[Link])
    refused: list[str] = field(default_factory=list[str])


class TreeFiles:
    """The files of one tree, as they are while it is read. All paths are absolute, with slashes.

    The boundary is the git work tree that the root is in, else the root itself: nothing outside of it is read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.as_posix()
        self.repository = next((each.as_posix() for each in (root, *root.parents) if (each / ".git").exists()), None)
        self.boundary = self.repository or self.root
        self._shared: dict[str, Document] = {}
        self._there: dict[str, bool] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._resolved: dict[str, str] = {}

    def relative(self, path: str) -> str:
        """The path as the tree's parts are named: relative to the root."""
        if path.startswith(f"{self.root}/"):
            return path[len(self.root) + 1 :]
        return os.path.relpath(path, self.root)

    def absolute(self, relative: str) -> str:
        """The path that such a relative one stands for."""
        return clean_path(f"{self.root}/{relative}")

    def within(self, path: str) -> bool:
        """Whether a path lies within the boundary, links aside."""
        return path == self.boundary or path.startswith(f"{self.boundary.rstrip('/')}/")

    def is_file(self, path: str) -> bool:
        """Whether there is a file that may be read."""
        there = self._there.get(path)
        if there is None:
            there = self._there[path] = self.within(path) and Path(path).is_file()
        return there

    def resolved(self, path: str) -> str:
        """The path without links, or as it is where nothing is there."""
        known = self._resolved.get(path)
        if known is None:
            try:
                known = os.path.realpath(path, strict=True)
            except (OSError, ValueError):
                known = path
            self._resolved[path] = known
        return known

    def found_above(self, folder: str, name: str) -> str | None:
        """The file of this name in the nearest folder above."""
        key = folder, name
        if key not in self._found:
            self._found[key] = self._find_above(folder, name)
        return self._found[key]

    def _find_above(self, folder: str, name: str) -> str | None:
        above = folder.rpartition("/")[0]
        while above and self.within(above):
            candidate = clean_path(f"{above}/{name}")
            if self.is_file(candidate):
                return candidate
            above = above.rpartition("/")[0]
        return None

    def document(self, path: str) -> Document:
        """The file, or an empty document in trouble. It is kept, since other units may need it too."""
        known = self._shared.get(path)
        if known is None:
            known = self._shared[path] = self._checked(path)
        return known

    def leaf(self, path: str) -> Document:
        """A file that one unit needs, in a folder that the walk came to: only the file itself may be a link."""
        try:
            return _contents(os.open(path, _FLAGS | os.O_NOFOLLOW))
        except OSError:
            return self._checked(path)

    def _checked(self, path: str) -> Document:
        try:
            if not self.within(os.path.realpath(path, strict=True)):
                return _refused("it leads out of the repository, so it is not read")
            return _contents(os.open(path, _FLAGS))
        except OSError as error:
            return _refused("it is a link to itself" if _is_loop(error) else f"it cannot be read ({error.strerror})")

    def folders(self) -> Folders:
        """Every folder of the tree with the names of its files."""
        found = Folders()
        waiting = [self.root]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    waiting += self._sorted_out(folder, entries, found)
            except OSError:
                found.refused.append(folder)
        return found

    def _sorted_out(self, folder: str, entries: Iterator[os.DirEntry[str]], found: Folders) -> list[str]:
        inner: list[str] = []
        names: list[str] = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _PASSED_OVER:
                    inner.append(f"{folder}/{entry.name}")
            elif entry.name.endswith((".hcl", ".tf")):
                names.append(entry.name)
            elif entry.is_symlink():
                found.links += self._link(f"{folder}/{entry.name}")
        if names:
            found.files[folder] = names
        return inner

    def _link(self, path: str) -> list[Link]:
        """The link, if whoever reads the tree must know about it."""
        try:
            target = os.path.realpath(path, strict=True)
        except OSError as error:
            return [Link(path, "it is a link to itself")] if _is_loop(error) else []
        if not Path(target).is_dir():
            return []
        if path.startswith(f"{target}/"):
            return [Link(path, "it is a link to a folder that it is in, a loop")]
        if not self.within(target):
            return [Link(path, "it is a link that leads out of the repository")]
        return [Link(path, "it is a link to a folder, which Terragrunt does not follow either")]


def _is_loop(error: OSError) -> bool:
    return error.errno == errno.ELOOP


def _contents(opened: int) -> Document:
    with open(opened, "rb") as stream:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            return _refused("it is no ordinary file")
        data = stream.read(_LARGEST + 1)
    return parse(data) if len(data) <= _LARGEST else _refused("it is larger than a megabyte")


def _refused(why: str) -> Document:
    return Document(b"", Body(), SyntaxTrouble(0, why))
