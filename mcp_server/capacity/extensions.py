"""Ways in which a block, or a training plan, could go on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mcp_server.capacity.instance_types import InstanceType
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.stays import Zone


@dataclass(frozen=True, slots=True)
class ExtensionProbe:
    """One question for extensions: all that must be sent again to find the same one. The id of a plan is its ARN."""

    reservation_id: str
    days: int
    of_plan: bool = False


@dataclass(frozen=True, slots=True)
class ExtensionOffering:
    """More days that AWS would sell now for a reservation or plan, at its end. Not held: read it again before buying.

    It belongs to the same reservation and begins when that ends now. count is of instances. fee is the whole price of
    the extension, paid at once, in currency; start and end are the extension's own, UTC. target is what the plan
    serves, None of a block.
    """

    id: str
    account: str
    region: str
    reservation_id: str
    instance_type: InstanceType
    count: int
    zone: Zone
    start: datetime
    end: datetime
    fee: Decimal
    currency: str
    tenancy: str
    target: TargetResource | None = None

    @property
    def usable_end(self) -> datetime:
        """When AWS begins to terminate the instances (EC2 user guide, Capacity Blocks, considerations)."""
        kind = self.instance_type
        return self.end - (self.target.termination_lead(kind) if self.target else kind.termination_lead)

    @property
    def usable(self) -> timedelta:
        """What it adds: the machines run on over the old end, so nothing of it is lost at its start."""
        return self.end - self.start

    @property
    def accelerator_hours(self) -> Decimal:
        """Accelerators times hours paid for."""
        seconds = int((self.end - self.start).total_seconds())
        return Decimal(seconds * self.count * self.instance_type.accelerators) / 3600

    @property
    def rate(self) -> Decimal:
        """The fee per accelerator-hour paid for, in currency, unrounded."""
        return self.fee / self.accelerator_hours

    @property
    def terms(self) -> tuple[str, ...]:
        """What makes this the same extension when it is described again, possibly under a new id."""
        return (
            self.account,
            self.region,
            self.reservation_id,
            self.instance_type.name,
            str(self.count),
            self.zone.name,
            self.tenancy,
            self.start.isoformat(),
            self.end.isoformat(),
            str(self.fee),
            self.currency,
        )
