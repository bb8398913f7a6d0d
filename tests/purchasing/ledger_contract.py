"""What every ledger promises, whatever keeps it: a class of tests for each implementation to inherit."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, NoReturn

import pytest

from mcp_server.purchasing.book import Book, ImpossibleEntry
from mcp_server.purchasing.chain import START, Link
from mcp_server.purchasing.entries import (
    Began,
    Declined,
    Entry,
    EvidenceKind,
    PurchaseState,
    Quoted,
    Rebuilt,
    Restored,
)
from mcp_server.purchasing.ledger import Ledger
from mcp_server.purchasing.ledger_refusals import LedgerThere, OtherWorld
from mcp_server.purchasing.verification import check_chain
from tests.purchasing.samples import NOW, WORLD, a_conclusion, a_quote, an_intent, buy

Recipe = Callable[[], Ledger]
"""Makes another object for the same ledger; it can be sent to another process."""

PROCESSES = 32
APPENDS = 4

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


class Interrupted(Exception):
    """What a decision may raise."""


def seen(book: Book) -> list[Entry]:
    """An entry that says how many entries the decision saw."""
    return [Declined(f"order {os.getpid()}", "q-1", str(book.count), "")]


def begin_and_append(recipe: Recipe, gate: Any) -> None:
    """Begin the ledger and add to it, at the same time as all others."""
    ledger = recipe()
    gate.wait(60)
    ledger.begin(WORLD, NOW)
    for _ in range(APPENDS):
        ledger.append(NOW, seen)


def append_forever(recipe: Recipe, pipe: Connection) -> None:
    """Add one entry after another, and say after each how many are durable."""
    ledger = recipe()
    while True:
        pipe.send(ledger.append(NOW, seen).count)


def die_deciding(recipe: Recipe, pipe: Connection) -> None:
    """Be killed in the middle of a transaction."""

    def decide(book: Book) -> NoReturn:
        pipe.send(book.count)
        signal.pause()
        raise AssertionError

    recipe().append(NOW, decide)


@contextmanager
def process(target: Callable[..., None], *arguments: Any) -> Iterator[ForkServerProcess]:
    """A process of its own, killed in the end."""
    running = _processes.Process(target=target, args=arguments)
    running.start()
    try:
        yield running
    finally:
        running.kill()
        running.join()
        running.close()


@contextmanager
def talking(target: Callable[..., None], recipe: Recipe) -> Iterator[Connection]:
    """What a process says, which is killed in the end."""
    ours, theirs = _processes.Pipe(duplex=False)
    with ours, process(target, recipe, theirs):
        theirs.close()
        yield ours


class LedgerContract:
    """Needs a fixture recipe, for a ledger that has not begun."""

    @pytest.fixture
    def ledger(self, recipe: Recipe) -> Ledger:
        """A ledger that has begun."""
        ledger = recipe()
        ledger.begin(WORLD, NOW)
        return ledger

    def test_before_it_begins_it_is_empty(self, recipe: Recipe) -> None:
        """Looking makes nothing."""
        assert recipe().read() == Book()
        assert list(recipe().links()) == []

    def test_it_begins_once(self, recipe: Recipe) -> None:
        """Whoever begins it again finds it as it is."""
        begun = recipe().begin(WORLD, NOW)
        assert (begun.world, begun.count) == (WORLD, 1)
        buy(recipe())
        again = recipe().begin(WORLD, NOW + timedelta(days=1))
        assert (again.ledger_id, again.count) == (begun.ledger_id, 4)

    def test_another_world_is_refused(self, ledger: Ledger, recipe: Recipe) -> None:
        """A ledger of one world is never used in another, and the refusal names both."""
        with pytest.raises(OtherWorld, match=f"{WORLD}.* AWS ") as refusal:
            recipe().begin("AWS", NOW)
        assert (refusal.value.world, refusal.value.asked) == (WORLD, "AWS")
        assert recipe().read() == ledger.read()

    def test_what_was_appended_is_read_by_all(self, ledger: Ledger, recipe: Recipe) -> None:
        """Another object, an object that was made before, and a fold of all entries come to the same book."""
        before = recipe()
        before.read()
        quote = buy(ledger)
        book = ledger.append(NOW, lambda _: [])
        assert book.purchases[quote.purchase_id].state is PurchaseState.ACCEPTED
        assert before.read() == recipe().read() == ledger.read() == book

    def test_several_entries_are_one_transaction(self, ledger: Ledger, recipe: Recipe) -> None:
        """All that a decision makes is added, in its order."""
        quote = a_quote()
        ledger.append(NOW, lambda _: [Quoted(quote), an_intent(quote), a_conclusion(quote)])
        assert [each.kind for each in recipe().links()] == ["began", "quoted", "intended", "concluded"]
        assert check_chain(recipe().links()).entries == 4

    def test_a_purchase_knows_the_head_at_its_intent(self, ledger: Ledger, recipe: Recipe) -> None:
        """What goes into AWS's tags is the hash of the intent's entry."""
        quote = buy(ledger)
        assert recipe().read().purchases[quote.purchase_id].head == ledger.links()[2].hash

    def test_half_a_character_is_kept_as_a_question_mark(self, ledger: Ledger, recipe: Recipe) -> None:
        """A path may have one, which JSON could say and nothing could read again."""
        quote = a_quote(policy="/home/j\udcff/policy.toml", purpose="Müller 🚀")
        buy(ledger, quote)
        kept = recipe().read().quotes[quote.id]
        assert (kept.policy, kept.purpose) == ("/home/j?/policy.toml", "Müller 🚀")

    def test_an_exception_adds_nothing(self, ledger: Ledger, recipe: Recipe) -> None:
        """Whatever a decision raises comes through as it is, and the ledger can be used on."""

        def decide(book: Book) -> NoReturn:
            raise Interrupted

        before = ledger.read()
        with pytest.raises(Interrupted):
            ledger.append(NOW, decide)
        assert ledger.read() == recipe().read() == before
        assert ledger.append(NOW, seen).count == before.count + 1

    def test_an_impossible_entry_adds_nothing(self, ledger: Ledger, recipe: Recipe) -> None:
        """Of several entries none is written when one does not follow."""
        quote, before = a_quote(), ledger.read()
        with pytest.raises(ImpossibleEntry):
            ledger.append(NOW, lambda _: [Quoted(quote), an_intent(quote), an_intent(quote)])
        with pytest.raises(ImpossibleEntry):
            ledger.append(NOW, lambda _: [Began("lg-2", "AWS")])
        assert ledger.read() == recipe().read() == before

    def test_it_is_rebuilt_where_there_is_none(self, recipe: Recipe) -> None:
        """With an id of its own and all entries or none; then it is one like any other, and is not rebuilt again."""
        quote = a_quote()
        restored = Restored(quote.purchase_id, quote.deal, NOW, PurchaseState.PAID, EvidenceKind.TAG, "cr-1")
        with pytest.raises(ImpossibleEntry):
            recipe().rebuild(WORLD, NOW, [Rebuilt(("lg-1",), "jo", ()), restored, restored])
        assert recipe().read() == Book()
        book = recipe().rebuild(WORLD, NOW, [Rebuilt(("lg-1",), "jo", ()), restored])
        assert recipe().read() == book
        assert (book.purchases[quote.purchase_id].deal, book.ledger_id == "lg-1") == (quote.deal, False)
        assert check_chain(recipe().links()).entries == 3
        with pytest.raises(LedgerThere):
            recipe().rebuild(WORLD, NOW, [Rebuilt(("lg-1",), "jo", ())])
        with pytest.raises(ImpossibleEntry):
            recipe().append(NOW, lambda _: [restored])
        buy(recipe())
        assert len(recipe().read().purchases) == 2

    def test_times_never_go_back(self, ledger: Ledger) -> None:
        """An entry made by a clock that is behind has the time of the last one."""
        for hours in (2, -5, 1, 3):
            ledger.append(NOW + timedelta(hours=hours), seen)
        times = [each.time - NOW for each in ledger.links()]
        assert times == [timedelta(hours=hours) for hours in (0, 2, 2, 2, 3)]

    def test_a_decision_sees_all_that_was_committed_before(self, ledger: Ledger, recipe: Recipe) -> None:
        """However stale an object is, its decision is made on the book as it is now."""
        stale = recipe()
        stale.read()
        buy(ledger)
        books: list[Book] = []

        def decide(book: Book) -> list[Entry]:
            books.append(book)
            return []

        stale.append(NOW, decide)
        assert books == [ledger.read()]

    def test_it_is_read_while_a_decision_is_made(self, ledger: Ledger, recipe: Recipe) -> None:
        """Readers neither wait for a writer nor see what it has not committed."""

        def decide(book: Book) -> list[Entry]:
            assert recipe().read() == book
            return seen(book)

        assert ledger.append(NOW, decide).count == 2

    def test_threads_share_an_object(self, ledger: Ledger) -> None:
        """Nothing is lost, and everybody reads a book that was true at some time."""

        def work(_: int) -> list[Book]:
            return [ledger.append(NOW, seen), ledger.read()]

        with ThreadPoolExecutor(8) as pool:
            books = [book for found in pool.map(work, range(24)) for book in found]
        assert_never_forked(ledger.links(), 25)
        heads = {each.number: each.hash for each in ledger.links()}
        assert all(heads[book.count] == book.head for book in books)

    def test_many_processes_lose_nothing(self, recipe: Recipe) -> None:
        """32 processes that begin it and add to it at once make one chain, each entry deciding on all before it."""
        gate = _processes.Barrier(PROCESSES)
        running = [_processes.Process(target=begin_and_append, args=(recipe, gate)) for _ in range(PROCESSES)]
        for each in running:
            each.start()
        for each in running:
            each.join()
        assert [each.exitcode for each in running] == [0] * PROCESSES
        assert_never_forked(recipe().links(), 1 + PROCESSES * APPENDS)

    def test_it_is_read_while_processes_write(self, ledger: Ledger, recipe: Recipe) -> None:
        """Every book that is read is the fold of the first entries, and later books never have fewer."""
        with talking(append_forever, recipe) as one, talking(append_forever, recipe) as other:
            one.recv()
            other.recv()
            books = [(recipe() if fresh else ledger).read() for fresh in (True, False) for _ in range(20)]
        heads = {each.number: each.hash for each in ledger.links()}
        assert all(before.count <= after.count for before, after in pairwise(books))
        assert all(heads[book.count] == book.head for book in books)

    @pytest.mark.parametrize("seed", range(6))
    def test_what_was_appended_outlives_its_writer(self, ledger: Ledger, recipe: Recipe, seed: int) -> None:
        """After kill -9 at any moment every append that returned is there, at most one more, and the chain verifies."""
        ours, theirs = _processes.Pipe(duplex=False)
        with ours:
            with process(append_forever, recipe, theirs):
                theirs.close()
                told = ours.recv()
                time.sleep(random.Random(seed).uniform(0, 0.05))
            # What it said before it was killed is still in the pipe.
            with suppress(EOFError):
                while True:
                    told = ours.recv()
        count = recipe().read().count
        assert told <= count <= told + 1
        assert ledger.append(NOW, seen).count == count + 1
        assert_never_forked(recipe().links(), count + 1)

    def test_a_writer_that_dies_deciding_leaves_nothing(self, ledger: Ledger, recipe: Recipe) -> None:
        """Others wait for its transaction only as long as it lives."""
        with talking(die_deciding, recipe) as said:
            assert said.recv() == 1
        assert ledger.append(NOW, seen).count == 2
        assert_never_forked(recipe().links(), 2)


def assert_never_forked(links: Any, count: int) -> None:
    """The chain verifies, has so many entries, and each was decided on exactly those before it."""
    assert check_chain(links).entries == count
    decided: list[Link] = [each for each in links if each.kind == "declined"]
    assert [f'"rule":"{each.number - 1}"' in each.text for each in decided] == [True] * len(decided)
    assert len(decided) == count - 1
    assert links[0].hash != START
