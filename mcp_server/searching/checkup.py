"""Whether everything that a search, a quote and a look back read of AWS is in order, without touching money."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.failures import FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.permissions import (
    READS,
    READS_OF_ONE,
    READS_OF_ONE_PLAN,
    READS_OF_PLANS,
    action_of,
    dry_run_read,
    try_look_up,
    try_read,
)
from mcp_server.capacity.extending import obstacle
from mcp_server.capacity.instance_types import CATALOGUE, InstanceType
from mcp_server.capacity.limits import PLANS_IN_REGION, Limit, limits_on, most_reserved, uncounted
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.words import word
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.findings import OUT_OF_TIME, Finding, Verdict, mend, said
from mcp_server.searching.market import Market, Quota, unseen
from mcp_server.searching.owned import Owned, OwnedFailure, is_off, read_owned, selling_regions
from mcp_server.searching.readers import Reader, Readers, choose_readers

_HOME_REGION = "us-east-1"
_TOLERATED_SKEW = timedelta(minutes=4)
"""AWS refuses requests signed more than five minutes off its own time."""

_NO_SUCH_QUOTA = "NoSuchResourceException"

_NOTHING = Owned((), (), ())


@dataclass(frozen=True, slots=True)
class Scope:
    """Which quotas matter: of these types in these regions; of no regions, in every one that sells them."""

    types: tuple[InstanceType, ...] = tuple(CATALOGUE.values())
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """What was read on the way: the accounts that work and those that do not, and what those that work own."""

    readers: Readers = field(default_factory=lambda: Readers((), (), ()))
    owned: Owned = _NOTHING

    @property
    def now(self) -> datetime:
        """AWS's time as last heard, UTC; at least one account works."""
        return max(each.now for each in self.readers.working)


def examine_accounts(accounts: Accounts, scope: Scope, deadline: Deadline) -> Generator[Finding, None, Looked]:
    """Identity, clock, permissions and quotas of every account, in that order. Returns what else may be examined."""
    readers = choose_readers(accounts, (), deadline)
    for notice in readers.notices:
        yield Finding(Verdict.NOTE, "accounts", notice)
    if accounts.sources and readers.notices:
        # A stranger searches its own account alone; a quote looks at all that are configured, and so does this.
        readers = choose_readers(accounts, [each.name for each in accounts.sources], deadline)
    for each in readers.failures:
        fix = each.failure.remedy or mend(each.failure, "sts:GetCallerIdentity", f"account {each.name}'s reader")
        yield Finding(Verdict.BAD, f"account {each.name}", said(each.failure), fix)
    owned = read_owned(readers.working, selling_regions, _half(deadline), unseen)
    for reader in readers.working:
        yield from _examine_account(reader, owned, scope, deadline)
    return Looked(readers, owned)


def _examine_account(reader: Reader, owned: Owned, scope: Scope, deadline: Deadline) -> Iterable[Finding]:
    world = ", SIMULATED" if reader.identity.simulated else ""
    yield Finding(Verdict.GOOD, _subject(reader), f"read as {reader.identity.arn}{world}")
    yield from _clock(reader)
    theirs = [each for each in owned.reservations if each.account == reader.identity.account]
    denied = yield from _permissions(reader, _subjects(reader, theirs, owned.extensions), deadline)
    unread = [each for each in owned.failures if each.account_name == reader.name and not is_off(each)]
    # What is denied everywhere has been said.
    yield from _unread(
        reader, [each for each in unread if each.failure is None or each.failure.operation not in denied]
    )
    yield from _quotas(reader, theirs, scope, deadline)


def _clock(reader: Reader) -> Iterable[Finding]:
    skew = reader.identity.clock_skew
    # Simulated AWS has a clock of its own, which people move.
    if reader.identity.simulated:
        return
    seconds = int(abs(skew).total_seconds())
    if abs(skew) > _TOLERATED_SKEW:
        fix = "Set the clock by NTP (timedatectl set-ntp true): AWS refuses requests five minutes off."
        detail = f"the clock of this machine differs from AWS's by {seconds} s"
        yield Finding(Verdict.BAD, _subject(reader), detail, fix)
    else:
        detail = f"the clock of this machine agrees with AWS's to {seconds} s"
        yield Finding(Verdict.GOOD, _subject(reader), detail)


@dataclass(frozen=True, slots=True)
class _Subjects:
    """What reads of a single thing are tried with: of what is made up, AWS may say so before it looks at permissions.

    block is one that can be extended, if any can.
    """

    block: OwnedReservation | None
    plan: OwnedReservation | None


def _subjects(reader: Reader, owned: Sequence[OwnedReservation], extensions: Sequence[OwnedExtension]) -> _Subjects:
    blocks = [each for each in owned if each.plan is None and not each.state.over]
    plans = (each for each in owned if each.plan and not each.state.over)
    extensible = (each for each in blocks if obstacle(each, extensions, reader.now) is None)
    return _Subjects(next(extensible, blocks[0] if blocks else None), next(plans, None))


