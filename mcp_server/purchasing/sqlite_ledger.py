"""The ledger in one SQLite file, shared by the processes of one user on one machine."""

import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from mcp_server.purchasing.book import Book
from mcp_server.purchasing.chain import START, BrokenChain, Link, forge
from mcp_server.purchasing.entries import Began, Entry, kind_of, to_json
from mcp_server.purchasing.ledger import Decide
from mcp_server.purchasing.ledger_file import check_local, check_own, make_folder, sync_folder
from mcp_server.purchasing.ledger_refusals import (
    DamagedLedger,
    LedgerThere,
    LostLedger,
    NewerLedger,
    OtherWorld,
    UnusableLedger,
)
from mcp_server.purchasing.verification import UnreadableEntry, follow, opened

_TABLE = """
CREATE TABLE links (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, hash TEXT NOT NULL
) STRICT
"""

Migration = Sequence[str]
"""Statements that bring a file from one version of the schema to the next."""

MIGRATIONS: Sequence[Migration] = ((_TABLE,),)
"""The schema's versions, from none to the present one. A file's version is how many of them it has had."""

_PATIENCE = 30
_ON_PURPOSE = " If a person did that on purpose, restart."
_LEAST = -(2**63)
"""No number is smaller: whoever moves an entry out of the count is noticed."""

_LINKS = "SELECT number, at, kind, text, hash FROM links"


