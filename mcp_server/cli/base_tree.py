"""The tree as it is at another commit, in a private folder that is gone afterwards."""

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import quoted, typed
from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.reading import read_tree
from mcp_server.monorepo.versions import Versions, read_versions

_OF_TERRAFORM = (".hcl", ".tf")
"""What files of a tree and its modules are read of."""
_SECONDS = 120


class BaseUnread(RequestRefused):
    """The tree at a commit cannot be read. why is a sentence."""

    def __init__(self, ref: str, why: str) -> None:
        self.ref, self.why = ref, why
        super().__init__(f"The tree at {typed(ref)} cannot be compared with: {why} Nothing was done.")


def versions_at(ref: str, root: Path, names: TreeNames) -> Versions:
    """The versions that units of the tree in root have at a commit.

    Raises:
        BaseUnread: There is no such commit, no tree at it, or no git.
    """
    with tree_at(ref, root, names) as tree:
        return read_versions(tree)


@contextmanager
def tree_at(ref: str, root: Path, names: TreeNames, endings: Sequence[str] = _OF_TERRAFORM) -> Generator[LiveTree]:
    """The tree in root as it is at a commit, with the files beside it that have these endings, for a while.

    Raises:
        BaseUnread: There is no such commit, no tree at it, or no git.
    """
    git = _Git(ref)
    top, prefix = (*git.text(root, "rev-parse", "--show-toplevel", "--show-prefix").split("\n"), "")[:2]
    commit = _commit(git, root, ref)
    folder = Path(tempfile.mkdtemp(prefix="ml-clusters-base-"))
    try:
        _unpack(git, Path(top), commit, folder, endings)
        # The reader takes this for the boundary of the repository.
        (folder / ".git").mkdir()
        try:
            tree = read_tree(folder / prefix, names)
        except NoTree as missing:
            raise BaseUnread(ref, f"it has no units in {quoted(prefix or '.')}.") from missing
        yield tree
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Git:
    def __init__(self, ref: str) -> None:
        self._ref = ref

    def run(self, folder: Path, *arguments: str) -> bytes:
        """What git prints."""
        try:
            ended = subprocess.run(
                ["git", *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except FileNotFoundError as missing:
            raise BaseUnread(self._ref, "git is not installed.") from missing
        except subprocess.TimeoutExpired as expired:
            raise BaseUnread(self._ref, f"git did not answer within {_SECONDS} seconds.") from expired
        if ended.returncode:
            said = ended.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
            raise BaseUnread(self._ref, f"git says {quoted(said[0])}.")
        return ended.stdout

    def text(self, folder: Path, *arguments: str) -> str:
        """What git prints, as a text without its end of line."""
        return self.run(folder, *arguments).decode(errors="surrogateescape").removesuffix("\n")


def _commit(git: _Git, root: Path, ref: str) -> str:
    missing = "there is no such commit here; `git fetch` may bring it."
    if ref[:1] in {"", "-"}:
        # Git would take it for an option.
        raise BaseUnread(ref, missing)
    try:
        return git.text(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    except BaseUnread as unread:
        raise BaseUnread(ref, missing) from unread


def _unpack(git: _Git, top: Path, commit: str, folder: Path, endings: Sequence[str]) -> None:
    """Write the files of a commit that a tree is read from, at their places; links are left out."""
    listed = git.text(top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).split("\0")
    present = [ending for ending in endings if any(each.endswith(ending) for each in listed)]
    if not present:
        return
    patterns = [f":(top,glob)**/*{each}" for each in present]
    archive = io.BytesIO(git.run(top, "archive", "--format=tar", commit, "--", *patterns))
    with tarfile.open(fileobj=archive) as tar:
        for member in tar:
            inner = tar.extractfile(member) if member.isreg() else None
            if inner and ".." not in PurePosixPath(member.name).parts:
                path = folder / member.name.lstrip("/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(inner.read())
