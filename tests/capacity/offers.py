"""Offerings and requests made for tests of the rules."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from mcp_server.capacity.durations import Duration
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.offerings import Offering, Segment
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.capacity.stays import Zone

START = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)
P5 = CATALOGUE["p5.48xlarge"]
GB200 = CATALOGUE["u-p6e-gb200x72"]


def segment(
    days: float = 7, count: int = 8, start: datetime = START, zone: str = "use1-az4", fee: str = "100"
) -> Segment:
    """One segment; zone is its id."""
    return Segment(Zone("us-east-1a", zone), count, start, start + timedelta(days=days), Decimal(fee))


def offering(*segments: Segment, kind: str = "p5.48xlarge", count: int = 8, region: str = "us-east-1") -> Offering:
    """An offering of these segments, or of one ordinary one."""
    parts = segments or (segment(count=count),)
    fee = sum((each.fee for each in parts), Decimal(0))
    return Offering("cb-0", "111111111111", region, CATALOGUE[kind], count, fee, "USD", "default", parts)


def request(days: int = 7, count: int = 8, **wishes: object) -> CapacityRequest:
    """A request for p5.48xlarge unless told otherwise."""
    return CapacityRequest(
        **{
            "instance_types": (P5,),
            "count": count,
            "unit": CountUnit.INSTANCES,
            "duration": Duration((days,)),
            **wishes,
        }
    )


OFFERINGS = st.builds(
    lambda days, count, hours, zone, cents: offering(
        segment(days, count, START + timedelta(hours=hours), zone, str(Decimal(cents) / 100)), count=count
    ),
    st.sampled_from([1, 5, 6.5, 7, 8, 14]),
    st.integers(1, 64),
    st.integers(0, 1000),
    st.sampled_from(["use1-az1", "use1-az4"]),
    st.integers(1, 10**9),
)
