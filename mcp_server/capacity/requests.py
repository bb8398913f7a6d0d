"""What somebody wants, and the questions to AWS that follow from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mcp_server.capacity.durations import Duration
from mcp_server.capacity.instance_types import GOVCLOUD, InstanceType, check_in_plans
from mcp_server.capacity.plans import PlanProbe, TargetResource
from mcp_server.capacity.refusals import RequestRefused

MAX_UNITS = 64
"""Instances in one block (EC2 user guide, Capacity Blocks, considerations)."""

MAX_PLAN_UNITS = 256
"""Instances that one plan may be asked for (SageMaker API reference, SearchTrainingPlanOfferings)."""

START_HORIZON = timedelta(weeks=8)
"""How far ahead a block may start (EC2 user guide, Capacity Blocks, considerations), and a plan (SageMaker guide)."""


class CountUnit(StrEnum):
    """What a count counts. UltraServers are counted as instances are."""

    INSTANCES = "instances"
    ACCELERATORS = "accelerators"


class InvalidCount(RequestRefused):
    """Fewer than one, or more than AWS puts into one block or plan, which is most."""

    def __init__(
        self, count: int, unit: CountUnit, instance_type: InstanceType | None = None, most: int = MAX_UNITS
    ) -> None:
        self.count, self.unit, self.instance_type, self.most = count, unit, instance_type, most
        if instance_type is None:
            super().__init__(f"count {count} buys nothing: ask for at least 1.")
            return
        accelerators = f" ({most * instance_type.accelerators} accelerators)" if unit is CountUnit.ACCELERATORS else ""
        what = "block" if most == MAX_UNITS else "training plan"
        super().__init__(
            f"{count} {unit} of {instance_type.name} do not fit into one {what}: the most is {most} instances"
            f"{accelerators}. Ask for several."
        )


class InvalidWindow(RequestRefused):
    """The times asked leave no room for a block."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to DescribeCapacityBlockOfferings: all that must be sent again to find the same offering."""

    instance_type: InstanceType
    count: int
    days: int
    earliest_start: datetime | None
    latest_end: datetime | None


@dataclass(frozen=True, slots=True)
class CapacityRequest:
    """What is wanted. Times are UTC; latest_end is the latest end of the block, not its latest start.

    regions is empty for every region that sells the type; zone_ids is empty for any zone. target is what a training
    plan is to serve; None asks for blocks.
    """

    instance_types: tuple[InstanceType, ...]
    count: int
    unit: CountUnit
    duration: Duration
    earliest_start: datetime | None = None
    latest_end: datetime | None = None
    regions: tuple[str, ...] = ()
    zone_ids: frozenset[str] = frozenset()
    target: TargetResource | None = None

    def __post_init__(self) -> None:
        """Refuse what no block, or no training plan, can satisfy.

        Raises:
            InvalidCount: Fewer than one, or more than fit into one.
            InvalidWindow: The end is not after the start, or nearer to it than the shortest duration.
            NotInPlans: No training plan is sold for a type.
        """
        if self.count < 1:
            raise InvalidCount(self.count, self.unit)
        if self.target:
            check_in_plans(self.instance_types)
        for each in self.instance_types:
            if self.units(each) > self.most_units:
                raise InvalidCount(self.count, self.unit, each, self.most_units)
        if self.earliest_start and self.latest_end:
            check_window(self.earliest_start, self.latest_end, self.duration)

    @property
    def most_units(self) -> int:
        """How many instances one block, or one plan, may be asked for."""
        return MAX_PLAN_UNITS if self.target else MAX_UNITS

    def units(self, instance_type: InstanceType) -> int:
        """How many instances (or UltraServers) of this type hold the count."""
        if self.unit is CountUnit.INSTANCES:
            return self.count
        return -(-self.count // instance_type.accelerators)

    def regions_of(self, instance_type: InstanceType, partition: str) -> tuple[str, ...]:
        """Where to ask for this type: where told to, else wherever it is sold within the partition."""
        if self.regions:
            return self.regions
        here = instance_type.regions & GOVCLOUD if partition == "aws-us-gov" else instance_type.regions - GOVCLOUD
        return tuple(sorted(here))

    def probe(self, instance_type: InstanceType, days: int) -> Probe | PlanProbe:
        """The question for one type and duration."""
        count = self.units(instance_type)
        if self.target:
            return PlanProbe(instance_type, count, days, self.target, self.earliest_start, self.latest_end)
        return Probe(instance_type, count, days, self.earliest_start, self.latest_end)


def check_window(start: datetime, end: datetime, duration: Duration) -> None:
    """Refuse a window that no block of the duration fits into.

    Raises:
        InvalidWindow: The end is not after the start, or nearer to it than the shortest duration.
    """
    if end <= start:
        raise InvalidWindow(f"latest_end {_utc(end)} is not after earliest_start {_utc(start)}: give a later end.")
    window = (end - start) / timedelta(days=1)
    if window < duration.shortest:
        raise InvalidWindow(
            f"Between {_utc(start)} and {_utc(end)} lie {window:.1f} days, fewer than the {duration.shortest} asked "
            "for: latest_end is the latest end of the block, not its latest start."
        )


def check_not_past(request: CapacityRequest, now: datetime) -> None:
    """Refuse times that have passed, and an end too near for a block that starts now.

    Raises:
        InvalidWindow: The start or the end is in the past, or the end is nearer than the shortest duration.
    """
    start, end = request.earliest_start, request.latest_end
    if start and start < now:
        raise InvalidWindow(
            f"earliest_start {_utc(start)} is in the past; it is {_utc(now)} now. Leave it out to start as soon as "
            "possible."
        )
    if end and end < now:
        raise InvalidWindow(f"latest_end {_utc(end)} is in the past; it is {_utc(now)} now. Give a later end.")
    if end:
        check_window(start or now, end, request.duration)


def check_horizon(request: CapacityRequest, now: datetime) -> None:
    """Refuse a start further ahead than AWS sells. now is AWS's own time.

    Raises:
        InvalidWindow: The earliest start is more than eight weeks ahead.
    """
    if request.earliest_start and request.earliest_start > now + START_HORIZON:
        raise InvalidWindow(
            f"earliest_start {_utc(request.earliest_start)} is more than eight weeks ahead; AWS sells starts up to "
            f"{_utc(now + START_HORIZON)} today."
        )


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
