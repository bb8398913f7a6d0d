"""What changed a world, one line each, so that it is still there after a restart.

The first line says which world it is. Every further line is on the disk before its change is answered.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import uuid4

from mcp_server import __version__
from mcp_server.sandbox.population import BUILT_IN, Population

FORMAT: Final = 1
FILE_NAME: Final = "journal.jsonl"


class UnreadableJournal(Exception):
    """The journal in a directory was written by another version, or is damaged before its last line."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} {reason}. Begin anew with --fresh, or use another directory.")


@dataclass(frozen=True, slots=True)
class World:
    """Which world it is: identity, market seed, when it began (UTC, ISO 8601), and by which version.

    population is as JSON, None for the built-in one: a world keeps its own, whatever becomes of the tree it came from.
    """

    world: str
    seed: int
    began: str
    version: str
    format: int = FORMAT
    population: dict[str, Any] | None = None

    @classmethod
    def new(cls, seed: int, population: Population) -> "World":
        """A world that nobody has seen before."""
        began = datetime.now(UTC).replace(microsecond=0).isoformat()
        kept = None if population == BUILT_IN else population.as_json()
        return cls(uuid4().hex, seed, began, __version__, population=kept)

    @property
    def inhabitants(self) -> Population:
        """Whose accounts it has."""
        return Population.from_json(self.population) if self.population else BUILT_IN


class Journal:
    """Appends to a file in a directory, or forgets everything where there is none."""

    def __init__(
        self, directory: Path | None, seed: int, population: Population = BUILT_IN, *, fresh: bool = False
    ) -> None:
        """Open the journal of a directory, or begin it.

        Raises:
            UnreadableJournal: what is there cannot be replayed by this version.
        """
        self._path = directory / FILE_NAME if directory else None
        self._file: TextIO | None = None
        self._past: list[dict[str, Any]] = []
        if self._path and self._path.exists() and not fresh:
            self.world, self._past = _read(self._path)
            self._file = self._path.open("a", encoding="utf-8")
        else:
            self.begin(seed, population)

    def begin(self, seed: int, population: Population) -> None:
        """Begin a new world and forget the one that was."""
        self.world, self._past = World.new(seed, population), []
        if self._path:
            self.close()
            self._file = self._path.open("w", encoding="utf-8")
            self.append(asdict(self.world))

    def past(self) -> Iterator[dict[str, Any]]:
        """What happened before this process, the oldest first; can be read once."""
        past, self._past = self._past, []
        return iter(past)

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one line and wait until the disk has it."""
        if self._file is None:
            return
        self._file.write(json.dumps(entry, separators=(",", ":")) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _read(path: Path) -> tuple[World, list[dict[str, Any]]]:
    """The journal's lines; a last one that was torn is cut off, since its change was never answered."""
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    try:
        header, *entries = (json.loads(line) for line in whole.splitlines())
        found = header["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableJournal(path, "is damaged") from error
    if found != FORMAT:
        raise UnreadableJournal(path, f"has format {found}, this version writes format {FORMAT}")
    return World(**header), entries
