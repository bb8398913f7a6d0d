"""More time for a block that is owned."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mcp_server.sandbox.control import SandboxControl

Buy = Callable[..., dict[str, Any]]
PAYMENT = timedelta(minutes=5)


@pytest.fixture
def block(buy: Buy, clock: SandboxControl) -> dict[str, Any]:
    """A scheduled block of four p5.48xlarge for a day."""
    bought = buy(InstanceCount=4)
    clock.advance(PAYMENT)
    return bought


def offered(ec2: Any, block: dict[str, Any], hours: int = 24) -> list[dict[str, Any]]:
    """How a block could be extended."""
    return ec2.describe_capacity_block_extension_offerings(
        CapacityReservationId=block["CapacityReservationId"], CapacityBlockExtensionDurationHours=hours
    )["CapacityBlockExtensionOfferings"]


def extend(ec2: Any, block: dict[str, Any], hours: int = 24) -> dict[str, Any]:
    """Buy the extension that is offered."""
    answer = ec2.purchase_capacity_block_extension(
        CapacityReservationId=block["CapacityReservationId"],
        CapacityBlockExtensionOfferingId=offered(ec2, block, hours)[0]["CapacityBlockExtensionOfferingId"],
    )
    return answer["CapacityBlockExtensions"][0]


def end(ec2: Any, block: dict[str, Any]) -> Any:
    """When the reservation ends as of now."""
    found = ec2.describe_capacity_reservations(CapacityReservationIds=[block["CapacityReservationId"]])
    return found["CapacityReservations"][0]["EndDate"]


def history(ec2: Any) -> list[tuple[str, str]]:
    """The extensions' reservations and payment states."""
    rows = ec2.describe_capacity_block_extension_history()["CapacityBlockExtensions"]
    return [(each["CapacityReservationId"], each["CapacityBlockExtensionStatus"]) for each in rows]


