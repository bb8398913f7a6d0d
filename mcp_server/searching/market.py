"""What one fan-out asks AWS for: offerings by region, with the zone ids and quotas that explain them."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from mcp_server.aws.capacity_blocks import describe_offerings
from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline, OutOfTime, Pace
from mcp_server.aws.quotas import quota_value
from mcp_server.aws.training_plans import search_offerings
from mcp_server.aws.zones import zone_ids
from mcp_server.capacity.instance_types import InstanceType
from mcp_server.capacity.limits import Limit, UncodedLimit, limits_on
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.plans import PlanOffering, PlanProbe, TargetResource
from mcp_server.capacity.requests import CapacityRequest, Probe
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.readers import Reader

_QUOTA_AGE = 300.0
"""Seconds for which a quota read is believed: long enough for one conversation, short enough to notice a raise."""


@dataclass(frozen=True, slots=True)
class Question:
    """One type and duration in one account and region, as blocks or, with a target, as plans.

    days is None for the longest to be had.
    """

    reader: Reader
    region: str
    instance_type: InstanceType
    days: int | None
    target: TargetResource | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An offering and the probe that finds it again."""

    offering: Offering | PlanOffering
    probe: Probe | PlanProbe


@dataclass(frozen=True, slots=True)
class QuestionFailure:
    """A question that AWS did not answer with offerings, and why. It says nothing about capacity."""

    question: Question
    failure: AwsFailure


@dataclass(frozen=True, slots=True)
class Quota:
    """Whether a purchase is possible at all: how much a limit allows in one region.

    allowed is None when it could not be read; failure says why. What is already owned uses up the same quota, and is
    not counted here.
    """

    account: str
    account_number: str
    region: str
    limit: Limit
    allowed: int | None
    failure: AwsFailure | None = None

    @property
    def possible(self) -> bool | None:
        """Whether the quota is large enough; None when it could not be read."""
        return None if self.allowed is None else self.allowed >= self.limit.needed


