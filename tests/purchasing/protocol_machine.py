"""A state machine that quotes, buys, dies, looks and waits in every order, and checks after each step what must hold.

What it must not assume: that AWS shows a thing later than the horizon, that people settle wrongly on purpose, or that
this machine's clock is more than two hours off. Beyond these nobody can know what was bought.
"""

import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mcp_server.capacity.extensions import ExtensionProbe
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.plans import PlanProbe, TargetResource
from mcp_server.capacity.requests import Probe
from mcp_server.purchasing import purchase as purchasing
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.chain import START, Link, verify
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.entries import Approval, ApprovalMode, Intended, Lease, PurchaseState, from_json
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.policy import Ceilings, Policy, PolicyAccount
from mcp_server.purchasing.purchase import Order
from mcp_server.purchasing.quotes import OverlapKind, Quote
from mcp_server.purchasing.quoting import Seen, Wanted, make_quote
from mcp_server.purchasing.reconciling import Looked, look
from mcp_server.purchasing.settling import settle_bought, settle_not_bought
from mcp_server.purchasing.sqlite_ledger import SqliteLedger
from mcp_server.purchasing.tags import CHAIN_TAG, PURCHASE_TAG
from mcp_server.searching.seen import AnyOffering, AnyProbe
from tests.purchasing.in_process_aws import (
    ACCOUNTS,
    PRICES,
    REGIONS,
    WORLD,
    Fate,
    InProcessAws,
    InProcessSeller,
    Luck,
    Payment,
    Request,
    Sale,
    Verdict,
)
from tests.purchasing.stepped_processes import Ear, Process, ProcessLedger

S = PurchaseState
_FORWARD = {
    S.IN_FLIGHT: {S.UNKNOWN, S.NOT_SENT, S.REJECTED, S.ACCEPTED},
    S.UNKNOWN: {S.NOT_SENT, S.REJECTED, S.NOT_BOUGHT, S.ACCEPTED},
    S.NOT_SENT: {S.ACCEPTED},
    S.REJECTED: {S.ACCEPTED},
    S.NOT_BOUGHT: {S.ACCEPTED},
    S.ACCEPTED: {S.PAID, S.PAYMENT_FAILED, S.FAILED},
    S.PAID: {S.PAYMENT_FAILED, S.FAILED},
    S.PAYMENT_FAILED: set[PurchaseState](),
    S.FAILED: set[PurchaseState](),
}
"""The ways forward, said once more and not taken from the code."""

_BOUGHT = {S.ACCEPTED, S.PAID, S.PAYMENT_FAILED, S.FAILED}
_MAY_COST = {S.IN_FLIGHT, S.UNKNOWN, S.ACCEPTED, S.PAID}
_DAY = timedelta(hours=24)
_TIMEOUT = timedelta(seconds=120)
_SLOTS = 3
_MOST_RUNNING = 4

steps_run: int = 0
"""Steps taken by all machines of this process."""


def _policy(hash_: str, day: int, month: int) -> Policy:
    # The second account buys as whoever reads there, so that no session of CloudTrail's is called as a purchase.
    accounts = (
        PolicyAccount(id=ACCOUNTS[0], purchaser_role=f"arn:aws:iam::{ACCOUNTS[0]}:role/buyer"),
        PolicyAccount(id=ACCOUNTS[1]),
    )
    ceilings = Ceilings(
        per_purchase=Decimal(40),
        per_accelerator_hour=Decimal(9),
        rolling_24_hours=Decimal(day),
        calendar_month=Decimal(month),
    )
    return Policy(
        purchases=True,
        approval=ApprovalMode.CLIENT,
        accounts=accounts,
        regions=REGIONS,
        instance_types=tuple(PRICES),
        multi_segment=True,
        ceilings=ceilings,
        file=Path("/policy.toml"),
        hash=hash_,
    )


