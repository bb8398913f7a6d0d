"""Until when what was bought must be paid, as whoever watches purchases is told it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mcp_server.capacity.owned import ReservationState
from mcp_server.capacity.payments import last_moment_to_pay, last_moment_to_pay_extension
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.tags import BOUGHT_TAG, bought_at
from mcp_server.purchasing.troubles import Trouble, troubles_of
from tests.purchasing.samples import NOW, a_quote, a_reservation, an_extension, an_offering
from tests.render.values import extended, reserved

MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize("ahead", [timedelta(minutes=30), timedelta(days=30)])
def test_a_payment_is_overdue_when_the_list_says_so(ahead: timedelta) -> None:
    """Twelve hours after the purchase, and sooner where the block starts sooner."""
    quote = a_quote(offering=an_offering(start=NOW + ahead))
    shown = a_reservation(quote, state=ReservationState.PAYMENT_PENDING, start=NOW + ahead)
    accepted = Purchase("mlc-x", quote.deal, NOW, "", PurchaseState.ACCEPTED, NOW, quote, reservations=(shown,))
    due = last_moment_to_pay(reserved(created=NOW, start=NOW + ahead))
    assert due == NOW + min(timedelta(hours=12), ahead - timedelta(minutes=5))
    assert troubles_of(accepted, due) == ()
    assert troubles_of(accepted, due + MOMENT) == (Trouble.OVERDUE,)
    # Of several reservations, the paid one is no longer waited for.
    later = replace(shown, id="cr-1", start=NOW + timedelta(days=60))
    paid = replace(shown, state=ReservationState.SCHEDULED)
    in_part = replace(accepted, reservations=(paid, later))
    assert troubles_of(in_part, NOW + timedelta(hours=12)) == ()
    assert troubles_of(in_part, NOW + timedelta(hours=12) + MOMENT) == (Trouble.OVERDUE,)


def test_so_is_that_of_an_extension() -> None:
    """35 minutes before the end of what is extended, where that is sooner than twelve hours."""
    begin = NOW + timedelta(hours=2)
    quote = a_quote(offering=an_extension(start=begin, end=begin + timedelta(days=1)))
    accepted = Purchase("mlc-x", quote.deal, NOW, "", PurchaseState.ACCEPTED, NOW, quote)
    due = last_moment_to_pay_extension(extended(purchased=NOW, start=begin))
    assert due == begin - timedelta(minutes=35)
    assert Trouble.OVERDUE not in troubles_of(accepted, due)
    assert Trouble.OVERDUE in troubles_of(accepted, due + MOMENT)


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_tag_tells_no_time_at_which_nothing_can_be_bought(told: str) -> None:
    """Whoever may tag can write any: it is at most eight weeks before the start, and not after it."""
    plan = reserved(created=None, tags=((BOUGHT_TAG, told),))
    assert timedelta() <= plan.start - bought_at(plan) <= timedelta(weeks=8)
