"""How fast one region may be asked: one call at a time, slower after a refusal, faster after success."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mcp_server.aws.failures import AwsFailure, FailureKind

_T = TypeVar("_T")

FASTEST = 5.0
"""Calls a second at the start, so many that at usual latencies nobody waits who has not been refused."""

SLOWEST = 0.05


class OutOfTime(Exception):
    """The time budget ended before the call could be made."""


@dataclass(slots=True)
class Deadline:
    """When to stop asking. stop ends it early."""

    ends: float
    _stopped: threading.Event

    @classmethod
    def after(cls, seconds: float, stopped: threading.Event | None = None) -> "Deadline":
        """A deadline this many seconds from now, or whenever stopped is set."""
        return cls(time.monotonic() + seconds, stopped or threading.Event())

    @property
    def remaining(self) -> float:
        """Seconds left; 0 when over or stopped."""
        return 0.0 if self._stopped.is_set() else max(0.0, self.ends - time.monotonic())

    def part(self, share: float) -> "Deadline":
        """A deadline after this share of the time that is left, which ends early when this one does."""
        return Deadline.after(self.remaining * share, self._stopped)

    def stop(self) -> None:
        """End it now, waking whoever sleeps."""
        self._stopped.set()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            OutOfTime: The deadline comes first; it is raised at once, since waiting would be in vain.
        """
        if seconds > self.remaining or self._stopped.wait(seconds):
            raise OutOfTime


class Pace:
    """Additive increase, multiplicative decrease of the calls a second to one operation in one account and region.

    EC2 refuses DescribeCapacityBlockOfferings that come too fast with a code that botocore does not take for
    throttling, and gives no number; about half a call a second has been seen to be safe.
    """

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._holder: Deadline | None = None
        self._rate = FASTEST
        self._next = 0.0

    @property
    def rate(self) -> float:
        """Calls a second at present."""
        return self._rate

    def call(self, send: Callable[[], _T], deadline: Deadline) -> _T:
        """Send when it is this call's turn, again and slower each time that AWS says it came too fast.

        Raises:
            OutOfTime: The deadline comes before the turn.
            AwsFailure: What AWS answered; throttling only if the deadline left no time to try again.
        """
        self._take_turn(deadline)
        try:
            return self._send_paced(send, deadline)
        finally:
            with self._turn:
                if self._holder is deadline:
                    self._holder = None
                    self._turn.notify_all()

    def _take_turn(self, deadline: Deadline) -> None:
        with self._turn:
            # A call that hangs past its own deadline has been given up by its caller, and holds nobody else up.
            while self._holder is not None and self._holder.remaining:
                self._turn.wait(min(deadline.remaining, self._holder.remaining))
                if not deadline.remaining:
                    raise OutOfTime
            self._holder = deadline

    def slow_down(self) -> None:
        """AWS refused: half as fast from now on."""
        self._rate = max(SLOWEST, self._rate / 2)

    def speed_up(self) -> None:
        """AWS answered: a little faster from now on."""
        self._rate = min(FASTEST, self._rate + 0.25)

    def _send_paced(self, send: Callable[[], _T], deadline: Deadline) -> _T:
        while True:
            deadline.sleep(max(0.0, self._next - time.monotonic()))
            self._next = time.monotonic() + 1 / self._rate
            try:
                answer = send()
            except AwsFailure as failure:
                if failure.kind is not FailureKind.THROTTLED:
                    raise
                self.slow_down()
                pause = random.uniform(0.8, 1.2) / self._rate  # noqa: S311 - spreads callers, guards nothing
                if pause > deadline.remaining:
                    raise
                self._next = time.monotonic() + pause
            else:
                self.speed_up()
                return answer