def _permissions(reader: Reader, subjects: _Subjects, deadline: Deadline) -> Generator[Finding, None, frozenset[str]]:
    """Whether the reader may make every call that reading needs. Returns the operations that are denied."""
    region = _home(reader)
    outcomes = fan_out(_tries(reader, region, subjects), _half(deadline), _unheard)
    allowed = [each.key for each in outcomes if each.answer]
    if allowed:
        names = ", ".join(_action(each) for each in allowed)
        yield Finding(Verdict.GOOD, _subject(reader), f"may call {names} in {region}")
    for each in outcomes:
        if each.answer:
            continue
        action = _action(each.key)
        if each.failure is None:
            yield Finding(Verdict.BAD, _subject(reader), f"{action} in {region}: no answer in time", OUT_OF_TIME)
        elif each.key in READS_OF_PLANS and each.failure.kind is FailureKind.UNSUPPORTED:
            # Where no plans are sold, none are searched for.
            continue
        elif each.key in READS_OF_ONE and each.failure.kind is not FailureKind.DENIED:
            # Not every block can be extended, and EC2 may say so before it looks at permissions.
            detail = f"whether {action} may be called is not known: {said(each.failure)}"
            yield Finding(Verdict.NOTE, _subject(reader), detail)
        else:
            fix = mend(each.failure, action, reader.identity.arn)
            yield Finding(Verdict.BAD, _subject(reader), f"{action} in {region}: {said(each.failure)}", fix)
    return frozenset(each.key for each in outcomes if each.failure and each.failure.kind is FailureKind.DENIED)


_LOOK_UP = "lookup_events"


def _tries(reader: Reader, region: str, subjects: _Subjects) -> list[Task[str, bool]]:
    """A harmless call for each operation that reading needs, by its Python name."""
    client = reader.account.client

    def of_blocks(operation: str, block: OwnedReservation | None) -> bool:
        dry_run_read(client("ec2", block.region if block else region), operation, block.id if block else None)
        return True

    def of_plans(operation: str, plan: OwnedReservation | None) -> bool:
        try_read(client("sagemaker", plan.region if plan else region), operation, plan.id if plan else None)
        return True

    def look_up(_: Deadline) -> bool:
        try_look_up(client("cloudtrail", region), reader.now)
        return True

    wanted: list[tuple[Callable[[str, OwnedReservation | None], bool], Iterable[str], OwnedReservation | None]] = [
        (of_blocks, READS, None),
        (of_blocks, READS_OF_ONE if subjects.block else (), subjects.block),
        (of_plans, READS_OF_PLANS, None),
        (of_plans, READS_OF_ONE_PLAN if subjects.plan else (), subjects.plan),
    ]
    tries = [
        Task(each, each, lambda _, ask=ask, each=each, one=one: ask(each, one))
        for ask, operations, one in wanted
        for each in operations
    ]
    return [*tries, Task(_LOOK_UP, _LOOK_UP, look_up)]


