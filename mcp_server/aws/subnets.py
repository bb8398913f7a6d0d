"""Subnets of an account. Calls ec2:DescribeSubnets."""

from typing import Any

from mcp_server.aws.pages import every_row


def subnets_in(client: Any, zone_id: str) -> int:
    """How many subnets the account has in a zone of the client's region.

    Raises:
        AwsFailure: The call failed.
    """
    filters = [{"Name": "availability-zone-id", "Values": [zone_id]}]
    return sum(1 for _ in every_row(client, "describe_subnets", "Subnets", Filters=filters))


def zones_of_subnets(client: Any) -> dict[str, str]:
    """The zone id of every subnet in the client's account and region, over all pages, by the subnet's id.

    Raises:
        AwsFailure: The call failed.
    """
    rows = every_row(client, "describe_subnets", "Subnets")
    return {row["SubnetId"]: row["AvailabilityZoneId"] for row in rows if row.get("AvailabilityZoneId")}
