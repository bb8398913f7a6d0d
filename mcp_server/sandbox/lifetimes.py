"""How long things are being made, changed and deleted. What state they are in follows from this and the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# AWS takes some ten minutes for a cluster and a few for the rest: those who wait in real time wait less here.
CLUSTER_TAKES: Final = timedelta(minutes=2)
PART_TAKES: Final = timedelta(minutes=1)


@dataclass(slots=True)
class Lifetime:
    """What is being done to something, in its service's word, and until when (UTC)."""

    created: datetime
    busy: str
    until: datetime
    modified: datetime
    deleting: bool = False

    @classmethod
    def begun(cls, now: datetime, busy: str, takes: timedelta) -> "Lifetime":
        """Of something that is being made."""
        return cls(now, busy, now + takes, now)

    def change(self, now: datetime, busy: str, takes: timedelta) -> None:
        """Something is done to it from now on."""
        self.busy, self.until, self.modified = busy, now + takes, now

    def delete(self, now: datetime, busy: str, takes: timedelta) -> None:
        """It goes."""
        self.change(now, busy, takes)
        self.deleting = True

    def busy_at(self, now: datetime) -> str | None:
        """What is being done to it, None if nothing."""
        return self.busy if now < self.until else None

    def gone(self, now: datetime) -> bool:
        """Whether it has been deleted."""
        return self.deleting and now >= self.until