@dataclass(frozen=True, slots=True)
class UncodedQuota:
    """A limit that decides on buying in a region and could not be read, for want of its code.

    refused is whether AWS answered the search that it is too small.
    """

    account: str
    region: str
    limit: UncodedLimit
    refused: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What one fan-out brought back. unasked are the questions that time ran out for, wholly or in part."""

    found: tuple[Found, ...]
    answered: tuple[Question, ...]
    failures: tuple[QuestionFailure, ...]
    unasked: tuple[Question, ...]
    quotas: tuple[Quota, ...]
    unread_zones: tuple["UnreadZones", ...]

    @property
    def complete(self) -> bool:
        """Whether everything was asked and answered: only then does finding nothing mean that there is nothing."""
        return not (self.unasked or self.unread_zones or any(not each.failure.settles for each in self.failures))

    @property
    def telling(self) -> bool:
        """Whether AWS said anywhere what there is, and be it that nothing like it is sold."""
        return bool(self.answered) or any(each.failure.settles for each in self.failures)


@dataclass(frozen=True, slots=True)
class UnreadZones:
    """An account and region whose zone ids could not be read. failure is None when time ran out."""

    account: str
    region: str
    failure: AwsFailure | None


@dataclass(frozen=True, slots=True)
class _LimitThere:
    """A limit to be read in an account and region."""

    reader: Reader
    region: str
    limit: Limit

    def read(self, allowed: int | None, failure: AwsFailure | None) -> Quota:
        """With what was read of it."""
        return Quota(self.reader.name, self.reader.identity.account, self.region, self.limit, allowed, failure)


@dataclass(frozen=True, slots=True)
class _Part:
    """What an answer to one question holds; complete is false when time ran out within it."""

    found: tuple[Found, ...]
    complete: bool = True


Progress = Callable[[int, int, str], None]
"""Called with questions answered, questions in all, and one line about the last."""


def unseen(answered: int, questions: int, line: str) -> None:
    """Progress that nobody is shown."""


class Market:
    """Asks AWS, region by region at the pace each allows, and keeps what does not change between searches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str, str], Pace] = defaultdict(Pace)
        self._zones: dict[tuple[str, str], dict[str, str]] = {}
        self._quotas: dict[tuple[str, str, str], tuple[float, int]] = {}

    def ask(
        self, requests: Sequence[CapacityRequest], readers: Sequence[Reader], deadline: Deadline, progress: Progress
    ) -> Answers:
        """Ask every question that the requests mean, in every account."""
        meant = {each: request for request in requests for each in questions_of(request, readers)}
        questions = list(meant)
        limits = _limits(meant)
        tasks: list[Task[Any, Any]] = [self._question_task(each, meant[each]) for each in questions]
        places = list(dict.fromkeys((each.reader, each.region) for each in questions))
        tasks += self._zone_tasks(places)
        tasks += [self._quota_task(each) for each in limits]
        answered = 0

        def report(outcome: Outcome[Any, Any]) -> None:
            nonlocal answered
            if isinstance(outcome.key, Question):
                answered += 1
                progress(answered, len(questions), _line(outcome))

        outcomes = {outcome.key: outcome for outcome in fan_out(tasks, deadline, report)}
        return self._answers(
            [outcomes[each] for each in questions],
            tuple(each.read(outcomes[each].answer, outcomes[each].failure) for each in limits),
            tuple(
                UnreadZones(place[0].name, place[1], outcomes["zones", *place].failure)
                for place in places
                if ("zones", *place) in outcomes and not outcomes["zones", *place].answer
            ),
        )

    def quotas(self, reader: Reader, limits: Iterable[tuple[str, Limit]], deadline: Deadline) -> tuple[Quota, ...]:
        """What an account's limits allow, each in a region, without asking for offerings."""
        tasks = [self._quota_task(_LimitThere(reader, region, limit)) for region, limit in limits]
        outcomes = fan_out(tasks, deadline, lambda _: None)
        return tuple(each.key.read(each.answer, each.failure) for each in outcomes)

    def _question_task(self, question: Question, request: CapacityRequest) -> Task[Question, _Part]:
        def ask(deadline: Deadline) -> _Part:
            if question.days is None:
                return self._longest(question, request, deadline)
            return _Part(self._probe(question, request.probe(question.instance_type, question.days), deadline))

        return Task(question, ("offerings", question.reader.identity.account, question.region, question.target), ask)

    def _probe(self, question: Question, probe: Probe | PlanProbe, deadline: Deadline) -> tuple[Found, ...]:
        account = question.reader.account
        number = question.reader.identity.account
        service = "sagemaker" if isinstance(probe, PlanProbe) else "ec2"
        try:
            client = account.client(service, question.region)
            with self._lock:
                pace = self._paces[number, question.region, service]
            offerings = pace.call(lambda: _offered(client, number, probe), deadline)
        except AwsFailure as failure:
            raise account.after(failure) from failure
        return tuple(Found(each, probe) for each in offerings)

    def _longest(self, question: Question, request: CapacityRequest, deadline: Deadline) -> _Part:
        """Halve the list of durations: where a longer block is to be had, a shorter one within it is too."""
        days = request.duration.days
        found: tuple[Found, ...] = ()
        low, high = 0, len(days)
        while low < high:
            middle = (low + high) // 2
            try:
                hit = self._probe(question, request.probe(question.instance_type, days[middle]), deadline)
            except OutOfTime:
                return _Part(found, complete=False)
            if hit:
                found, low = hit, middle + 1
            else:
                high = middle
        return _Part(found)

    def learn_zones(self, places: Sequence[tuple[Reader, str]], deadline: Deadline) -> frozenset[str] | None:
        """Every zone id in these accounts and regions; None where some could not be read."""
        fan_out(self._zone_tasks(places), deadline, lambda _: None)
        asked = [(reader.identity.account, region) for reader, region in places]
        return self.zone_ids(asked) if all(each in self._zones for each in asked) else None

    def _zone_tasks(self, places: Sequence[tuple[Reader, str]]) -> list[Task[Any, Any]]:
        unknown = [place for place in places if (place[0].identity.account, place[1]) not in self._zones]
        return [Task(("zones", *each), ("zones", *each), lambda _, each=each: self._learn(*each)) for each in unknown]

    def _learn(self, reader: Reader, region: str) -> bool:
        self._zones[reader.identity.account, region] = zone_ids(reader.account.client("ec2", region))
        return True

    def _quota_task(self, there: _LimitThere) -> Task[Any, int]:
        def ask(_: Deadline) -> int:
            key = (there.reader.identity.account, there.region, there.limit.code)
            read, allowed = self._quotas.get(key, (0.0, 0))
            if not read or time.monotonic() - read > _QUOTA_AGE:
                client = there.reader.account.client("service-quotas", there.region)
                allowed = quota_value(client, there.limit.service, there.limit.code)
                self._quotas[key] = (time.monotonic(), allowed)
            return allowed

        return Task(there, ("quotas", there.reader, there.region), ask)

    def zone_ids(self, places: Iterable[tuple[str, str]]) -> frozenset[str]:
        """Every zone id known of these account numbers and regions."""
        return frozenset(zone_id for place in places for zone_id in self._zones.get(place, {}).values())

    def _answers(
        self,
        outcomes: Sequence[Outcome[Question, _Part]],
        quotas: tuple[Quota, ...],
        unread_zones: tuple[UnreadZones, ...],
    ) -> Answers:
        parts = [(each.key, each.answer) for each in outcomes if each.answer]
        unasked = [each.key for each in outcomes if not each.asked]
        unasked += [question for question, part in parts if not part.complete]
        return Answers(
            found=tuple(self._placed(each) for each in _distinct(each for _, part in parts for each in part.found)),
            answered=tuple(question for question, _ in parts),
            failures=tuple(QuestionFailure(each.key, each.failure) for each in outcomes if each.failure),
            unasked=tuple(unasked),
            quotas=quotas,
            unread_zones=unread_zones,
        )

    def _placed(self, found: Found) -> Found:
        """The same with zone ids, where the account may know them."""
        offering = found.offering
        ids = self._zones.get((offering.account, offering.region), {})
        if isinstance(offering, PlanOffering):
            placed = replace(offering, parts=tuple(_in_zone(each, ids) for each in offering.parts))
        else:
            placed = replace(offering, segments=tuple(_in_zone(each, ids) for each in offering.segments))
        return replace(found, offering=placed)


