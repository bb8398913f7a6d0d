"""Offerings that a search has shown, kept with the question that found each.

A handle means the same offering after a restart, and in every process of this user.
"""

import json
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from mcp_server.capacity.extensions import ExtensionOffering, ExtensionProbe
from mcp_server.capacity.handles import checked_handle, offering_handle
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.plans import PlanOffering, PlanProbe
from mcp_server.capacity.requests import Probe

AnyOffering = Offering | PlanOffering | ExtensionOffering
AnyProbe = Probe | PlanProbe | ExtensionProbe

# Nothing kept says which kind it is: each kind has fields without defaults that the other lacks.
_OFFERING: TypeAdapter[AnyOffering] = TypeAdapter(AnyOffering)
_PROBE: TypeAdapter[AnyProbe] = TypeAdapter(AnyProbe)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    handle TEXT PRIMARY KEY, terms TEXT NOT NULL UNIQUE, offering BLOB NOT NULL, probe BLOB NOT NULL,
    last_seen TEXT NOT NULL
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """An offering of a block, a plan or an extension as it was last seen (UTC), and the probe that finds it again."""

    handle: str
    offering: AnyOffering
    probe: AnyProbe
    last_seen: datetime


class UnknownHandle(LookupError):
    """A well-formed handle that no search of this user's has shown."""

    def __init__(self, handle: str) -> None:
        self.handle = handle
        super().__init__(f"No search has shown {handle} on this machine: search again and use a handle from its table.")


class StateUnusable(Exception):
    """The file in which offerings are kept cannot be read or written."""

    def __init__(self, path: Path, why: object) -> None:
        self.path, self.why = path, why
        super().__init__(
            f"The state in {path} cannot be used ({why}): make its folder writable for you, move a damaged file away, "
            "or set ML_CLUSTERS_STATE_DIRECTORY to another folder."
        )


class SeenOfferings:
    """The offerings seen, in one SQLite file that many processes may use at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def remember(self, found: Iterable[tuple[AnyOffering, AnyProbe]], now: datetime) -> list[str]:
        """Keep what a search found and return a handle for each, the same as before for terms seen before.

        Raises:
            StateUnusable: The file cannot be read or written; so for every method.
        """
        with self._connected() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            return [self._remember(connection, offering, probe, now) for offering, probe in found]

    def find(self, handle: str) -> Seen:
        """What a handle stands for.

        Raises:
            MistypedHandle: The form or the check character is wrong.
            UnknownHandle: Nothing of that handle was seen.
        """
        handle = checked_handle(handle)
        with self._connected() as connection:
            row = connection.execute(
                "SELECT offering, probe, last_seen FROM seen WHERE handle = ?", (handle,)
            ).fetchone()
        if row is None:
            raise UnknownHandle(handle)
        return Seen(
            handle, _OFFERING.validate_json(row[0]), _PROBE.validate_json(row[1]), datetime.fromisoformat(row[2])
        )

    def latest(self, prefix: str, limit: int) -> list[str]:
        """Handles that begin so, the last seen first."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT handle FROM seen WHERE substr(handle, 1, ?) = ? ORDER BY last_seen DESC LIMIT ?",
                (len(prefix), prefix, limit),
            ).fetchall()
        return [row[0] for row in rows]

    def _remember(self, connection: sqlite3.Connection, offering: AnyOffering, probe: AnyProbe, now: datetime) -> str:
        terms = json.dumps(offering.terms)
        row = connection.execute("SELECT handle FROM seen WHERE terms = ?", (terms,)).fetchone()
        handle = row[0] if row else self._free_handle(connection, offering)
        connection.execute(
            "INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT (handle) DO UPDATE "
            "SET offering = excluded.offering, probe = excluded.probe, last_seen = excluded.last_seen",
            (handle, terms, _OFFERING.dump_json(offering), _PROBE.dump_json(probe), now.isoformat()),
        )
        return handle

    def _free_handle(self, connection: sqlite3.Connection, offering: AnyOffering) -> str:
        attempt = 0
        while True:
            handle = offering_handle(offering.terms, attempt)
            if connection.execute("SELECT 1 FROM seen WHERE handle = ?", (handle,)).fetchone() is None:
                return handle
            attempt += 1

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(_SCHEMA)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StateUnusable(self.path, error) from error
