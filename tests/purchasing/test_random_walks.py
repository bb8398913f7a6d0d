"""Anything in any order, with real processes: one request for each quote, and the ledger never says what is not so."""

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from mcp_server.aws.failures import AwsFailure
from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.entries import EvidenceKind, PurchaseState
from mcp_server.purchasing.policy import PolicyForbids
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.refusals import SpendingRefused
from tests.purchasing.counting_endpoint import SPENDS, Answering, Trap
from tests.purchasing.real_processes import PATIENCE, Machine, Session, a_machine, has_proc

STEPS = 75
CEILING = 100_000
LATE = ["act-late", "tag-late", "reservation-late", "history-late"]
MINUTES = [1, 4, 11, 61, 60 * 25]


class Walk:
    """Somebody who quotes, buys, kills, looks and waits at random, and remembers what was sent for which quote."""

    def __init__(self, machine: Machine, random: Random) -> None:
        self.machine, self.random = machine, random
        self.quotes: list[Quote] = []
        self.sent: Counter[str] = Counter()
        self.did: list[str] = []

    def step(self) -> None:
        """Do anything."""
        steps = {self.quote: 3, self.buy: 6, self.look: 3, self.advance: 2, self.kill_server: 1}
        chosen = self.random.choices(list(steps), list(steps.values()))[0]
        self.did.append(chosen.__name__)
        chosen()

    def quote(self) -> None:
        """Quote something for days of its own, or what was quoted before."""
        before = self.random.choice(self.quotes) if self.quotes and self.random.random() < 0.4 else None
        # Not every quote is to be had: that is the point of some.
        with contextlib.suppress(SpendingRefused, PolicyForbids, AwsFailure, IndexError):
            if before:
                self.quotes.append(self.machine.quote_for(before.probe, additional=self.random.random() < 0.5))
            else:
                self.quotes.append(self.machine.quote(self.random.choice(list(DealKind))))

    def buy(self) -> None:
        """Buy any quote, spent or not, while something may go wrong and somebody may die."""
        if not self.quotes:
            return
        quote = self.random.choice(self.quotes[-3:])
        answering = self.random.choice(list(Answering))
        # AWS throttles before it does anything.
        acts = answering is not Answering.THROTTLED and self.random.random() < 0.8
        trap = Trap(SPENDS[quote.kind], answering, acts)
        if self.random.random() < 0.3:
            self.machine.aws.control.arm(trap.operation, self.random.choice(LATE), calls=1, seconds=600)
        trap.hold_before = self.random.random() < 0.4
        self.machine.endpoint.set(trap)
        before = len(self.machine.endpoint.spending)
        session = self.machine.session
        call = session.begin_buying(quote)
        if trap.hold_before:
            self._die(session, call, trap)
        self.machine.wait_for_buyers()
        if session.process.poll() is None and not trap.hold_before:
            session.come_of(call)
        sent = len(self.machine.endpoint.spending) - before
        assert not sent or trap.acted.wait(PATIENCE)
        self.sent[quote.id] += sent
        self.machine.endpoint.clear()
        self.machine.aws.control.disarm()

    def look(self) -> None:
        """Ask for the history, at times a new server, and hold the ledger against what AWS sold."""
        session = self.machine.new_session() if self.random.random() < 0.5 else self.machine.session
        session.history()
        self.check()

    def advance(self) -> None:
        """Let time pass."""
        self.machine.aws.control.advance(timedelta(minutes=self.random.choice(MINUTES)))

    def kill_server(self) -> None:
        """Kill the server while it does nothing."""
        self.machine.end_session()

    def check(self) -> None:
        """What must be true at any time."""
        assert not [each for each, count in self.sent.items() if count > 1], self.did
        for each in self.machine.book.purchases.values():
            assert self.sent[each.quote.id] == 1, (each, self.did)
            if each.state.bought:
                # CloudTrail may tell before the reservation shows; finish looks at what shows in the end.
                by_trail = any(kind is EvidenceKind.TRAIL for kind, _ in each.evidence)
                assert by_trail or self.machine.aws.bought(each.quote) == 1, (each, self.did)
            elif each.state is PurchaseState.REJECTED:
                # That a proxy sent it twice is told by CloudTrail alone, some minutes late; finish looks at it.
                assert each.deal.extends or not self.sold(each.quote), (each, self.did)
            else:
                assert each.state is PurchaseState.UNKNOWN, (each, self.did)

    def finish(self) -> None:
        """Once all that is late is there, a new server knows of all that AWS sold."""
        self.machine.aws.control.advance(timedelta(hours=1))
        self.machine.new_session().history()
        self.check()
        purchases = self.machine.book.purchases.values()
        assert {each.quote.id for each in purchases} == {each for each, count in self.sent.items() if count}
        for each in purchases:
            assert each.state.bought == self.sold(each.quote), (each, self.did)
        self.machine.check_ledger()

    def sold(self, quote: Quote) -> bool:
        """Whether AWS sold what was quoted; an extension says nothing of the quote that it was bought with."""
        return self.machine.aws.bought(quote) == 1 and not (quote.extends and self._bought_otherwise(quote))

    def _bought_otherwise(self, quote: Quote) -> bool:
        return any(
            each.state.bought and (each.quote.extends, each.quote.start) == (quote.extends, quote.start)
            for each in self.machine.book.purchases.values()
            if each.quote.id != quote.id
        )

    def _die(self, session: Session, call: int, trap: Trap) -> None:
        if trap.arrived.wait(2):
            death = self.random.choice([self._kill_buyers, session.close, session.quit, lambda: session.cancel(call)])
            death()
        trap.release()

    def _kill_buyers(self) -> None:
        for pid in self.machine.buying():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, self.random.choice([signal.SIGKILL, signal.SIGTERM]))


@pytest.fixture
def machine(sandbox_url: str, tmp_path: Path) -> Iterator[Machine]:
    """A machine whose policy lets somebody spend for a while."""
    with a_machine(sandbox_url, tmp_path, timeout=5, most=CEILING) as made:
        yield made


@pytest.mark.slow
@pytest.mark.skipif(not has_proc(), reason="processes are found by /proc, which this system lacks")
@pytest.mark.parametrize("seed", range(4))
def test_a_random_walk(machine: Machine, seed: int) -> None:
    """Whatever is done, no quote is sent twice, and what is told of it is what AWS did, or that nobody knows."""
    walk = Walk(machine, Random(seed))
    for _ in range(STEPS):
        walk.step()
    walk.finish()
