"""The chain of hashes: each entry's covers the one before, so that nothing in between can be changed unseen."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is kept. number counts from 1; at is ISO 8601, UTC; text is the entry's JSON."""

    number: int
    at: str
    kind: str
    text: str
    hash: str

    @property
    def time(self) -> datetime:
        """When it was written, UTC."""
        return datetime.fromisoformat(self.at)


class BrokenChain(Exception):
    """An entry is not what was written after the one before it. number names it."""

    def __init__(self, number: int, why: str) -> None:
        self.number, self.why = number, why
        super().__init__(f"Entry {number} of the ledger {why}.")


def forge(previous: str, number: int, at: str, kind: str, text: str) -> Link:
    """The link of an entry that follows one with the hash previous."""
    covered = json.dumps([previous, number, at, kind, text])
    return Link(number, at, kind, text, hashlib.sha256(covered.encode()).hexdigest())


def verify(links: Iterable[Link], previous: str = START, after: int = 0) -> None:
    """Check links that follow an entry numbered after, with the hash previous.

    Raises:
        BrokenChain: One is missing, out of place, or was changed.
    """
    for expected, link in enumerate(links, start=after + 1):
        if link.number != expected:
            raise BrokenChain(expected, f"is missing: {link.number} stands in its place")
        if forge(previous, link.number, link.at, link.kind, link.text).hash != link.hash:
            raise BrokenChain(link.number, "was changed, or the one before it was")
        previous = link.hash
