"""Where and when capacity is had: instances in one zone, from start to end."""

from collections.abc import Sequence
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
class Stay:
    """Instances in one zone from start to end (UTC): what becomes a reservation of its own. count 0 is unknown."""

    zone: Zone
    count: int
    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        """From start to end."""
        return self.end - self.start


def most_at_once(stays: Sequence[Stay]) -> int | None:
    """The most instances that are there at one time; None where AWS does not tell how many."""
    if not all(each.count for each in stays):
        return None
    return max(sum(one.count for one in stays if one.start <= each.start < one.end) for each in stays)


def accelerator_hours(stays: Sequence[Stay], kind: InstanceType) -> Decimal:
    """Accelerators times hours paid for, added up over the stays."""
    seconds = sum(int(each.duration.total_seconds()) * each.count for each in stays)
    return Decimal(seconds * kind.accelerators) / 3600


def gaps(stays: Sequence[Stay]) -> tuple[timedelta, ...]:
    """How long there is nothing between the stays, one after another; an overlap is no gap."""
    ordered = sorted(stays, key=lambda each: each.start)
    between = (
        later.start - max(each.end for each in ordered[:number]) for number, later in enumerate(ordered[1:], start=1)
    )
    return tuple(each for each in between if each > timedelta())


class OverStays:
    """What follows for an offering from the stays that it consists of, its fee, and how early AWS ends each stay."""

    __slots__ = ()

    instance_type: InstanceType
    fee: Decimal

    @property
    def stays(self) -> Sequence[Stay]:
        """Where and when the machines would be had."""
        raise NotImplementedError

    @property
    def lead(self) -> timedelta:
        """How long before the end of a stay AWS takes the machines back."""
        raise NotImplementedError

    @property
    def start(self) -> datetime:
        """When the first stay starts."""
        return min(each.start for each in self.stays)

    @property
    def end(self) -> datetime:
        """When the last stay ends."""
        return max(each.end for each in self.stays)

    @property
    def zone(self) -> Zone:
        """Where the first stay is; an ordinary offering is there whole."""
        return self.stays[0].zone

    @property
    def usable_end(self) -> datetime:
        """When AWS begins to terminate the instances for good."""
        return self.end - self.lead

    @property
    def usable(self) -> timedelta:
        """How long the machines can be used, added up over the stays."""
        return sum((each.duration - self.lead for each in self.stays), timedelta())

    @property
    def accelerator_hours(self) -> Decimal:
        """Accelerators times hours paid for, added up over the stays."""
        return accelerator_hours(self.stays, self.instance_type)

    @property
    def rate(self) -> Decimal:
        """The fee per accelerator-hour paid for, in the fee's currency, unrounded."""
        return self.fee / self.accelerator_hours
