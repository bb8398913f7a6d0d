"""What a purchase buys, on which terms: what a quote and a purchase whose quote is lost have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mcp_server.aws.accounts import AWS_WORLD
from mcp_server.capacity.instance_types import CATALOGUE, InstanceType
from mcp_server.capacity.offerings import Zone
from mcp_server.capacity.owned import accelerator_of
from mcp_server.capacity.words import UNKNOWN, clean, word


@dataclass(frozen=True, slots=True)
class Stay:
    """Instances in one zone from start to end (UTC): what becomes a reservation of its own. count 0 is unknown."""

    zone: Zone
    count: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Deal:
    """A block, or an extension of the reservation reservation_id, for a fee that is paid at once; None is unknown.

    instance_type is AWS's name, or an UltraServer's; count the most of it at one time. reservations is how many a
    block makes, each in one of stays.
    """

    account: str
    region: str
    world: str
    instance_type: str
    count: int | None
    platform: str
    stays: tuple[Stay, ...]
    reservations: int
    fee: Decimal | None
    currency: str
    reservation_id: str | None = None

    @property
    def simulated(self) -> bool:
        """Whether no money is at stake."""
        return self.world != AWS_WORLD

    @property
    def program(self) -> str:
        """How the command line is called in the deal's world."""
        return "ml-clusters --sandbox" if self.simulated else "ml-clusters"

    @property
    def kind(self) -> InstanceType | None:
        """The catalogue's entry, None where it has none."""
        return CATALOGUE.get(self.instance_type)

    @property
    def accelerator(self) -> str | None:
        """What overlaps are compared by; None where it is not known."""
        return accelerator_of(self.instance_type)

    @property
    def ultraserver(self) -> bool:
        """Whether it is counted in UltraServers: EC2 tells the type of their instances, and counts those."""
        return self.kind is not None and self.kind.ultraserver

    @property
    def zone(self) -> Zone:
        """Where the first stay is."""
        return self.stays[0].zone

    @property
    def zones(self) -> str:
        """The zone ids of all stays; the name where an id is not known."""
        return "+".join(dict.fromkeys(word(each.zone.id or each.zone.name) for each in self.stays))

    @property
    def start(self) -> datetime:
        """When the first stay starts."""
        return min(each.start for each in self.stays)

    @property
    def end(self) -> datetime:
        """When the last stay ends."""
        return max(each.end for each in self.stays)

    @property
    def usable_end(self) -> datetime | None:
        """When AWS begins to terminate the instances; None of a type whose lead is not known."""
        return self.end - self.kind.termination_lead if self.kind else None

    @property
    def accelerator_hours(self) -> Decimal | None:
        """Accelerators times hours paid for; None where type or count are not known."""
        if self.kind is None or not all(each.count for each in self.stays):
            return None
        seconds = sum(int((each.end - each.start).total_seconds()) * each.count for each in self.stays)
        return Decimal(seconds * self.kind.accelerators) / 3600

    @property
    def rate(self) -> Decimal | None:
        """The fee per accelerator-hour, unrounded; None where it cannot be told."""
        return self.fee / self.accelerator_hours if self.fee is not None and self.accelerator_hours else None

    @property
    def what(self) -> str:
        """How many of which type: 4 x p5.48xlarge (32 H100)."""
        count = UNKNOWN if self.count is None else str(self.count)
        many = f" ({self.count * self.kind.accelerators} {self.accelerator})" if self.kind and self.count else ""
        return f"{count} x {word(self.instance_type)}{many}"

    @property
    def total(self) -> str:
        """The fee with its currency: 50749.44 USD."""
        return UNKNOWN if self.fee is None else f"{self.fee} {word(self.currency, 8)}"

    @property
    def summary(self) -> str:
        """One line that says what is bought."""
        extends = f"extension of {word(self.reservation_id)}: " if self.reservation_id else ""
        times = f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"
        place, platform = f"{self.region} {self.zones}", clean(self.platform, 40) or UNKNOWN
        return f"{extends}{self.what}, {place}, {times}, {platform}, account {word(self.account)}"


def most_at_once(stays: Sequence[Stay]) -> int | None:
    """The most instances that are there at one time; None where AWS does not tell how many."""
    if not all(each.count for each in stays):
        return None
    return max(sum(one.count for one in stays if one.start <= each.start < one.end) for each in stays)
