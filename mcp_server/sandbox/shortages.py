"""Auto Scaling groups that could not start all they want, and AWS's words for why."""

from dataclasses import dataclass, field
from typing import TypeAlias

Key: TypeAlias = tuple[str, str, str]
"""Account, region and name of a group."""


@dataclass(slots=True)
class Shortages:
    """Which groups still lack instances."""

    _reasons: dict[Key, str] = field(default_factory=dict[Key, str])

    def note(self, group: Key, reason: str) -> None:
        """A group lacks instances."""
        self._reasons[group] = reason

    def forget(self, group: Key) -> None:
        """A group lacks none, or is gone."""
        self._reasons.pop(group, None)

    def groups(self) -> tuple[Key, ...]:
        """Every group that lacks instances."""
        return tuple(self._reasons)

    def reason(self, group: Key) -> str | None:
        """Why a group could not start all it wants, None if it could."""
        return self._reasons.get(group)
