"""Kept edits: written only to the file that they were made for, whole, and one after another."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.wiring.keeping import (
    FileChanged,
    FileUnwritable,
    NotKept,
    NotScratch,
    UnknownWiring,
    Wiring,
    apply,
    digest,
    encoded,
    keep,
    kept,
    name_of,
)
from mcp_server.wiring.targets import Target
from tests.clusters import worlds
from tests.wiring.clones import git
from tests.wiring.test_clones import a_repository

BEFORE = b"inputs = {}\n"


def edit_of(file: Path, after: bytes = b"inputs = { a = 1 }\n", *, simulated: bool = False) -> Wiring:
    """An edit of a file that is BEFORE."""
    return Wiring(
        id=name_of(file, digest(BEFORE), after),
        action="wire",
        made=worlds.NOW,
        capacity="cr-1",
        called="cr-1",
        purchase=None,
        unit="main-account/us-east-1/eks",
        target=Target.NODE_GROUP,
        name="p5",
        file=file,
        shown_as="live/terragrunt.hcl",
        before=digest(BEFORE),
        after=encoded(after),
        diff="",
        checks=(),
        facts=(),
        due=None,
        simulated=simulated,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file that edits are made for."""
    there = tmp_path / "clone/terragrunt.hcl"
    there.parent.mkdir()
    there.write_bytes(BEFORE)
    return there


def test_of_edits_of_one_file_the_first_is_written_and_no_other(file: Path) -> None:
    """Who comes second is told that it has changed, and takes nothing back."""
    edits = [edit_of(file, f"inputs = {{ a = {number} }}\n".encode()) for number in range(16)]

    def written(wiring: Wiring) -> bool:
        try:
            return apply(wiring)
        except FileChanged:
            return False

    with ThreadPoolExecutor(len(edits)) as pool:
        done = list(pool.map(written, edits))
    assert sum(done) == 1
    assert file.read_bytes() == edits[done.index(True)].content
    assert list(file.parent.iterdir()) == [file]


def lies_elsewhere(file: Path) -> None:
    """It is a link."""
    other = file.with_name("other")
    file.rename(other)
    file.symlink_to(other)


def folder_is_a_link(file: Path) -> None:
    """A link leads to it."""
    file.parent.rename(file.parent.with_name("real"))
    file.parent.symlink_to(file.parent.with_name("real"))


def is_a_folder(file: Path) -> None:
    """A folder is called so."""
    file.unlink()
    file.mkdir()


def is_gone(file: Path) -> None:
    """With its folder."""
    file.unlink()
    file.parent.rmdir()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lies_elsewhere, FileChanged),
        (folder_is_a_link, FileChanged),
        (is_a_folder, FileUnwritable),
        (is_gone, FileUnwritable),
        (lambda file: file.chmod(0o444), FileUnwritable),
        (lambda file: file.write_bytes(BEFORE + b"# mine\n"), FileChanged),
    ],
)
def test_what_is_not_the_file_that_it_was_is_left_alone(
    file: Path, change: Callable[[Path], object], refusal: type[RequestRefused]
) -> None:
    """Whatever stands in its place, and whoever said that nothing is to be written there."""
    wiring = edit_of(file)
    change(file)
    there = file.read_bytes() if file.is_file() else None
    with pytest.raises(refusal):
        apply(wiring)
    assert (file.read_bytes() if file.is_file() else None) == there


def test_simulated_capacity_is_written_into_no_clone_that_took_the_place_of_a_scratch_one(tmp_path: Path) -> None:
    """A real clone has the same file, byte for byte."""
    clone = a_repository(tmp_path / "clone")
    file = clone / "terragrunt.hcl"
    file.write_bytes(BEFORE)
    with pytest.raises(NotScratch):
        apply(edit_of(file, simulated=True))
    assert file.read_bytes() == BEFORE
    git(clone, "config", "ml-clusters.scratch", "true")
    assert apply(edit_of(file, simulated=True))


@pytest.mark.parametrize(
    "change",
    [{"after": "?"}, {"after": "YQ=="}, {"file": "/etc/passwd"}, {"before": digest(b"")}, {"id": "w-0000000000"}],
)
def test_a_kept_edit_that_was_changed_is_none(file: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    """One sentence says so."""
    wiring = edit_of(file)
    keep(wiring, tmp_path / "state")
    there = tmp_path / f"state/wirings/{wiring.id}.json"
    assert there.stat().st_mode & 0o777 == 0o600
    assert there.parent.stat().st_mode & 0o777 == 0o700
    there.write_text(json.dumps(json.loads(there.read_text()) | change))
    with pytest.raises(UnknownWiring):
        kept(wiring.id, tmp_path / "state")


def test_what_cannot_be_kept_is_told(file: Path) -> None:
    """A state folder that is none."""
    with pytest.raises(NotKept, match="Not a directory"):
        keep(edit_of(file), file)
