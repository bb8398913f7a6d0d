"""Arguments that several tools take, as models write them."""

from collections.abc import Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator

from mcp_server.aws.sessions import known_regions
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed

MAX_REGIONS = 40


class ResponseFormat(StrEnum):
    """A readable table with handles, or every field."""

    CONCISE = "concise"
    DETAILED = "detailed"


class UnknownRegion(RequestRefused):
    """Not a region of AWS's. similar are names that are."""

    def __init__(self, name: str, similar: tuple[str, ...]) -> None:
        self.name, self.similar = name, similar
        hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
        super().__init__(f"{typed(name)} is no AWS region.{hint}")


class TooManyRegions(RequestRefused):
    """More regions than one search asks."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(
            f"{count} regions are more than one search asks ({MAX_REGIONS}): leave regions out to ask all that sell "
            "blocks."
        )


def as_list(value: Any) -> Any:
    """Models often write one name, or null, where a list is wanted; the meaning is plain."""
    if value is None:
        return []
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def as_text(value: Any) -> Any:
    """Models write 7 or 7.0 for seven days."""
    return f"{value:g}" if isinstance(value, (int, float)) else value


Names = Annotated[list[str], BeforeValidator(as_list)]


def checked_regions(names: Sequence[str]) -> tuple[str, ...]:
    """Names of regions, each once.

    Raises:
        RequestRefused: One is none of AWS's, or they are too many.
    """
    if len(names) > MAX_REGIONS:
        raise TooManyRegions(len(names))
    known = known_regions() if names else frozenset[str]()
    for name in names:
        if name not in known:
            raise UnknownRegion(name, tuple(get_close_matches(name, known, n=2)))
    return tuple(dict.fromkeys(names))
