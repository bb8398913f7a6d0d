"""What the accounts own, read over their regions."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from mcp_server.aws.extensions import describe_extension_history
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.reservations import describe_reservations
from mcp_server.aws.training_plans import describe_plan_extensions, describe_plans
from mcp_server.capacity.instance_types import CATALOGUE, GOVCLOUD
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed, word
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.market import Progress
from mcp_server.searching.readers import AccountFailure, Reader

RegionsOf = Callable[[Reader], Sequence[str]]
"""Where an account is read."""


class OwnedPart(StrEnum):
    """What is read of each account and region."""

    RESERVATIONS = "reservations"
    EXTENSIONS = "extension history"
    PLANS = "training plans"


@dataclass(frozen=True, slots=True)
class OwnedFailure:
    """A part that was not read: it says nothing about what is owned there.

    account is a number. failure is None when time ran out.
    """

    account: str
    account_name: str
    region: str
    failure: AwsFailure | None
    part: OwnedPart


@dataclass(frozen=True, slots=True)
class Owned:
    """What could be read, by start and by purchase, and what could not. Each reservation and extension is there once.

    Also those that are over. Accounts whose credentials do not work are not among the failures: see Readers.
    """

    reservations: tuple[OwnedReservation, ...]
    extensions: tuple[OwnedExtension, ...]
    failures: tuple[OwnedFailure, ...]


class SeveralReservations(RequestRefused):
    """A block has several reservations, and one is wanted. ids are theirs."""

    def __init__(self, block_id: str, ids: tuple[str, ...]) -> None:
        self.block_id, self.ids = block_id, ids
        super().__init__(
            f"The block {typed(block_id)} has several reservations: name one of {', '.join(map(word, ids))}."
        )


class UnknownReservation(RequestRefused):
    """Nothing that was read has this id, as a reservation's or a block's. failures and accounts may hide it.

    regions counts what was read, by account name.
    """

    def __init__(
        self,
        asked: str,
        regions: Mapping[str, int],
        failures: tuple[OwnedFailure, ...],
        accounts: tuple[AccountFailure, ...],
    ) -> None:
        self.asked, self.regions, self.failures, self.accounts = asked, regions, failures, accounts
        read = ", ".join(f"{count} region{'s' * (count != 1)} of account {name}" for name, count in regions.items())
        unread = _unread(failures, accounts)
        super().__init__(
            f"No reservation, block or plan {typed(asked)} is owned in {read or 'what could be read: nothing'}."
            + (
                f" It may be where AWS could not be asked: {unread}. Name its region and account to ask only there."
                if unread
                else " Check the id, or name another account or region."
            )
        )


_Row = OwnedReservation | OwnedExtension


class _Place(NamedTuple):
    reader: Reader
    region: str
    part: OwnedPart


class _Located(Exception):
    """What was looked for is found, and nothing else needs to be waited for."""

    def __init__(self, place: _Place, reservation: OwnedReservation) -> None:
        self.place, self.reservation = place, reservation


def selling_regions(reader: Reader) -> tuple[str, ...]:
    """Every region of the account's partition that is known to sell blocks or plans."""
    everywhere = frozenset[str]().union(*(each.regions for each in CATALOGUE.values()))
    return tuple(sorted(everywhere & GOVCLOUD if reader.identity.partition == "aws-us-gov" else everywhere - GOVCLOUD))


def read_owned(
    readers: Sequence[Reader],
    regions_of: RegionsOf,
    deadline: Deadline,
    progress: Progress,
    *,
    every_tag: bool = False,
) -> Owned:
    """The reservations of Capacity Blocks, the training plans, and the extensions of every account and region.

    Plans that are over have their tags only with every_tag.
    """
    tasks = _tasks(readers, regions_of, tuple(OwnedPart), every_tag=every_tag)
    answered = 0

    def report(outcome: Outcome[_Place, list[_Row]]) -> None:
        nonlocal answered
        answered += 1
        progress(answered, len(tasks), _line(outcome))

    outcomes = fan_out(tasks, deadline, report)
    rows = [row for outcome in outcomes for row in outcome.answer or ()]
    extensions = [each for each in rows if isinstance(each, OwnedExtension)]
    # Two configured accounts may be one, read through two profiles.
    once = {each.id: each for each in rows if isinstance(each, OwnedReservation)}.values()
    return Owned(
        reservations=tuple(sorted(once, key=lambda each: (each.start, each.id))),
        extensions=tuple(sorted(set(extensions), key=lambda each: (each.purchased, each.reservation_id))),
        failures=_failures(outcomes),
    )


def read_reservations(
    readers: Sequence[Reader], regions_of: RegionsOf, deadline: Deadline, part: OwnedPart
) -> tuple[tuple[OwnedReservation, ...], tuple[OwnedFailure, ...]]:
    """The reservations alone, or the plans, each once, by start; and where they were not read, though the region is on.

    part is which of both.
    """
    outcomes = fan_out(_tasks(readers, regions_of, (part,)), deadline, lambda _: None)
    rows = [row for outcome in outcomes for row in outcome.answer or ()]
    once = {each.id: each for each in rows if isinstance(each, OwnedReservation)}.values()
    failures = tuple(each for each in _failures(outcomes) if not is_off(each))
    return tuple(sorted(once, key=lambda each: (each.start, each.id))), failures


