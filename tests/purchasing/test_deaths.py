"""Whoever dies, and whenever: at most one request, and the next process finds out what became of it."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import cycle
from pathlib import Path

import pytest

from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.quotes import Quote
from tests.purchasing.counting_endpoint import SPENDS, Trap
from tests.purchasing.real_processes import PATIENCE, Machine, Session, a_machine, has_proc, until
from tests.purchasing.test_faults import FAULTS, LATE, LOST, Fault

BLOCK, EXTENSION, PLAN, PLAN_EXTENSION = tuple(DealKind)
REREADS = {
    BLOCK: "DescribeCapacityBlockOfferings",
    EXTENSION: "DescribeCapacityBlockExtensionOfferings",
    PLAN: "SearchTrainingPlanOfferings",
    PLAN_EXTENSION: "SearchTrainingPlanOfferings",
}
WELL = Fault(state=PurchaseState.ACCEPTED)


class Step(Enum):
    """How far the purchase process is."""

    BEGUN = "begun"
    REREAD = "re-reading"
    ROLE = "assuming the role"
    IDENTITY = "asking who it is"
    DRY_RUN = "in the dry run"
    ESTATE = "reading what is owned"
    SENT = "between intent and request"
    ACTED = "after AWS acted"
    CONCLUDED = "after the outcome"


class Death(Enum):
    """Who goes, and how."""

    SERVER_KILLED = "server killed"
    BUYER_KILLED = "purchase process killed"
    BUYER_TOLD = "purchase process told to end"
    PIPE_CUT = "pipe cut"
    CANCELLED = "call cancelled"
    QUIT = "client quits"


pytestmark = pytest.mark.skipif(not has_proc(), reason="processes are found by /proc, which this system lacks")
BEFORE_INTENT = {Step.BEGUN, Step.REREAD, Step.ROLE, Step.IDENTITY, Step.DRY_RUN, Step.ESTATE}
ENDS_BUYER = {Death.BUYER_KILLED, Death.BUYER_TOLD}
CHOSEN = [
    (BLOCK, Step.BEGUN, Death.SERVER_KILLED),
    (EXTENSION, Step.REREAD, Death.CANCELLED),
    (BLOCK, Step.ROLE, Death.PIPE_CUT),
    (BLOCK, Step.IDENTITY, Death.BUYER_TOLD),
    (EXTENSION, Step.DRY_RUN, Death.BUYER_KILLED),
    (BLOCK, Step.ESTATE, Death.QUIT),
    (BLOCK, Step.SENT, Death.BUYER_KILLED),
    (BLOCK, Step.SENT, Death.BUYER_TOLD),
    (EXTENSION, Step.ACTED, Death.BUYER_KILLED),
    (BLOCK, Step.CONCLUDED, Death.SERVER_KILLED),
    (PLAN, Step.ACTED, Death.BUYER_KILLED),
]
"""Every step once, every death once, and those between which money could be lost."""


EVERY_FAULT = [(kind, fault) for kind, faults in FAULTS.items() for fault in faults]


def steps_of(kind: DealKind) -> list[Step]:
    """The steps of a purchase: SageMaker knows no dry run."""
    return [each for each in Step if not (kind.of_plan and each is Step.DRY_RUN)]


EVERY_STEP = [(kind, step) for kind in DealKind for step in steps_of(kind)]


def each_step_under_each_fault() -> list[tuple[DealKind, Fault, Step, Death]]:
    """Every step of a block under every fault, and the other purchases where the request is under way.

    A block, and whatever loses its answer, meets every death while the request is under way; else one that a request
    comes after. The other faults of the other purchases, which take the same way, meet two: SIGKILL, and one in turn.
    """
    outlived = cycle([death for death in Death if death not in ENDS_BUYER])

    def deaths(kind: DealKind, fault: Fault, step: Step) -> list[Death]:
        if step not in {Step.SENT, Step.ACTED}:
            return [next(outlived)] if kind is BLOCK else []
        return list(Death) if kind is BLOCK or fault is LOST else [Death.BUYER_KILLED, next(outlived)]

    return [
        (kind, fault, step, death)
        for kind, fault in EVERY_FAULT
        for step in steps_of(kind)
        for death in deaths(kind, fault, step)
    ]


@pytest.fixture(scope="module")
def machine(sandbox_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine whose one request may take its time."""
    with a_machine(sandbox_url, tmp_path_factory.mktemp("machine")) as made:
        yield made


@pytest.fixture
def impatient(sandbox_url: str, tmp_path: Path) -> Iterator[Machine]:
    """A machine whose one request gives up after some seconds. A new one each time: every plan is one question more."""
    with a_machine(sandbox_url, tmp_path, timeout=5) as made:
        yield made


def spelled(value: object) -> str:
    """A parameter in a test's name."""
    return str(value.value if isinstance(value, Enum) else value)


@pytest.mark.parametrize(("kind", "step", "death"), CHOSEN, ids=spelled)
def test_a_death(machine: Machine, kind: DealKind, step: Step, death: Death) -> None:
    """At most one request, exactly one if the purchase process outlives; the next server knows what AWS sold."""
    check_death(machine, kind, step, death, WELL)


@pytest.mark.slow
@pytest.mark.parametrize("death", list(Death), ids=spelled)
@pytest.mark.parametrize(("kind", "step"), EVERY_STEP, ids=spelled)
def test_every_death_at_every_step(machine: Machine, kind: DealKind, step: Step, death: Death) -> None:
    """At most one request, exactly one if the purchase process outlives; the next server knows what AWS sold."""
    check_death(machine, kind, step, death, WELL)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "fault", "step", "death"), each_step_under_each_fault(), ids=spelled)
