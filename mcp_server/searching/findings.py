"""What an examination of this installation finds."""

from dataclasses import dataclass
from enum import StrEnum

from mcp_server.aws.failures import AwsFailure, FailureKind


class Verdict(StrEnum):
    """How a finding bears on searching and buying: all is well, it should be known, or it stands in the way."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined. fix says what to do about it: a command, or what to write and where."""

    verdict: Verdict
    subject: str
    detail: str
    fix: str = ""


OUT_OF_TIME = "More time: ml-clusters doctor --seconds 300"
"""What helps where nothing was answered in the time that there was."""


def said(failure: AwsFailure) -> str:
    """A failure by its kind and in AWS's words."""
    return f"{failure.kind}: {failure.code + ': ' if failure.code else ''}{failure.message}"


def mend(failure: AwsFailure, action: str, who: str) -> str:
    """What to do about a call that failed. action is IAM's name of it, who is the caller's ARN."""
    match failure.kind:
        case FailureKind.DENIED:
            return f"Allow {action} to {who}, then run doctor again."
        case FailureKind.REGION_OFF:
            return "Turn the region on for this account, or leave it out."
        case FailureKind.WRONG_ACCOUNT:
            return "Correct its id, or its profile or role, in ml-clusters.toml, then run doctor again."
        case FailureKind.UNREACHABLE:
            return "See whether this machine reaches AWS (network, proxy, endpoint), then run doctor again."
        case _:
            return failure.remedy or "Run doctor again; if it stays, see what AWS says of this error."