class SqliteLedger:
    """Entries in one file. Any number of objects, threads and processes may use it at once.

    Each call has a connection of its own, so that nothing is shared with a forked process, and the last one to end
    leaves one whole file. Between calls an object keeps only the book that it has seen, and reads what follows.
    """

    def __init__(
        self,
        path: Path,
        expected_id: Callable[[], str | None] = lambda: None,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        """Nothing is opened yet. expected_id tells the ledger's id where it is known that there is one."""
        self.path = path.absolute()
        self._expected_id, self._migrations = expected_id, migrations
        self._seen = Book()
        self._local = False

    @property
    def place(self) -> str:
        """Where it is kept, for people."""
        return str(self.path)

    def begin(self, world: str, now: datetime) -> Book:
        """Begin the ledger in a world where there is none yet; else it is read.

        Raises:
            OtherWorld: It belongs to another.
            LostLedger: There should be one, and it is not there; or it is another.
            LedgerThere: It is gone, and something that SQLite kept beside it is not.
            DamagedLedger: It does not verify; nor does anything read or add to it then.
            NewerLedger: It has entries that only a newer version can read.
            UnusableLedger: SQLite or the system says no, others could have written it, or other machines share it.
        """
        if not self._is_there():
            with self._refusing():
                left = self._left_over()
                if left and not self.path.exists():
                    raise LedgerThere(str(left))
                self._create(world, now)
        book = self.read()
        if book.count == 0:
            raise LostLedger(self.place, "it was removed as soon as it began", _ON_PURPOSE)
        if book.world != world:
            raise OtherWorld(self.place, book.world, world)
        return book

    def check_missing(self) -> None:
        """Whether there is no ledger, and nothing of one, where one could be.

        Raises:
            LedgerThere: There is.
            UnusableLedger: The system says no, or other machines share the place.
        """
        check_local(self.path.resolve())
        with self._refusing():
            there = self.path if self.path.exists() else self._left_over()
        if there:
            raise LedgerThere(str(there))

    def rebuild(self, world: str, now: datetime, entries: Sequence[Entry]) -> Book:
        """Begin the ledger where there is none, also where one is missed, with these entries, in one transaction.

        Raises:
            ImpossibleEntry: An entry does not follow from those before it.
            LedgerThere: There is one.
            UnusableLedger: As begin.
        """
        self.check_missing()
        with self._refusing():
            book = self._create(world, now, entries)
        if book is None:
            raise LedgerThere(self.place)
        self._seen = book
        return book

    def read(self) -> Book:
        """The state after its last entry; an empty book where there is no ledger yet and none is expected.

        Raises:
            LostLedger, DamagedLedger, NewerLedger, UnusableLedger: As begin.
        """
        # Taken before the transaction begins: what one object has seen is then never newer than what it reads.
        seen = self._seen
        if not self._is_there():
            return Book()
        with self._connected() as connection:
            self._seen = book = self._caught_up(connection, seen)
        return book

    def append(self, now: datetime, decide: Decide) -> Book:
        """Add, in one transaction, what decide makes of the book; durable once this returns.

        now is AWS's time, UTC; an entry's time is never before the last one's. Whatever decide raises adds nothing.

        Raises:
            ImpossibleEntry: An entry does not follow from those before it.
            LostLedger, DamagedLedger, NewerLedger, UnusableLedger: As begin; also where it has not begun.
        """
        seen = self._seen
        if not self._is_there():
            raise UnusableLedger(self.place, "there is none yet", "It begins with the first quote.")
        with self._connected() as connection:
            with self._refusing():
                connection.execute("BEGIN IMMEDIATE")
            if self._version(connection) > len(self._migrations):
                raise NewerLedger(self.place)
            book = self._caught_up(connection, seen)
            links = _forged(book, now, decide(book))
            after = book.after(map(opened, links))
            with self._refusing():
                _insert(connection, links)
                connection.execute("COMMIT")
        self._seen = after
        return after

    def links(self) -> Sequence[Link]:
        """Every entry with its place in the chain, unverified, the oldest first.

        Raises:
            LostLedger, DamagedLedger, UnusableLedger: As begin.
        """
        if not self._is_there():
            return ()
        with self._connected() as connection:
            return self._links_from(connection, _LEAST)

    def changes(self) -> int:
        """The number of the last entry, unverified: cheap to ask again and again.

        Raises:
            LostLedger, DamagedLedger, UnusableLedger: As begin.
        """
        if not self._is_there():
            return 0
        with self._connected() as connection, self._refusing():
            return connection.execute("SELECT coalesce(max(number), 0) FROM links").fetchone()[0]

    def _left_over(self) -> Path | None:
        """What SQLite kept beside a file that may be gone: it would be taken for a part of the next one."""
        path = self.path.resolve()
        beside = (path.with_name(f"{path.name}{each}") for each in ("-wal", "-shm", "-journal"))
        return next((each for each in beside if each.exists()), None)

    def _is_there(self) -> bool:
        """Whether there is a file; missing one that must be there is refused."""
        # Taken before the file is looked for: another thread may begin the ledger in between.
        seen = self._seen
        with self._refusing():
            if self.path.exists():
                return True
        expected = self._expected_id()
        if expected is not None:
            raise LostLedger(self.place, f"the policy knows ledger {expected}, and there is none")
        if seen.count:
            raise LostLedger(self.place, f"ledger {seen.ledger_id} was there, and is gone", _ON_PURPOSE)
        return False

    def _create(self, world: str, now: datetime, entries: Sequence[Entry] = ()) -> Book | None:
        """Put a whole ledger in its place at once; None where another process was faster."""
        links = _forged(Book(), now, [Began(f"lg-{secrets.token_hex(8)}", world), *entries])
        book = Book().after(map(opened, links))
        path = self.path.resolve()
        check_local(path)
        make_folder(path.parent)
        check_own(path)
        with tempfile.TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder:
            draft = Path(folder) / path.name
            draft.touch(mode=0o600, exist_ok=False)
            with closing(_connect(draft)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                _migrate(connection, self._migrations)
                _insert(connection, links)
                connection.execute("COMMIT")
            # Of many processes only one can give its file the name.
            first = _named(draft, path)
        sync_folder(path.parent)
        return book if first else None

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        """A connection of the file at the present version of the schema; what is not committed is rolled back."""
        with self._refusing():
            path = self.path.resolve()
            if not self._local:
                check_local(path)
                self._local = True
            check_own(path)
            connection = _connect(path)
        try:
            self._upgrade(connection)
            yield connection
        finally:
            connection.close()

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        version = self._version(connection)
        # A ledger gets its name only once it is whole.
        if version == 0:
            raise DamagedLedger(self.place, "the file is no ledger")
        if version >= len(self._migrations):
            return
        with self._refusing():
            connection.execute("BEGIN IMMEDIATE")
            _migrate(connection, self._migrations)
            connection.execute("COMMIT")

    def _version(self, connection: sqlite3.Connection) -> int:
        with self._refusing():
            return _version(connection)

    def _caught_up(self, connection: sqlite3.Connection, seen: Book) -> Book:
        """The book after the last entry in the file, of which those after the book that was seen are verified."""
        links = self._links_from(connection, seen.count or _LEAST)
        if seen.count:
            last = links.pop(0) if links else None
            if last is None or (last.number, last.hash) != (seen.count, seen.head):
                why = f"entry {seen.count} is not what it was: the file was replaced or cut"
                raise DamagedLedger(self.place, why, seen.count, _ON_PURPOSE)
        try:
            book = follow(seen, links)
        except BrokenChain as broken:
            raise DamagedLedger(self.place, f"entry {broken.number} {broken.why}", broken.number) from broken
        except UnreadableEntry as unreadable:
            raise NewerLedger(self.place) from unreadable
        self._check_id(book)
        return book

    def _links_from(self, connection: sqlite3.Connection, least: int) -> list[Link]:
        with self._refusing():
            try:
                rows = connection.execute(f"{_LINKS} WHERE number >= ? ORDER BY number", (least,)).fetchall()
            except sqlite3.OperationalError as error:
                if self._version(connection) > len(self._migrations):
                    raise NewerLedger(self.place) from error
                raise
        return [Link(*row) for row in rows]

    def _check_id(self, book: Book) -> None:
        if book.count == 0:
            raise DamagedLedger(self.place, "it has no entries")
        expected = self._expected_id()
        if expected not in {None, book.ledger_id}:
            why = f"the policy knows ledger {expected}, and this one is {book.ledger_id}"
            agreed = f' It was rebuilt from AWS: to use it, let the policy say ledger_id = "{book.ledger_id}".'
            raise LostLedger(self.place, why, agreed if book.rebuilt else "")

    @contextmanager
    def _refusing(self) -> Generator[None]:
        """Say in a sentence what SQLite or the system says."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise UnusableLedger(self.place, error, _remedy(error, self.path)) from error


def _named(draft: Path, path: Path) -> bool:
    """Give a file its name; whether no other had it."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    return True


def _connect(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there: SQLite must never make one."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", timeout=_PATIENCE, isolation_level=None, uri=True)
    try:
        # On macOS only a full fsync reaches the disk; elsewhere these say nothing.
        for pragma in ("synchronous = FULL", "fullfsync = ON", "checkpoint_fullfsync = ON"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        # It is raised on: nobody but this function could close what it opened.
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Within a transaction, run what a file has not had yet; another process may have been faster."""
    for migration in migrations[_version(connection) :]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {max(len(migrations), _version(connection))}")


def _insert(connection: sqlite3.Connection, links: Iterable[Link]) -> None:
    rows = [(each.number, each.at, each.kind, each.text, each.hash) for each in links]
    connection.executemany("INSERT INTO links (number, at, kind, text, hash) VALUES (?, ?, ?, ?, ?)", rows)


def _forged(book: Book, now: datetime, entries: Iterable[Entry]) -> list[Link]:
    """Entries as the links that follow a book, none of them before its last one."""
    at = max(now, book.at or now).astimezone(UTC).isoformat()
    links: list[Link] = []
    previous = book.head or START
    for number, entry in enumerate(entries, start=book.count + 1):
        links.append(forge(previous, number, at, kind_of(entry), to_json(entry)))
        previous = links[-1].hash
    return links


def _remedy(error: sqlite3.Error | OSError, path: Path) -> str:
    """What a person can do about it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"Something has been writing it for {_PATIENCE} seconds: see which program has {path} open."
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return "Keep the file as it is, and restore it from a backup."
    return f"Make room on the disk, and {path.parent} writable for you."