def code(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """With which code a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"]


def test_an_extension_begins_where_the_block_ends(ec2: Any, block: dict[str, Any]) -> None:
    """It is contiguous, in the same zone, for all instances, at the region's rate."""
    found = offered(ec2, block, 48)[0]
    assert found["CapacityBlockExtensionStartDate"] == block["EndDate"]
    assert found["CapacityBlockExtensionEndDate"] == block["EndDate"] + timedelta(hours=48)
    assert found["StartDate"] == block["StartDate"]
    assert (found["AvailabilityZoneId"], found["InstanceCount"]) == (block["AvailabilityZoneId"], 4)
    assert Decimal(found["UpfrontFee"]) == round(Decimal("5.191") * 48 * 4 * 8, 2)


def test_the_end_moves_when_the_extension_is_paid(ec2: Any, block: dict[str, Any], clock: SandboxControl) -> None:
    """Until then the block ends as planned; the reservation keeps its id."""
    bought = extend(ec2, block)
    assert bought["CapacityBlockExtensionStatus"] == "payment-pending"
    assert end(ec2, block) == block["EndDate"]
    clock.advance(PAYMENT)
    assert end(ec2, block) == block["EndDate"] + timedelta(days=1)
    assert history(ec2) == [(block["CapacityReservationId"], "payment-succeeded")]


def test_a_failed_payment_leaves_the_end(ec2: Any, block: dict[str, Any], clock: SandboxControl) -> None:
    """The block ends as planned, and can be extended again."""
    clock.arm("PurchaseCapacityBlockExtension", "payment-fails", calls=1)
    extend(ec2, block)
    clock.advance(timedelta(hours=12))
    assert history(ec2) == [(block["CapacityReservationId"], "payment-failed")]
    assert end(ec2, block) == block["EndDate"]
    assert offered(ec2, block)


def test_one_extension_at_a_time(ec2: Any, block: dict[str, Any]) -> None:
    """While one waits for its payment there is no other."""
    extend(ec2, block)
    assert code(offered, ec2, block) == "InvalidCapacityReservationState"


def test_any_number_of_extensions(ec2: Any, block: dict[str, Any], clock: SandboxControl) -> None:
    """Each begins where the one before ends."""
    for _ in range(2):
        extend(ec2, block)
        clock.advance(PAYMENT)
    assert end(ec2, block) == block["EndDate"] + timedelta(days=2)


@pytest.mark.parametrize(("before_end", "possible"), [(70, True), (59, False), (0, False)])
def test_until_an_hour_before_the_end(
    ec2: Any, block: dict[str, Any], clock: SandboxControl, before_end: int, possible: bool
) -> None:
    """A block can be extended until one hour before its end, in minutes."""
    clock.set_clock(block["EndDate"] - timedelta(minutes=before_end))
    if possible:
        offered(ec2, block)
    else:
        assert code(offered, ec2, block) in {"InvalidParameterValue", "InvalidCapacityReservationState"}


def test_from_fifty_six_days_before_the_end(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """A block that ends later cannot be extended yet."""
    block = buy(InstanceCount=1, CapacityDurationHours=24 * 63)
    clock.advance(PAYMENT)
    assert code(offered, ec2, block) == "InvalidParameterValue"
    clock.set_clock(block["EndDate"] - timedelta(days=56))
    offered(ec2, block)


def test_a_block_waits_for_its_own_payment_first(ec2: Any, buy: Buy) -> None:
    """Only scheduled and active blocks can be extended."""
    assert code(offered, ec2, buy()) == "InvalidCapacityReservationState"


@pytest.mark.parametrize("hours", [12, 25, 15 * 24, 189 * 24])
def test_durations_that_do_not_exist(ec2: Any, block: dict[str, Any], hours: int) -> None:
    """Whole days up to 14, then whole weeks up to 182 days."""
    assert code(offered, ec2, block, hours) == "InvalidParameterValue"


def test_at_most_182_days_in_all(ec2: Any, block: dict[str, Any]) -> None:
    """A day and 26 weeks are too much together."""
    assert code(offered, ec2, block, 182 * 24) == "InvalidParameterValue"


def test_an_extension_offering_is_for_one_reservation_and_sold_once(
    ec2: Any, buy: Buy, block: dict[str, Any], clock: SandboxControl
) -> None:
    """Its id buys nothing for another reservation, and nothing twice."""
    other = buy(InstanceCount=1)
    clock.advance(PAYMENT)
    offering = offered(ec2, block)[0]["CapacityBlockExtensionOfferingId"]
    for reservation in (other, block, block):
        arguments = {
            "CapacityReservationId": reservation["CapacityReservationId"],
            "CapacityBlockExtensionOfferingId": offering,
        }
        if reservation is block and not history(ec2):
            ec2.purchase_capacity_block_extension(**arguments)
        else:
            found = code(ec2.purchase_capacity_block_extension, **arguments)
            assert found == "InvalidCapacityBlockExtensionOfferingIdNotFound"
    assert len(history(ec2)) == 1


def test_a_dry_run_extends_nothing(ec2: Any, block: dict[str, Any]) -> None:
    """It ends as permitted, and the history is empty."""
    offering = offered(ec2, block)[0]["CapacityBlockExtensionOfferingId"]
    found = code(
        ec2.purchase_capacity_block_extension,
        CapacityReservationId=block["CapacityReservationId"],
        CapacityBlockExtensionOfferingId=offering,
        DryRun=True,
    )
    assert (found, history(ec2)) == ("DryRunOperation", [])


def test_the_history_can_be_filtered(ec2: Any, block: dict[str, Any]) -> None:
    """By reservation, status, type, zone and offering."""
    bought = extend(ec2, block)
    for name, value in (
        ("capacity-reservation-id", block["CapacityReservationId"]),
        ("capacity-block-extension-status", "payment-pending"),
        ("instance-type", "p5.48xlarge"),
        ("availability-zone-id", block["AvailabilityZoneId"]),
        ("availability-zone", block["AvailabilityZone"]),
        ("capacity-block-extension-offering-id", bought["CapacityBlockExtensionOfferingId"]),
    ):
        for wanted, count in ((value, 1), ("none", 0)):
            filters = [{"Name": name, "Values": [wanted]}]
            found = ec2.describe_capacity_block_extension_history(Filters=filters)["CapacityBlockExtensions"]
            assert len(found) == count
    wanted = [block["CapacityReservationId"]]
    assert ec2.describe_capacity_block_extension_history(CapacityReservationIds=wanted)["CapacityBlockExtensions"]


def test_unknown_reservations(ec2: Any) -> None:
    """A malformed id and one that nobody has."""
    for reservation_id, found in (
        ("cb-0123", "InvalidCapacityReservationId.Malformed"),
        ("cr-00000000000000000", "InvalidCapacityReservationId.NotFound"),
    ):
        assert code(offered, ec2, {"CapacityReservationId": reservation_id}) == found
