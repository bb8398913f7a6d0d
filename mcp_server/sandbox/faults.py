"""Faults: what may go wrong between a client and AWS, armed for the next calls of an operation."""

from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from mcp_server.sandbox.messages import Arrival

ANY: Final = "*"


class Fault(StrEnum):
    """What can be armed."""

    THROTTLE = "throttle"
    DESCRIBE_LIMIT = "describe-limit"
    QUOTA_ZERO = "quota-zero"
    DENIED = "denied"
    TAGS_DENIED = "tags-denied"
    EXPIRED_CREDENTIALS = "expired-credentials"
    SERVER_ERROR = "server-error"
    UNAVAILABLE = "unavailable"
    GARBAGE = "garbage"
    SLOW = "slow"
    DEAD = "dead"
    ACT_THEN_DROP = "act-then-drop"
    ACT_LATE = "act-late"
    RESERVATION_LATE = "reservation-late"
    TAG_LATE = "tag-late"
    HISTORY_LATE = "history-late"
    FIRST_SEGMENT_ONLY = "first-segment-only"
    PRICE_MOVED = "price-moved"
    OFFERING_GONE = "offering-gone"
    PAYMENT_FAILS = "payment-fails"


DECIDING: Final = frozenset(
    {
        Fault.THROTTLE,
        Fault.DESCRIBE_LIMIT,
        Fault.QUOTA_ZERO,
        Fault.DENIED,
        Fault.TAGS_DENIED,
        Fault.EXPIRED_CREDENTIALS,
        Fault.SERVER_ERROR,
        Fault.UNAVAILABLE,
        Fault.GARBAGE,
        Fault.DEAD,
        Fault.ACT_THEN_DROP,
        Fault.ACT_LATE,
    }
)
"""Those of which one call meets only one."""


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault and the calls it waits for. calls is how many are still to come, None for all.

    operation may also be SERVICE:OPERATION, in botocore's name of the service: several have a DescribeCluster.

    A fault armed for a named operation leaves its dry runs alone unless dry_run says that it waits for those. One of
    tags waits for requests that tag what they make. message is what an error answer says instead of AWS's own words.
    """

    fault: Fault
    operation: str = ANY
    region: str | None = None
    account: str | None = None
    calls: int | None = None
    seconds: float = 60
    milliseconds: float = 0
    percent: Decimal = Decimal(10)
    dry_run: bool = False
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the control endpoint."""
        return asdict(self) | {"fault": self.fault.value, "percent": str(self.percent)}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Armed":
        """What as_json gave."""
        fault, percent = Fault(row.pop("fault")), Decimal(row.pop("percent"))
        return cls(fault, percent=percent, **row)

    def waits_for(self, arrival: Arrival, account: str) -> bool:
        """Whether it strikes this call."""
        return (
            self.operation in (ANY, arrival.operation, f"{arrival.service}:{arrival.operation}")
            and (self.operation == ANY or self.dry_run == arrival.dry_run)
            and self.region in (None, arrival.region)
            and self.account in (None, account)
            and (self.fault is not Fault.TAGS_DENIED or arrival.tags)
        )


class Armoury:
    """The armed faults, in the order in which they were armed."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []

    def arm(self, armed: Armed) -> None:
        """Wait for the next calls."""
        self._armed.append(armed)

    def disarm(self) -> None:
        """Forget all of them."""
        self._armed.clear()

    def armed(self) -> tuple[Armed, ...]:
        """Those that still wait."""
        return tuple(self._armed)

    def strike(self, arrival: Arrival, account: str) -> tuple[Armed, ...]:
        """What a call meets: delays and visibility add up, of what decides its answer only the first armed counts."""
        struck: list[Armed] = []
        for armed in tuple(self._armed):
            decided = any(other.fault in DECIDING for other in struck)
            if not armed.waits_for(arrival, account) or (decided and armed.fault in DECIDING):
                continue
            struck.append(armed)
            if armed.calls is not None:
                self._armed.remove(armed)
                if armed.calls > 1:
                    self._armed.append(replace(armed, calls=armed.calls - 1))
        return tuple(struck)
