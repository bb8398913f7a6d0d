"""Whose AWS accounts are read, and with which credentials."""

import os
import re
import shlex
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from mcp_server.aws.calls import ask, expected, translated
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.sessions import open_session, reading_config
from mcp_server.capacity.words import one_line, typed, word

AWS_WORLD = "AWS"
"""The one world that is real."""

# Anybody can have a host below amazonaws.com; not one whose name is that of a service.
_AWS_HOST = re.compile(
    r"(?:vpce-[a-z0-9-]+\.)?(?:ec2|sts)(?:-fips)?(?:\.[a-z]{2}(?:-[a-z]+)+-[0-9])?(?:\.vpce)?"
    r"\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|api\.amazonwebservices\.com\.cn)"
)

_NUMBER = re.compile("[0-9]{12}")
_ARN = re.compile("arn:[a-z0-9-]+:(?:iam|sts)::[0-9]{12}:[!-~]{1,1024}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where an account's credentials come from: a profile, a role assumed from it, or neither: the ambient ones.

    account is the number the credentials must turn out to belong to; None where any will do.
    """

    name: str
    account: str | None = None
    profile: str | None = None
    role: str | None = None

    @property
    def ambient(self) -> bool:
        """Whether the environment's own credentials are used as they are."""
        return self.profile is None and self.role is None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who AWS says the caller is. clock_skew is AWS's time minus this machine's; endpoint is where STS answered.

    world is AWS, or which simulation of it answered.
    """

    account: str
    arn: str
    clock_skew: timedelta
    endpoint: str
    world: str

    @property
    def partition(self) -> str:
        """The partition the caller lives in: aws, aws-us-gov or aws-cn."""
        return self.arn.split(":")[1]

    @property
    def simulated(self) -> bool:
        """Whether the answer came from an endpoint that is not AWS."""
        return not is_aws(self.endpoint)


class Account:
    """One account as this process reaches it. Sessions and clients are made on first use and shared by threads."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lock = threading.RLock()
        self._session: Any = None
        self._identity: Identity | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._heard: tuple[datetime, float] | None = None

    @property
    def now(self) -> datetime:
        """AWS's time as its last answer told it and as has passed since, UTC; this machine's before the first.

        It does not follow this machine's clock when that is set.
        """
        if self._heard is None:
            return datetime.now(UTC)
        moment, at = self._heard
        return moment + timedelta(seconds=_passed() - at)

    def identity(self) -> Identity:
        """Who the credentials belong to, asked of sts:GetCallerIdentity once per session.

        Raises:
            AwsFailure: No or expired credentials, with the line that renews them; or they belong to another account.
        """
        with self._lock:
            if self._identity is None:
                try:
                    self._identity = self._checked_identity()
                except AwsFailure as failure:
                    raise self.after(failure) from failure
            return self._identity

    def client(self, service: str, region: str) -> Any:
        """A client of this account's, whose identity has been checked.

        Raises:
            AwsFailure: As identity.
        """
        self.identity()
        return self._client(service, region)

    def after(self, failure: AwsFailure) -> AwsFailure:
        """The failure, with the exact line that renews the credentials if they are what failed.

        The session is then forgotten: what is renewed outside must be found by the next call, without a restart.
        """
        if failure.kind not in (FailureKind.CREDENTIALS, FailureKind.WRONG_ACCOUNT):
            return failure
        with self._lock:
            self._session, self._identity = None, None
            self._clients.clear()
        remedy = self._renewal(failure) if failure.kind is FailureKind.CREDENTIALS else ""
        return AwsFailure(failure.kind, failure.operation, failure.message, failure.code, remedy, ours=failure.ours)

    def _client(self, service: str, region: str) -> Any:
        with self._lock, translated(f"{service} client"):
            if (service, region) not in self._clients:
                client = self._made_session().client(service, region, config=reading_config())
                client.meta.events.register("after-call", self._hear_the_time)
                self._clients[service, region] = client
            return self._clients[service, region]

    def _checked_identity(self) -> Identity:
        identity = identify(self._client("sts", self._home_region()))
        if self.source.account not in (None, identity.account):
            message = (
                f"{self._described()} belongs to account {identity.account} ({identity.arn}), not to "
                f"{self.source.account} as configured for {self.source.name}: it is not used."
            )
            raise AwsFailure(FailureKind.WRONG_ACCOUNT, "get_caller_identity", message, ours=True)
        return identity

    def _hear_the_time(self, http_response: Any, **_: Any) -> None:
        moment = _date(http_response.headers.get("Date"))
        if moment:
            self._heard = (moment, _passed())

    def _made_session(self) -> Any:
        if self._session is None:
            self._session = open_session(self.source.profile, self.source.role)
        return self._session

    def _home_region(self) -> str:
        with translated("session"):
            return self._made_session().region_name or "us-east-1"

    def _described(self) -> str:
        if self.source.role:
            return f"role {self.source.role}"
        return f"profile {_typed(self.source.profile)}" if self.source.profile else "the ambient identity"

    def _renewal(self, failure: AwsFailure) -> str:
        if self.source.profile and "could not be found" in failure.message:
            named = _typed(self.source.profile)
            return f"There is no such profile on this machine: run aws configure sso --profile {named}."
        profile = _typed(self.source.profile or os.environ.get("AWS_PROFILE") or "")
        if profile:
            return (
                f"Run: aws sso login --profile {profile} (if profile {profile} does not use SSO, renew its keys); no "
                "restart is needed."
            )
        if "AWS_ACCESS_KEY_ID" in os.environ:
            return (
                "The keys come from AWS_ACCESS_KEY_ID in the environment of this program: set new ones there and start "
                "it again, or name a profile in ml-clusters.toml."
            )
        return "Run: aws sso login (or aws configure sso first); no restart is needed."


class Accounts:
    """The accounts to read. With none configured there is one: whoever the ambient credentials belong to."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._configured = [Account(source) for source in sources]
        self._ambient = next((each for each in self._configured if each.source.ambient), Account(Source("ambient")))

    @property
    def sources(self) -> list[Source]:
        """What is configured, in order; empty when nothing is."""
        return [each.source for each in self._configured]

    @property
    def ambient(self) -> Account:
        """The account of the ambient credentials, configured or not."""
        return self._ambient

    def named(self, names: Sequence[str]) -> list[Account]:
        """The configured accounts of these names or numbers.

        Raises:
            UnknownAccount: A name that is not configured.
        """
        return [self._find(name) for name in dict.fromkeys(names)]

    def all(self) -> list[Account]:
        """Every configured account, or the ambient one."""
        return self._configured or [self._ambient]

    def of_number(self, number: str) -> Account:
        """The account of this number, whose credentials are known to be its own.

        Raises:
            UnknownAccount: None of them is.
            AwsFailure: The one that is configured so cannot be used.
        """
        for each in self.all():
            if each.source.account in (None, number) and each.identity().account == number:
                return each
        raise UnknownAccount(number, tuple(source.name for source in self.sources))

    def is_stranger(self, identity: Identity) -> bool:
        """Whether a caller is none of the configured accounts."""
        numbers = {source.account for source in self.sources}
        return bool(numbers) and None not in numbers and identity.account not in numbers

    def _find(self, name: str) -> Account:
        for each in self._configured:
            if name in (each.source.name, each.source.account):
                return each
        raise UnknownAccount(name, tuple(source.name for source in self.sources))


class UnknownAccount(LookupError):
    """An account was named that is not configured. known are the names that are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        listed = f"Configured are: {', '.join(known)}." if known else "No accounts are configured in ml-clusters.toml."
        super().__init__(f"No account is called {typed(name)}. {listed}")


def identify(sts: Any) -> Identity:
    """Who the credentials of an STS client belong to.

    Raises:
        AwsFailure: They are refused, or AWS did not answer, or something else did.
    """
    before = datetime.now(UTC)
    answer = ask(sts, "get_caller_identity")
    number, arn = (expected(answer, "get_caller_identity", name) for name in ("Account", "Arn"))
    if not (_NUMBER.fullmatch(number) and _ARN.fullmatch(arn)):
        message = "the answer names no account or no caller: it is not one of AWS's"
        raise AwsFailure(FailureKind.AWS_ERROR, "get_caller_identity", message, ours=True)
    endpoint: str = sts.meta.endpoint_url
    return Identity(number, arn, _skew(answer, before), endpoint, _world(answer, endpoint))


def is_aws(endpoint: str) -> bool:
    """Whether an endpoint's URL is one of AWS's own, of EC2 or STS."""
    return _AWS_HOST.fullmatch(urlsplit(endpoint).hostname or "") is not None


def _world(answer: dict[str, Any], endpoint: str) -> str:
    if is_aws(endpoint):
        return AWS_WORLD
    headers: dict[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return f"simulation {word(headers.get('x-simulated-world') or endpoint)}"


def _typed(profile: str) -> str:
    """A profile as it is typed in a shell."""
    return shlex.quote(one_line(profile, 128)) if profile else ""


def _passed() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _skew(answer: dict[str, Any], before: datetime) -> timedelta:
    headers: dict[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    moment = _date(headers.get("date"))
    return moment - before if moment else timedelta()


def _date(header: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
