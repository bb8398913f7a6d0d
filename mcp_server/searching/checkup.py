"""Whether everything that a search, a quote and a look back read of AWS is in order, without touching money."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.failures import FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.permissions import READS, READS_OF_ONE, action_of, dry_run_read, try_look_up
from mcp_server.capacity.durations import Duration
from mcp_server.capacity.instance_types import CATALOGUE, InstanceType
from mcp_server.capacity.limits import most_reserved
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.findings import OUT_OF_TIME, Finding, Verdict, mend, said
from mcp_server.searching.market import Market, Quota
from mcp_server.searching.owned import Owned, OwnedFailure, is_off, read_owned, selling_regions
from mcp_server.searching.readers import Reader, Readers, choose_readers

_HOME_REGION = "us-east-1"
_TOLERATED_SKEW = timedelta(minutes=4)
"""AWS refuses requests signed more than five minutes off its own time."""

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
    owned = read_owned(readers.working, selling_regions, _half(deadline), _unseen)
    for reader in readers.working:
        yield from _examine_account(reader, owned, scope, deadline)
    return Looked(readers, owned)


def _examine_account(reader: Reader, owned: Owned, scope: Scope, deadline: Deadline) -> Iterable[Finding]:
    world = ", SIMULATED" if reader.identity.simulated else ""
    yield Finding(Verdict.GOOD, _subject(reader), f"read as {reader.identity.arn}{world}")
    yield from _clock(reader)
    theirs = [each for each in owned.reservations if each.account == reader.identity.account]
    denied = yield from _permissions(reader, theirs, deadline)
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


def _permissions(
    reader: Reader, owned: Sequence[OwnedReservation], deadline: Deadline
) -> Generator[Finding, None, frozenset[str]]:
    """Whether the reader may make every call that reading needs. Returns the operations that are denied."""
    region = _home(reader)
    outcomes = fan_out(_tries(reader, region, owned), _half(deadline), _unheard)
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
        elif each.key in READS_OF_ONE and each.failure.kind is not FailureKind.DENIED:
            # Not every block can be extended, and EC2 may say so before it looks at permissions.
            continue
        else:
            fix = mend(each.failure, action, reader.identity.arn)
            yield Finding(Verdict.BAD, _subject(reader), f"{action} in {region}: {said(each.failure)}", fix)
    return frozenset(each.key for each in outcomes if each.failure and each.failure.kind is FailureKind.DENIED)


_LOOK_UP = "lookup_events"


def _tries(reader: Reader, region: str, owned: Sequence[OwnedReservation]) -> list[Task[str, bool]]:
    """A harmless call for each operation that reading needs, by its Python name."""

    def ask(operation: str, where: str, reservation_id: str | None) -> bool:
        dry_run_read(reader.account.client("ec2", where), operation, reservation_id)
        return True

    def look_up(_: Deadline) -> bool:
        try_look_up(reader.account.client("cloudtrail", region), reader.now)
        return True

    wanted: list[tuple[str, str, str | None]] = [(each, region, None) for each in READS]
    # Of what is made up, EC2 may say that there is no such thing before it looks at permissions.
    real = next((each for each in owned if not each.state.over), None)
    wanted += [(each, real.region, real.id) for each in READS_OF_ONE] if real else []
    tries = [Task(each[0], each[0], lambda _, each=each: ask(*each)) for each in wanted]
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
    """Whether a purchase of each family is possible at all, by region, beside what is owned."""
    market, deadline = Market(), _half(deadline)
    families: dict[str, dict[str, Quota]] = {}
    for kind in scope.types:
        regions = tuple(sorted(kind.regions & set(scope.regions) & set(selling_regions(reader))))
        if scope.regions and not regions:
            continue
        wanted = CapacityRequest((kind,), 1, CountUnit.INSTANCES, Duration((1,)), regions=regions)
        for each in market.quotas(wanted, [reader], deadline):
            by_region = families.setdefault(each.limit.what, {})
            by_region[each.region] = max(each, by_region.get(each.region, each), key=lambda one: one.limit.needed)
    for by_region in families.values():
        yield _quota_finding(reader, owned, [by_region[region] for region in sorted(by_region)])


def _quota_finding(reader: Reader, owned: Sequence[OwnedReservation], quotas: Sequence[Quota]) -> Finding:
    family, code = quotas[0].limit.what, quotas[0].limit.code
    unread = next((each for each in quotas if each.allowed is None), None)
    if unread:
        return _unread_quota(reader, unread)
    rooms = [_Room(each, _reserved(reader, owned, each)) for each in quotas]
    full = [each for each in rooms if each.full]
    possible = ", ".join(each.quota.region for each in rooms if not each.full) or "no region"
    detail = "; ".join([f"{family} blocks ({code}) can be bought in {possible}", *_beside(rooms)])
    if not full:
        return Finding(Verdict.GOOD, _subject(reader), detail)
    worst = max(full, key=lambda each: each.reserved)
    fix = (
        f"To buy in {', '.join(each.quota.region for each in full)}, with credentials of this account: aws "
        f"service-quotas request-service-quota-increase --service-code ec2 --quota-code {code} --desired-value "
        f"{worst.reserved + worst.quota.limit.needed} --region {worst.quota.region} (enough for one of "
        f"{worst.quota.limit.needed} vCPUs)"
    )
    small = ", ".join(map(_small, full))
    return Finding(Verdict.NOTE, _subject(reader), f"{detail}; the quota is too small in {small}", fix)


def _unread_quota(reader: Reader, quota: Quota) -> Finding:
    what = f"{quota.limit.what} quota {quota.limit.code} in {quota.region}"
    if quota.failure is None:
        return Finding(Verdict.BAD, _subject(reader), f"{what}: no answer in time", OUT_OF_TIME)
    actions = "servicequotas:GetServiceQuota and servicequotas:GetAWSDefaultServiceQuota"
    fix = mend(quota.failure, actions, reader.identity.arn)
    return Finding(Verdict.BAD, _subject(reader), f"{what}: {said(quota.failure)}", fix)


@dataclass(frozen=True, slots=True)
class _Room:
    """A quota, and the vCPUs of it that are reserved at the busiest moment from now on."""

    quota: Quota
    reserved: int

    @property
    def left(self) -> int:
        """How many vCPUs can be bought for any dates."""
        return (self.quota.allowed or 0) - self.reserved

    @property
    def full(self) -> bool:
        """Whether not even one more can be bought then."""
        return self.left < self.quota.limit.needed


def _beside(rooms: Sequence[_Room]) -> list[str]:
    """What the quota leaves where something is owned."""
    return [
        f"{each.left} of {each.quota.allowed} vCPUs are left in {each.quota.region} beside what is owned"
        for each in rooms
        if each.reserved and not each.full
    ]


def _small(room: _Room) -> str:
    taken = f" ({room.reserved} of {room.quota.allowed} vCPUs are reserved)" if room.reserved else ""
    return f"{room.quota.region}{taken}"


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
    return action_of(operation, "cloudtrail" if operation == _LOOK_UP else "ec2")


def _unheard(_: Outcome[str, bool]) -> None:
    """Outcomes are looked at together."""


def _unseen(answered: int, questions: int, line: str) -> None:
    """Progress of some seconds, which needs no line."""
