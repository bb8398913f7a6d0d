"""The protocol under everything that can happen to it, in every order."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.purchasing import protocol_machine
from tests.purchasing.protocol_machine import ProtocolMachine

_PARTS = 4
_STEPS_OF_AN_EXAMPLE = 50
_STEPS = int(os.environ.get("STEPS", "20000"))
"""In all; `make soak` asks for more."""


@pytest.mark.parametrize("part", range(_PARTS))
def test_nothing_breaks_the_protocol(part: int) -> None:
    """Whatever dies, lags, fails, jumps or runs at once: no invariant ever falls, in thousands of steps."""
    goal = protocol_machine.steps_run + _STEPS // _PARTS
    # Some examples end before their last step.
    while protocol_machine.steps_run < goal:
        run_state_machine_as_test(ProtocolMachine, settings=_settings(goal - protocol_machine.steps_run))
    assert protocol_machine.steps_run >= goal


def _settings(steps: int) -> settings:
    return settings(
        max_examples=-(-steps // _STEPS_OF_AN_EXAMPLE),
        stateful_step_count=_STEPS_OF_AN_EXAMPLE,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=[*HealthCheck],
    )
