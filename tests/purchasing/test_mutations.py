"""That the state machine would notice: each rule of the protocol, once broken, is caught by it."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.purchasing.mutations import MUTATIONS, Mutation

# Found is enough: nobody reads the shortest way to break what was broken on purpose.
_BOUNDED = settings(
    max_examples=400,
    stateful_step_count=50,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=[*HealthCheck],
)

_QUICK = {"no lease", "absence settles", "no overlap check", "plan named anew"}
_CASES = [pytest.param(each, id=each.name, marks=[] if each.name in _QUICK else pytest.mark.slow) for each in MUTATIONS]


@pytest.mark.parametrize("mutation", _CASES)
def test_a_broken_rule_is_noticed(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    """An invariant that the broken rule upholds falls, and no other thing, within a bounded number of examples."""
    mutation.apply(monkeypatch)
    with pytest.raises(AssertionError) as fallen:
        run_state_machine_as_test(mutation.machine, settings=_BOUNDED)
    assert str(fallen.value).partition(":")[0] in mutation.breaks
