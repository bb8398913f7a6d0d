"""What a rule of risk is, and what one has found in a plan."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from mcp_server.capacity.severity import Severity
from mcp_server.monorepo.plans.changes import Action, Change


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule has seen in a change: a reason from this plan, and a severity where it is not the rule's own."""

    why: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of risk, in words that need no plan: what is seen, what it means here, and what to do.

    types are the types of resources that look is asked about; empty for any. A rule without look is told by whoever
    reads whole plans. Where names are given, it is asked only about what has one of these attributes before, and where
    actions are, only about these. of_tags is for rules that speak also of what gets other tags and nothing else, yields
    for rules that say nothing of a change that another rule has spoken of.
    """

    name: str
    severity: Severity
    seen: str
    meaning: str
    do: str
    types: frozenset[str] = frozenset()
    look: Callable[[Change], Iterable[Seen]] | None = None
    actions: frozenset[Action] = frozenset()
    names: tuple[bytes, ...] = ()
    of_tags: bool = False
    yields: bool = False


class Risk(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rule has found: of a resource, or of the whole unit where address is None. why is fit to be shown."""

    rule: str
    severity: Severity
    unit: str
    why: str
    address: str | None = None
