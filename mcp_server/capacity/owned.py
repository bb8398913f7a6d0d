"""Capacity that an account has, as AWS tells of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from mcp_server.capacity.instance_types import CATALOGUE, WITHIN_ULTRASERVERS, InstanceType, termination_lead
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.stays import Stay, Zone


class ReservationState(StrEnum):
    """States of the reservation behind a block (EC2 API reference, CapacityReservation)."""

    PAYMENT_PENDING = "payment-pending"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    EXPIRED = "expired"
    PAYMENT_FAILED = "payment-failed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    OTHER = "other"

    @property
    def over(self) -> bool:
        """Whether nothing can be run on it any more, nor ever will be."""
        return self in {self.EXPIRED, self.PAYMENT_FAILED, self.FAILED, self.CANCELLED}


class ExtensionState(StrEnum):
    """States of a bought extension (EC2 API reference, CapacityBlockExtension)."""

    PAYMENT_PENDING = "payment-pending"
    PAYMENT_SUCCEEDED = "payment-succeeded"
    PAYMENT_FAILED = "payment-failed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a training plan tells that a reservation does not. targets are what it serves, in SageMaker's words.

    parts are its reserved capacities, by start: a split plan has two, and is scheduled again between them. fee is what
    was paid at once, in currency, None where SageMaker tells none. instances is how many there are at one time, those
    of UltraServers one by one; in_use, unhealthy and spare are of these. None: SageMaker does not tell it, or was not
    asked.
    """

    name: str
    targets: tuple[str, ...]
    parts: tuple[Stay, ...]
    fee: Decimal | None
    currency: str
    instances: int | None = None
    in_use: int | None = None
    unhealthy: int | None = None
    spare: int | None = None

    @property
    def target(self) -> TargetResource:
        """What decides how it is used; where that is not known, what leaves the least time."""
        known = [each for each in TargetResource if each in self.targets]
        return known[0] if len(known) == 1 else TargetResource.HYPERPOD


@dataclass(frozen=True, slots=True)
class OwnedReservation:
    """The reservation of a block, or of one of its segments; or a training plan. Times are UTC.

    account is the owner's, who may share a block with others, to whom its tags do not show. count is of instances, of
    those bought also while AWS shows none because the block has not started; of UltraServers where a plan is of these.
    instance_type is EC2's name, which the catalogue may lack. words are AWS's own name of the state. free is how many
    instances could be started now, or at its start; None where that is not known. tags are as the account set them. EC2
    tells no fee of a block. created is when it was bought: SageMaker does not tell it of a plan, and where nobody else
    does either it is None. The id of a plan is its ARN; zone is that of its first part.
    """

    id: str
    block_id: str | None
    account: str
    region: str
    instance_type: str
    zone: Zone
    platform: str
    count: int
    state: ReservationState
    words: str
    start: datetime
    end: datetime | None
    created: datetime | None
    tags: tuple[tuple[str, str], ...]
    free: int | None = None
    plan: PlanFacts | None = None

    @property
    def kind(self) -> InstanceType | None:
        """The catalogue's entry, None where it has none."""
        return CATALOGUE.get(self.instance_type)

    @property
    def name(self) -> str:
        """What it is called: its id, a plan by its name."""
        return self.plan.name if self.plan else self.id

    @property
    def open(self) -> bool:
        """Whether machines get on it without naming it: never, as blocks and plans are targeted (EC2 user guide)."""
        return False

    @property
    def machines(self) -> int | None:
        """How many instances it has, spare ones among them; None of UltraServers of which nobody tells how many."""
        if self.plan is None:
            return self.count
        of_each = self.kind.hardware.instances if self.kind else None
        return self.plan.instances or (of_each and self.count * of_each)

    @property
    def machine_type(self) -> str:
        """The type of its machines, by EC2's name or, of a plan, by SageMaker's; of an UltraServer's, those within."""
        kind = self.kind
        if self.plan is None or kind is None:
            return self.instance_type
        if kind.ultraserver:
            within = next(each.name for each in WITHIN_ULTRASERVERS.values() if kind.name in each.ultraservers)
            return f"ml.{within}"
        return kind.plan.name if kind.plan else f"ml.{kind.name}"

    @property
    def usable_end(self) -> datetime | None:
        """When AWS begins to terminate the instances for good; None while AWS tells no end."""
        return None if self.end is None else self.end - self.lead

    def next_stop(self, now: datetime) -> datetime | None:
        """When AWS next begins to take machines back, or since when it does, UTC: at the end of a part, or of all."""
        parts = self.plan.parts if self.plan else ()
        # Where the next part begins at once, or an extension has made the last one longer, machines go on.
        stops = (
            part.end - self.lead for part, following in pairwise(parts) if now < part.end and following.start > part.end
        )
        return min(stops, default=self.usable_end)

    def next_start(self, now: datetime) -> datetime:
        """When machines can next be started that cannot be now, UTC; its start where none is to come."""
        starts = (each.start for each in (self.plan.parts if self.plan else ()))
        return min((each for each in starts if each > now), default=self.start)

    @property
    def lead(self) -> timedelta:
        """How long before an end AWS takes the machines back (EC2 user guide, Capacity Blocks, considerations)."""
        if self.plan and self.kind:
            return self.plan.target.termination_lead(self.kind)
        return termination_lead(ultraserver=self.plan is not None or self.instance_type in WITHIN_ULTRASERVERS)

    def tag(self, key: str) -> str | None:
        """The value of a tag."""
        return dict(self.tags).get(key)


@dataclass(frozen=True, slots=True)
class OwnedExtension:
    """One purchase of an extension, as the history of its reservation, or plan, tells it.

    Times are UTC, fee is in currency.
    """

    reservation_id: str
    offering_id: str
    account: str
    region: str
    instance_type: str
    count: int
    zone: Zone
    state: ExtensionState
    purchased: datetime
    start: datetime
    end: datetime
    fee: Decimal
    currency: str
