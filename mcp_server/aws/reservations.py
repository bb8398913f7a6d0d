"""Reservations of Capacity Blocks that an account owns, and those beside them that are paid by the hour.

Calls ec2:DescribeCapacityReservations.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from mcp_server.aws.pages import every_row
from mcp_server.capacity.on_demand import OnDemandReservation
from mcp_server.capacity.owned import OwnedReservation, ReservationState
from mcp_server.capacity.stays import Zone

_COUNT_TAG = "aws:ec2capacityreservation:incrementalRequestedQuantity"

_NO_IDS: Mapping[str, str] = MappingProxyType({})


def describe_reservations(
    client: Any, account: str, zone_ids: Mapping[str, str] = _NO_IDS, *, shared: bool = False
) -> list[OwnedReservation]:
    """All pages of the account's own reservations of Capacity Blocks in the client's region, in every state.

    shared adds those of other accounts that this one may use. zone_ids maps the account's zone names to ids, for
    answers without the id.

    Raises:
        AwsFailure: The call failed.
    """
    return _blocks(_rows(client), account, client.meta.region_name, zone_ids, shared=shared)


def describe_every_reservation(client: Any, account: str) -> tuple[list[OwnedReservation], list[OnDemandReservation]]:
    """The account's own reservations of blocks and those shared with it, in every state; and its active other ones.

    Raises:
        AwsFailure: The call failed.
    """
    rows, region = _rows(client), client.meta.region_name
    hourly = [
        _on_demand(row, account, region)
        for row in rows
        if row.get("ReservationType") != "capacity-block"
        and row.get("State") == "active"
        and row.get("OwnerId", account) == account
    ]
    return _blocks(rows, account, region, _NO_IDS, shared=True), hourly


def _rows(client: Any) -> list[dict[str, Any]]:
    return [*every_row(client, "describe_capacity_reservations", "CapacityReservations")]


def _blocks(
    rows: Iterable[dict[str, Any]], account: str, region: str, zone_ids: Mapping[str, str], *, shared: bool
) -> list[OwnedReservation]:
    # EC2 has no filter on the kind of reservation, and also shows those that other accounts share with this one.
    blocks = (row for row in rows if row.get("ReservationType") == "capacity-block")
    owned = ((row, str(row.get("OwnerId", account))) for row in blocks)
    return [reservation_of(row, owner, region, zone_ids) for row, owner in owned if shared or owner == account]


def _on_demand(row: Mapping[str, Any], account: str, region: str) -> OnDemandReservation:
    return OnDemandReservation(
        id=row["CapacityReservationId"],
        account=account,
        region=region,
        instance_type=row.get("InstanceType") or "",
        zone=Zone(row.get("AvailabilityZone") or "", row.get("AvailabilityZoneId")),
        count=row.get("TotalInstanceCount") or 0,
        free=row.get("AvailableInstanceCount") or 0,
        open=row.get("InstanceMatchCriteria") == "open",
        tags=_tags(row),
    )


def _tags(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(tag["Key"]), str(tag["Value"])) for tag in row.get("Tags", ()))


def reservation_of(row: Mapping[str, Any], account: str, region: str, zone_ids: Mapping[str, str]) -> OwnedReservation:
    """A reservation as EC2 describes it, also in the answer to a purchase.

    Raises:
        KeyError: It lacks what every reservation has.
    """
    tags = _tags(row)
    created: datetime = row["CreateDate"]
    name: str = row["AvailabilityZone"]
    return OwnedReservation(
        id=row["CapacityReservationId"],
        block_id=row.get("CapacityBlockId"),
        account=account,
        region=region,
        instance_type=row["InstanceType"],
        zone=Zone(name, row.get("AvailabilityZoneId") or zone_ids.get(name)),
        platform=row["InstancePlatform"],
        count=_count(row, dict(tags)),
        state=_state(row["State"]),
        words=row["State"],
        start=row.get("StartDate") or created,
        end=row.get("EndDate"),
        created=created,
        tags=tags,
        free=row.get("AvailableInstanceCount") if row["TotalInstanceCount"] else _count(row, dict(tags)),
    )


def _count(row: Mapping[str, Any], tags: Mapping[str, str]) -> int:
    """The instances, which EC2 counts as 0 until the block starts (EC2 user guide, Capacity Blocks, viewing)."""
    total: int = row["TotalInstanceCount"]
    bought = tags.get(_COUNT_TAG, "")
    return int(bought) if total == 0 and bought.isdecimal() else total


def _state(words: str) -> ReservationState:
    return ReservationState(words) if words in set(ReservationState) else ReservationState.OTHER
