"""How reservations are told apart: blocks, those that are paid by the hour, and those of other accounts."""

from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import Stubber

from mcp_server.aws.reservations import describe_every_reservation
from mcp_server.capacity.on_demand import OnDemandReservation
from mcp_server.capacity.stays import Zone

ACCOUNT, OTHER = "111122223333", "444455556666"
ROW = {
    "CapacityReservationId": "cr-0123456789abcdef0",
    "OwnerId": ACCOUNT,
    "InstanceType": "g6.12xlarge",
    "InstancePlatform": "Linux/UNIX",
    "AvailabilityZone": "us-east-1a",
    "AvailabilityZoneId": "use1-az4",
    "TotalInstanceCount": 4,
    "AvailableInstanceCount": 3,
    "State": "active",
    "InstanceMatchCriteria": "open",
    "CreateDate": datetime(2026, 11, 1, tzinfo=UTC),
    "ReservationType": "default",
    "Tags": [{"Key": "team", "Value": "ml"}],
}


def row(**changes: Any) -> dict[str, Any]:
    """A reservation as EC2 describes it."""
    return ROW | changes


def read(*rows: dict[str, Any]) -> Any:
    """What these rows are told as."""
    client: Any = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        stubber.add_response("describe_capacity_reservations", {"CapacityReservations": list(rows)})
        return describe_every_reservation(client, ACCOUNT)


def test_a_reservation_by_the_hour_is_no_block() -> None:
    """It is told with what is free on it, and whether anybody's machines may take that."""
    blocks, hourly = read(row())
    zone = Zone("us-east-1a", "use1-az4")
    assert blocks == []
    assert hourly == [
        OnDemandReservation(
            ROW["CapacityReservationId"], ACCOUNT, "us-east-1", "g6.12xlarge", zone, 4, 3, True, (("team", "ml"),)
        )
    ]
    assert [each.open for each in read(row(InstanceMatchCriteria="targeted"))[1]] == [False]


def test_what_is_over_or_of_others_is_not_paid_here() -> None:
    """Of the reservations by the hour only the account's own active ones count."""
    assert read(row(State="cancelled"), row(OwnerId=OTHER)) == ([], [])


def test_blocks_are_told_in_every_state_also_of_others() -> None:
    """As the account may use them."""
    blocks, hourly = read(
        row(ReservationType="capacity-block", State="expired"), row(ReservationType="capacity-block", OwnerId=OTHER)
    )
    assert [each.account for each in blocks] == [ACCOUNT, OTHER]
    assert hourly == []