_CEILINGS = {"0" * 64: (40, 70), "1" * 64: (18, 45), "2" * 64: (1000, 2000)}
POLICIES = tuple(_policy(hash_, *limits) for hash_, limits in _CEILINGS.items())

PLACES = ((ACCOUNTS[0], REGIONS[0]), (ACCOUNTS[0], REGIONS[1]), (ACCOUNTS[1], REGIONS[0]))
NEEDS = (
    ("p5.48xlarge", 2, 1),
    ("p5.48xlarge", 1, 2),
    ("p5.4xlarge", 4, 1),
    ("p5en.48xlarge", 1, 3),
    ("trn1.32xlarge", 3, 1),
)
"""Few, so that the same is often wanted twice: a type, how many, and for how many days."""

PROBES = (
    *(Probe(CATALOGUE[name], count, days, None, None) for name, count, days in NEEDS),
    *(PlanProbe(CATALOGUE[name], count, days, TargetResource.TRAINING_JOB, None, None) for name, count, days in NEEDS),
)

places = st.sampled_from(PLACES)
probes = st.sampled_from(PROBES)
slots = st.integers(0, _SLOTS - 1)
steps = st.one_of(st.none(), st.none(), st.integers(0, 14), st.integers(7, 10))
"""How far a process goes at first: to its end, or only past so many pauses; after eight a purchase has its intent."""

minutes = st.sampled_from([1, 1, 2, 2, 9, 11, 60, 300, 1450])
_delays = st.sampled_from([0, 0, 0, 5, 90, 600])
lucks = st.builds(
    Luck,
    fate=st.sampled_from([*[Fate.SOLD] * 6, *Fate]),
    payment=st.sampled_from([Payment.SUCCEEDS, *Payment]),
    acts_after=st.sampled_from([1, 10, 300]),
    paid_after=_delays,
    shown_after=_delays,
    tagged_after=_delays,
    trailed_after=_delays,
)
full_disks = st.sampled_from([0, 0, 0, 0, 2, 30])


Change = Callable[["ProtocolMachine"], None]


def calm(machine: "ProtocolMachine") -> None:
    """AWS answers, prices are the first ones, clock and credentials are right."""
    aws = machine.aws
    aws.clock_error, aws.surcharge, aws.gone, aws.down, aws.trail_down = timedelta(), 0, set(), set(), False
    aws.credentials.update({each: each for each in ACCOUNTS})
    aws.purchasers.update({each: each for each in ACCOUNTS})


def restart(slot: int) -> Change:
    """A server starts anew."""

    def change(machine: "ProtocolMachine") -> None:
        machine.slots[slot] = Slot(SqliteLedger(machine.path), machine.aws)

    return change


def set_clock(minutes: int) -> Change:
    """This machine's clock jumps: so far from AWS's time."""

    def change(machine: "ProtocolMachine") -> None:
        machine.aws.clock_error = timedelta(minutes=minutes)

    return change


def set_policy(policy: Policy) -> Change:
    """A person changes the policy."""

    def change(machine: "ProtocolMachine") -> None:
        machine.policy = policy

    return change


def move_market(surcharge: int, fresh_ids: bool, gone: set[str]) -> Change:
    """Prices move, offerings vanish and come back, and the same is or is not described under new ids."""

    def change(machine: "ProtocolMachine") -> None:
        machine.aws.surcharge, machine.aws.fresh_ids = surcharge, fresh_ids
        machine.aws.gone = {(region, "p5.48xlarge") for region in gone}

    return change


def fall_ill(down: set[tuple[str, str]], trail: bool) -> Change:
    """AWS does not answer questions somewhere."""

    def change(machine: "ProtocolMachine") -> None:
        machine.aws.down, machine.aws.trail_down = down, trail

    return change


def swap_credentials(account: str, whose: str) -> Change:
    """The credentials found for an account, the reader's or the purchaser's, are those of the other one."""

    def change(machine: "ProtocolMachine") -> None:
        other = next(each for each in ACCOUNTS if each != account)
        getattr(machine.aws, whose)[account] = other

    return change


