"""How calls to AWS fail, told apart by what a person can do about it."""

from enum import StrEnum


class FailureKind(StrEnum):
    """What kind of failure it was."""

    QUOTA = "quota"
    THROTTLED = "throttled"
    DENIED = "denied"
    CREDENTIALS = "credentials"
    WRONG_ACCOUNT = "wrong account"
    REGION_OFF = "region off"
    UNSUPPORTED = "unsupported"
    INVALID = "invalid"
    UNREACHABLE = "unreachable"
    AWS_ERROR = "AWS error"


class AwsFailure(Exception):
    """One call that failed, or that could not be made.

    message is AWS's own, cleaned and cut; code may be empty; remedy is what to do about it where that is known here.
    """

    def __init__(self, kind: FailureKind, operation: str, message: str, code: str = "", remedy: str = "") -> None:
        self.kind, self.operation, self.remedy = kind, operation, remedy
        self.code, self.message = clean(code, 80), clean(message)
        said = f"{operation}: {self.code + ': ' if code else ''}{self.message}"
        super().__init__(f"{sentence(said)} {remedy}".strip())


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
    if code not in _KINDS and "not authorized" in message:
        return FailureKind.DENIED
    return _KINDS.get(code, FailureKind.AWS_ERROR)


_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters that count as printable and show nothing: with them a line could be drawn out to the next."""


def clean(text: str, longest: int = 300) -> str:
    """Words from elsewhere as one printable line, cut: what a service says must not draw on a person's screen."""
    line = " ".join("".join(each if each.isprintable() and each not in _BLANKS else " " for each in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def sentence(text: str) -> str:
    """The text with a full stop, unless it has its end already."""
    return text if text.endswith((".", "!", "?", "…", ":")) else f"{text}."