def test_every_step_under_every_fault(
    impatient: Machine, kind: DealKind, fault: Fault, step: Step, death: Death
) -> None:
    """Also where the request meets a fault, then or later: one request, and the truth or unknown."""
    check_death(impatient, kind, step, death, fault)


def check_death(machine: Machine, kind: DealKind, step: Step, death: Death, fault: Fault) -> None:
    """Buy under a fault, let somebody die at a step, and hold what the next server says against what AWS sold."""
    quote = machine.quote(kind)
    session = machine.new_session()
    if fault.late:
        machine.aws.control.arm(SPENDS[kind], fault.late, calls=1, seconds=LATE.total_seconds())
    request, held = set_traps(machine, kind, step, fault)
    call = session.begin_buying(quote)
    wait_for(machine, step, quote, held)
    die(machine, session, call, death)
    # Nobody ever answers a request that meets silence.
    if held and not (fault.silent and step is Step.ACTED):
        held.release()
    machine.wait_for_buyers()
    if machine.spent(quote):
        assert request.acted.wait(PATIENCE)
    machine.endpoint.clear()

    assert len(machine.spent(quote)) in expected_requests(step, death)
    if machine.spent(quote) and death is not Death.BUYER_KILLED:
        bought = machine.purchase(quote)
        assert bought
        # Whose purchase process ended without a word has asked AWS since.
        found = bought.evidence and fault.shows(kind)
        assert bought.state is (PurchaseState.ACCEPTED if found else fault.state)
    check_told(machine, kind, quote, death, fault)
    machine.aws.control.disarm()


def set_traps(machine: Machine, kind: DealKind, step: Step, fault: Fault) -> tuple[Trap, Trap | None]:
    """The trap for the one request, and the one that holds the purchase process at a step."""
    request = Trap(SPENDS[kind], fault.answering, fault.acts, hold_after=fault.silent or step is Step.ACTED)
    request.hold_before = step is Step.SENT
    machine.endpoint.set(request)
    questions = {
        Step.REREAD: Trap(REREADS[kind], hold_before=True),
        Step.ROLE: Trap("AssumeRole", hold_before=True),
        Step.IDENTITY: Trap("GetCallerIdentity", hold_before=True, by_role=True),
        Step.DRY_RUN: Trap(SPENDS[kind], hold_before=True, dry_run=True),
        Step.ESTATE: machine.last_question(hold_after=True),
        Step.SENT: request,
        Step.ACTED: request,
    }
    held = questions.get(step)
    if held and held is not request:
        machine.endpoint.set(held)
    return request, held


def wait_for(machine: Machine, step: Step, quote: Quote, held: Trap | None) -> None:
    """Wait until the purchase process is at a step."""
    if step is Step.BEGUN:
        until(lambda: bool(machine.buying()), "a purchase process")
    elif step is Step.CONCLUDED:
        until(lambda: has_outcome(machine, quote), "an outcome")
    else:
        assert held
        assert (held.acted if held.hold_after and not held.hold_before else held.arrived).wait(PATIENCE)


def has_outcome(machine: Machine, quote: Quote) -> bool:
    """Whether the ledger says what came of a quote."""
    purchase = machine.purchase(quote)
    return purchase is not None and purchase.state is not PurchaseState.IN_FLIGHT


def die(machine: Machine, session: Session, call: int, death: Death) -> None:
    """Let somebody die, and wait until they are dead where nobody holds them back."""
    deaths: dict[Death, Callable[[], object]] = {
        Death.SERVER_KILLED: session.close,
        Death.BUYER_KILLED: lambda: signal_buyers(machine, signal.SIGKILL),
        Death.BUYER_TOLD: lambda: signal_buyers(machine, signal.SIGTERM),
        Death.PIPE_CUT: session.cut,
        Death.CANCELLED: lambda: session.cancel(call),
        Death.QUIT: session.quit,
    }
    deaths[death]()
    if death is Death.BUYER_KILLED:
        machine.wait_for_buyers()


def signal_buyers(machine: Machine, number: int) -> None:
    """Send a signal to the purchase process, if it still runs."""
    for pid in machine.buying():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def expected_requests(step: Step, death: Death) -> set[int]:
    """How many requests there may be."""
    if step in BEFORE_INTENT and death in ENDS_BUYER:
        return {0}
    # A server that is killed while it hands over the order may not have handed over all of it.
    if step is Step.BEGUN and death in {Death.SERVER_KILLED, Death.PIPE_CUT, Death.QUIT}:
        return {0, 1}
    return {1}


def check_told(machine: Machine, kind: DealKind, quote: Quote, death: Death, fault: Fault) -> None:
    """The next server says what AWS sold as soon as AWS shows it, and until then that nobody knows."""
    found = machine.new_session().history().get(quote.purchase_id)
    machine.check_ledger()
    if not machine.spent(quote):
        assert found is None
        assert not machine.aws.bought(quote)
        return
    assert found
    heard = fault.state if death is not Death.BUYER_KILLED else PurchaseState.UNKNOWN
    either = {PurchaseState.ACCEPTED} if fault.shows(kind) else {heard, fault.state}
    assert found["state"] in either, found
    if not fault.late:
        assert machine.aws.bought(quote) == fault.acts
        return
    machine.aws.control.advance(2 * LATE)
    assert machine.aws.bought(quote) == 1
    assert machine.session.history()[quote.purchase_id]["state"] == PurchaseState.PAID
    assert len(machine.spent(quote)) == 1
