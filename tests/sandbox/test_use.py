"""What becomes of the machines of a block: who starts them, who is let in, what fails, and when AWS takes them back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mcp_server.sandbox.control import ControlRefused, SandboxControl
from tests.sandbox.conftest import Client

SECONDARY = "159553542841"
Buy = Callable[..., dict[str, Any]]


def start(ec2: Any, reservation: str, count: int, **more: Any) -> list[str]:
    """Start machines in a reservation as AWS asks for it; their ids."""
    wanted = {
        "ImageId": ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        "InstanceType": "p5.48xlarge",
        "MinCount": count,
        "MaxCount": count,
        "InstanceMarketOptions": {"MarketType": "capacity-block"},
        "CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": reservation}},
    } | more
    return [each["InstanceId"] for each in ec2.run_instances(**wanted)["Instances"]]


def refused(call: Callable[[], Any]) -> str:
    """With which code something is refused."""
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def counts(ec2: Any, reservation: str) -> tuple[int, int, dict[str, int]]:
    """Total, available, and used by whom."""
    usage = ec2.get_capacity_reservation_usage(CapacityReservationId=reservation)
    (row,) = ec2.describe_capacity_reservations(CapacityReservationIds=[reservation])["CapacityReservations"]
    assert row["AvailableInstanceCount"] == usage["AvailableInstanceCount"]
    used = {each["AccountId"]: each["UsedInstanceCount"] for each in usage["InstanceUsages"]}
    return usage["TotalInstanceCount"], usage["AvailableInstanceCount"], used


def test_machines_take_up_places_until_aws_takes_them_back(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """Started from the start on, as many as there are, with both settings; terminated half an hour before the end."""
    bought = buy()
    reservation = bought["CapacityReservationId"]
    assert refused(lambda: start(ec2, reservation, 1)) == "InvalidCapacityReservationState.PendingActivation"
    clock.set_clock(bought["StartDate"])
    assert refused(lambda: start(ec2, reservation, 1, InstanceMarketOptions={})) == "InvalidParameterValue"
    assert refused(lambda: start(ec2, reservation, 9)) == "ReservationCapacityExceeded"
    assert refused(lambda: start(ec2, reservation, 1, InstanceType="p5en.48xlarge")) == "InvalidParameterValue"
    first, *others = start(ec2, reservation, 5)
    assert counts(ec2, reservation) == (8, 3, {"483026362307": 5})
    ec2.terminate_instances(InstanceIds=[first])
    assert counts(ec2, reservation) == (8, 4, {"483026362307": 4})
    clock.set_clock(bought["EndDate"] - timedelta(minutes=29))
    states = {
        each["State"]["Name"]
        for group in ec2.describe_instances(InstanceIds=others)["Reservations"]
        for each in group["Instances"]
    }
    assert states == {"terminated"}
    assert counts(ec2, reservation) == (8, 8, {"483026362307": 0})
    clock.set_clock(bought["EndDate"])
    assert refused(lambda: start(ec2, reservation, 1)) == "InvalidCapacityReservationState"


def test_a_share_lets_another_account_in(
    ec2: Any, buy: Buy, client: Client, secondary: boto3.Session, clock: SandboxControl
) -> None:
    """Shared by AWS RAM, a reservation shows in both accounts under its owner, whose tags stay its own; then in one."""
    bought = buy()
    reservation = bought["CapacityReservationId"]
    there, ram = client("ec2", session=secondary), client("ram")
    assert there.describe_capacity_reservations()["CapacityReservations"] == []
    share = ram.create_resource_share(
        name="training", resourceArns=[bought["CapacityReservationArn"]], principals=[SECONDARY]
    )["resourceShare"]["resourceShareArn"]
    (seen,) = there.describe_capacity_reservations()["CapacityReservations"]
    assert (seen["CapacityReservationId"], seen["OwnerId"], seen["Tags"]) == (reservation, "483026362307", [])
    assert seen["AvailabilityZoneId"] == bought["AvailabilityZoneId"]
    clock.set_clock(bought["StartDate"])
    start(there, reservation, 3)
    assert counts(ec2, reservation) == (8, 5, {"483026362307": 0, SECONDARY: 3})
    assert counts(there, reservation) == (8, 5, {SECONDARY: 3})
    assert there.describe_capacity_blocks()["CapacityBlocks"] == []
    ram.delete_resource_share(resourceShareArn=share)
    assert there.describe_capacity_reservations()["CapacityReservations"] == []


def test_machines_and_their_network_fail(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """What is unavailable is not available, and the block's status says so while it is active."""
    bought = buy()
    reservation = bought["CapacityReservationId"]
    clock.set_health(reservation, unavailable=2, interconnect="impaired")

    def status() -> tuple[str, int, int, int]:
        (row,) = ec2.describe_capacity_block_status()["CapacityBlockStatuses"]
        return (
            row["InterconnectStatus"],
            row["TotalCapacity"],
            row["TotalAvailableCapacity"],
            row["TotalUnavailableCapacity"],
        )

    assert status() == ("insufficient-data", 0, 0, 0)
    clock.set_clock(bought["StartDate"])
    assert status() == ("impaired", 8, 6, 2)
    start(ec2, reservation, 5)
    assert status() == ("impaired", 8, 1, 2)
    clock.set_health(reservation)
    assert status() == ("ok", 8, 3, 0)
    with pytest.raises(ControlRefused, match="There is no reservation cr-0"):
        clock.set_health("cr-0")
