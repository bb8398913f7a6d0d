"""Whether everything that a search needs is in order, without touching money."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.pacing import Deadline
from mcp_server.aws.permissions import dry_run_reads
from mcp_server.capacity.durations import Duration
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.searching.market import Market, Quota
from mcp_server.searching.readers import Reader, choose_readers

_TOLERATED_SKEW = timedelta(minutes=4)
"""AWS refuses requests signed more than five minutes off its own time."""


class Verdict(StrEnum):
    """How a finding bears on searching."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined. fix says what to do, for what is bad."""

    verdict: Verdict
    subject: str
    detail: str
    fix: str = ""


def examine_accounts(accounts: Accounts, home_region: str, deadline: Deadline) -> Iterable[Finding]:
    """Identity, clock, permissions and quotas of every account, in that order."""
    readers = choose_readers(accounts, (), deadline)
    for notice in readers.notices:
        yield Finding(Verdict.NOTE, "accounts", notice)
    for each in readers.failures:
        fix = each.failure.remedy or _mend(each.failure)
        yield Finding(Verdict.BAD, f"account {each.name}", _said(each.failure), fix)
    for reader in readers.working:
        world = ", SIMULATED" if reader.identity.simulated else ""
        yield Finding(Verdict.GOOD, f"account {reader.name}", f"{reader.identity.arn}{world}")
        yield from _clock(reader)
        yield from _permissions(reader, home_region)
        yield from _quotas(reader, deadline)


def _clock(reader: Reader) -> Iterable[Finding]:
    skew = reader.identity.clock_skew
    # Simulated AWS has a clock of its own, which people move.
    if abs(skew) > _TOLERATED_SKEW and not reader.identity.simulated:
        yield Finding(
            Verdict.BAD,
            "clock",
            f"this machine differs from AWS by {int(abs(skew).total_seconds())} s",
            "Set the clock by NTP: AWS refuses requests five minutes off.",
        )


def _permissions(reader: Reader, region: str) -> Iterable[Finding]:
    try:
        reads = dry_run_reads(reader.account.client("ec2", region))
    except AwsFailure as failure:
        reads = {"ec2": failure}
    subject = f"account {reader.name}"
    for action, failure in reads.items():
        if failure is None:
            yield Finding(Verdict.GOOD, subject, f"may call {action} in {region}")
        else:
            yield Finding(Verdict.BAD, subject, f"{action} in {region}: {_said(failure)}", _mend(failure, action))


def _quotas(reader: Reader, deadline: Deadline) -> Iterable[Finding]:
    """One unit of each type: whether a purchase of that family is possible at all, by region."""
    everything = CapacityRequest(tuple(CATALOGUE.values()), 1, CountUnit.INSTANCES, Duration((1,)))
    quotas = Market().quotas(everything, [reader], deadline)
    for family in dict.fromkeys(each.limit.what for each in quotas):
        of_family = [each for each in quotas if each.limit.what == family]
        yield _quota_finding(reader, family, of_family)


def _quota_finding(reader: Reader, family: str, quotas: list[Quota]) -> Finding:
    subject = f"account {reader.name}"
    possible = sorted(each.region for each in quotas if each.possible)
    closed = sorted(each.region for each in quotas if each.possible is False)
    failure = next((each.failure for each in quotas if each.failure), None)
    code = quotas[0].limit.code
    if failure:
        return Finding(
            Verdict.BAD,
            subject,
            f"{family} quota {code}: {_said(failure)}",
            _mend(failure, "servicequotas:GetServiceQuota and servicequotas:GetAWSDefaultServiceQuota"),
        )
    if not closed:
        return Finding(Verdict.GOOD, subject, f"{family} blocks ({code}) can be bought in every region that sells them")
    detail = f"{family} blocks ({code}) can be bought in {', '.join(possible) or 'no region'}"
    fix = (
        f"To buy in {', '.join(closed)}, with credentials of this account: aws service-quotas "
        f"request-service-quota-increase --service-code ec2 --quota-code {code} --desired-value VCPUS "
        f"--region {closed[0]} (VCPUS: what the instances wanted have together)"
    )
    return Finding(Verdict.NOTE, subject, f"{detail}; the quota is too small in {', '.join(closed)}", fix)


def _said(failure: AwsFailure) -> str:
    return f"{failure.kind}: {failure.code + ': ' if failure.code else ''}{failure.message}"


def _mend(failure: AwsFailure, action: str = "") -> str:
    return f"Allow {action} to this identity, then run doctor again." if action else f"See: {failure.operation}."
