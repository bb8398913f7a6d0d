"""What was bought as training plans. Every status follows from a record and the time, as with blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mcp_server.sandbox.catalogue import Product
from mcp_server.sandbox.extensions import Extension, held_end, paid_end
from mcp_server.sandbox.market import Segment, days
from mcp_server.sandbox.payments import Payment, PaymentStatus

HYPERPOD = "hyperpod-cluster"
TRAINING_JOB = "training-job"
HYPERPOD_LEAD = timedelta(minutes=60)
LEAD = timedelta(minutes=30)


class Status(StrEnum):
    """The statuses that a plan and its reserved capacities pass through."""

    PENDING = "Pending"
    FAILED = "Failed"
    SCHEDULED = "Scheduled"
    ACTIVE = "Active"
    EXPIRED = "Expired"


def status_between(payment: Payment, start: datetime, end: datetime, now: datetime) -> Status:
    """Where something stands that is paid for and runs from start to end (UTC)."""
    match payment.status(now):
        case PaymentStatus.PENDING:
            return Status.PENDING
        case PaymentStatus.FAILED:
            return Status.FAILED
        case PaymentStatus.SUCCEEDED if now < start:
            return Status.SCHEDULED
        case _:
            return Status.ACTIVE if now < end else Status.EXPIRED


@dataclass(frozen=True, slots=True)
class Use:
    """How many instances of a plan are in use, and how many are broken, while it runs."""

    in_use: int = 0
    unhealthy: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """Instances of an UltraServer, or of a reserved capacity that has none."""

    total: int
    available: int = 0
    in_use: int = 0
    unhealthy: int = 0
    spare: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.total + other.total,
            self.available + other.available,
            self.in_use + other.in_use,
            self.unhealthy + other.unhealthy,
            self.spare + other.spare,
        )


@dataclass(frozen=True, slots=True)
class ReservedCapacity:
    """One part of a plan: instances in one zone from start to end. ultraservers are the ids of its UltraServers."""

    arn: str
    segment: Segment
    ultraservers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag's value, and from when on (UTC) it can be seen."""

    value: str
    visible_from: datetime


