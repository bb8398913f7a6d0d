"""Scratch clones of the repository: where simulated capacity may be written, and nothing is pushed from."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import clean, typed

_SETTING = "ml-clusters.scratch"
_SECONDS = 120
_REMOTE = "origin"
_BASE = "refs/remotes/origin/main"


class CloneRefused(RequestRefused):
    """No scratch clone was made. why is a sentence."""

    def __init__(self, folder: Path, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"No scratch clone was made in {typed(str(folder), 200)}. {why}")


def repository_of(folder: Path) -> Path | None:
    """The Git work tree that a folder is in; None if it is in none."""
    here = folder.resolve()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), None)


def is_scratch(folder: Path) -> bool:
    """Whether a folder is in a clone that was made as a scratch one: a setting of the clone's own, in no commit."""
    repository = repository_of(folder)
    return repository is not None and _git(repository, "config", "--local", "--get", _SETTING) == "true"


def make_scratch(repository: Path, folder: Path) -> Path:
    """Clone what is committed in a repository into a folder, which must not be there or be empty.

    The clone has no remote, so that nothing can be pushed from it by mistake. Its origin/main is the commit that it was
    made of, so that what compares with that does so here, too.

    Raises:
        CloneRefused: The folder is taken, or Git failed or is not there.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CloneRefused(folder, "There is something already: name a folder that is not there.")
    words = ("clone", "--quiet", "--no-hardlinks", f"--origin={_REMOTE}", str(repository), str(folder))
    try:
        done = _ran(*words)
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise CloneRefused(folder, "Git is not installed, or did not end.") from failure
    if done.returncode:
        raise CloneRefused(folder, f"Git says: {clean(done.stderr)}.")
    _git(folder, "remote", "remove", _REMOTE)
    if _git(folder, "remote") != "":
        raise CloneRefused(folder, "It has a remote that could not be taken away: delete the folder.")
    _git(folder, "update-ref", _BASE, "HEAD")
    _git(folder, "config", "--local", _SETTING, "true")
    return folder


def _git(repository: Path, *words: str) -> str | None:
    """What Git prints; None where it fails or is not there."""
    try:
        done = _ran("-C", str(repository), *words)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _ran(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *words],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SECONDS,
        check=False,
    )


def _environment() -> Mapping[str, str]:
    """Without what tells Git of another repository than the one that it is asked about, as hooks of Git's have it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
