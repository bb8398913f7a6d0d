"""Capacity that AWS would sell as a block."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from mcp_server.capacity.instance_types import InstanceType
from mcp_server.capacity.stays import OverStays, Stay


@dataclass(frozen=True, slots=True)
class Segment(Stay):
    """A part of an offering that would be a reservation of its own. fee is its share."""

    fee: Decimal


@dataclass(frozen=True, slots=True)
class Offering(OverStays):
    """Capacity that AWS would sell now. An offering is not held: read it again before buying.

    count is of instances, or of UltraServers where the type is one. fee is the whole price, paid at once, in currency;
    start and end are UTC. AWS takes the machines back before end: see usable_end. segments has one entry for an
    ordinary block; more than one is several reservations, each in its own zone and time.
    """

    id: str
    account: str
    region: str
    instance_type: InstanceType
    count: int
    fee: Decimal
    currency: str
    tenancy: str
    segments: tuple[Segment, ...]

    @property
    def target(self) -> None:
        """A block serves whatever runs on EC2."""

    @property
    def stays(self) -> tuple[Segment, ...]:
        """Its segments."""
        return self.segments

    @property
    def lead(self) -> timedelta:
        """How long before an end AWS takes the machines back."""
        return self.instance_type.termination_lead

    @property
    def terms(self) -> tuple[str, ...]:
        """What makes this the same offering when it is described again, possibly under a new id."""
        segments = (
            f"{segment.zone.name} {segment.count} {segment.start.isoformat()} {segment.end.isoformat()} {segment.fee}"
            for segment in self.segments
        )
        return (
            self.account,
            self.region,
            self.instance_type.name,
            self.tenancy,
            str(self.fee),
            self.currency,
            *segments,
        )
