"""The protocol under everything that can happen to it, in every order."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.reconciling import look
from mcp_server.purchasing.refusals import SettlingRefused
from tests.purchasing import protocol_machine
from tests.purchasing.in_process_aws import Luck, Payment
from tests.purchasing.protocol_machine import PLACES, PROBES, ProtocolMachine

_PARTS = 4
_STEPS_OF_AN_EXAMPLE = 50
_WITH_ITS_INTENT = 8
"""Pauses after which a purchase has its intent in the ledger, and has asked for nothing."""

_STEPS = int(os.environ.get("STEPS", "6000"))
"""In all; `make soak` asks for more."""


@pytest.mark.parametrize("part", range(_PARTS))
def test_nothing_breaks_the_protocol(part: int) -> None:
    """Whatever dies, lags, fails, jumps or runs at once: no invariant ever falls, in thousands of steps."""
    goal = protocol_machine.steps_run + _STEPS // _PARTS
    # Some examples end before their last step.
    while protocol_machine.steps_run < goal:
        run_state_machine_as_test(ProtocolMachine, settings=_settings(goal - protocol_machine.steps_run))
    assert protocol_machine.steps_run >= goal


@pytest.mark.parametrize(
    ("payment", "paid_after", "end"),
    [(Payment.BREAKS, 0, PurchaseState.FAILED), (Payment.FAILS, 5, PurchaseState.PAYMENT_FAILED)],
)
@pytest.mark.parametrize("pauses", range(1, 6))
def test_an_overtaken_look_changes_nothing(payment: Payment, paid_after: int, end: PurchaseState, pauses: int) -> None:
    """Whoever saw a purchase before it failed, and writes after somebody wrote that down, leaves it as it is."""
    machine = ProtocolMachine()
    try:
        machine.buy_something(PLACES[0], PROBES[0], Luck(payment=payment, paid_after=paid_after), False, 0, None)
        early = machine.start(look, machine.slots[0], pauses)
        machine.wait(60)
        machine.look_at_aws(1, None)
        early.go(None)
        (bought,) = machine.slots[1].ledger.read().purchases.values()
        assert (bought.state, str(bought.reservations[0].state)) == (end, str(end).replace(" ", "-"))
    finally:
        machine.teardown()


@pytest.mark.parametrize("pauses", range(1, 11))
def test_an_overtaken_settling_is_refused(pauses: int) -> None:
    """Whoever settles what its own process has meanwhile written down is told so, and settles nothing."""
    machine = ProtocolMachine()
    try:
        machine.buy_something(PLACES[0], PROBES[0], Luck(), False, 0, _WITH_ITS_INTENT)
        buyer = machine.processes[-1]
        machine.wait(25 * 60)
        machine.settle(0, False, pauses)
        person = machine.processes[-1]
        buyer.go(None)
        person.go(None)
        (bought,) = machine.slots[1].ledger.read().purchases.values()
        assert (bought.state, type(person.refusal)) == (PurchaseState.NOT_SENT, SettlingRefused)
    finally:
        machine.teardown()


def _settings(steps: int) -> settings:
    return settings(
        max_examples=-(-steps // _STEPS_OF_AN_EXAMPLE),
        stateful_step_count=_STEPS_OF_AN_EXAMPLE,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=[*HealthCheck],
    )
