"""Zones as the caller's account names them: DescribeAvailabilityZones, DescribeInstanceTypeOfferings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

from mcp_server.sandbox.call import AwsError, Call
from mcp_server.sandbox.paging import matching, page
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.zones import LOCAL_ZONES


def describe_availability_zones(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The zones of the region; Local Zones that the account did not opt into only with AllAvailabilityZones."""
    call.refuse_dry_run()
    rows = [
        _zone(call, name, zone_id) for name, zone_id in simulation.letters.region(call.account, call.region).items()
    ]
    local = _local_rows(simulation, call)
    names: Sequence[str] = call.params.get("ZoneNames") or ()
    ids: Sequence[str] = call.params.get("ZoneIds") or ()
    if not call.params.get("AllAvailabilityZones"):
        local = [row for row in local if row["OptInStatus"] == "opted-in"]
    rows += local
    for wanted, member in ((names, "ZoneName"), (ids, "ZoneId")):
        known = {row[member] for row in rows}
        if unknown := [each for each in wanted if each not in known]:
            raise AwsError("InvalidParameterValue", f"Invalid availability zone: [{unknown[0]}]")
        rows = [row for row in rows if not wanted or row[member] in wanted]
    readers: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "group-name": lambda row: row["GroupName"],
        "group-long-name": lambda row: row["GroupLongName"],
        "message": lambda _: "",
        "opt-in-status": lambda row: row["OptInStatus"],
        "parent-zone-id": lambda row: row.get("ParentZoneId", ""),
        "parent-zone-name": lambda row: row.get("ParentZoneName", ""),
        "region-name": lambda row: row["RegionName"],
        "state": lambda row: row["State"],
        "zone-id": lambda row: row["ZoneId"],
        "zone-name": lambda row: row["ZoneName"],
        "zone-type": lambda row: row["ZoneType"],
    }
    return {"AvailabilityZones": matching(rows, call.params.get("Filters") or (), readers)}


def describe_instance_type_offerings(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Which instance types a region or its zones have on demand; zone names are the caller's own."""
    call.refuse_dry_run()
    location_type = call.params.get("LocationType") or "region"
    by_name = location_type == "availability-zone"
    rows: list[dict[str, str]] = INSTANCE_TYPE_OFFERINGS["availability-zone-id" if by_name else location_type].get(
        call.region, []
    )
    if by_name:
        names = {zone_id: name for name, zone_id in simulation.letters.region(call.account, call.region).items()}
        rows = [row | {"Location": names[row["Location"]]} for row in rows if row["Location"] in names]
    readers: dict[str, Callable[[Mapping[str, str]], str]] = {
        "instance-type": lambda row: row["InstanceType"],
        "location": lambda row: row["Location"],
    }
    kept = matching(rows, call.params.get("Filters") or (), readers)
    shown, token = page([row | {"LocationType": location_type} for row in kept], call.params)
    return {"InstanceTypeOfferings": shown, "NextToken": token}


def _zone(call: Call, name: str, zone_id: str) -> dict[str, Any]:
    return {
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "Messages": [],
        "RegionName": call.region,
        "ZoneName": name,
        "ZoneId": zone_id,
        "GroupName": f"{call.region}-zg-1",
        "GroupLongName": f"{call.region} 1",
        "NetworkBorderGroup": call.region,
        "ZoneType": "availability-zone",
    }


def _local_rows(simulation: Simulation, call: Call) -> list[dict[str, Any]]:
    return [
        _zone(call, zone.name, zone.zone_id)
        | {
            "OptInStatus": "opted-in" if (call.account, zone.group) in simulation.opted_into else "not-opted-in",
            "GroupName": f"{zone.group}",
            "GroupLongName": zone.long_name,
            "NetworkBorderGroup": zone.group,
            "ZoneType": "local-zone",
            "ParentZoneId": zone.parent_zone_id,
            "ParentZoneName": simulation.letters.name(call.account, call.region, zone.parent_zone_id),
        }
        for zone in LOCAL_ZONES
        if zone.region == call.region
    ]
