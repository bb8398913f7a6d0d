"""Answers of AWS that come in pages."""

from collections.abc import Iterator
from typing import Any

from mcp_server.aws.calls import ask, expected
from mcp_server.aws.failures import AwsFailure, FailureKind


def every_row(client: Any, operation: str, member: str, **arguments: Any) -> Iterator[Any]:
    """The rows of all pages of one operation, which each page lists in member.

    Raises:
        AwsFailure: A call failed, or a page has no such member: it is not an answer, and says nothing. Or a page is
            followed by itself.
    """
    yield from _pages(client, operation, member, "NextToken", arguments)


def every_eks_row(client: Any, operation: str, member: str, **arguments: Any) -> Iterator[Any]:
    """The same of EKS, which spells its token otherwise.

    Raises:
        AwsFailure: As every_row.
    """
    yield from _pages(client, operation, member, "nextToken", arguments)


def _pages(client: Any, operation: str, member: str, name: str, arguments: dict[str, Any]) -> Iterator[Any]:
    token: str | None = None
    while True:
        answer = ask(client, operation, **arguments, **{name: token})
        yield from expected(answer, operation, member)
        before, token = token, answer.get(name)
        if not token:
            return
        if token == before:
            raise AwsFailure(FailureKind.AWS_ERROR, operation, "its pages have no end", ours=True)
