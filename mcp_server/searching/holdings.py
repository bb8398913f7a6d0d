"""What the accounts have, with its use and health, read over accounts and regions at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from mcp_server.aws.block_use import block_health, reservation_use
from mcp_server.aws.extensions import describe_extension_history
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.reservations import describe_reservations
from mcp_server.aws.training_plans import describe_plan, describe_plan_extensions, describe_plans
from mcp_server.aws.zones import zone_ids
from mcp_server.capacity.holdings import BlockHealth, Holding, Interconnect, Use
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation, ReservationState
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.market import Progress
from mcp_server.searching.owned import RegionsOf
from mcp_server.searching.readers import Reader


class HoldingPart(StrEnum):
    """What is read of each account and region."""

    RESERVATIONS = "reservations"
    EXTENSIONS = "extension history"
    HEALTH = "health"
    USE = "use"
    PLANS = "training plans"


@dataclass(frozen=True, slots=True)
class Unread:
    """A part that was not read: it says nothing of what is there. failure is None when time ran out."""

    account_name: str
    region: str
    part: HoldingPart
    failure: AwsFailure | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What could be read, by start, and what could not. Each reservation is there once, as its owner sees it if it can.

    regions counts the places read, an account's regions each by itself.
    """

    holdings: tuple[Holding, ...]
    unread: tuple[Unread, ...]
    regions: int


class _Place(NamedTuple):
    reader: Reader
    region: str
    plans: bool


@dataclass(slots=True)
class _Seen:
    """What one account sees in one region."""

    reservations: list[OwnedReservation]
    extensions: list[OwnedExtension] = field(default_factory=list[OwnedExtension])
    health: dict[str, BlockHealth] = field(default_factory=dict[str, BlockHealth])
    use: dict[str, Use] = field(default_factory=dict[str, Use])
    failures: list[tuple[HoldingPart, AwsFailure]] = field(default_factory=list[tuple[HoldingPart, AwsFailure]])


def read_holdings(readers: Sequence[Reader], regions_of: RegionsOf, deadline: Deadline, progress: Progress) -> Holdings:
    """The reservations of every account and region, those shared with it among them, and the training plans.

    What has neither is asked nothing more.
    """
    # SageMaker and EC2 are asked side by side.
    places = [
        _Place(reader, region, plans) for reader in readers for region in regions_of(reader) for plans in (False, True)
    ]
    tasks = [Task(each, each, lambda _, each=each: _look(each)) for each in places]
    answered = 0

    def report(outcome: Outcome[_Place, _Seen]) -> None:
        nonlocal answered
        answered += 1
        found = len(outcome.answer.reservations) if outcome.answer else outcome.failure and outcome.failure.kind
        what = "plans" if outcome.key.plans else "blocks"
        progress(answered, len(tasks), f"{outcome.key.region} {what}: {found}")

    outcomes = fan_out(tasks, deadline, report)
    seen = [(outcome.key, outcome.answer) for outcome in outcomes if outcome.answer]
    holdings = sorted(_joined(seen), key=lambda each: (each.reservation.start, each.reservation.id))
    return Holdings(tuple(holdings), tuple(_unread(outcomes)), len({(key.reader, key.region) for key, _ in seen}))


def _look(place: _Place) -> _Seen:
    account = place.reader.account
    try:
        return _look_at_plans(place) if place.plans else _look_at_blocks(place)
    except AwsFailure as failure:
        raise account.after(failure) from failure


def _look_at_plans(place: _Place) -> _Seen:
    """The plans with their use: only a description of each tells of unhealthy and spare instances."""
    number, client = place.reader.identity.account, place.reader.account.client("sagemaker", place.region)
    seen = _Seen([])
    for each in describe_plans(client, number):
        active = each.state is ReservationState.ACTIVE
        plan = each
        if active:
            told = _asked(seen, HoldingPart.HEALTH, lambda each=each: describe_plan(client, number, each.id), each)
            plan = replace(told, tags=each.tags)
        seen.reservations.append(plan)
        if active and plan.plan and plan.plan.in_use is not None:
            running = ((number, plan.plan.in_use),) if plan.plan.in_use else ()
            seen.use[plan.id] = Use(plan.machines, running, plan.free)
        if active and plan.plan:
            seen.health[plan.id] = BlockHealth(plan.plan.unhealthy, Interconnect.INSUFFICIENT_DATA)
    going_on = [each for each in seen.reservations if not each.state.over]
    seen.extensions = _asked(seen, HoldingPart.EXTENSIONS, lambda: describe_plan_extensions(client, going_on), [])
    return seen


def _look_at_blocks(place: _Place) -> _Seen:
    number, client = place.reader.identity.account, place.reader.account.client("ec2", place.region)
    seen = _Seen(describe_reservations(client, number, shared=True))
    if any(each.zone.id is None for each in seen.reservations):
        seen = _Seen(describe_reservations(client, number, _zone_ids(client), shared=True))
    own = [each.id for each in seen.reservations if each.account == number]
    if own:
        seen.extensions = _asked(seen, HoldingPart.EXTENSIONS, lambda: describe_extension_history(client, number), [])
        seen.health = _asked(seen, HoldingPart.HEALTH, lambda: block_health(client), {})
    for each in seen.reservations:
        if each.state is ReservationState.ACTIVE:
            use = _asked(seen, HoldingPart.USE, lambda each=each: reservation_use(client, each.id), None)
            if use:
                seen.use[each.id] = use
    return seen


def _zone_ids(client: Any) -> Mapping[str, str]:
    try:
        return zone_ids(client)
    except AwsFailure:
        # Whoever may not describe zones is shown their names.
        return {}


def _asked(seen: _Seen, part: HoldingPart, ask: Any, otherwise: Any) -> Any:
    """What AWS answers; where it does not, that is noted, and the rest goes on."""
    try:
        return ask()
    except AwsFailure as failure:
        seen.failures.append((part, failure))
        return otherwise


def _joined(seen: Iterable[tuple[_Place, _Seen]]) -> Iterable[Holding]:
    """Each reservation once: as its owner sees it if the owner is read, else as whoever may use it does."""
    views: dict[str, list[tuple[str, OwnedReservation, _Seen]]] = defaultdict(list)
    for place, there in seen:
        for each in there.reservations:
            views[each.id].append((place.reader.identity.account, each, there))
    for found in views.values():
        found.sort(key=lambda each: each[0] != each[1].account)
        _, reservation, there = found[0]
        yield Holding(
            reservation=reservation,
            extensions=tuple(
                sorted(
                    {each for each in there.extensions if each.reservation_id == reservation.id},
                    key=lambda each: each.purchased,
                )
            ),
            use=there.use.get(reservation.id),
            health=there.health.get(reservation.block_id or reservation.id),
            shared_with=tuple(dict.fromkeys(viewer for viewer, _, _ in found if viewer != reservation.account)),
        )


def _unread(outcomes: Iterable[Outcome[_Place, _Seen]]) -> Iterable[Unread]:
    for outcome in outcomes:
        reader, region, plans = outcome.key
        if outcome.answer:
            for part, failure in outcome.answer.failures:
                yield Unread(reader.name, region, part, failure)
        # A region that is off has nothing.
        elif outcome.failure is None or outcome.failure.kind is not FailureKind.REGION_OFF:
            part = HoldingPart.PLANS if plans else HoldingPart.RESERVATIONS
            yield Unread(reader.name, region, part, outcome.failure)
