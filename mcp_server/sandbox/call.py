"""One request to an operation that moto lacks: who asks for what, where and when, and what shapes the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mcp_server.sandbox.effects import Effects


class AwsError(Exception):
    """What AWS would answer: a code, a sentence and an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request. name is the role session's or the user's name, as CloudTrail shows it."""

    account: str
    access_key: str
    arn: str
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A request as the operation sees it. now is the simulated time, UTC."""

    operation: str
    region: str
    caller: Caller
    now: datetime
    params: Mapping[str, Any]
    effects: Effects = field(default_factory=Effects)

    @property
    def account(self) -> str:
        """Whose resources the request is about."""
        return self.caller.account

    def refuse_dry_run(self) -> None:
        """End a dry run where AWS does: after the permission check, before anything is done.

        Raises:
            AwsError: DryRunOperation, HTTP 412.
        """
        if self.params.get("DryRun"):
            raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
