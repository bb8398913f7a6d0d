"""What was bought. Every state follows from a record and the time; nothing here waits or runs by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from mcp_server.sandbox.catalogue import Product
from mcp_server.sandbox.extensions import Extension, held_end, paid_end
from mcp_server.sandbox.market import Offer, Segment, days
from mcp_server.sandbox.payments import Payment, PaymentStatus

INSTANCE_LEAD = timedelta(minutes=30)
ULTRASERVER_LEAD = timedelta(minutes=60)


class State(StrEnum):
    """The states that a block and its reservation pass through."""

    PAYMENT_PENDING = "payment-pending"
    PAYMENT_FAILED = "payment-failed"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    EXPIRED = "expired"


class Interconnect(StrEnum):
    """How the network between a block's instances is."""

    OK = "ok"
    IMPAIRED = "impaired"
    INSUFFICIENT_DATA = "insufficient-data"


@dataclass(frozen=True, slots=True)
class Health:
    """How many instances of a block cannot be used, and how its interconnect is."""

    unavailable: int = 0
    interconnect: Interconnect = Interconnect.OK


@dataclass(slots=True)
class Reservation:
    """One reservation and the block it belongs to; a purchase of several segments made one for each."""

    reservation_id: str
    block_id: str
    account: str
    region: str
    product: Product
    segment: Segment
    platform: str
    created: datetime
    payment: Payment
    visible_from: datetime
    extensions: list[Extension] = field(default_factory=list[Extension])
    health: Health = Health()

    @property
    def instances(self) -> int:
        """How many instances were bought."""
        return self.segment.units * self.product.instances

    @property
    def vcpus(self) -> int:
        """What counts against the quota while the block is active."""
        return self.instances * self.product.vcpus

    def end(self, now: datetime) -> datetime:
        """When the block ends, with the extensions that are paid."""
        return paid_end(self.segment.end, self.extensions, now)

    def usable_end(self, now: datetime) -> datetime:
        """When instances that still run are terminated (EC2 user guide, Capacity Blocks, considerations)."""
        return self.end(now) - (ULTRASERVER_LEAD if self.product.ultraserver else INSTANCE_LEAD)

    def claimed_until(self, now: datetime) -> datetime:
        """Until when the capacity is nobody else's."""
        return held_end(self.segment.end, self.extensions, now)

    def state(self, now: datetime) -> State:
        """payment-pending, then scheduled, active, expired; or payment-failed."""
        match self.payment.status(now):
            case PaymentStatus.PENDING:
                return State.PAYMENT_PENDING
            case PaymentStatus.FAILED:
                return State.PAYMENT_FAILED
            case PaymentStatus.SUCCEEDED if now < self.segment.start:
                return State.SCHEDULED
            case _:
                return State.ACTIVE if now < self.end(now) else State.EXPIRED

    def total_instances(self, now: datetime) -> int:
        """0 before the start and after the end; a tag tells the count meanwhile."""
        return self.instances if self.state(now) is State.ACTIVE else 0


class Estate:
    """Every reservation of every account, in the order of purchase, and what others bought."""

    def __init__(self) -> None:
        self._reservations: list[Reservation] = []
        self._elsewhere: list[tuple[str, Segment]] = []

    def add(self, reservation: Reservation) -> None:
        """Keep what was bought."""
        self._reservations.append(reservation)

    def sell_to_others(self, offer: Offer) -> None:
        """Somebody outside this world takes the capacity of an offer."""
        self._elsewhere.extend((offer.product.name, segment) for segment in offer.segments)

    def owned(self, account: str, region: str) -> list[Reservation]:
        """Everything that an account has in a region, whether it can be seen yet or not."""
        return [each for each in self._reservations if (each.account, each.region) == (account, region)]

    def find(self, reservation_id: str) -> Reservation | None:
        """A reservation of any account."""
        return next((each for each in self._reservations if each.reservation_id == reservation_id), None)

    def taken(self, product: Product, zone_id: str, day: date, now: datetime) -> int:
        """How many units are no longer for sale in a zone on a market day."""
        mine = sum(
            each.segment.units
            for each in self._reservations
            if each.product.name == product.name
            and each.segment.zone_id == zone_id
            and each.state(now) is not State.PAYMENT_FAILED
            and day in days(each.segment.start, each.claimed_until(now))
        )
        others = sum(
            segment.units
            for name, segment in self._elsewhere
            if (name, segment.zone_id) == (product.name, zone_id) and day in days(segment.start, segment.end)
        )
        return mine + others

    def peak_vcpus(self, account: str, region: str, family: str, wanted: Segment, now: datetime) -> int:
        """The most vCPUs of a family that are reserved at one time while a wanted segment would run."""
        rivals = [
            (each.segment.start, each.claimed_until(now), each.vcpus)
            for each in self.owned(account, region)
            if each.product.family == family and each.state(now) is not State.PAYMENT_FAILED
        ]
        moments = [wanted.start, *(start for start, _, _ in rivals if wanted.start <= start < wanted.end)]
        return max(sum(vcpus for start, end, vcpus in rivals if start <= moment < end) for moment in moments)


def visible(reservations: list[Reservation], now: datetime) -> Iterator[Reservation]:
    """Those that the describing operations show already."""
    return (each for each in reservations if each.visible_from <= now)
