"""What shaped a change besides its request: it is kept in the journal, so that a replay has the same result."""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Effects:
    """What a fault or an earlier answer contributed to one request.

    offering is the seen offering behind the id that is bought, as JSON. The *_late members are seconds; segments_late
    leaves all reservations but the first out of the answer, too. gone: somebody else was quicker. quota_zero: SageMaker
    finds no quota, and says so for the type that is asked for.
    """

    offering: dict[str, Any] | None = None
    reservation_late: float = 0
    tag_late: float = 0
    history_late: float = 0
    segments_late: float = 0
    payment_fails: bool = False
    gone: bool = False
    quota_zero: bool = False

    def as_json(self) -> dict[str, Any]:
        """Only what differs from an undisturbed request."""
        untouched = Effects()
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name) != getattr(untouched, name)}
