"""Calls of AWS operations, with botocore's exceptions turned into ours."""

from functools import cache
from typing import Any, cast

from mcp_server.aws.failures import AwsFailure, FailureKind, kind_of


def ask(client: Any, operation: str, **arguments: Any) -> dict[str, Any]:
    """Call one operation (its Python name, such as describe_subnets) and return botocore's answer.

    Arguments that are None are left out.

    Raises:
        AwsFailure: Whatever went wrong, classified.
    """
    with translated(operation):
        return getattr(client, operation)(**{name: value for name, value in arguments.items() if value is not None})


def expected(answer: dict[str, Any], operation: str, member: str) -> Any:
    """A member that every true answer has.

    Raises:
        AwsFailure: It is not there: something other than AWS's answer came back, which says nothing about what AWS has.
    """
    if member not in answer:
        message = f"the answer has no {member}: it is not one of AWS's"
        raise AwsFailure(FailureKind.AWS_ERROR, operation, message, ours=True)
    return answer[member]


def within(row: Any, *members: str) -> Any:
    """What is in a member of a member …; None where one of them is not there, is null or has no members."""
    for each in members:
        row = cast("dict[str, Any]", row).get(each) if isinstance(row, dict) else None
    return row


class translated:  # noqa: N801 - reads as a word after `with`
    """Around calls into botocore alone: its exceptions become an AwsFailure of this operation."""

    def __init__(self, operation: str) -> None:
        self.operation = operation

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, error_type: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        """Turn the exception.

        Raises:
            AwsFailure: The exception was botocore's.
        """
        # botocore takes a fifth of a second to import, which nobody pays who does not call AWS.
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        from botocore.parsers import ResponseParserError  # noqa: PLC0415

        if isinstance(error, ClientError):
            answer: dict[str, Any] = cast("dict[str, Any]", error.response).get("Error", {})
            code, message = str(answer.get("Code", "")), str(answer.get("Message", ""))
            raise AwsFailure(kind_of(code, message), self.operation, message, code) from error
        # Its parser of the query protocol looks the answer's element up without looking whether it is there.
        if isinstance(error, (ResponseParserError, KeyError)):
            message = "the answer cannot be read: it is not one of AWS's"
            raise AwsFailure(FailureKind.AWS_ERROR, self.operation, message, ours=True) from error
        if isinstance(error, BotoCoreError):
            kinds = (kind for kind, types in _unanswered().items() if isinstance(error, types))
            raise AwsFailure(next(kinds, FailureKind.AWS_ERROR), self.operation, str(error)) from error


@cache
def _unanswered() -> dict[FailureKind, tuple[type[BaseException], ...]]:
    """The exceptions of calls that got no answer, or were never sent."""
    from botocore import exceptions  # noqa: PLC0415

    return {
        FailureKind.CREDENTIALS: (
            exceptions.NoCredentialsError,
            exceptions.PartialCredentialsError,
            exceptions.CredentialRetrievalError,
            exceptions.TokenRetrievalError,
            exceptions.SSOError,
            exceptions.LoginError,
            exceptions.ProfileNotFound,
        ),
        FailureKind.UNREACHABLE: (exceptions.ConnectionError, exceptions.HTTPClientError),
    }
