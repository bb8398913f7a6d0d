"""What a purchase buys, on which terms: what a quote and a purchase whose quote is lost have in common."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mcp_server.aws.accounts import AWS_WORLD
from mcp_server.capacity.instance_types import CATALOGUE, InstanceType, accelerator_of
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.stays import Stay, Zone, accelerator_hours
from mcp_server.capacity.words import UNKNOWN, clean, word


class DealKind(StrEnum):
    """What is bought."""

    BLOCK = "block"
    EXTENSION = "extension"
    PLAN = "training plan"
    PLAN_EXTENSION = "extension of a training plan"

    @property
    def of_plan(self) -> bool:
        """Whether SageMaker sells it."""
        return self in {self.PLAN, self.PLAN_EXTENSION}

    @property
    def service(self) -> str:
        """The service that sells it."""
        return "sagemaker" if self.of_plan else "ec2"

    @property
    def extends(self) -> bool:
        """Whether it makes longer what is owned."""
        return self in {self.EXTENSION, self.PLAN_EXTENSION}


@dataclass(frozen=True, slots=True)
class Deal:
    """A block or training plan, or an extension of what extends names, for a fee that is paid at once; None is unknown.

    instance_type is AWS's name, or an UltraServer's; count the most of it at one time. reservations is how many a
    block makes, each in one of stays; a plan is one, whose parts are the stays. target is what a plan serves, plan its
    name; extends is a reservation's id, or a plan's ARN.
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
    extends: str | None = None
    target: TargetResource | None = None
    plan: str = ""

    @property
    def buys(self) -> DealKind:
        """Which of the four it is."""
        if self.target:
            return DealKind.PLAN_EXTENSION if self.extends else DealKind.PLAN
        return DealKind.EXTENSION if self.extends else DealKind.BLOCK

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
        return self.end - self.lead if self.lead else None

    @property
    def lead(self) -> timedelta | None:
        """How long before an end AWS takes the machines back; None of a type that is not known."""
        if self.kind is None:
            return None
        return self.target.termination_lead(self.kind) if self.target else self.kind.termination_lead

    @property
    def accelerator_hours(self) -> Decimal | None:
        """Accelerators times hours paid for; None where type or count are not known."""
        if self.kind is None or not all(each.count for each in self.stays):
            return None
        return accelerator_hours(self.stays, self.kind)

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
        times = f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"
        parts = f" in {len(self.stays)} parts" if self.target and len(self.stays) > 1 else ""
        # A plan has no platform; of a restored extension nobody may tell it.
        platform = "" if self.target else f", {clean(self.platform, 40) or UNKNOWN}"
        place, account = f"{self.region} {self.zones}", word(self.account)
        return f"{self.named}{self.what}, {place}, {times}{parts}{platform}, account {account}"

    @property
    def named(self) -> str:
        """What it is where it is not a block, to be read before what it is of."""
        if self.buys is DealKind.PLAN:
            return f"training plan {word(self.plan)} for {self.target}: "
        return f"extension of {word(self.extends, 200)}: " if self.extends else ""
