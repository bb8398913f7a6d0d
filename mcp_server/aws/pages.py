"""Answers of AWS that come in pages."""

from collections.abc import Iterator
from typing import Any

from mcp_server.aws.calls import ask, expected


def every_row(client: Any, operation: str, member: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """The rows of all pages of one operation, which each page lists in member.

    Raises:
        AwsFailure: A call failed, or a page has no such member: it is not an answer, and says nothing.
    """
    token: str | None = None
    while True:
        answer = ask(client, operation, NextToken=token, **arguments)
        yield from expected(answer, operation, member)
        token = answer.get("NextToken")
        if not token:
            return
