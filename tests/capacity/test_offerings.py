"""What an offering says of itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from mcp_server.capacity.offerings import Offering
from tests.capacity.offers import GB200, OFFERINGS, START, offering, segment


def test_the_rate_is_the_fee_over_accelerator_hours() -> None:
    """AWS's 24-hour offer of one trn2.48xlarge at 858.26 is 2.235 per accelerator-hour."""
    one = offering(segment(days=1, count=1, fee="858.26"), kind="trn2.48xlarge", count=1)
    assert one.accelerator_hours == 384
    assert round(one.rate, 3) == Decimal("2.235")


@pytest.mark.parametrize(("kind", "lead"), [("p5.48xlarge", 30), (GB200.name, 60)])
def test_machines_stop_before_the_end(kind: str, lead: int) -> None:
    """Instances are terminated half an hour before a block ends, UltraServers an hour before."""
    one = offering(kind=kind)
    assert one.usable_end == one.end - timedelta(minutes=lead)
    assert one.usable == timedelta(days=7, minutes=-lead)


def test_segments_add_up() -> None:
    """Accelerator-hours and usable time are added up over segments; the whole spans from the first to the last."""
    later = START + timedelta(days=10)
    both = offering(segment(3, 8, fee="30"), segment(4, 4, later, "use1-az1", "70"))
    assert both.fee == 100
    assert both.accelerator_hours == 3 * 24 * 8 * 8 + 4 * 24 * 4 * 8
    assert (both.start, both.end) == (START, later + timedelta(days=4))
    assert both.usable == timedelta(days=7, hours=-1)


@given(OFFERINGS)
def test_rate_times_hours_is_the_fee(one: Offering) -> None:
    """No money is lost in the rate."""
    assert abs(one.rate * one.accelerator_hours - one.fee) < Decimal("1e-15") * one.fee


def test_terms_do_not_depend_on_the_id() -> None:
    """AWS may give the same offering a new id at every look: its terms stay."""
    one = offering()
    again = Offering("cb-other", *[getattr(one, name) for name in list(Offering.__dataclass_fields__)[1:]])
    assert one.terms == again.terms
    assert one.terms != offering(segment(fee="101")).terms