def _unread(reader: Reader, failures: Sequence[OwnedFailure]) -> Iterable[Finding]:
    """Regions in which it was not read what is owned: something could be bought twice there."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for each in failures:
        why = said(each.failure) if each.failure else "no answer in time"
        fix = (
            mend(each.failure, action_of(each.failure.operation), reader.identity.arn) if each.failure else OUT_OF_TIME
        )
        reasons.setdefault((why, fix), []).append(each.region)
    for (why, fix), regions in reasons.items():
        where = ", ".join(dict.fromkeys(regions))
        yield Finding(Verdict.BAD, _subject(reader), f"what is owned in {where} cannot be read: {why}", fix)


def _quotas(reader: Reader, owned: Sequence[OwnedReservation], scope: Scope, deadline: Deadline) -> Iterable[Finding]:
    """Whether one purchase of each family, and of each type in plans, is possible, by region, beside what is owned."""
    limits = _limits(reader, scope)
    read = Market().quotas(reader, limits, _half(deadline))
    for what in dict.fromkeys(each.limit.what for each in read):
        told = [each for each in read if each.limit.what == what and each.allowed is not None]
        if told:
            yield _quota_finding(reader, owned, sorted(told, key=lambda each: each.region))
    yield from _unread_quotas(reader, [each for each in read if each.allowed is None and not _is_absent(each)])
    strange = ", ".join(map(word, uncounted(owned)))
    if strange:
        detail = f"{strange} is owned and not known here: what it takes up of quotas is not counted"
        yield Finding(Verdict.NOTE, _subject(reader), detail)


def _limits(reader: Reader, scope: Scope) -> list[tuple[str, Limit]]:
    """The limits that matter, each once in each region, with what the largest type that it is on needs."""
    needs: dict[tuple[str, str], Limit] = {}
    here = set(selling_regions(reader)) & (set(scope.regions) or set(selling_regions(reader)))
    for kind in scope.types:
        limits = [*limits_on(kind, 1, None)]
        # Of all targets, HyperPod meets the most limits.
        limits += [*limits_on(kind, 1, TargetResource.HYPERPOD), PLANS_IN_REGION] if kind.plan else []
        for limit in limits:
            for region in kind.regions & here:
                key = (region, limit.what)
                needs[key] = max(limit, needs.get(key, limit), key=lambda one: one.needed)
    return [(region, limit) for (region, _), limit in needs.items()]


def _is_absent(quota: Quota) -> bool:
    """Whether SageMaker has no such limit in the region, which then sells no plans of the type."""
    return bool(quota.limit.service == "sagemaker" and quota.failure and quota.failure.code == _NO_SUCH_QUOTA)


def _quota_finding(reader: Reader, owned: Sequence[OwnedReservation], quotas: Sequence[Quota]) -> Finding:
    limit = quotas[0].limit
    rooms = [_Room(each, _reserved(reader, owned, each)) for each in quotas]
    full = [each for each in rooms if each.full]
    possible = ", ".join(each.quota.region for each in rooms if not each.full) or "no region"
    verb = "bought" if limit.buying else "used"
    detail = "; ".join([f"{_what(limit)} ({limit.code}) can be {verb} in {possible}", *_beside(rooms)])
    if not full:
        return Finding(Verdict.GOOD, _subject(reader), detail)
    worst = max(full, key=lambda each: each.reserved)
    fix = (
        f"To {'buy' if limit.buying else 'use it'} in {', '.join(each.quota.region for each in full)}, with "
        "credentials of this account: aws service-quotas request-service-quota-increase --service-code "
        f"{limit.service} --quota-code {limit.code} --desired-value {worst.reserved + worst.quota.limit.needed} "
        f"--region {worst.quota.region} (enough for one of {worst.quota.limit.needed} {limit.unit})"
    )
    small = ", ".join(map(_small, full))
    return Finding(Verdict.NOTE, _subject(reader), f"{detail}; the quota is too small in {small}", fix)


def _unread_quotas(reader: Reader, quotas: Sequence[Quota]) -> Iterable[Finding]:
    """Quotas that could not be read, together by why."""
    actions = "servicequotas:GetServiceQuota and servicequotas:GetAWSDefaultServiceQuota"
    reasons: dict[tuple[str, str], list[Quota]] = {}
    for each in quotas:
        why = said(each.failure) if each.failure else "no answer in time"
        fix = mend(each.failure, actions, reader.identity.arn) if each.failure else OUT_OF_TIME
        reasons.setdefault((why, fix), []).append(each)
    for (why, fix), alike in reasons.items():
        what = ", ".join(dict.fromkeys(f"{_what(each.limit)} (quota {each.limit.code})" for each in alike))
        where = ", ".join(sorted({each.region for each in alike}))
        yield Finding(Verdict.BAD, _subject(reader), f"{what} in {where}: {why}", fix)


@dataclass(frozen=True, slots=True)
class _Room:
    """A quota, and how much of it is reserved at the busiest moment from now on."""

    quota: Quota
    reserved: int

    @property
    def left(self) -> int:
        """How much can be bought for any dates."""
        return (self.quota.allowed or 0) - self.reserved

    @property
    def full(self) -> bool:
        """Whether not even one more can be bought then."""
        return self.left < self.quota.limit.needed


def _beside(rooms: Sequence[_Room]) -> list[str]:
    """What the quota leaves where something is owned."""
    return [
        f"{each.left} of {each.quota.allowed} {each.quota.limit.unit} are left in {each.quota.region} beside what is "
        "owned"
        for each in rooms
        if each.reserved and not each.full
    ]


def _small(room: _Room) -> str:
    unit = room.quota.limit.unit
    taken = f" ({room.reserved} of {room.quota.allowed} {unit} are reserved)" if room.reserved else ""
    return f"{room.quota.region}{taken}"


def _what(limit: Limit) -> str:
    """What a limit limits, in words: P5 blocks, ml.p5.48xlarge in plans, training plans of any type."""
    if limit.service == "ec2":
        return f"{limit.what} blocks"
    return f"{limit.unit} of {limit.what}" if limit.standing else limit.what


def _reserved(reader: Reader, owned: Sequence[OwnedReservation], quota: Quota) -> int:
    return most_reserved(owned, reader.identity.account, quota.region, quota.limit.code, reader.now)


def _half(deadline: Deadline) -> Deadline:
    """Half of the time that is left: whatever hangs leaves some for what comes after it."""
    return Deadline.after(deadline.remaining / 2)


def _home(reader: Reader) -> str:
    """A region in which permissions are tried."""
    regions = selling_regions(reader)
    return _HOME_REGION if _HOME_REGION in regions else regions[0]


def _subject(reader: Reader) -> str:
    return f"account {reader.name}"


def _action(operation: str) -> str:
    return action_of(operation, "cloudtrail" if operation == _LOOK_UP else None)


def _unheard(_: Outcome[str, bool]) -> None:
    """Outcomes are looked at together."""
