"""Tags on reservations. They live where moto keeps those of everything else, so every tag operation sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, EC2_RESOURCE_TO_PREFIX
from moto.moto_api._internal import mock_random

from mcp_server.sandbox.call import AwsError
from mcp_server.sandbox.capacity_blocks import Reservation

QUANTITY_TAG = "aws:ec2capacityreservation:incrementalRequestedQuantity"
TYPE_TAG = "aws:ec2capacityreservation:capacityReservationType"
_RESOURCE = "capacity-reservation"

EC2_RESOURCE_TO_PREFIX[_RESOURCE] = "cr"
EC2_PREFIX_TO_RESOURCE["cr"] = _RESOURCE


def tags_from(params: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a purchase asks for.

    Raises:
        AwsError: tags for another kind of resource, or keys that are AWS's own.
    """
    wanted: dict[str, str] = {}
    for specification in params.get("TagSpecifications") or ():
        if specification.get("ResourceType") != _RESOURCE:
            raise AwsError(
                "InvalidParameterValue",
                f"'{specification.get('ResourceType')}' is not a valid taggable resource type for this operation.",
            )
        wanted |= {tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags") or ()}
    refuse_reserved_keys(wanted)
    return wanted


def refuse_reserved_keys(tags: Mapping[str, Any]) -> None:
    """Keys that begin with aws: are written by AWS alone.

    Raises:
        AwsError: there is one.
    """
    if any(key.lower().startswith("aws:") for key in tags):
        raise AwsError(
            "InvalidParameterValue",
            "Tag keys starting with 'aws:' are reserved for internal use",
        )


@dataclass(slots=True)
class _Late:
    visible_from: datetime
    reservation: Reservation
    tags: dict[str, str]


@dataclass(slots=True)
class UserTags:
    """The tags of reservations, some of which become visible later than their reservation."""

    _late: list[_Late] = field(default_factory=list[_Late])

    def new_id(self, prefix: str) -> str:
        """An id as EC2 mints them, from the randomness that a replay repeats."""
        return f"{prefix}-0{mock_random.getrandbits(64):016x}"

    def put(self, reservation: Reservation, tags: dict[str, str], from_: datetime) -> None:
        """Tag a reservation, visible from a moment on (UTC); AWS's own tags come along."""
        own = {QUANTITY_TAG: str(reservation.instances), TYPE_TAG: "capacity-block"}
        self._late.append(_Late(from_, reservation, own | tags))

    def settle(self, now: datetime) -> None:
        """Show what is visible by now."""
        for each in [late for late in self._late if late.visible_from <= now]:
            self._late.remove(each)
            backend = ec2_backends[each.reservation.account][each.reservation.region]
            backend.create_tags([each.reservation.reservation_id], each.tags)

    def of(self, reservation: Reservation) -> dict[str, str]:
        """The visible tags of a reservation."""
        backend = ec2_backends[reservation.account][reservation.region]
        return dict(backend.tags.get(reservation.reservation_id, {}))
