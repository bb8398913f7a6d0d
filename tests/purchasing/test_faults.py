"""Whatever goes wrong on the way to AWS and back: one request, and never a wrong word about what it did."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from mcp_server.aws.failures import AwsFailure
from mcp_server.purchasing.deals import DealKind
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.refusals import SpendingRefused
from tests.purchasing.counting_endpoint import SPENDS, Answering, Trap
from tests.purchasing.real_processes import PATIENCE, Machine, a_machine

TIMEOUT = 4
LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of the one request. acts is whether AWS ever gets it, state what is known right after.

    Silent, nothing is answered before the client gives up. late names a fault of simulated AWS by which what AWS did
    shows ten minutes later.
    """

    answering: Answering = Answering.AS_IT_IS
    acts: bool = True
    silent: bool = False
    late: str = ""
    state: PurchaseState = PurchaseState.UNKNOWN

    def __str__(self) -> str:
        how = self.late or ("read timeout" if self.silent else self.answering.value)
        return f"{how}, {'acted' if self.acts else 'not acted'}"

    def shows(self, kind: DealKind) -> bool:
        """Whether what AWS did shows at once: a plan is told by its name, whenever its tags come."""
        return self.acts and (not self.late or (self.late == "tag-late" and kind is DealKind.PLAN))


LOST = Fault(Answering.DROPPED)
NEVER_ARRIVED = Fault(Answering.DROPPED, acts=False)
REFUSED = Fault(Answering.THROTTLED, acts=False, state=PurchaseState.REJECTED)
ACTED_LATE = Fault(late="act-late")
USUAL = (
    LOST,
    NEVER_ARRIVED,
    Fault(silent=True),
    Fault(Answering.UNAVAILABLE),
    REFUSED,
    Fault(Answering.GARBAGE),
    ACTED_LATE,
)
OTHERS = (
    Fault(silent=True, acts=False),
    Fault(Answering.UNAVAILABLE, acts=False),
    Fault(Answering.GARBAGE, acts=False),
    Fault(Answering.SERVER_ERROR),
    Fault(Answering.SERVER_ERROR, acts=False),
    Fault(Answering.CUT),
    Fault(Answering.BAD_GATEWAY),
)
TAG_LATE, SHOWN_LATE, HISTORY_LATE = (
    Fault(Answering.DROPPED, late=each) for each in ("tag-late", "reservation-late", "history-late")
)
NAME_IN_USE = Fault(Answering.AGAIN)
"""Only a plan's second request is refused in words that tell of the first: its name is in use."""

ITS_OWN = {
    DealKind.BLOCK: [TAG_LATE, SHOWN_LATE],
    DealKind.EXTENSION: [HISTORY_LATE],
    DealKind.PLAN: [TAG_LATE, SHOWN_LATE, NAME_IN_USE],
    DealKind.PLAN_EXTENSION: [HISTORY_LATE],
}
FAULTS = {kind: (*USUAL, *ITS_OWN[kind], *OTHERS) for kind in DealKind}
TELLING = {
    DealKind.BLOCK: {LOST, NEVER_ARRIVED, REFUSED, ACTED_LATE, *ITS_OWN[DealKind.BLOCK]},
    DealKind.EXTENSION: {LOST, HISTORY_LATE},
    DealKind.PLAN: {*ITS_OWN[DealKind.PLAN]},
    DealKind.PLAN_EXTENSION: {HISTORY_LATE},
}
"""Where each goes another way than those before it; the others take long for what they tell."""

KINDS = [DealKind.BLOCK, *(pytest.param(each, marks=pytest.mark.slow) for each in DealKind if each != DealKind.BLOCK)]


def every_case() -> list[object]:
    """Each fault with each kind of purchase."""
    return [
        pytest.param(kind, fault, id=f"{kind}: {fault}", marks=[] if fault in TELLING[kind] else [pytest.mark.slow])
        for kind, faults in FAULTS.items()
        for fault in faults
    ]


