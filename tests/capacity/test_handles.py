"""Handles, which people and models copy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.capacity.handles import MistypedHandle, checked_handle, offering_handle

TERMS = st.lists(st.text(max_size=20), max_size=6)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@given(TERMS)
def test_a_handle_is_always_the_same_and_checks(terms: list[str]) -> None:
    """The same terms give the same handle on every machine, and it passes its own check."""
    assert offering_handle(terms) == offering_handle(terms)
    assert checked_handle(f" {offering_handle(terms).upper()} ") == offering_handle(terms)


def test_a_handle_does_not_change_with_the_version() -> None:
    """Handles outlive releases: this one was made by the first."""
    assert offering_handle(["a", "b"]) == "o-xm3zngb6m"


@given(TERMS, st.integers(2, 10), st.sampled_from(LETTERS))
def test_one_wrong_character_is_found(terms: list[str], place: int, wrong: str) -> None:
    """A handle with any one character mistyped is refused, never looked up as another."""
    handle = offering_handle(terms)
    typed = handle[:place] + wrong + handle[place + 1 :]
    if typed == handle:
        assert checked_handle(typed) == handle
    else:
        with pytest.raises(MistypedHandle):
            checked_handle(typed)


@given(TERMS, st.integers(1, 5))
def test_another_attempt_is_another_handle(terms: list[str], attempt: int) -> None:
    """When a handle is taken by other terms, the next attempt gives a different one."""
    assert offering_handle(terms, attempt) != offering_handle(terms)


@pytest.mark.parametrize("text", ["", "o-", "cb-0123456789abcdef0", "o-abc", "o-abcdefgh1x", "o-ABCDEFGH"])
def test_what_is_no_handle_is_refused(text: str) -> None:
    """An offering id or half a handle is told from a handle."""
    with pytest.raises(MistypedHandle, match="copy it again"):
        checked_handle(text)
