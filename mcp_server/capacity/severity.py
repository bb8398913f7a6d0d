"""How bad something is that a rule has found."""

from enum import StrEnum


class Severity(StrEnum):
    """How much is lost if nobody looks: critical is money, data, running work or everybody's access."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]

    def at_least(self, other: "Severity") -> bool:
        """Whether it is as bad as another, or worse."""
        return self.rank <= other.rank


_RANKS = {each: rank for rank, each in enumerate(Severity)}
