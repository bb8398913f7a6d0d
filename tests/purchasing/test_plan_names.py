"""The name of a training plan, which nobody can give to a second one."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from mcp_server.purchasing.quotes import new_purchase_id, plan_name

PATTERN = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}"
"""SageMaker API reference, CreateTrainingPlan; at most 63 characters."""


@given(st.text(max_size=300) | st.text(alphabet="-aA0_ é\u202e\n", max_size=100))
@example("")
@example("-" * 80)
@example("a" * 38 + "-b")
@example("Llama 4: ../../etc\x00; DROP\nTABLE")
@example("ß٣Ⅷａ")
def test_a_name_is_within_the_pattern_and_ends_with_its_purchase(label: str) -> None:
    """Whatever the label is, SageMaker takes the name, and it tells which purchase made the plan."""
    purchase_id = new_purchase_id()
    name = plan_name(purchase_id, label)
    assert re.fullmatch(PATTERN, name)
    assert len(name) <= 63
    assert name.endswith(purchase_id)
    assert name.isascii()
