"""Capacity that an account has, as AWS tells of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from mcp_server.capacity.instance_types import CATALOGUE, InstanceType, termination_lead
from mcp_server.capacity.offerings import Zone


class ReservationState(StrEnum):
    """States of the reservation behind a block (EC2 API reference, CapacityReservation)."""

    PAYMENT_PENDING = "payment-pending"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    EXPIRED = "expired"
    PAYMENT_FAILED = "payment-failed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    OTHER = "other"

    @property
    def over(self) -> bool:
        """Whether nothing can be run on it any more, nor ever will be."""
        return self in {self.EXPIRED, self.PAYMENT_FAILED, self.FAILED, self.CANCELLED}


class ExtensionState(StrEnum):
    """States of a bought extension (EC2 API reference, CapacityBlockExtension)."""

    PAYMENT_PENDING = "payment-pending"
    PAYMENT_SUCCEEDED = "payment-succeeded"
    PAYMENT_FAILED = "payment-failed"
    OTHER = "other"


_OF_ULTRASERVERS = {"p6e-gb200.36xlarge": "GB200", "trn2u.48xlarge": "Trainium2"}
"""The accelerators of instances that are sold only within UltraServers, and so have no entry in the catalogue."""


def accelerator_of(instance_type: str) -> str | None:
    """The accelerator of an instance type by AWS's name; None where it is not known."""
    kind = CATALOGUE.get(instance_type)
    return kind.accelerator if kind else _OF_ULTRASERVERS.get(instance_type)


@dataclass(frozen=True, slots=True)
class OwnedReservation:
    """The reservation of a block, or of one of its segments. Times are UTC; tags are as the account set them.

    account is the owner's, who may share it with others, to whom its tags do not show. count is of instances, of those
    bought also while AWS shows none because the block has not started. instance_type is AWS's name, which the catalogue
    may lack. words are AWS's own name of the state. free is how many instances could be started now, or at its start;
    None where that is not known. EC2 tells no fee of it.
    """

    id: str
    block_id: str | None
    account: str
    region: str
    instance_type: str
    zone: Zone
    platform: str
    count: int
    state: ReservationState
    words: str
    start: datetime
    end: datetime | None
    created: datetime
    tags: tuple[tuple[str, str], ...]
    free: int | None = None

    @property
    def kind(self) -> InstanceType | None:
        """The catalogue's entry, None where it has none."""
        return CATALOGUE.get(self.instance_type)

    @property
    def usable_end(self) -> datetime | None:
        """When AWS begins to terminate the instances (EC2 user guide, Capacity Blocks, considerations).

        None while AWS tells no end.
        """
        lead = termination_lead(ultraserver=self.instance_type in _OF_ULTRASERVERS)
        return None if self.end is None else self.end - lead

    def tag(self, key: str) -> str | None:
        """The value of a tag."""
        return dict(self.tags).get(key)


@dataclass(frozen=True, slots=True)
class OwnedExtension:
    """One purchase of an extension, as its reservation's history tells it. Times are UTC, fee is in currency."""

    reservation_id: str
    offering_id: str
    account: str
    region: str
    instance_type: str
    count: int
    zone: Zone
    state: ExtensionState
    purchased: datetime
    start: datetime
    end: datetime
    fee: Decimal
    currency: str


def reserved_vcpus(
    reservations: Iterable[OwnedReservation], account: str, region: str, family: str, start: datetime, end: datetime
) -> int:
    """How many vCPUs of a family an account has in blocks whose dates meet a time (UTC) in a region.

    All of them count together, as against the quota, also those that do not meet each other.
    """
    return sum(
        each.count * each.kind.vcpus
        for each in reservations
        if each.kind is not None
        and each.kind.family == family
        and (each.account, each.region) == (account, region)
        and not each.state.over
        and each.start < end
        and (each.end is None or start < each.end)
    )


def most_reserved_vcpus(
    reservations: Sequence[OwnedReservation], account: str, region: str, family: str, now: datetime
) -> int:
    """The most vCPUs of a family that an account has in blocks at one moment, from now (UTC) on."""
    moments = [now, *(each.start for each in reservations if each.start > now)]
    return max(
        reserved_vcpus(reservations, account, region, family, each, each + timedelta.resolution) for each in moments
    )
