"""Processes that a test runs step by step, lets overtake each other, and kills anywhere."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mcp_server.aws.failures import AwsFailure
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.chain import Link
from mcp_server.purchasing.entries import Entry, Intended
from mcp_server.purchasing.ledger import Decide, Ledger, LedgerRefused
from mcp_server.purchasing.policy import PolicyForbids, PolicyRefused
from mcp_server.purchasing.refusals import SpendingRefused
from tests.purchasing.in_process_aws import InProcessAws, Luck

Refusal = SpendingRefused | PolicyForbids | PolicyRefused | AwsFailure | LedgerRefused
_REFUSALS = (SpendingRefused, PolicyForbids, PolicyRefused, AwsFailure, LedgerRefused)


class Killed(BaseException):
    """The process is gone, wherever it was."""


class Ear:
    """What a process knows of AWS's time: its own clock, set right by AWS's last answer.

    It goes wrong again when somebody sets the clock, which is worse than what Account.now does.
    """

    def __init__(self, aws: InProcessAws) -> None:
        self._aws = aws
        self._corrected = aws.clock_error * 0

    @property
    def now(self) -> datetime:
        """AWS's time as last heard."""
        return self._aws.now + self._aws.clock_error - self._corrected

    def hear(self) -> None:
        """An answer of AWS tells the time."""
        self._corrected = self._aws.clock_error


class Process:
    """Some work that stops at every pause, as often as it is told to; ended and running say how far it is.

    disk_full is how many times the ledger refuses to take what came of a request.
    """

    def __init__(self, number: int, ear: Ear, work: Callable[["Process"], Any], luck: Luck, disk_full: int = 0) -> None:
        self.number, self.luck, self.disk_full = number, luck, disk_full
        self.where = "begun"
        self.running = True
        self.result: Any = None
        self.refusal: Refusal | None = None
        self._ear, self._work = ear, work
        self._steps: int | None = 0
        self._doomed = self._dies_at_commit = False
        self._crash: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._may_run, self._has_stopped = threading.Semaphore(0), threading.Semaphore(0)

    @property
    def now(self) -> datetime:
        """AWS's time as it knows it."""
        return self._ear.now

    def hear(self) -> None:
        """An answer of AWS tells the time."""
        self._ear.hear()

    def pause(self, where: str) -> None:
        """Stop here unless there are steps left to go."""
        self.where = where
        if self._steps is None:
            return
        if self._steps > 0:
            self._steps -= 1
            return
        self._has_stopped.release()
        self._may_run.acquire()
        if self._doomed:
            raise Killed

    def commit(self) -> None:
        """The last moment before what it writes is durable."""
        if self._dies_at_commit:
            raise Killed

    def go(self, steps: int | None) -> None:
        """Run past so many pauses, or to the end, if it has not come to it.

        Raises:
            BaseException: What the work raised, if that is no refusal.
        """
        self._steps = steps
        if not self.running:
            return
        if self._thread is None and steps is None:
            self._run()
        else:
            self._switch()
        if self._crash:
            raise self._crash

    def kill(self, *, at_commit: bool = False) -> None:
        """End it where it is, or within its next transaction of the ledger."""
        if self.running and self._thread is None:
            self.running = False
        elif self.running:
            self._doomed, self._dies_at_commit = not at_commit, at_commit
            self.go(None)

    def _switch(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._in_thread, daemon=True)
            self._thread.start()
        else:
            self._may_run.release()
        self._has_stopped.acquire()

    def _in_thread(self) -> None:
        try:
            self._run()
        except BaseException as error:  # noqa: BLE001 - raised again where the process was told to go on
            self._crash = error
        finally:
            self._has_stopped.release()

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except _REFUSALS as refusal:
            self.refusal = refusal
        except Killed:
            self.where = "killed"
        finally:
            self.running = False


class ProcessLedger:
    """A ledger as one process uses it: it can be stopped before and after every use, and within a transaction."""

    def __init__(self, ledger: Ledger, process: Process, written: Callable[[], None]) -> None:
        self._ledger, self._process, self._written = ledger, process, written

    @property
    def place(self) -> str:
        """Where it is kept."""
        return self._ledger.place

    def begin(self, world: str, now: datetime) -> Book:
        """Begin it where there is none."""
        self._written()
        return self._ledger.begin(world, now)

    def read(self) -> Book:
        """The state after its last entry."""
        self._process.pause("read")
        return self._ledger.read()

    def append(self, now: datetime, decide: Decide) -> Book:
        """Add what decide makes of the book.

        Raises:
            LedgerRefused: The disk is full.
        """
        self._process.pause("append")
        book = self._ledger.append(now, lambda before: self._decided(decide, before))
        self._written()
        self._process.pause("appended")
        return book

    def links(self) -> Sequence[Link]:
        """Every entry."""
        return self._ledger.links()

    def _decided(self, decide: Decide, book: Book) -> Sequence[Entry]:
        entries = decide(book)
        self._process.commit()
        spends = any(isinstance(each, Intended) for each in entries)
        if self._process.disk_full and not spends:
            self._process.disk_full -= 1
            raise LedgerRefused("The disk is full.")
        return entries
