"""What somebody wants, and the questions to AWS that follow from it."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum

from mcp_server.capacity.durations import Duration
from mcp_server.capacity.instance_types import GOVCLOUD, InstanceType, check_in_plans
from mcp_server.capacity.plans import PlanProbe, TargetResource
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed, word

MAX_UNITS = 64
"""Instances in one block (EC2 user guide, Capacity Blocks, considerations)."""

MAX_PLAN_UNITS = 256
"""What one plan may be asked for at all (SageMaker API reference, SearchTrainingPlanOfferings)."""

PLAN_COUNTS = (1, 2, 4, 8, 16, 32, 64)
"""Instances that plans are sold in (SageMaker guide, Reserve training plans); of UltraServers it does not say."""

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


class UnsoldCount(RequestRefused):
    """A count that training plans are not sold in. nearest are the sold ones around it."""

    def __init__(self, count: int, instance_type: InstanceType) -> None:
        self.count, self.instance_type, self.nearest = count, instance_type, nearest_counts(count)
        super().__init__(
            f"No training plan is sold with {count} x {instance_type.name}: AWS sells "
            f"{', '.join(map(str, PLAN_COUNTS[:-1]))} or {PLAN_COUNTS[-1]} instances in one. Nearest: "
            f"{' or '.join(map(str, self.nearest))}."
        )


class InvalidWindow(RequestRefused):
    """The times asked leave no room for a block or plan."""


class UnknownZones(RequestRefused):
    """Zone ids of which no region asked has any. similar are ids that one has."""

    def __init__(self, zone_ids: Iterable[str], known: Iterable[str]) -> None:
        self.zone_ids = tuple(sorted(zone_ids))
        near = (get_close_matches(each, sorted(known), n=3, cutoff=0.7) for each in self.zone_ids)
        self.similar = tuple(dict.fromkeys(one for each in near for one in each))
        hint = f" Did you mean {' or '.join(map(word, self.similar))}?" if self.similar else ""
        super().__init__(
            f"No region asked has the zone id {' or '.join(map(typed, self.zone_ids))}: ids look like use1-az4; names "
            f"such as us-east-1a mean another zone in every account.{hint}"
        )


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
    """What is wanted. Times are UTC; latest_end is the latest end of the block or plan, not its latest start.

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
            UnsoldCount: No plan is sold with that many instances.
            InvalidWindow: The end is not after the start, or nearer to it than the shortest duration.
            NotInPlans: No training plan is sold for a type.
        """
        if self.count < 1:
            raise InvalidCount(self.count, self.unit)
        if self.target:
            check_in_plans(self.instance_types)
        for each in self.instance_types:
            if self.target and not each.ultraserver and self.units(each) not in PLAN_COUNTS:
                raise UnsoldCount(self.units(each), each)
            if self.units(each) > self.most_units:
                raise InvalidCount(self.count, self.unit, each, self.most_units)
        if self.earliest_start and self.latest_end:
            check_window(self.earliest_start, self.latest_end, self.duration, self.sold_as)

    @property
    def sold_as(self) -> str:
        """What one purchase of it would be."""
        return "plan" if self.target else "block"

    @property
    def most_units(self) -> int:
        """How many instances one block, or one plan, may be asked for."""
        return MAX_PLAN_UNITS if self.target else MAX_UNITS

    def units(self, instance_type: InstanceType) -> int:
        """How many instances (or UltraServers) of this type hold the count: of plans, as many as are sold in one."""
        if self.unit is CountUnit.INSTANCES:
            return self.count
        fewest = -(-self.count // instance_type.accelerators)
        if self.target is None or instance_type.ultraserver:
            return fewest
        return next((each for each in PLAN_COUNTS if each >= fewest), fewest)

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


def nearest_counts(count: int) -> tuple[int, ...]:
    """The numbers of instances next to this one that plans are sold in, one on each side where there is one."""
    at = bisect_left(PLAN_COUNTS, count)
    return PLAN_COUNTS[max(at - 1, 0) : at + 1]


def check_window(start: datetime, end: datetime, duration: Duration, sold_as: str) -> None:
    """Refuse a window that no block or plan, as sold_as calls it, of the duration fits into.

    Raises:
        InvalidWindow: The end is not after the start, or nearer to it than the shortest duration.
    """
    if end <= start:
        raise InvalidWindow(f"latest_end {_utc(end)} is not after earliest_start {_utc(start)}: give a later end.")
    window = (end - start) / timedelta(days=1)
    if window < duration.shortest:
        raise InvalidWindow(
            f"Between {_utc(start)} and {_utc(end)} lie {window:.1f} days, fewer than the {duration.shortest} asked "
            f"for: latest_end is the latest end of the {sold_as}, not its latest start."
        )


def check_not_past(request: CapacityRequest, now: datetime) -> None:
    """Refuse times that have passed, and an end too near for what starts now.

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
        check_window(start or now, end, request.duration, request.sold_as)


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
