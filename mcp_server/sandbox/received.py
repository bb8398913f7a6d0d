"""Which requests arrived: tests ask how often something was asked for, and what waited for what."""

import time
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from mcp_server.sandbox.messages import Arrival

_MOST_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Received:
    """One request to AWS, also one that a fault answered or dropped. at is the simulated time, UTC.

    seconds are those of a clock that nobody sets, for the time between two requests.
    """

    operation: str
    region: str
    account: str
    at: datetime
    dry_run: bool
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """For the control endpoint."""
        return asdict(self) | {"at": self.at.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Received":
        """What as_json gave."""
        at = datetime.fromisoformat(data["at"])
        return cls(data["operation"], data["region"], data["account"], at, data["dry_run"], data["seconds"])


class Log:
    """The latest requests, oldest first, and how many there were in all."""

    def __init__(self) -> None:
        self._received: deque[Received] = deque(maxlen=_MOST_KEPT)
        self._lock = Lock()
        self.served = 0

    def write(self, arrival: Arrival, account: str, at: datetime) -> None:
        """Remember a request."""
        with self._lock:
            self.served += 1
            received = Received(arrival.operation, arrival.region, account, at, arrival.dry_run, time.monotonic())
            self._received.append(received)

    def read(self, operation: str | None, region: str | None) -> list[Received]:
        """The requests to an operation in a region, or to any in any."""
        with self._lock:
            kept = list(self._received)
        return [each for each in kept if operation in (None, each.operation) and region in (None, each.region)]

    def clear(self) -> None:
        """Forget the requests; their number in all goes on."""
        with self._lock:
            self._received.clear()
