"""A reservation with everything that AWS tells of it: use, health, extensions, and with whom it is shared."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mcp_server.capacity.owned import OwnedExtension, OwnedReservation, ReservationState


class Interconnect(StrEnum):
    """How the network between a block's machines is (EC2 API reference, CapacityBlockStatus)."""

    OK = "ok"
    IMPAIRED = "impaired"
    INSUFFICIENT_DATA = "insufficient-data"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BlockHealth:
    """How a block is. unavailable counts machines that fail their status checks; None where AWS does not tell it."""

    unavailable: int | None
    interconnect: Interconnect


@dataclass(frozen=True, slots=True)
class Use:
    """How the machines of a reservation are used, by the number of the account that runs them.

    total is of all its machines. free is how many AWS says could be started now. Both are None where nobody tells them.
    """

    total: int | None
    by_account: tuple[tuple[str, int], ...]
    free: int | None = None

    @property
    def running(self) -> int:
        """How many machines run, whoever started them."""
        return sum(count for _, count in self.by_account)


@dataclass(frozen=True, slots=True)
class Holding:
    """A reservation that configured accounts own, or that others share with them.

    use and health are None where AWS tells none, or was not allowed to be asked. extensions are by purchase.
    shared_with are the numbers of configured accounts, not its owner, that may use it.
    """

    reservation: OwnedReservation
    extensions: tuple[OwnedExtension, ...] = ()
    use: Use | None = None
    health: BlockHealth | None = None
    shared_with: tuple[str, ...] = ()

    @property
    def unavailable(self) -> int | None:
        """How many machines fail their checks; None where that is not known."""
        return self.health.unavailable if self.health else None

    def idle(self, now: datetime) -> int | None:
        """How many machines could run and do not; None where AWS does not tell it, or none could: now is UTC.

        After the usable end AWS takes the machines back, and none is idle any more.
        """
        # What is left when those that run are taken away may be broken, stand by, or run for whom nothing is told of.
        end = self.reservation.usable_end
        if self.use is None or self.reservation.state is not ReservationState.ACTIVE or (end and now >= end):
            return None
        return self.use.free
