"""Pages and filters as EC2 and its neighbours have them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from mcp_server.sandbox.call import AwsError

T = TypeVar("T")

_MOST = 1000


def page(
    rows: Sequence[T], params: Mapping[str, Any], *, default: int = 1000, error: AwsError | None = None
) -> tuple[Sequence[T], str | None]:
    """The rows from NextToken on, at most MaxResults, and the token of the next page if there is one.

    Raises:
        AwsError: the token is none of ours, or more is wanted than a page holds.
    """
    start = _offset(params.get("NextToken"), error)
    size = int(params.get("MaxResults") or default)
    if not 1 <= size <= _MOST:
        message = f"Value ({size}) for parameter MaxResults is invalid. It is 1 to {_MOST}."
        raise AwsError("InvalidParameterValue", message)
    following = start + size
    return rows[start:following], _token(following) if following < len(rows) else None


def _token(offset: int) -> str:
    return urlsafe_b64encode(f"page:{offset}".encode()).decode()


def _offset(token: str | None, error: AwsError | None) -> int:
    if not token:
        return 0
    try:
        word, _, offset = urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "page":
            return int(offset)
    except (ValueError, NotBase64):
        pass
    raise error or AwsError("InvalidNextToken", "The specified token is not valid.")


def matching(
    rows: Sequence[T], filters: Sequence[Mapping[str, Any]], readers: Mapping[str, Callable[[T], str]]
) -> list[T]:
    """The rows that pass every filter; a filter's values are alternatives and may hold * and ?.

    Raises:
        AwsError: a filter that the operation does not have.
    """
    kept = list(rows)
    for each in filters:
        name = str(each.get("Name"))
        if name not in readers:
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
        read, values = readers[name], [str(value) for value in each.get("Values") or ()]
        kept = [row for row in kept if any(fnmatchcase(read(row), value) for value in values)]
    return kept
