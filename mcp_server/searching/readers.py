"""Through whose eyes AWS is read: the accounts of one call, each with its identity checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mcp_server.aws.accounts import Account, Accounts, Identity
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.searching.fan_out import Task, fan_out

_SILENT = AwsFailure(FailureKind.UNREACHABLE, "get_caller_identity", "no answer within the time budget", ours=True)


@dataclass(frozen=True, slots=True)
class Reader:
    """One account whose credentials work."""

    account: Account
    identity: Identity

    @property
    def name(self) -> str:
        """What people call the account: its configured name, else its number."""
        return self.identity.account if self.account.source.name == "ambient" else self.account.source.name

    @property
    def now(self) -> datetime:
        """AWS's time, UTC."""
        return self.account.now


@dataclass(frozen=True, slots=True)
class AccountFailure:
    """An account that cannot be read, and why."""

    name: str
    failure: AwsFailure


@dataclass(frozen=True, slots=True)
class Readers:
    """The accounts of one call: those that work, those that do not, and what the caller must be told about them."""

    working: tuple[Reader, ...]
    failures: tuple[AccountFailure, ...]
    notices: tuple[str, ...]

    @property
    def simulated(self) -> bool:
        """Whether any of them is not AWS."""
        return any(each.identity.simulated for each in self.working)


def choose_readers(accounts: Accounts, names: Sequence[str], deadline: Deadline) -> Readers:
    """The accounts to read: those named, else every configured one, else the ambient one.

    A caller from outside the configured accounts reads only its own, unless it names others.

    Raises:
        UnknownAccount: A name that is not configured.
    """
    if names:
        return _identified(accounts.named(names), deadline)
    if not accounts.sources:
        readers = _identified([accounts.ambient], deadline)
        arns = "".join(f" ({each.identity.arn})" for each in readers.working)
        told = f"No accounts are configured: only the ambient credentials are used{arns}."
        return Readers(readers.working, readers.failures, (told,))
    stranger = _stranger(accounts, deadline)
    if stranger:
        told = (
            f"The caller {stranger.identity.arn} belongs to none of the configured accounts "
            f"({', '.join(source.name for source in accounts.sources)}): only its own account was searched. To search "
            "the configured ones, name them in accounts."
        )
        return Readers((stranger,), (), (told,))
    return _identified(accounts.all(), deadline)


def _stranger(accounts: Accounts, deadline: Deadline) -> Reader | None:
    # Without ambient credentials nobody is a stranger: the configured profiles say who the caller is.
    callers = _identified([accounts.ambient], deadline).working
    return next((each for each in callers if accounts.is_stranger(each.identity)), None)


def _identified(accounts: Sequence[Account], deadline: Deadline) -> Readers:
    """Ask all at once who they are."""
    tasks = [Task(account, account, lambda _, account=account: account.identity()) for account in accounts]
    working: list[Reader] = []
    failures: list[AccountFailure] = []
    for outcome in fan_out(tasks, deadline, done=lambda _: None):
        if outcome.answer:
            working.append(Reader(outcome.key, outcome.answer))
        else:
            failures.append(AccountFailure(outcome.key.source.name, outcome.failure or _SILENT))
    return Readers(tuple(working), tuple(failures), ())
