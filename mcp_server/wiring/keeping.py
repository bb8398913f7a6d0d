"""Proposed edits, kept until a person or an agent applies them, so that nobody has to type them again.

Whoever asks is answered with a diff and the name under which it is kept; the tree itself is written by apply alone.
"""

import base64
import binascii
import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed, word
from mcp_server.replacing import replace_file
from mcp_server.wiring.clones import is_scratch
from mcp_server.wiring.targets import Target

Action = Literal["wire", "unwire", "rewire"]
_ID = re.compile(r"w-[0-9a-f]{10}")
_FOLDER = "wirings"


class KeptCheck(BaseModel):
    """A check as it was shown."""

    model_config = ConfigDict(frozen=True)

    name: str
    result: str
    told: str


class Wiring(BaseModel):
    """A proposed edit of one file, with what it is for. Times are UTC.

    capacity is an id, or a plan's ARN, and called what people call it. file is absolute; shown_as is its path in the
    repository; unit is a path of the tree. before is the SHA-256 of the file that it was made for, after the bytes that
    it becomes. due is until when AWS may still take the payment, None where nothing is to be paid any more.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    action: Action
    made: datetime
    capacity: str
    called: str
    purchase: str | None
    unit: str
    target: Target
    name: str
    file: Path
    shown_as: str
    before: str
    after: str
    diff: str
    checks: tuple[KeptCheck, ...]
    facts: tuple[tuple[str, str], ...]
    due: datetime | None
    simulated: bool

    @property
    def content(self) -> bytes:
        """What the file becomes."""
        return base64.b64decode(self.after)


class UnknownWiring(RequestRefused):
    """There is no such kept edit, or it cannot be read any more."""

    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(f"No edit is kept as {typed(name)}: {why} Nothing was written. Ask wire_capacity again.")


class FileChanged(RequestRefused):
    """The file is not what the edit was made for."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        super().__init__(
            f"{word(wiring.shown_as)} has changed since {wiring.id} was made, so that it was left as it is. Nothing "
            "was written. Ask wire_capacity again, which looks at the file as it is now."
        )


class FileUnwritable(RequestRefused):
    """The file cannot be written. why is what the system says."""

    def __init__(self, wiring: Wiring, why: str) -> None:
        self.wiring, self.why = wiring, why
        super().__init__(f"{word(wiring.shown_as)} cannot be written ({why}). It was left as it is.")


class NotScratch(RequestRefused):
    """The edit is of simulated capacity, and the clone at the file's place is no scratch one any more."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        super().__init__(
            f"{wiring.id} is of simulated AWS, and {word(wiring.shown_as)} is in no scratch clone any more. Nothing "
            "was written. `ml-clusters wire --scratch FOLDER` makes one; ask wire_capacity again from there."
        )


class NotKept(RequestRefused):
    """The edit cannot be kept. why is what the system says."""

    def __init__(self, folder: Path, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"The edit cannot be kept in {typed(str(folder), 200)} ({why}), and is not shown.")


def digest(data: bytes) -> str:
    """The SHA-256 of a file's bytes."""
    return hashlib.sha256(data).hexdigest()


def name_of(file: Path, before: str, after: bytes) -> str:
    """The name of an edit: the same for the same edit of the same file."""
    return "w-" + hashlib.sha256(b"\0".join([str(file).encode(), before.encode(), after])).hexdigest()[:10]


def encoded(data: bytes) -> str:
    """Bytes as they are kept."""
    return base64.b64encode(data).decode()


def keep(wiring: Wiring, state: Path) -> None:
    """Write an edit down among the state of this user, for whom alone it is.

    Raises:
        NotKept: The system refuses.
    """
    folder = state / _FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(folder / f"{wiring.id}.json", wiring.model_dump_json(indent=2).encode(), 0o600)
    except OSError as failure:
        raise NotKept(folder, failure.strerror or str(failure)) from failure


def kept(name: str, state: Path) -> Wiring:
    """The edit of this name.

    Raises:
        UnknownWiring: There is none, or what is there is not one.
    """
    if not _ID.fullmatch(name):
        raise UnknownWiring(name, "a name is w- and ten hexadecimal digits.")
    try:
        wiring = Wiring.model_validate_json((state / _FOLDER / f"{name}.json").read_bytes())
        named = name_of(wiring.file, wiring.before, wiring.content)
    except FileNotFoundError:
        raise UnknownWiring(
            name, "it may be of another user or machine, or of simulated AWS (--sandbox) where this is not."
        ) from None
    except (OSError, ValidationError, binascii.Error):
        raise UnknownWiring(name, "what is there cannot be read.") from None
    if {wiring.id, named} != {name}:
        raise UnknownWiring(name, "what is there is not what was kept.")
    return wiring


def apply(wiring: Wiring) -> bool:
    """Write the file, unless it is what it shall be already: then False. Only if it is what the edit was made for.

    Raises:
        FileChanged: It is something else.
        FileUnwritable: The system refuses, or it is not to be written to.
        NotScratch: What is simulated would come into a clone that is no scratch one.
    """
    try:
        with _alone_in(wiring.file.parent):
            return _apply(wiring)
    except OSError as failure:
        raise FileUnwritable(wiring, failure.strerror or str(failure)) from failure


def _apply(wiring: Wiring) -> bool:
    data, mode = wiring.file.read_bytes(), stat.S_IMODE(wiring.file.stat().st_mode)
    if digest(data) == digest(wiring.content):
        return False
    if digest(data) != wiring.before or wiring.file.resolve() != wiring.file:
        raise FileChanged(wiring)
    if wiring.simulated and not is_scratch(wiring.file.parent):
        raise NotScratch(wiring)
    if not mode & stat.S_IWUSR:
        raise FileUnwritable(wiring, "it is read-only")
    replace_file(wiring.file, wiring.content, mode)
    return True


@contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """Of two that write in a folder the second looks when the first is done: it would take back what that wrote."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