_S = TypeVar("_S", bound=Stay)


def _in_zone(stay: _S, ids: Mapping[str, str]) -> _S:
    return replace(stay, zone=Zone(stay.zone.name, stay.zone.id or ids.get(stay.zone.name)))


def _offered(client: Any, account: str, probe: Probe | PlanProbe) -> Sequence[Offering | PlanOffering]:
    if isinstance(probe, PlanProbe):
        return search_offerings(client, account, probe, {})
    return describe_offerings(client, account, probe, {})


def _limits(meant: Mapping[Question, CapacityRequest]) -> list[_LimitThere]:
    """The quotas that decide whether what was asked for can be bought: the largest need of each in each region."""
    limits: dict[tuple[Reader, str, str], _LimitThere] = {}
    for each, request in meant.items():
        for limit in limits_on(each.instance_type, request.units(each.instance_type), request.target):
            key = (each.reader, each.region, limit.code)
            there = _LimitThere(each.reader, each.region, limit)
            limits[key] = max(there, limits.get(key, there), key=lambda one: one.limit.needed)
    return list(limits.values())


def questions_of(request: CapacityRequest, readers: Sequence[Reader]) -> Iterable[Question]:
    """Every question that a request means: accounts times types times regions times durations."""
    durations: tuple[int | None, ...] = (None,) if request.duration.longest else request.duration.days
    for reader in readers:
        for kind in request.instance_types:
            for region in request.regions_of(kind, reader.identity.partition):
                for days in durations:
                    yield Question(reader, region, kind, days, request.target)


def _distinct(found: Iterable[Found]) -> Iterable[Found]:
    """Each offering once, with the probe that found it first: two probes find the same block, under one id or two."""
    once: dict[tuple[str, ...], Found] = {}
    for each in found:
        once.setdefault(each.offering.terms, each)
    return once.values()


def _line(outcome: Outcome[Question, _Part]) -> str:
    question = outcome.key
    length = "longest" if question.days is None else f"{question.days} d"
    result = (
        str(outcome.failure.kind) if outcome.failure else f"{len(outcome.answer.found) if outcome.answer else 0} found"
    )
    plans = " plans" if question.target else ""
    return f"{question.region} {question.instance_type.name}{plans} {length}: {result}"
