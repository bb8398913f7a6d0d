"""What every ledger promises, whatever keeps it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from mcp_server.purchasing.book import Book
from mcp_server.purchasing.chain import Link
from mcp_server.purchasing.entries import Entry

Decide = Callable[[Book], Sequence[Entry]]
"""Looks at the book as it is within one transaction and says what to add; whatever it raises adds nothing."""


class LedgerRefused(Exception):
    """The ledger cannot be used for what was asked. told says why, then what to do; nothing was written."""

    def __init__(self, told: str, then: str = "") -> None:
        self.told, self.then = told, then
        super().__init__(f"{told} Nothing was written. {then}".strip())


class Ledger(Protocol):
    """Entries in a chain of hashes, shared by many processes."""

    @property
    def place(self) -> str:
        """Where it is kept, for people."""
        ...

    def begin(self, world: str, now: datetime) -> Book:
        """Begin the ledger in a world where there is none yet; else it is read.

        Raises:
            LedgerRefused: It belongs to another world, or was lost; and as for every method.
        """
        ...

    def read(self) -> Book:
        """The state after its last entry.

        Raises:
            LedgerRefused: It is missing, damaged, or cannot be read; so for every method.
        """
        ...

    def append(self, now: datetime, decide: Decide) -> Book:
        """Add, in one transaction, what decide makes of the book; durable once this returns.

        now is AWS's time, UTC; an entry's time is never before the last one's.

        Raises:
            ImpossibleEntry: An entry does not follow from those before it.
            LedgerRefused: It was written by a newer version: it is read, and nothing is added.
        """
        ...

    def check_missing(self) -> None:
        """Whether there is no ledger, as rebuild needs it, where one could be.

        Raises:
            LedgerRefused: There is one, or something of one; or none can be kept there.
        """
        ...

    def rebuild(self, world: str, now: datetime, entries: Sequence[Entry]) -> Book:
        """Begin the ledger where there is none, also where one is missed, with these entries, in one transaction.

        Its id is a new one.

        Raises:
            ImpossibleEntry: An entry does not follow from those before it.
            LedgerRefused: There is one, or something of one.
        """
        ...

    def links(self) -> Sequence[Link]:
        """Every entry with its place in the chain, unverified, the oldest first."""
        ...
