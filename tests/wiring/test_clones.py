"""Scratch clones: which clones are, whatever Git is told elsewhere, and that nothing leads back from one."""

from pathlib import Path

import pytest

from mcp_server.wiring.clones import CloneRefused, is_scratch, make_scratch
from tests.wiring.clones import git


def a_repository(folder: Path) -> Path:
    """One with a commit."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    author = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    git(folder, *author, "commit", "--quiet", "--allow-empty", "--message", "Begun")
    return folder


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_COMMON_DIR", "GIT_CONFIG"])
def test_a_variable_of_git_makes_no_clone_a_scratch_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A hook of Git's has GIT_DIR, and it may be that of a scratch clone."""
    real = a_repository(tmp_path / "real")
    scratch = make_scratch(real, tmp_path / "scratch")
    monkeypatch.setenv(variable, str(scratch / ".git" / ("config" if variable == "GIT_CONFIG" else "")))
    assert is_scratch(scratch)
    assert not is_scratch(real)


def test_what_is_included_makes_no_clone_a_scratch_one(tmp_path: Path) -> None:
    """Only a setting of its own does."""
    real = a_repository(tmp_path / "real")
    scratch = make_scratch(real, tmp_path / "scratch")
    git(real, "config", "include.path", str(scratch / ".git/config"))
    assert not is_scratch(real)


def test_another_repository_keeps_its_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the one of which a hook of Git's tells while a scratch clone is made."""
    real = a_repository(tmp_path / "real")
    git(real, "remote", "add", "origin", "https://example.com/real")
    monkeypatch.setenv("GIT_DIR", str(real / ".git"))
    scratch = make_scratch(real, tmp_path / "scratch")
    monkeypatch.delenv("GIT_DIR")
    assert git(real, "remote") == "origin\n"
    assert not is_scratch(real)
    assert is_scratch(scratch)


def test_a_scratch_clone_has_no_remote_whatever_remotes_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is pushed from it by mistake."""
    settings = tmp_path / "home/.gitconfig"
    settings.parent.mkdir()
    settings.write_text("[clone]\n\tdefaultRemoteName = upstream\n")
    monkeypatch.setenv("HOME", str(settings.parent))
    scratch = make_scratch(a_repository(tmp_path / "real"), tmp_path / "scratch")
    assert git(scratch, "remote") == ""


def test_without_git_there_is_no_scratch_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says so."""
    real = a_repository(tmp_path / "real")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CloneRefused, match="Git is not installed"):
        make_scratch(real, tmp_path / "scratch")
