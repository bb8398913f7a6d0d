"""What describes owned capacity: blocks, their status, reservations and their usage."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.capacity_blocks import Interconnect, Reservation, State, visible
from mcp_server.sandbox.paging import matching, page
from mcp_server.sandbox.sharing import arn_of, shared_to
from mcp_server.sandbox.simulation import Simulation

_RESERVATION_ID = re.compile(r"cr-[0-9a-f]{8,17}")
_BLOCK_ID = re.compile(r"cbr?-[0-9a-f]{8,17}")


def describe_capacity_blocks(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The blocks of the account in the region."""
    call.refuse_dry_run()
    rows = [block_row(simulation, each, call.now) for each in _blocks(simulation, call)]
    readers: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "capacity-block-id": lambda row: row["CapacityBlockId"],
        "ultraserver-type": lambda row: row.get("UltraserverType", "instances"),
        "availability-zone": lambda row: row["AvailabilityZone"],
        "start-date": lambda row: _iso(row["StartDate"]),
        "end-date": lambda row: _iso(row["EndDate"]),
        "create-date": lambda row: _iso(row["CreateDate"]),
        "state": lambda row: row["State"],
    }
    kept = matching(*_without_tag_filters(rows, call), readers)
    shown, token = page(kept, call.params)
    return {"CapacityBlocks": shown, "NextToken": token}


def describe_capacity_block_status(simulation: Simulation, call: Call) -> dict[str, Any]:
    """How many instances of every block can be used, and whether the interconnect is well."""
    call.refuse_dry_run()
    rows = [_status_row(simulation, each, call.now) for each in _blocks(simulation, call)]
    readers: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "interconnect-status": lambda row: row["InterconnectStatus"]
    }
    shown, token = page(matching(rows, call.params.get("Filters") or (), readers), call.params)
    return {"CapacityBlockStatuses": shown, "NextToken": token}