@pytest.fixture(scope="module")
def machine(sandbox_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine whose one request gives up after some seconds."""
    with a_machine(sandbox_url, tmp_path_factory.mktemp("machine"), timeout=TIMEOUT) as made:
        yield made


@contextmanager
def meeting(machine: Machine, fault: Fault, kind: DealKind) -> Generator[None]:
    """The next request that spends meets a fault."""
    if fault.late:
        machine.aws.control.arm(SPENDS[kind], fault.late, calls=1, seconds=LATE.total_seconds())
    trap = Trap(SPENDS[kind], fault.answering, fault.acts, hold_after=fault.silent)
    machine.endpoint.set(trap)
    yield
    trap.release()
    machine.endpoint.clear()


@pytest.mark.parametrize(("kind", "fault"), every_case())
def test_one_request_and_the_truth_or_unknown(machine: Machine, kind: DealKind, fault: Fault) -> None:
    """One request is sent, its state is what is known, a new process finds the truth once it shows, and never else.

    What was refused can be quoted and bought again.
    """
    quote = machine.quote(kind)
    with meeting(machine, fault, kind):
        said = machine.session.buy(quote)
    assert said["state"] == fault.state, said
    assert len(machine.spent(quote)) == 1

    found = machine.new_session().history()[quote.purchase_id]
    assert found["state"] == (PurchaseState.ACCEPTED if fault.shows(kind) else fault.state), found
    if fault.state is PurchaseState.UNKNOWN:
        assert_refused_beside(machine, quote)

    machine.aws.control.advance(2 * LATE)
    assert machine.aws.bought(quote) == fault.acts
    found = machine.session.history()[quote.purchase_id]
    assert found["state"] == (PurchaseState.PAID if fault.acts else fault.state), found
    assert len(machine.spent(quote)) == 1
    machine.check_ledger()
    if fault.state is PurchaseState.REJECTED:
        assert_can_be_bought_again(machine, quote)


@pytest.mark.parametrize("kind", KINDS)
def test_acting_after_everybody_gave_up(machine: Machine, kind: DealKind) -> None:
    """A request that waits in the network is unknown to every process that looks, until AWS gets it after all."""
    quote = machine.quote(kind)
    stuck = machine.endpoint.set(Trap(SPENDS[kind], hold_before=True))
    assert machine.session.buy(quote)["status"] == "unknown"
    assert machine.new_session().history()[quote.purchase_id]["state"] == "unknown"
    assert_refused_beside(machine, quote)
    stuck.release()
    assert stuck.acted.wait(PATIENCE)
    assert machine.session.history()[quote.purchase_id]["state"] == "accepted"
    assert len(machine.spent(quote)) == machine.aws.bought(quote) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_connection_is_not_sent(machine: Machine, kind: DealKind) -> None:
    """Where no connection was made nothing was sent, and the same can be quoted and bought."""
    quote = machine.quote(kind)
    session = machine.session
    # Else the server itself may look for the last one beside its work, and ask the question first.
    session.history()
    asked = machine.endpoint.set(machine.last_question(hold_after=True))
    call = session.begin_buying(quote)
    assert asked.acted.wait(PATIENCE)
    with machine.endpoint.refusing():
        asked.release()
        said = session.come_of(call)
    assert (said.get("status"), said.get("state")) == ("not bought", "not sent"), said
    assert not machine.spent(quote)
    assert_can_be_bought_again(machine, quote)


def assert_refused_beside(machine: Machine, quote: Quote) -> None:
    """The same cannot be bought again, neither with a new quote nor with the old one."""
    sent = len(machine.endpoint.spending)
    try:
        beside = machine.quote_for(quote.probe)
    except (SpendingRefused, AwsFailure):
        beside = quote
    said = machine.session.buy(beside)
    if beside is not quote:
        assert "may have been bought already" in said["refused"], said
    assert len(machine.endpoint.spending) == sent


def assert_can_be_bought_again(machine: Machine, quote: Quote) -> None:
    """What was not bought can be, with a new quote."""
    sent = len(machine.endpoint.spending)
    again = machine.quote_for(quote.probe)
    assert machine.session.buy(again)["state"] == "accepted"
    assert len(machine.endpoint.spending) == sent + 1
    assert (machine.aws.bought(quote), machine.aws.bought(again))[not quote.kind.extends] == 1
    assert machine.session.history()[quote.purchase_id]["status"] == "not bought"
    machine.check_ledger()