def stranger(place: tuple[str, str], probe: AnyProbe, tagged: bool) -> Change:
    """Somebody buys without this ledger, with the console or with a ledger of their own."""

    def change(machine: "ProtocolMachine") -> None:
        tags = {PURCHASE_TAG: f"mlc-stranger{len(machine.aws.sales)}"} if tagged else {}
        for each in machine.aws.offers(*place, probe)[:1]:
            machine.aws.stranger_buys(*place, each, tags)

    return change


changes = st.one_of(
    st.just(calm),
    st.just(calm),
    st.builds(restart, slots),
    st.builds(set_clock, st.sampled_from([-120, -5, 5, 120])),
    st.builds(set_policy, st.sampled_from(POLICIES)),
    st.builds(move_market, st.integers(0, 1), st.booleans(), st.sets(st.sampled_from(REGIONS), max_size=1)),
    st.builds(fall_ill, st.sets(places, max_size=1), st.booleans()),
    st.builds(swap_credentials, st.sampled_from(ACCOUNTS), st.sampled_from(["credentials", "purchasers"])),
    st.builds(stranger, places, probes, st.booleans()),
)


def _at_once(_: float) -> None:
    """Sleep no time at all."""


@dataclass
class Witness:
    """Reads the whole file anew, of which its ledger keeps nothing, and remembers what it read before."""

    ledger: SqliteLedger
    links: list[Link] = field(default_factory=list[Link])
    book: Book = field(default_factory=Book)
    history: dict[str, list[PurchaseState]] = field(default_factory=lambda: defaultdict(list))
    before: dict[str, dict[str, PurchaseState]] = field(default_factory=dict[str, dict[str, PurchaseState]])
    rewritten: bool = False

    def read(self) -> None:
        """Take in what was added."""
        links = list(self.ledger.links())
        known = len(self.links)
        self.rewritten |= links[:known] != self.links
        verify(links[known:], self.links[-1].hash if self.links else START, known)
        self.links = links
        for link in links[known:]:
            self._follow(link)

    def _follow(self, link: Link) -> None:
        entry = from_json(link.kind, link.text)
        if isinstance(entry, Intended):
            self.before[entry.purchase_id] = {each.id: each.state for each in self.book.purchases.values()}
        self.book = self.book.after([(link.time, link.hash, entry)])
        purchase_id: str = getattr(entry, "purchase_id", "")
        if purchase_id in self.book.purchases:
            self.history[purchase_id].append(self.book.purchases[purchase_id].state)


class Slot:
    """A server: its connection to the ledger, and what it knows of the time."""

    def __init__(self, ledger: SqliteLedger, aws: InProcessAws) -> None:
        self.ledger, self.ear = ledger, Ear(aws)