@dataclass(slots=True)
class TrainingPlan:
    """A plan for one target resource, in one or two parts. fee is what it cost without its extensions, in USD.

    spares is how many instances of each UltraServer stand by for broken ones.
    """

    name: str
    account: str
    region: str
    product: Product
    target: str
    parts: tuple[ReservedCapacity, ...]
    fee: Decimal
    spares: int
    payment: Payment
    visible_from: datetime
    tags: dict[str, Tag] = field(default_factory=dict[str, Tag])
    extensions: list[Extension] = field(default_factory=list[Extension])
    use: Use = Use()

    @property
    def arn(self) -> str:
        """The plan's ARN; the extended plan keeps it."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:training-plan/{self.name}"

    @property
    def units(self) -> int:
        """How many instances or UltraServers run at a time."""
        return self.parts[0].segment.units

    @property
    def instances(self) -> int:
        """How many instances run at a time."""
        return self.units * self.product.instances

    @property
    def last(self) -> ReservedCapacity:
        """The part that an extension extends."""
        return self.parts[-1]

    @property
    def start(self) -> datetime:
        """When the first part starts, UTC."""
        return self.parts[0].segment.start

    def end(self, part: ReservedCapacity, now: datetime) -> datetime:
        """When a part ends (UTC): the last one with the extensions that are paid."""
        return paid_end(part.segment.end, self._extensions_of(part), now)

    def lasts(self, now: datetime) -> timedelta:
        """How long all parts run together."""
        return sum((self.end(part, now) - part.segment.start for part in self.parts), timedelta(0))

    def status(self, now: datetime) -> Status:
        """Pending, then Scheduled, Active, Scheduled again between two parts, Expired; or Failed."""
        statuses = [self.status_of(part, now) for part in self.parts]
        order = (Status.PENDING, Status.FAILED, Status.ACTIVE, Status.SCHEDULED)
        return next((each for each in order if each in statuses), Status.EXPIRED)

    def status_of(self, part: ReservedCapacity, now: datetime) -> Status:
        """Where one part stands."""
        return status_between(self.payment, part.segment.start, self.end(part, now), now)

    def counts(self, part: ReservedCapacity, now: datetime) -> list[Counts]:
        """The instances of a part, by UltraServer where it has any; nothing can be used before its start.

        SageMaker takes back what still runs 30 minutes before a part's end, of HyperPod clusters an hour (developer
        guide, training plans, termination).
        """
        groups = max(len(part.ultraservers), 1)
        size = self.instances // groups
        lead = HYPERPOD_LEAD if self.target == HYPERPOD else LEAD
        if self.status_of(part, now) is not Status.ACTIVE or now >= self.end(part, now) - lead:
            return [Counts(size)] * groups
        return _spread(self.use, size, groups, self.spares)

    def total(self, now: datetime) -> Counts:
        """The instances of the part that runs, or of none."""
        running = next((part for part in self.parts if self.status_of(part, now) is Status.ACTIVE), self.parts[0])
        return sum(self.counts(running, now), Counts(0))

    def held(self, product: Product, zone_id: str, day: date, now: datetime) -> int:
        """How many units of a product are not for sale in a zone on a market day because they are this plan's."""
        if self.product.name != product.name or self.status(now) is Status.FAILED:
            return 0
        return sum(
            part.segment.units
            for part in self.parts
            if part.segment.zone_id == zone_id
            and day in days(part.segment.start, held_end(part.segment.end, self._extensions_of(part), now))
        )

    def tag(self, tags: Mapping[str, str], *, from_: datetime) -> None:
        """Put tags on the plan, visible from a moment on (UTC)."""
        self.tags |= {key: Tag(value, from_) for key, value in tags.items()}

    def tags_by(self, now: datetime) -> dict[str, str]:
        """The tags that can be seen."""
        return {key: tag.value for key, tag in self.tags.items() if tag.visible_from <= now}

    def _extensions_of(self, part: ReservedCapacity) -> Sequence[Extension]:
        return self.extensions if part is self.last else ()


def _spread(use: Use, size: int, groups: int, spares: int) -> list[Counts]:
    """Lay what is broken and what is used over the groups, the first ones first; spares stand in for what is broken."""
    counts: list[Counts] = []
    for _ in range(groups):
        unhealthy = min(use.unhealthy, size)
        spare = max(spares - unhealthy, 0)
        in_use = min(use.in_use, size - unhealthy - spare)
        counts.append(Counts(size, size - unhealthy - spare - in_use, in_use, unhealthy, spare))
        use = Use(use.in_use - in_use, use.unhealthy - unhealthy)
    return counts


class Plans:
    """Every plan of every account, in the order of purchase. They cannot be shared."""

    def __init__(self) -> None:
        self._plans: list[TrainingPlan] = []

    def add(self, plan: TrainingPlan) -> None:
        """Keep what was bought."""
        self._plans.append(plan)

    def owned(self, account: str, region: str) -> list[TrainingPlan]:
        """Everything that an account has in a region, whether it can be seen yet or not."""
        return [each for each in self._plans if (each.account, each.region) == (account, region)]

    def find(self, arn: str) -> TrainingPlan | None:
        """A plan of any account."""
        return next((each for each in self._plans if each.arn == arn), None)

    def taken(self, product: Product, zone_id: str, day: date, now: datetime) -> int:
        """How many units the plans take from what is for sale in a zone on a market day."""
        return sum(each.held(product, zone_id, day, now) for each in self._plans)

    def standing(self, account: str, region: str, now: datetime) -> list[TrainingPlan]:
        """The plans that count against quotas: neither failed nor over."""
        return [each for each in self.owned(account, region) if each.status(now) not in {Status.FAILED, Status.EXPIRED}]
