"""The list of what is owned: what is wrong is told before all else, also where more is owned than is shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.troubles import troubles
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRow
from mcp_server.purchasing.provenance import Provenance
from mcp_server.tools.holding_results import MAX_ROWS, list_result, list_text
from tests.render.owned_answers import NOW, a_reservation, an_answer
from tests.render.values import PREFERENCES

FAILED = "its payment failed, and AWS released it: there are no machines."


def answer_of(*reservations: OwnedReservation) -> OwnedAnswer:
    """An answer with what is wrong with each."""
    origin = Provenance(buyer="jo")
    return replace(
        an_answer(),
        rows=tuple(OwnedRow(Holding(each), origin, troubles(Holding(each), NOW)) for each in reservations),
    )


def scheduled(many: int) -> list[OwnedReservation]:
    """So many with which nothing is wrong, one after another."""
    return [a_reservation(number, start=1 + number) for number in range(many)]


@pytest.mark.parametrize("detailed", [False, True])
def test_what_is_wrong_is_not_left_out(detailed: bool) -> None:
    """A block that starts after all that is shown is shown in the place of one with which nothing is wrong."""
    failed = a_reservation(90, start=40, state=ReservationState.PAYMENT_FAILED)
    answer = answer_of(*scheduled(MAX_ROWS), failed)
    result = list_result(answer, PREFERENCES, detailed=detailed)
    assert result.troubles == [f"{failed.id}: {FAILED}"]
    assert result.cut == "1 more were left out: narrow by accounts or regions."
    assert list_text(result, answer).count(failed.id) >= 2
    if detailed:
        assert [each.reservation_id for each in result.owned][-1] == failed.id
        assert len(result.owned) == MAX_ROWS


def test_the_worst_is_told_first() -> None:
    """What failed stands before what is to be paid, whichever starts first."""
    pending = a_reservation(1, start=1, state=ReservationState.PAYMENT_PENDING, created=NOW)
    failed = a_reservation(2, start=9, state=ReservationState.PAYMENT_FAILED)
    told = list_result(answer_of(pending, failed), PREFERENCES, detailed=False).troubles
    assert [each.partition(": ")[0] for each in told] == [failed.id, pending.id]


def test_it_is_said_that_more_is_wrong_than_is_shown() -> None:
    """Where even what is wrong is too much, the cut counts it."""
    failed = [a_reservation(number, start=1 + number, state=ReservationState.PAYMENT_FAILED) for number in range(23)]
    result = list_result(answer_of(*failed, a_reservation(90)), PREFERENCES, detailed=False)
    assert len(result.troubles) == MAX_ROWS
    expected = "4 more were left out, 3 of them with something wrong or soon due: narrow by accounts or regions."
    assert result.cut == expected


def test_what_failed_long_ago_gives_way() -> None:
    """It is shown to who asks for what is over, but never in the place of what is owned."""
    old = [a_reservation(number, start=-60, state=ReservationState.PAYMENT_FAILED) for number in range(MAX_ROWS)]
    result = list_result(answer_of(*old, a_reservation(90)), PREFERENCES, detailed=True)
    assert a_reservation(90).id in {each.reservation_id for each in result.owned}


def test_what_is_too_long_loses_what_is_least_urgent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field of what is wrong is kept, in order, and the sentence counts what is left out for length."""
    failed = a_reservation(90, start=40, state=ReservationState.PAYMENT_FAILED)
    monkeypatch.setattr("mcp_server.tools.holding_results.MAX_CHARACTERS", 8_000)
    result = list_result(answer_of(*scheduled(MAX_ROWS - 1), failed), PREFERENCES, detailed=True)
    kept = len(result.owned)
    assert [each.reservation_id for each in result.owned] == [*(each.id for each in scheduled(kept - 1)), failed.id]
    assert 1 < kept < MAX_ROWS
    assert result.cut == f"For length {MAX_ROWS - kept} were left out."


def test_a_payment_of_nobody_knows_when_is_due_at_the_latest() -> None:
    """Where nobody tells when it was bought, the last moment that can be is told as that."""
    pending = a_reservation(state=ReservationState.PAYMENT_PENDING, created=None)
    (told,) = list_result(answer_of(pending), PREFERENCES, detailed=False).troubles
    assert told.endswith(", perhaps sooner: nobody tells when it was bought.")
    (row,) = list_result(answer_of(pending), PREFERENCES, detailed=True).owned
    assert row.pay_by == pending.start - timedelta(minutes=5)
