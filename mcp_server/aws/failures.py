"""How calls to AWS fail, told apart by what a person can do about it."""

import re
from enum import StrEnum

from mcp_server.capacity.words import clean, quoted, sentence, word


class FailureKind(StrEnum):
    """What kind of failure it was."""

    QUOTA = "quota"
    THROTTLED = "throttled"
    DENIED = "denied"
    CREDENTIALS = "credentials"
    WRONG_ACCOUNT = "wrong account"
    REGION_OFF = "region off"
    UNSUPPORTED = "unsupported"
    COUNT = "count not sold"
    INVALID = "invalid"
    UNREACHABLE = "unreachable"
    AWS_ERROR = "AWS error"


class AwsFailure(Exception):
    """One call that failed, or that could not be made.

    message is AWS's own, or botocore's, cleaned and cut; with ours it is this program's. code may be empty; remedy is
    what to do about it where that is known here.
    """

    def __init__(
        self, kind: FailureKind, operation: str, message: str, code: str = "", remedy: str = "", *, ours: bool = False
    ) -> None:
        self.kind, self.operation, self.remedy, self.ours = kind, operation, remedy, ours
        self.code, self.message = word(code) if code else "", clean(message)
        super().__init__(f"{operation}: {sentence(self.said())} {remedy}".strip())

    @property
    def settles(self) -> bool:
        """Whether it says that what was asked for is not sold there, rather than nothing about what there is."""
        return self.kind in {FailureKind.UNSUPPORTED, FailureKind.COUNT}

    @property
    def not_there(self) -> bool:
        """Whether what was asked about is not there, or is there no more."""
        # CloudFormation has no code of its own for it.
        return self.code in _NOT_THERE or (self.code == "ValidationError" and "does not exist" in self.message)

    def said(self, longest: int = 300) -> str:
        """The code and the message, for a sentence: words that are not this program's stand in quotation marks."""
        message = clean(self.message, longest) if self.ours else quoted(self.message, longest)
        return f"{self.code}: {message}" if self.code else message


_NOT_THERE = {
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.VersionNotFound",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchVersion",
    "ResourceNotFound",
    "ResourceNotFoundException",
}
_CODES = {
    FailureKind.DENIED: ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException"),
    # EC2 says AuthFailure in a region that is not enabled for the account, of credentials that work elsewhere.
    FailureKind.REGION_OFF: ("OptInRequired", "PendingVerification", "AuthFailure"),
    FailureKind.CREDENTIALS: (
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
    ),
    FailureKind.THROTTLED: (
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ),
    FailureKind.INVALID: (
        "InvalidParameterValue",
        "InvalidParameterCombination",
        "ValidationError",
        "ValidationException",
    ),
    FailureKind.QUOTA: ("ResourceLimitExceeded",),
    FailureKind.UNSUPPORTED: ("UnknownOperationException", "InvalidAction", "UnsupportedOperation"),
}
# "Invalid instance count 3 for instance type …"; what SageMaker says of UltraServers nobody has published.
_NO_SUCH_COUNT = re.compile(r"Invalid (instance|UltraServer) count")
_KINDS = {code: kind for kind, codes in _CODES.items() for code in codes}


def kind_of(code: str, message: str) -> FailureKind:
    """The kind of failure behind an error code and its message, by which alone some codes can be told apart."""
    # A quota that is too small, or calls that come too fast: one code for both.
    if code == "CapacityBlockDescribeLimitExceeded":
        return FailureKind.QUOTA if "not sufficient" in message else FailureKind.THROTTLED
    # One code for every bad value: a type that a region does not sell is no mistake in the request.
    if code == "InvalidParameterValue" and "not supported" in message:
        return FailureKind.UNSUPPORTED
    if code == "ValidationException" and "Invalid instance type" in message:
        return FailureKind.UNSUPPORTED
    if code == "ValidationException" and _NO_SUCH_COUNT.search(message):
        return FailureKind.COUNT
    if code not in _KINDS and "not authorized" in message:
        return FailureKind.DENIED
    return _KINDS.get(code, FailureKind.AWS_ERROR)
