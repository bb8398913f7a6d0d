"""Availability Zones and Local Zones of an account. Calls ec2:DescribeAvailabilityZones."""

from typing import Any

from mcp_server.aws.calls import ask, expected


def zone_ids(client: Any) -> dict[str, str]:
    """The zone id of every zone name in the client's account and region, zones not opted in to included.

    Names differ between accounts, ids do not.

    Raises:
        AwsFailure: The call failed.
    """
    answer = ask(client, "describe_availability_zones", AllAvailabilityZones=True)
    zones: list[dict[str, Any]] = expected(answer, "describe_availability_zones", "AvailabilityZones")
    return {zone["ZoneName"]: zone["ZoneId"] for zone in zones}
