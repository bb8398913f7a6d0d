"""What time it is in simulated AWS."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class Clock:
    """Runs like the real clock, shifted by an offset; stands still while pinned.

    All times are timezone-aware UTC, whole seconds, as AWS states them.
    """

    def __init__(self, real: Callable[[], datetime] | None = None) -> None:
        self._real = real or (lambda: datetime.now(UTC))
        self._offset = timedelta(0)
        self._pinned: datetime | None = None

    def now(self) -> datetime:
        """The simulated time."""
        return (self._pinned or self._real() + self._offset).replace(microsecond=0)

    def set(self, moment: datetime) -> None:
        """Go on from `moment`, which may also lie in the past of the world."""
        self._offset = moment - self._real()

    @property
    def offset(self) -> timedelta:
        """How far ahead of the real time it is."""
        return self._offset

    def shift(self, offset: timedelta) -> None:
        """Be so far ahead of the real time."""
        self._offset = offset

    def follow_reality(self) -> None:
        """Show the real time again."""
        self._offset = timedelta(0)

    @contextmanager
    def pinned(self, moment: datetime) -> Generator[None]:
        """Stand still at `moment`: what happened then is done again, or happened while nobody looked."""
        before, self._pinned = self._pinned, moment
        try:
            yield
        finally:
            self._pinned = before
