"""Instances that run in blocks: when they may start, who has them, and their end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ec2.utils import filter_dict_attribute_mapping

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.capacity_blocks import Reservation, State

BLOCK_MARKET: Final = "capacity-block"
_HOLDING = frozenset({"pending", "running"})

# moto keeps neither, and so has no filters for them.
setattr(Instance, "capacity_reservation_id", None)  # noqa: B010 - moto's class has no such attribute
filter_dict_attribute_mapping.update(
    {"capacity-reservation-id": "capacity_reservation_id", "instance-lifecycle": "lifecycle"}
)


@dataclass(frozen=True, slots=True)
class Launch:
    """One instance that was started in a reservation; instance is moto's."""

    account: str
    region: str
    instance: Any
    reservation: Reservation

    @property
    def holds(self) -> bool:
        """Whether the instance takes up a place of its reservation."""
        return self.instance.state in _HOLDING


@dataclass(slots=True)
class Launches:
    """Every instance that was started in a block, by the id of its reservation."""

    _launches: dict[str, list[Launch]] = field(default_factory=dict[str, list[Launch]])

    def add(self, account: str, region: str, instances: Iterable[Any], reservation: Reservation) -> None:
        """Remember that moto's instances of an account were started in a reservation, and let them say so."""
        for each in instances:
            each.lifecycle = BLOCK_MARKET
            each.capacity_reservation_id = reservation.reservation_id
            launches = self._launches.setdefault(reservation.reservation_id, [])
            launches.append(Launch(account, region, each, reservation))

    def used(self, reservation: Reservation) -> Mapping[str, int]:
        """How many instances each account has in a reservation."""
        launches = self._launches.get(reservation.reservation_id, ())
        return Counter(each.account for each in launches if each.holds)

    def settle(self, now: datetime) -> None:
        """AWS terminates what still runs at the usable end of its block."""
        over = [
            reservation_id
            for reservation_id, (first, *_) in self._launches.items()
            if first.reservation.usable_end(now) <= now
        ]
        for reservation_id in over:
            for each in self._launches.pop(reservation_id):
                if each.holds:
                    terminate(each.account, each.region, [each.instance.id])


def terminate(account: str, region: str, instance_ids: list[str]) -> None:
    """Terminate instances; their Auto Scaling groups no longer count them, and may start others."""
    ec2_backends[account][region].terminate_instances(instance_ids)
    autoscaling_backends[account][region].notify_terminate_instances(instance_ids)


def wanted_reservation(call: Call) -> str | None:
    """The reservation in which a RunInstances asks to start instances.

    Raises:
        AwsError: It names the market of blocks and no reservation.
    """
    specification: Mapping[str, Any] = call.params.get("CapacityReservationSpecification") or {}
    target: Mapping[str, Any] = specification.get("CapacityReservationTarget") or {}
    wanted = target.get("CapacityReservationId")
    if wanted is None and _market(call) == BLOCK_MARKET:
        raise AwsError(
            "InvalidParameterCombination",
            "You must specify a Capacity Reservation target when the market type is capacity-block.",
        )
    return wanted


def with_template(account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a RunInstances asks for together with its launch template; what the request says itself wins."""
    named: Mapping[str, str] = params.get("LaunchTemplate") or {}
    data: Mapping[str, Any] = template_data(account, region, named) if named else {}
    return {**data, **{name: value for name, value in params.items() if value is not None}}


def template_data(account: str, region: str, named: Mapping[str, Any]) -> Mapping[str, Any]:
    """The data of the version of a launch template that is named by id or name, empty if there is none."""
    backend = ec2_backends[account][region]
    known: Mapping[str, Any] = backend.launch_templates
    ids: Mapping[str, str] = backend.launch_template_name_to_ids
    id_ = named.get("LaunchTemplateId") or ids.get(str(named.get("LaunchTemplateName")))
    template = known.get(str(id_))
    return template.get_version(named.get("Version") or "$Default").data if template else {}


def check_launch(call: Call, reservation: Reservation, zone_name: str, free: int) -> None:
    """Whether so many instances may start in a reservation (EC2 user guide, Capacity Blocks, launching).

    Raises:
        AwsError: They may not.
    """
    if _market(call) != BLOCK_MARKET:
        raise AwsError("InvalidParameterValue", "The market type (purchasing) option is not valid.")
    match reservation.state(call.now):
        case State.ACTIVE if call.now < reservation.usable_end(call.now):
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
