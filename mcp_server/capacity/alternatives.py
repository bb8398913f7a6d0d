"""What else to ask for when nothing meets a request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from mcp_server.capacity.durations import Duration, shorter_days
from mcp_server.capacity.instance_types import similar_types
from mcp_server.capacity.requests import PLAN_COUNTS, CapacityRequest, CountUnit

_TYPES_TRIED = 3
_COUNTS_TRIED = 3


class AlternativeKind(StrEnum):
    """How an alternative departs from the request."""

    FEWER = "fewer"
    MORE = "more"
    SHORTER = "shorter"
    LATER = "later"
    OTHER_TYPE = "other type"
    OTHER_ZONE = "other zone"
    OTHER_REGION = "other region"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to depart from a request. requests are tried in order until one is met: the nearest comes first."""

    kind: AlternativeKind
    requests: tuple[CapacityRequest, ...]


def alternatives(request: CapacityRequest, partition: str) -> tuple[Alternative, ...]:
    """The ways to depart from a request, each in one respect only."""
    ways = {
        AlternativeKind.FEWER: _fewer(request),
        AlternativeKind.MORE: _more(request),
        AlternativeKind.SHORTER: _shorter(request),
        AlternativeKind.LATER: _later(request),
        AlternativeKind.OTHER_TYPE: _other_type(request),
        AlternativeKind.OTHER_ZONE: _other_zone(request),
        AlternativeKind.OTHER_REGION: _other_region(request, partition),
    }
    found = (Alternative(kind, tuple(requests)) for kind, requests in ways.items())
    return tuple(each for each in found if each.requests)


def _fewer(request: CapacityRequest) -> Iterator[CapacityRequest]:
    for count in _lower(request):
        if 0 < count < request.count:
            yield replace(request, count=count)


def _lower(request: CapacityRequest) -> Iterable[int]:
    """Counts to try below the one asked: of instances in plans only those that are sold."""
    if _counted_in_plans(request):
        return [each for each in reversed(PLAN_COUNTS) if each < request.count][:_COUNTS_TRIED]
    return dict.fromkeys(request.count // part for part in (2, 4, request.count))


def _more(request: CapacityRequest) -> Iterator[CapacityRequest]:
    """The next larger count, where plans are not sold in the one asked."""
    if _counted_in_plans(request) and request.count not in PLAN_COUNTS:
        larger = next((each for each in PLAN_COUNTS if each > request.count), None)
        if larger:
            yield replace(request, count=larger)


def _counted_in_plans(request: CapacityRequest) -> bool:
    return request.target is not None and request.unit is CountUnit.INSTANCES


def _shorter(request: CapacityRequest) -> Iterator[CapacityRequest]:
    for days in () if request.duration.longest else shorter_days(request.duration.shortest):
        yield replace(request, duration=Duration((days,)))


def _later(request: CapacityRequest) -> Iterator[CapacityRequest]:
    if request.latest_end:
        yield replace(request, latest_end=None)


def _other_type(request: CapacityRequest) -> Iterator[CapacityRequest]:
    similar = {each: None for wanted in request.instance_types for each in similar_types(wanted)}
    others = tuple(each for each in similar if each not in request.instance_types and (each.plan or not request.target))
    accelerators = request.count
    if request.unit is CountUnit.INSTANCES:
        accelerators *= request.instance_types[0].accelerators
    fitting = [each for each in others if accelerators <= request.most_units * each.accelerators]
    for each in fitting[:_TYPES_TRIED]:
        yield replace(request, instance_types=(each,), count=accelerators, unit=CountUnit.ACCELERATORS)


def _other_zone(request: CapacityRequest) -> Iterator[CapacityRequest]:
    if request.zone_ids:
        yield replace(request, zone_ids=frozenset())


def _other_region(request: CapacityRequest, partition: str) -> Iterator[CapacityRequest]:
    anywhere = replace(request, regions=(), zone_ids=frozenset())
    sold = {region for each in request.instance_types for region in anywhere.regions_of(each, partition)}
    elsewhere = sorted(sold - set(request.regions))
    if request.regions and elsewhere:
        yield replace(anywhere, regions=tuple(elsewhere))