class ProtocolMachine(RuleBasedStateMachine):
    """Several servers and purchases on one ledger, before an AWS that fails in every way it can."""

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="protocol-", dir=memory if memory.is_dir() else None))
        self.path = self.folder / "ledger" / "ledger.sqlite3"
        self.aws = InProcessAws()
        self.policy = POLICIES[0]
        self.slots = [Slot(SqliteLedger(self.path), self.aws) for _ in range(_SLOTS)]
        self.processes: list[Process] = []
        self.witness = Witness(SqliteLedger(self.path))
        self.witness.ledger.begin(WORLD, self.aws.now)
        # While somebody has it open, nobody else's last word makes SQLite tidy the file up, which takes long.
        self.keeper = sqlite3.connect(self.path)
        self.keeper.execute("SELECT count(*) FROM links").fetchone()
        self.written = True
        self.reports: list[tuple[str, PurchaseState]] = []
        self.unannounced: list[str] = []
        self.overlooked: list[str] = []
        self.spent: set[str] = set()
        self._begun = False
        self.aws.heard = self._check_announced
        # A full disk is tried again after a while; here nobody waits.
        self.rest = mock.patch.object(purchasing, "time", SimpleNamespace(sleep=_at_once))
        self.rest.start()

    def teardown(self) -> None:
        """Leave nothing behind."""
        for each in self.processes:
            each.kill()
        self.rest.stop()
        self.keeper.close()
        shutil.rmtree(self.folder)

    # What processes stand on.

    def _desk(self, process: Process, ledger: SqliteLedger) -> Desk:
        return Desk(
            ledger=ProcessLedger(ledger, process, self._wrote),
            policy=lambda: self.policy,
            seller=lambda account, region: InProcessSeller(self.aws, process, account, region),
            simulated=True,
            logs=self.folder,
            timeout=_TIMEOUT,
            lease=lambda deadline: Lease("here", "boot", process.number, "", deadline),
            alive=self._alive,
        )

    def _alive(self, lease: Lease, now: datetime) -> bool:
        return now <= lease.deadline and self.processes[lease.pid].running

    def _wrote(self) -> None:
        self.written = True

    def start(
        self,
        work: Callable[[Desk], Any],
        slot: Slot,
        steps: int | None,
        luck: Luck = Luck(),  # noqa: B008 - it is frozen
        disk_full: int = 0,
    ) -> Process:
        """A process with some work to do, which has gone past so many pauses or to its end."""

        def whole(process: Process) -> Any:
            result = work(self._desk(process, slot.ledger))
            self._check_durable(result)
            return result

        process = Process(len(self.processes), slot.ear, whole, luck, disk_full)
        self.processes.append(process)
        process.go(steps if len(self._running()) <= _MOST_RUNNING else None)
        return process

    def _running(self) -> list[Process]:
        return [each for each in self.processes if each.running]

    def _told(self, sale: Sale) -> bool:
        """Whether AWS shows what it sold, and whose it is: a block by its tag, a plan by its name."""
        tagged = not isinstance(sale.offering, Offering) or bool(sale.tags(self.aws.now))
        return tagged and sale.shows(self.aws.now)

    def _overlooks(self, each: Purchase, sale: Sale) -> bool:
        """Whether a purchase is not said to be bought, or to have failed. Extensions tell of their payment alone."""
        failed = sale.failed(self.aws.now) and not each.deal.extends
        return each.state not in _BOUGHT or (failed and each.state in _MAY_COST)

    def _check_durable(self, result: Any) -> None:
        """What is about to be reported is what a process that begins now would find on the disk."""
        self._witnessed()
        told = list(result.book.purchases.values()) if isinstance(result, Looked) else []
        told += [result] if isinstance(result, Purchase) else []
        self.reports += [(each.id, each.state) for each in told if each.state not in self.witness.history[each.id]]

    def _check_announced(self, request: Request) -> None:
        """What AWS is asked for is, at this moment, what a process that begins now would find intended on the disk."""
        if request.purchase_id and request.purchase_id not in self._witnessed().book.purchases:
            self.unannounced.append(request.purchase_id)

    # What people and their agents do.

    @rule(place=places, probe=probes, which=st.integers(0, 1), additional=st.booleans(), slot=slots, n=steps)
    def quote_something(
        self, place: tuple[str, str], probe: AnyProbe, which: int, additional: bool, slot: int, n: int | None
    ) -> None:
        """Somebody searches, and has what they found quoted."""
        found = self.aws.offers(*place, probe)
        if found:
            self._quote(found[which % len(found)], probe, additional, self.slots[slot], n)

    @rule(place=places, probe=probes, luck=lucks, additional=st.booleans(), full=full_disks, n=steps)
    def buy_something(
        self, place: tuple[str, str], probe: AnyProbe, luck: Luck, additional: bool, full: int, n: int | None
    ) -> None:
        """Somebody has the first offer quoted, and says yes at once."""
        for each in self.aws.offers(*place, probe)[:1]:
            if self._quote(each, probe, additional, self.slots[0], None):
                self.buy(0, luck, False, full, n)

    @precondition(lambda self: self._witnessed().book.quotes)
    @rule(back=st.integers(0, 2), luck=lucks, additional=st.booleans(), beside=st.booleans(), n=steps)
    def buy_the_same(self, back: int, luck: Luck, additional: bool, beside: bool, n: int | None) -> None:
        """Somebody has the same quoted once more, and says yes at once."""
        quotes = list(self._witnessed().book.quotes.values())
        last = quotes[-1 - back % len(quotes)]
        if self._quote(last.offering, last.probe, additional, self.slots[0], None):
            self.buy(0, luck, beside, 0, n)

    @precondition(lambda self: self._extendable())
    @rule(which=st.integers(0, 9), days=st.integers(1, 2), luck=lucks, additional=st.booleans(), n=steps)
    def buy_extension(self, which: int, days: int, luck: Luck, additional: bool, n: int | None) -> None:
        """Somebody has more days quoted for what is owned, and says yes at once."""
        owned = self._extendable()
        account, region, reservation, of_plan = owned[which % len(owned)]
        probe = ExtensionProbe(reservation, days, of_plan)
        for each in self.aws.offers(account, region, probe):
            if self._quote(each, probe, additional, self.slots[0], None):
                self.buy(0, luck, False, 0, n)

    def _extendable(self) -> list[tuple[str, str, str, bool]]:
        return [
            (each.request.account, each.request.region, id_, bool(each.request.plan))
            for each in self.aws.sales
            for id_ in each.ids
        ]

    def _quote(self, offering: AnyOffering, probe: AnyProbe, additional: bool, slot: Slot, n: int | None) -> bool:
        """Whether it is quoted by now."""
        wanted = Wanted(offering, probe, "main", "arn:aws:iam::1:user/jo", "training", additional=additional)

        def work(desk: Desk) -> Quote:
            return make_quote(wanted, Seen(self._everything(desk)), desk)

        return self.start(work, slot, n).result is not None

    @staticmethod
    def _everything(desk: Desk) -> Estate:
        """What a survey of all accounts sees; it must see all of it."""
        seen = [desk.seller(*place).estate() for place in PLACES]
        return Estate(
            tuple(each for estate in seen for each in estate.reservations),
            tuple(each for estate in seen for each in estate.extensions),
        )

    @precondition(lambda self: self._witnessed().book.quotes)
    @rule(back=st.integers(0, 5), luck=lucks, beside=st.booleans(), full=full_disks, n=steps)
    def buy(self, back: int, luck: Luck, beside: bool, full: int, n: int | None) -> None:
        """A person says yes to a quote, one of the last or the same again, and a process is started that buys."""
        quotes = list(self._witnessed().book.quotes.values())
        quote = quotes[-1 - back % len(quotes)]
        unknown = tuple(each.name for each in quote.overlapping(OverlapKind.UNKNOWN)) if beside else ()
        approval = Approval(ApprovalMode.CLIENT, "arn:aws:iam::1:user/jo", str(quote.fee), "a test", unknown)
        # It begins to know the time when AWS answers; what its ledger has seen before is verified no less.
        process = Slot(self.slots[back % _SLOTS].ledger, self.aws)
        order = Order(f"order {len(self.processes)}", quote.id, approval)
        self.start(lambda desk: purchasing.purchase(order, desk), process, n, luck, full)

    @precondition(lambda self: self._running())
    @rule(which=st.integers(0, 3), n=steps)
    def go_on(self, which: int, n: int | None) -> None:
        """A process goes on."""
        running = self._running()
        running[which % len(running)].go(n)

    @precondition(lambda self: self._running())
    @rule(which=st.integers(0, 3), at_commit=st.booleans())
    def kill(self, which: int, at_commit: bool) -> None:
        """A process dies where it is, or within its next transaction."""
        running = self._running()
        running[which % len(running)].kill(at_commit=at_commit)

    @rule(slot=slots, n=st.one_of(st.none(), st.integers(1, 8)))
    def look_at_aws(self, slot: int, n: int | None) -> None:
        """Somebody looks at the history of purchases."""
        open_before = self._bought() if n is None else []
        shown = [
            (each.id, sale) for each, sale in open_before if each.state in _BOUGHT | {S.UNKNOWN} and self._told(sale)
        ]
        looked = self.start(look, self.slots[slot], n).result
        if isinstance(looked, Looked) and not looked.failures:
            self.overlooked += [name for name, sale in shown if self._overlooks(looked.book.purchases[name], sale)]

    @precondition(lambda self: self._witnessed().book.purchases)
    @rule(n=st.integers(2, 6), minutes=minutes)
    def look_across(self, n: int, minutes: int) -> None:
        """Somebody looks, and before they write down what they saw, somebody else does so later."""
        early = self.start(look, self.slots[0], n)
        self.wait(minutes)
        self.start(look, self.slots[1], None)
        early.go(None)

    @precondition(lambda self: self._witnessed().book.quotes)
    @rule(luck=lucks, other=lucks, n=st.integers(0, 10), then=st.integers(0, 10))
    def buy_across(self, luck: Luck, other: Luck, n: int, then: int) -> None:
        """Two processes buy the same quote, each overtaking the other."""
        self.buy(0, luck, False, 0, n)
        first = self.processes[-1]
        self.buy(0, other, False, 0, then)
        for each in (first, self.processes[-1]):
            each.go(None)

    @rule(place=places, probe=probes, elsewhere=places, other=probes, luck=lucks, additional=st.booleans(), n=steps)
    def buy_both(
        self,
        place: tuple[str, str],
        probe: AnyProbe,
        elsewhere: tuple[str, str],
        other: AnyProbe,
        luck: Luck,
        additional: bool,
        n: int | None,
    ) -> None:
        """Somebody has two things quoted before they say yes to either."""
        self.quote_something(place, probe, 0, additional, 0, None)
        self.quote_something(elsewhere, other, 1, additional, 1, None)
        if len(self._witnessed().book.quotes) > 1:
            self.buy(1, luck, False, 0, n)
            self.buy(0, luck, False, 0, None)

    @precondition(lambda self: self._unknown())
    @rule(which=st.integers(0, 3), recognised=st.booleans(), n=steps)
    def settle(self, which: int, recognised: bool, n: int | None) -> None:
        """A person says that a purchase was not made; or recognises it where its tag does not show yet, rightly."""
        unknown = self._unknown()
        purchase_id = unknown[which % len(unknown)].id
        sale = self.aws.sale_of(purchase_id)
        if recognised and sale:
            shown = sale.ids[0] if sale.ids else sale.request.offering_id
            self.start(lambda desk: settle_bought(desk, purchase_id, shown, "jo"), self.slots[0], n)
        else:
            self.start(lambda desk: settle_not_bought(desk, purchase_id, "jo", "not there"), self.slots[0], n)

    def _unknown(self) -> list[Purchase]:
        return [each for each in self._witnessed().book.purchases.values() if each.state in {S.UNKNOWN, S.IN_FLIGHT}]

    # What the world does.

    @rule(minutes=minutes)
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.aws.pass_time(minutes)

    @rule(change=changes)
    def change(self, change: "Change") -> None:
        """The world changes, or is as it was in the beginning."""
        change(self)

    # What must hold whatever happened.

    def _witnessed(self) -> Witness:
        if self.written:
            self.written = False
            self.witness.read()
        return self.witness

    def _bought(self) -> list[tuple[Purchase, Sale]]:
        """What the ledger holds of what AWS sold, in the order of the intents."""
        found = [(each, self.aws.sale_of(each.id)) for each in self._witnessed().book.purchases.values()]
        return [(each, sale) for each, sale in found if sale]

    @invariant()
    def counted(self) -> None:
        """Every step counts; the check before the first one is none."""
        global steps_run  # noqa: PLW0603 - that many steps were run is itself asserted
        steps_run += self._begun
        self._begun = True

    @invariant()
    def one_request_per_quote(self) -> None:
        """A quote sends one request at most, whoever tries and whatever is heard of it."""
        sent = Counter(each.purchase_id for each in self._requests())
        twice = [purchase_id for purchase_id, count in sent.items() if count > 1]
        assert not twice, f"one_request_per_quote: {twice}"

    @invariant()
    def one_request_per_offering(self) -> None:
        """An offering is asked for once in an account and region, unless AWS did nothing before."""
        for place in {each.place for each in self._requests()}:
            earlier = [each.verdict for each in self._requests() if each.place == place][:-1]
            idle = {Verdict.REJECTED, Verdict.NEVER_CAME}
            assert set(earlier) <= idle, f"one_request_per_offering: {place} {earlier}"

    @invariant()
    def intents_come_first(self) -> None:
        """Whatever is asked of AWS stands in the ledger before, on the disk."""
        assert not self.unannounced, f"intents_come_first: {self.unannounced}"

    @invariant()
    def only_what_was_quoted(self) -> None:
        """AWS is asked for what was quoted, in its account and region and by its name, with the head of the intent."""
        purchases = self._witnessed().book.purchases
        for each in self._requests():
            bought = purchases.get(each.purchase_id)
            if bought is None:
                continue
            quote, offered = bought.quote, self.aws.offered.get(each.offering_id)
            asked = (each.account, each.region, offered and offered.terms, each.reservation_id, each.plan)
            quoted = (quote.account, quote.region, quote.offering.terms, quote.extends, quote.plan)
            assert asked == quoted, f"only_what_was_quoted: {asked} {quoted}"
            assert each.tags.get(CHAIN_TAG) in {None, bought.head}, "only_what_was_quoted: another head"

    @invariant()
    def spent_stays_spent(self) -> None:
        """A quote that was spent is spent for ever."""
        now = {each.quote.id for each in self._witnessed().book.purchases.values()}
        lost = self.spent - now
        self.spent = now
        assert not lost, f"spent_stays_spent: {lost}"

    @invariant()
    def ceilings_hold(self) -> None:
        """What was sold, and what may have been, stays within each policy's ceilings, of any 24 hours and any month."""
        spent = [each for each in self._witnessed().book.purchases.values() if self._costs(each)]
        for index, each in enumerate(spent):
            so_far, at = spent[: index + 1], each.intended
            month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            of_day = sum(other.quote.fee for other in so_far if other.intended > at - _DAY)
            of_month = sum(other.quote.fee for other in so_far if other.intended >= month)
            limits = _CEILINGS[each.quote.policy_hash]
            assert of_day <= limits[0], f"ceilings_hold: {of_day} in 24 hours"
            assert of_month <= limits[1], f"ceilings_hold: {of_month} in a month"

    def _costs(self, each: Purchase) -> bool:
        sale = self.aws.sale_of(each.id)
        waiting = any(one.verdict is Verdict.WAITING for one in self._requests() if one.purchase_id == each.id)
        return each.state in _MAY_COST or waiting or (sale is not None and not sale.failed(self.aws.now))

    @invariant()
    def reports_are_durable(self) -> None:
        """Nobody was told of an outcome that was not on the disk."""
        assert not self.reports, f"reports_are_durable: {self.reports}"

    @invariant()
    def what_shows_is_found(self) -> None:
        """Whoever looks where AWS answers finds what it shows to have been sold, and what of it has failed."""
        assert not self.overlooked, f"what_shows_is_found: {self.overlooked}"

    @invariant()
    def states_go_forward(self) -> None:
        """A purchase goes from state to state in the ways there are, and what is bought is never unbought."""
        for purchase_id, states in self._witnessed().history.items():
            for one, next_one in pairwise(states):
                forward = next_one is one or next_one in _FORWARD[one]
                assert forward, f"states_go_forward: {purchase_id} from {one} to {next_one}"

    @invariant()
    def settled_as_it_was(self) -> None:
        """What the ledger says of a purchase is what AWS did, or that it is not known."""
        for each in self._witnessed().book.purchases.values():
            verdicts = {one.verdict for one in self._requests() if one.purchase_id == each.id}
            assert self._is_true(each, verdicts), f"settled_as_it_was: {each.id} {each.state} {verdicts}"

    def _is_true(self, each: Purchase, verdicts: set[Verdict]) -> bool:
        sale = self.aws.sale_of(each.id)
        if each.state in _BOUGHT:
            return sale is not None and self._as_paid(each.state, sale) and _reserved(each) <= set(sale.ids)
        if each.state is S.NOT_SENT:
            return verdicts <= {Verdict.NEVER_CAME}
        if each.state is S.REJECTED:
            return verdicts == {Verdict.REJECTED}
        return each.state is not S.NOT_BOUGHT or (sale is None and Verdict.WAITING not in verdicts)

    def _as_paid(self, state: PurchaseState, sale: Sale) -> bool:
        payment = sale.request.luck.payment
        paid = self.aws.now >= sale.at + timedelta(minutes=sale.request.luck.paid_after)
        if state is S.PAID:
            return paid and payment is not Payment.FAILS
        if state is S.PAYMENT_FAILED:
            return paid and payment is Payment.FAILS
        # SageMaker does not tell a plan that is not paid from one that fails.
        fails = {Payment.BREAKS, Payment.FAILS} if sale.request.plan else {Payment.BREAKS}
        return state is not S.FAILED or (payment in fails and sale.failed(self.aws.now))

    @invariant()
    def nothing_is_bought_twice(self) -> None:
        """What overlaps a thing just bought, or perhaps bought, is bought only where a person saw it and wants both."""
        bought = [each for each, sale in self._bought() if not sale.failed(self.aws.now)]
        for one, other in combinations(bought, 2):
            if _overlap(one, other) and self._is_urgent(one, other):
                seen = one.id in {each.name for each in other.quote.overlaps}
                wanted = seen and (other.quote.additional or other.intent.approval.beside)
                assert wanted, f"nothing_is_bought_twice: {one.id} and {other.id}"

    def _is_urgent(self, one: Purchase, other: Purchase) -> bool:
        before = self.witness.before[other.id][one.id]
        return before in {S.IN_FLIGHT, S.UNKNOWN} or other.intended - one.intended < _DAY

    @invariant()
    def an_unknown_is_named(self) -> None:
        """What overlaps a block of unknown outcome is bought only by a person who saw and named that one."""
        for one, other in combinations([each for each, _ in self._bought()], 2):
            blocks = one.quote.extends is None and other.quote.extends is None
            if blocks and _overlap(one, other) and self.witness.before[other.id][one.id] is S.UNKNOWN:
                assert one.id in other.intent.approval.beside, f"an_unknown_is_named: {one.id} and {other.id}"

    @invariant()
    def chain_verifies(self) -> None:
        """The chain of entries only grows, and each link follows from the one before."""
        assert not self._witnessed().rewritten, "chain_verifies: what was written is not there any more"

    def _requests(self) -> list[Request]:
        """The requests of this ledger's purchases."""
        return [each for each in self.aws.requests if each.purchase_id]


def _overlap(one: Purchase, other: Purchase) -> bool:
    a, b = one.quote, other.quote
    return a.accelerator == b.accelerator and a.start < b.end and b.start < a.end


def _reserved(each: Purchase) -> set[str]:
    return {one.id for one in each.reservations}
