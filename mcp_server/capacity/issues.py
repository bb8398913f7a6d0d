"""What AWS says is wrong with something, in its own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that AWS says is wrong. resources are the ids that it names.

    untrusted_message is a sentence from elsewhere: it is shown as a quotation.
    """

    code: str
    untrusted_message: str = ""
    resources: tuple[str, ...] = ()


def issues_of(rows: Iterable[Mapping[str, Any]], code: str = "code", message: str = "message") -> tuple[Issue, ...]:
    """Issues from AWS's rows, whose members for code and message differ from service to service."""
    return tuple(
        Issue(str(row.get(code, "")), str(row.get(message) or ""), tuple(map(str, row.get("resourceIds") or ())))
        for row in rows
    )