def describe_capacity_reservations(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The reservations of the account in the region, and those shared with it; all of them belong to blocks."""
    call.refuse_dry_run()
    wanted: Sequence[str] = call.params.get("CapacityReservationIds") or ()
    shown = _usable(simulation, call)
    if wanted:
        shown = [_found(shown, each) for each in dict.fromkeys(wanted)]
    rows = [reservation_row(simulation, each, call.now, call.account) for each in shown]
    readers: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "instance-type": lambda row: row["InstanceType"],
        "owner-id": lambda row: row["OwnerId"],
        "instance-platform": lambda row: row["InstancePlatform"],
        "availability-zone": lambda row: row["AvailabilityZone"],
        "availability-zone-id": lambda row: row["AvailabilityZoneId"],
        "tenancy": lambda row: row["Tenancy"],
        "outpost-arn": lambda _: "",
        "state": lambda row: row["State"],
        "start-date": lambda row: _iso(row["StartDate"]),
        "end-date": lambda row: _iso(row["EndDate"]),
        "end-date-type": lambda row: row["EndDateType"],
        "instance-match-criteria": lambda row: row["InstanceMatchCriteria"],
        "placement-group-arn": lambda _: "",
    }
    shown, token = page(matching(*_without_tag_filters(rows, call), readers), call.params)
    return {"CapacityReservations": shown, "NextToken": token}


def get_capacity_reservation_usage(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Who uses how much of one reservation."""
    call.refuse_dry_run()
    reservation = _found(_usable(simulation, call), str(call.params.get("CapacityReservationId")))
    used = {reservation.account: 0, **simulation.launches.used(reservation)}
    # Whoever a reservation is shared with sees their own use of it.
    shown = used if call.account == reservation.account else {call.account: used.get(call.account, 0)}
    return {
        "CapacityReservationId": reservation.reservation_id,
        "InstanceType": reservation.product.instance_type,
        "TotalInstanceCount": reservation.total_instances(call.now),
        "AvailableInstanceCount": simulation.available(reservation, call.now),
        "State": reservation.state(call.now).value,
        "InstanceUsages": [{"AccountId": account, "UsedInstanceCount": count} for account, count in shown.items()],
    }


def cancel_capacity_reservation(simulation: Simulation, call: Call) -> NoReturn:
    """Refused: a Capacity Block can't be modified or cancelled (API reference of CancelCapacityReservation)."""
    reservation = find_reservation(simulation, call, str(call.params.get("CapacityReservationId")))
    raise AwsError(
        "OperationNotPermitted",
        f"You can't modify or cancel a Capacity Block. The reservation '{reservation.reservation_id}' belongs to one.",
    )


def find_reservation(simulation: Simulation, call: Call, reservation_id: str) -> Reservation:
    """The visible reservation of the account's own with an id.

    Raises:
        AwsError: the id is malformed, or nothing that can be seen yet has it.
    """
    return _found(_owned(simulation, call), reservation_id)


def usable_reservation(simulation: Simulation, call: Call, reservation_id: str) -> Reservation:
    """The visible reservation with an id, the account's own or shared with it.

    Raises:
        AwsError: the id is malformed, or nothing that can be seen yet has it.
    """
    return _found(_usable(simulation, call), reservation_id)


def _found(reservations: Sequence[Reservation], reservation_id: str) -> Reservation:
    if not _RESERVATION_ID.fullmatch(reservation_id):
        raise AwsError(
            "InvalidCapacityReservationId.Malformed", f"The capacity reservation ID '{reservation_id}' is malformed"
        )
    for each in reservations:
        if each.reservation_id == reservation_id:
            return each
    raise AwsError(
        "InvalidCapacityReservationId.NotFound", f"The capacity reservation ID '{reservation_id}' does not exist"
    )


def reservation_row(
    simulation: Simulation, reservation: Reservation, now: datetime, viewer: str | None = None
) -> dict[str, Any]:
    """A reservation as EC2 shows it: counts are 0 before the start. viewer is another account that looks at it."""
    total = reservation.total_instances(now)
    own = viewer in {None, reservation.account}
    row: dict[str, Any] = {
        "CapacityReservationId": reservation.reservation_id,
        "OwnerId": reservation.account,
        "CapacityReservationArn": arn_of(reservation),
        "AvailabilityZone": zone_name(simulation, reservation, viewer),
        "AvailabilityZoneId": reservation.segment.zone_id,
        "InstanceType": reservation.product.instance_type,
        "InstancePlatform": reservation.platform,
        "Tenancy": "default",
        "TotalInstanceCount": total,
        "AvailableInstanceCount": simulation.available(reservation, now),
        "EbsOptimized": True,
        "EphemeralStorage": False,
        "State": reservation.state(now).value,
        "StartDate": reservation.segment.start,
        "EndDate": reservation.end(now),
        "EndDateType": "limited",
        "InstanceMatchCriteria": "targeted",
        "CreateDate": reservation.created,
        # Tags are their owner's (AWS RAM user guide, tags of shared resources).
        "Tags": _tag_rows(simulation, reservation) if own else [],
        "CapacityAllocations": [],
        "ReservationType": "capacity-block",
        "CapacityBlockId": reservation.block_id,
        "DeliveryPreference": "incremental",
        "Interruptible": False,
    }
    if reservation.product.ultraserver:
        row["LaunchStatus"] = "launchable" if total else "unlaunchable"
    return row


def block_row(simulation: Simulation, reservation: Reservation, now: datetime) -> dict[str, Any]:
    """A block as EC2 shows it."""
    row: dict[str, Any] = {
        "CapacityBlockId": reservation.block_id,
        "AvailabilityZone": zone_name(simulation, reservation),
        "AvailabilityZoneId": reservation.segment.zone_id,
        "CapacityReservationIds": [reservation.reservation_id],
        "StartDate": reservation.segment.start,
        "EndDate": reservation.end(now),
        "CreateDate": reservation.created,
        "State": reservation.state(now).value,
        "Tags": _tag_rows(simulation, reservation),
    }
    if reservation.product.ultraserver:
        row["UltraserverType"] = reservation.product.name
    return row


def _status_row(simulation: Simulation, reservation: Reservation, now: datetime) -> dict[str, Any]:
    counts = {
        "TotalCapacity": reservation.total_instances(now),
        "TotalAvailableCapacity": simulation.available(reservation, now),
        "TotalUnavailableCapacity": simulation.unavailable(reservation, now),
    }
    active = reservation.state(now) is State.ACTIVE
    return counts | {
        "CapacityBlockId": reservation.block_id,
        "InterconnectStatus": (reservation.health.interconnect if active else Interconnect.INSUFFICIENT_DATA).value,
        "CapacityReservationStatuses": [counts | {"CapacityReservationId": reservation.reservation_id}],
    }


def _owned(simulation: Simulation, call: Call) -> list[Reservation]:
    return list(visible(simulation.estate.owned(call.account, call.region), call.now))


def _usable(simulation: Simulation, call: Call) -> list[Reservation]:
    shared = list(shared_to(simulation.estate, simulation.population.accounts, call.account, call.region))
    return [*_owned(simulation, call), *visible(shared, call.now)]


def _blocks(simulation: Simulation, call: Call) -> list[Reservation]:
    owned = _owned(simulation, call)
    wanted: Sequence[str] = call.params.get("CapacityBlockIds") or ()
    by_id = {each.block_id: each for each in owned}
    for block_id in wanted:
        if not _BLOCK_ID.fullmatch(block_id):
            raise AwsError("InvalidCapacityBlockIdMalformed", f"The ID '{block_id}' is malformed")
        if block_id not in by_id:
            raise AwsError("InvalidCapacityBlockIdNotFound", f"The Capacity Block '{block_id}' does not exist.")
    return [by_id[block_id] for block_id in dict.fromkeys(wanted)] if wanted else owned


def _without_tag_filters(
    rows: list[dict[str, Any]], call: Call
) -> tuple[list[dict[str, Any]], list[Mapping[str, Any]]]:
    """The rows that pass the filters on tags, and the filters on anything else."""
    others: list[Mapping[str, Any]] = []
    for each in call.params.get("Filters") or ():
        name, values = str(each.get("Name")), each.get("Values") or ()
        if name.startswith("tag:"):
            key = name.removeprefix("tag:")
            rows = [row for row in rows if any(tag["Key"] == key and tag["Value"] in values for tag in row["Tags"])]
        elif name in {"tag-key", "tags"}:
            rows = [row for row in rows if any(tag["Key"] in values for tag in row["Tags"])]
        else:
            others.append(each)
    return rows, others


def _tag_rows(simulation: Simulation, reservation: Reservation) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in simulation.tags.of(reservation).items()]


def zone_name(simulation: Simulation, reservation: Reservation, viewer: str | None = None) -> str:
    """What an account, its owner unless another one is named, calls the zone of a reservation."""
    return simulation.letters.name(viewer or reservation.account, reservation.region, reservation.segment.zone_id)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
