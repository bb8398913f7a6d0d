"""The ledger in one SQLite file."""

import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from mcp_server.purchasing.book import Book
from mcp_server.purchasing.chain import START, Link, forge
from mcp_server.purchasing.entries import Began, from_json, kind_of, to_json
from mcp_server.purchasing.ledger import Decide, LedgerRefused


class SqliteLedger:
    """Stand-in until the real one is there."""

    def __init__(self, path: Path, expected_id: str | None = None) -> None:
        self.path = path

    @property
    def place(self) -> str:
        return str(self.path)

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        connection.execute("CREATE TABLE IF NOT EXISTS links (number INTEGER PRIMARY KEY, at, kind, text, hash)")
        return connection

    def _links(self, connection: sqlite3.Connection) -> list[Link]:
        return [Link(*row) for row in connection.execute("SELECT * FROM links ORDER BY number")]

    def _book(self, links: list[Link]) -> Book:
        return Book().after((each.time, each.hash, from_json(each.kind, each.text)) for each in links)

    def begin(self, world: str, now: datetime) -> Book:
        book = self.append(now, lambda book: [] if book.count else [Began(secrets.token_hex(8), world)])
        if book.world != world:
            raise LedgerRefused(f"The ledger belongs to {book.world}, not to {world}. Nothing was written.")
        return book

    def read(self) -> Book:
        with closing(self._connect()) as connection:
            return self._book(self._links(connection))

    def append(self, now: datetime, decide: Decide) -> Book:
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            links = self._links(connection)
            book = self._book(links)
            head, at = (links[-1].hash, max(now, links[-1].time)) if links else (START, now)
            for entry in decide(book):
                link = forge(head, len(links) + 1, at.astimezone(UTC).isoformat(), kind_of(entry), to_json(entry))
                links.append(link)
                head = link.hash
                connection.execute(
                    "INSERT INTO links VALUES (?,?,?,?,?)", (link.number, link.at, link.kind, link.text, link.hash)
                )
            return self._book(links)

    def links(self) -> list[Link]:
        with closing(self._connect()) as connection:
            return self._links(connection)
