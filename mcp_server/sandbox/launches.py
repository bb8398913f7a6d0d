"""Instances that run in blocks: when they may start, who has them, and their end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.ec2.models import ec2_backends

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.capacity_blocks import Reservation, State

_BLOCK_MARKET = "capacity-block"
_HOLDING = frozenset({"pending", "running"})


@dataclass(frozen=True, slots=True)
class Launch:
    """One instance that was started in a reservation."""

    account: str
    region: str
    instance_id: str
    reservation: Reservation

    @property
    def instance(self) -> Any:
        """What moto keeps of it, None once moto has forgotten it."""
        reservations: Mapping[str, Any] = ec2_backends[self.account][self.region].reservations
        return next(
            (each for group in reservations.values() for each in group.instances if each.id == self.instance_id), None
        )

    @property
    def holds(self) -> bool:
        """Whether the instance takes up a place of its reservation."""
        instance = self.instance
        return instance is not None and instance.state in _HOLDING


@dataclass(slots=True)
class Launches:
    """Every instance that was started in a block."""

    _launches: list[Launch] = field(default_factory=list[Launch])

    def add(self, launch: Launch) -> None:
        """Remember one."""
        self._launches.append(launch)

    def used(self, reservation: Reservation) -> Mapping[str, int]:
        """How many instances each account has in a reservation."""
        return Counter(each.account for each in self._launches if each.reservation is reservation and each.holds)

    def settle(self, now: datetime) -> None:
        """AWS terminates what still runs at the usable end of its block."""
        over = [each for each in self._launches if each.reservation.usable_end(now) <= now]
        for each in over:
            if each.holds:
                ec2_backends[each.account][each.region].terminate_instances([each.instance_id])
            self._launches.remove(each)


def wanted_reservation(call: Call) -> str | None:
    """The reservation in which a RunInstances asks to start instances.

    Raises:
        AwsError: It names the market of blocks and no reservation.
    """
    specification: Mapping[str, Any] = call.params.get("CapacityReservationSpecification") or {}
    target: Mapping[str, Any] = specification.get("CapacityReservationTarget") or {}
    wanted = target.get("CapacityReservationId")
    if wanted is None and _market(call) == _BLOCK_MARKET:
        raise AwsError(
            "InvalidParameterCombination",
            "You must specify a Capacity Reservation target when the market type is capacity-block.",
        )
    return wanted


def check_launch(call: Call, reservation: Reservation, zone_name: str, free: int) -> None:
    """Whether so many instances may start in a reservation (EC2 user guide, Capacity Blocks, launching).

    Raises:
        AwsError: They may not.
    """
    if _market(call) != _BLOCK_MARKET:
        raise AwsError("InvalidParameterValue", "The market type (purchasing) option is not valid.")
    match reservation.state(call.now):
        case State.ACTIVE:
            pass
        case State.SCHEDULED | State.PAYMENT_PENDING:
            raise AwsError(
                "InvalidCapacityReservationState.PendingActivation", "Your Capacity Block is not active yet."
            )
        case _:
            raise AwsError("InvalidCapacityReservationState", "The Capacity Block is not active.")
    if call.params.get("InstanceType") != reservation.product.instance_type:
        raise AwsError("InvalidParameterValue", "The instance type does not match that of the Capacity Reservation.")
    placement: Mapping[str, Any] = call.params.get("Placement") or {}
    if placement.get("AvailabilityZone", zone_name) != zone_name:
        raise AwsError("InvalidParameterValue", "The Availability Zone is not that of the Capacity Reservation.")
    if int(call.params.get("MinCount") or 1) > free:
        raise AwsError(
            "ReservationCapacityExceeded",
            f"The Capacity Reservation {reservation.reservation_id} does not have sufficient capacity.",
        )


def _market(call: Call) -> str | None:
    options: Mapping[str, Any] = call.params.get("InstanceMarketOptions") or {}
    return options.get("MarketType")