def find_reservation(owned: Owned, wanted: str) -> OwnedReservation | None:
    """The reservation with this id, or the one of the block with this id, or a plan; None if nothing read has it.

    Raises:
        SeveralReservations: A block of several.
    """
    return _only(owned.reservations, wanted)


def locate(
    wanted: str,
    readers: Sequence[Reader],
    unreadable: tuple[AccountFailure, ...],
    regions_of: RegionsOf,
    deadline: Deadline,
    progress: Progress,
) -> tuple[Reader, OwnedReservation]:
    """The reservation or plan with this id, or of the block with this id, and who owns it; ends when it is found.

    unreadable are accounts that cannot be read at all, for the sentence that says where it may be.

    Raises:
        SeveralReservations: A block of several.
        UnknownReservation: Nothing that could be read in time has the id.
    """
    tasks = _tasks(readers, regions_of, (OwnedPart.RESERVATIONS, OwnedPart.PLANS))
    answered = 0

    def report(outcome: Outcome[_Place, list[_Row]]) -> None:
        nonlocal answered
        answered += 1
        progress(answered, len(tasks), _line(outcome))
        found = _only(outcome.answer or (), wanted)
        if found:
            raise _Located(outcome.key, found)

    try:
        outcomes = fan_out(tasks, deadline, report)
    except _Located as located:
        return located.place.reader, located.reservation
    read = {(outcome.key.reader.name, outcome.key.region) for outcome in outcomes if outcome.answer is not None}
    regions = Counter(name for name, _ in read)
    # Where other regions answer, one that is off is off, and owns nothing; else the credentials may be at fault.
    hiding = tuple(each for each in _failures(outcomes) if not (is_off(each) and each.account_name in regions))
    raise UnknownReservation(wanted, regions, hiding, unreadable)


def _only(rows: Iterable[_Row], wanted: str) -> OwnedReservation | None:
    reservations = (each for each in rows if isinstance(each, OwnedReservation))
    found = tuple(
        each for each in reservations if wanted in (each.id, each.block_id, each.plan.name if each.plan else None)
    )
    if len(found) > 1:
        raise SeveralReservations(wanted, tuple(each.id for each in found))
    return found[0] if found else None


def _tasks(
    readers: Sequence[Reader], regions_of: RegionsOf, parts: tuple[OwnedPart, ...], *, every_tag: bool = False
) -> list[Task[_Place, list[_Row]]]:
    places = [_Place(reader, region, part) for reader in readers for region in regions_of(reader) for part in parts]
    # SageMaker and EC2 are asked side by side.
    return [
        Task(
            each, (each.reader, each.region, each.part is OwnedPart.PLANS), lambda _, each=each: _read(each, every_tag)
        )
        for each in places
    ]


def _read(place: _Place, every_tag: bool) -> list[_Row]:
    account, number = place.reader.account, place.reader.identity.account
    try:
        if place.part is OwnedPart.PLANS:
            client = account.client("sagemaker", place.region)
            plans = describe_plans(client, number, every_tag=every_tag)
            return [*plans, *describe_plan_extensions(client, plans)]
        client = account.client("ec2", place.region)
        if place.part is OwnedPart.RESERVATIONS:
            return [*describe_reservations(client, number)]
        return [*describe_extension_history(client, number)]
    except AwsFailure as failure:
        raise account.after(failure) from failure


def _failures(outcomes: Iterable[Outcome[_Place, list[_Row]]]) -> tuple[OwnedFailure, ...]:
    return tuple(
        OwnedFailure(reader.identity.account, reader.name, region, outcome.failure, part)
        for outcome in outcomes
        if outcome.answer is None
        for reader, region, part in (outcome.key,)
    )


def is_off(each: OwnedFailure) -> bool:
    """Whether a region is not enabled for the account, and so owns nothing."""
    return each.failure is not None and each.failure.kind is FailureKind.REGION_OFF


def _line(outcome: Outcome[_Place, list[_Row]]) -> str:
    result = str(outcome.failure.kind) if outcome.failure else str(len(outcome.answer or ()))
    return f"{outcome.key.region} {outcome.key.part}: {result}"


def _unread(failures: Iterable[OwnedFailure], accounts: Iterable[AccountFailure]) -> str:
    """Where could not be looked, and why, in a few words each."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for each in failures:
        why = str(each.failure.kind) if each.failure else "no time left"
        reasons.setdefault((each.account_name, why), []).append(each.region)
    regions = [f"account {name} {', '.join(where)} ({why})" for (name, why), where in reasons.items()]
    return "; ".join([*(f"account {each.name} ({each.failure.kind})" for each in accounts), *regions])
