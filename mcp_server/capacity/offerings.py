"""Capacity that AWS would sell."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mcp_server.capacity.instance_types import InstanceType


@dataclass(frozen=True, slots=True)
class Zone:
    """An Availability Zone or Local Zone. name is the account's own; id is the same in every account.

    id is None where the account may not describe its zones: a name alone must not be compared across accounts.
    """

    name: str
    id: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an offering that would be a reservation of its own. start and end are UTC, fee is its share."""

    zone: Zone
    count: int
    start: datetime
    end: datetime
    fee: Decimal

    @property
    def duration(self) -> timedelta:
        """From start to end."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Offering:
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
    def start(self) -> datetime:
        """When the first segment starts."""
        return min(segment.start for segment in self.segments)

    @property
    def end(self) -> datetime:
        """When the last segment ends."""
        return max(segment.end for segment in self.segments)

    @property
    def zone(self) -> Zone:
        """Where the first segment is; an ordinary block is there whole."""
        return self.segments[0].zone

    @property
    def usable_end(self) -> datetime:
        """When AWS begins to terminate the instances (EC2 user guide, Capacity Blocks, considerations)."""
        return self.end - self.instance_type.termination_lead

    @property
    def usable(self) -> timedelta:
        """How long the machines can be used, added up over the segments."""
        lead = self.instance_type.termination_lead
        return sum((segment.duration - lead for segment in self.segments), timedelta())

    @property
    def accelerator_hours(self) -> Decimal:
        """Accelerators times hours paid for, added up over the segments."""
        seconds = sum(int(segment.duration.total_seconds()) * segment.count for segment in self.segments)
        return Decimal(seconds * self.instance_type.accelerators) / 3600

    @property
    def rate(self) -> Decimal:
        """The fee per accelerator-hour paid for, in currency, unrounded."""
        return self.fee / self.accelerator_hours

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
