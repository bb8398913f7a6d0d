"""Buying a block, and what it goes through until it expires."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mcp_server.sandbox.control import SandboxControl
from tests.sandbox.conftest import START, Client

Buy = Callable[..., dict[str, Any]]
ASK = {"InstanceType": "p5.48xlarge", "InstanceCount": 8, "CapacityDurationHours": 24}
QUANTITY = "aws:ec2capacityreservation:incrementalRequestedQuantity"


def reservation(client: Any, reservation_id: str) -> dict[str, Any]:
    """A reservation as it is now."""
    found = client.describe_capacity_reservations(CapacityReservationIds=[reservation_id])
    return found["CapacityReservations"][0]


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """With which code and message a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def offering_ids(client: Any, **asked: Any) -> list[str]:
    """The ids of what is offered."""
    found = client.describe_capacity_block_offerings(**(ASK | asked))["CapacityBlockOfferings"]
    return [each["CapacityBlockOfferingId"] for each in found]


def test_a_block_goes_from_payment_to_expiry(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """payment-pending, scheduled, active, expired; reservation and block say the same."""
    bought = buy()
    states = []
    for moment in (
        START,
        START + timedelta(minutes=5),
        bought["StartDate"],
        bought["EndDate"] - timedelta(minutes=5),
        bought["EndDate"],
    ):
        clock.set_clock(moment)
        block = ec2.describe_capacity_blocks()["CapacityBlocks"][0]
        assert block["State"] == reservation(ec2, bought["CapacityReservationId"])["State"]
        states.append(block["State"])
    assert states == ["payment-pending", "scheduled", "active", "active", "expired"]


def test_counts_are_zero_until_the_start(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """Before the start the count stands only in AWS's own tag."""
    bought = buy()
    assert (bought["TotalInstanceCount"], bought["AvailableInstanceCount"]) == (0, 0)
    assert {"Key": QUANTITY, "Value": "8"} in bought["Tags"]
    clock.set_clock(bought["StartDate"])
    now = reservation(ec2, bought["CapacityReservationId"])
    usage = ec2.get_capacity_reservation_usage(CapacityReservationId=bought["CapacityReservationId"])
    assert (now["TotalInstanceCount"], now["AvailableInstanceCount"], usage["TotalInstanceCount"]) == (8, 8, 8)
    assert usage["InstanceUsages"] == [{"AccountId": "483026362307", "UsedInstanceCount": 0}]


def test_a_reservation_is_told_by_its_members(buy: Buy) -> None:
    """It is targeted, limited, of type capacity-block, and names its block and its zone both ways."""
    bought = buy()
    assert (bought["ReservationType"], bought["InstanceMatchCriteria"], bought["EndDateType"], bought["Tenancy"]) == (
        "capacity-block",
        "targeted",
        "limited",
        "default",
    )
    assert bought["CapacityBlockId"].startswith("cb-")
    assert bought["AvailabilityZone"].startswith("us-east-1")
    assert bought["AvailabilityZoneId"].startswith("use1-az")
    assert bought["OwnerId"] in bought["CapacityReservationArn"]


def test_a_payment_that_fails_is_given_up_after_twelve_hours(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """The block is payment-pending for 12 hours, then payment-failed, and its capacity is for sale again."""
    clock.arm("PurchaseCapacityBlock", "payment-fails", calls=1)
    bought = buy()
    for after, state in ((11, "payment-pending"), (12, "payment-failed"), (999, "payment-failed")):
        clock.set_clock(START + timedelta(hours=after))
        assert reservation(ec2, bought["CapacityReservationId"])["State"] == state


def test_an_early_start_shortens_the_time_for_the_payment(ec2: Any, clock: SandboxControl) -> None:
    """It must be made five minutes before the start."""
    clock.arm("PurchaseCapacityBlock", "payment-fails", calls=1)
    while not (soon := _soon(ec2)):
        clock.advance(timedelta(days=1))
    offering = soon[0]
    bought = ec2.purchase_capacity_block(
        CapacityBlockOfferingId=offering["CapacityBlockOfferingId"], InstancePlatform="Linux/UNIX"
    )["CapacityReservation"]
    clock.set_clock(bought["StartDate"] - timedelta(minutes=6))
    assert reservation(ec2, bought["CapacityReservationId"])["State"] == "payment-pending"
    clock.set_clock(bought["StartDate"] - timedelta(minutes=5))
    assert reservation(ec2, bought["CapacityReservationId"])["State"] == "payment-failed"


def test_an_offering_is_sold_once(ec2: Any) -> None:
    """Its id is gone after the purchase; the same terms come back under another id while there is capacity."""
    offering_id = offering_ids(ec2)[-1]
    ec2.purchase_capacity_block(CapacityBlockOfferingId=offering_id, InstancePlatform="Linux/UNIX")
    again = refused(ec2.purchase_capacity_block, CapacityBlockOfferingId=offering_id, InstancePlatform="Linux/UNIX")
    assert again[0] == "InvalidCapacityBlockOfferingIdNotFound"
    assert offering_id not in offering_ids(ec2)


def test_capacity_runs_out(ec2: Any) -> None:
    """Whoever buys the same days again and again is offered other days or zones in the end."""
    first = ec2.describe_capacity_block_offerings(**ASK)["CapacityBlockOfferings"][-1]
    place = first["AvailabilityZone"], first["StartDate"]
    bought = 0
    while bought < 9:
        found = ec2.describe_capacity_block_offerings(**ASK)["CapacityBlockOfferings"]
        same = [each for each in found if (each["AvailabilityZone"], each["StartDate"]) == place]
        if not same:
            break
        ec2.purchase_capacity_block(
            CapacityBlockOfferingId=same[0]["CapacityBlockOfferingId"], InstancePlatform="Linux/UNIX"
        )
        bought += 1
    assert 0 < bought < 9


@pytest.mark.parametrize(
    ("offering_id", "code"),
    [
        ("cb-0123", "InvalidCapacityBlockOfferingIdMalformed"),
        ("offering", "InvalidCapacityBlockOfferingIdMalformed"),
        ("cb-00123456789abcdef", "InvalidCapacityBlockOfferingIdNotFound"),
    ],
)
def test_ids_that_buy_nothing(ec2: Any, offering_id: str, code: str) -> None:
    """An id is malformed, or nobody was shown it."""
    found, _ = refused(ec2.purchase_capacity_block, CapacityBlockOfferingId=offering_id, InstancePlatform="Linux/UNIX")
    assert found == code


def test_an_offering_expires_with_its_start(ec2: Any, clock: SandboxControl) -> None:
    """A start that has passed cannot be bought."""
    found = ec2.describe_capacity_block_offerings(**ASK)["CapacityBlockOfferings"][0]
    clock.set_clock(found["StartDate"])
    code, _ = refused(
        ec2.purchase_capacity_block,
        CapacityBlockOfferingId=found["CapacityBlockOfferingId"],
        InstancePlatform="Linux/UNIX",
    )
    assert code == "InvalidCapacityBlockOfferingIdExpired"


def test_an_offering_belongs_to_who_was_shown_it(ec2: Any, client: Client, secondary: boto3.Session) -> None:
    """Neither another account nor another region can buy it."""
    offering_id = offering_ids(ec2)[0]
    for other in (client("ec2", "us-east-1", secondary), client("ec2", "us-west-2")):
        code, _ = refused(
            other.purchase_capacity_block, CapacityBlockOfferingId=offering_id, InstancePlatform="Linux/UNIX"
        )
        assert code == "InvalidCapacityBlockOfferingIdNotFound"


def test_a_dry_run_buys_nothing(ec2: Any) -> None:
    """It ends as permitted, and there is no block."""
    offering_id = offering_ids(ec2)[0]
    code, _ = refused(
        ec2.purchase_capacity_block,
        CapacityBlockOfferingId=offering_id,
        InstancePlatform="Linux/UNIX",
        DryRun=True,
    )
    assert code == "DryRunOperation"
    assert ec2.describe_capacity_blocks()["CapacityBlocks"] == []


def test_only_linux_platforms(ec2: Any) -> None:
    """Capacity Blocks have no Windows."""
    code, message = refused(
        ec2.purchase_capacity_block, CapacityBlockOfferingId=offering_ids(ec2)[0], InstancePlatform="Windows"
    )
    assert code == "InvalidParameterValue"
    assert "'Windows'" in message


def test_a_purchase_of_segments_makes_a_reservation_for_each(client: Client) -> None:
    """CapacityReservations has all of them, CapacityReservation only the first."""
    ask = {"InstanceType": "p5.48xlarge", "InstanceCount": 48, "CapacityDurationHours": 168}
    for region in ("us-east-1", "us-east-2", "us-west-2", "eu-north-1", "eu-west-2", "ap-northeast-1", "ap-south-1"):
        ec2 = client("ec2", region)
        found = ec2.describe_capacity_block_offerings(**ask)["CapacityBlockOfferings"]
        split = [each for each in found if each.get("CapacityBlockOfferingSegments")]
        if split:
            break
    answer = ec2.purchase_capacity_block(
        CapacityBlockOfferingId=split[0]["CapacityBlockOfferingId"], InstancePlatform="Linux/UNIX"
    )
    reservations = answer["CapacityReservations"]
    assert reservations[0] == answer["CapacityReservation"]
    assert [each["AvailabilityZoneId"] for each in reservations] == [
        each["AvailabilityZoneId"] for each in split[0]["CapacityBlockOfferingSegments"]
    ]
    assert len(ec2.describe_capacity_reservations()["CapacityReservations"]) == 2


def test_every_ultraserver_is_a_block(client: Client, clock: SandboxControl) -> None:
    """Two UltraServers are two blocks with one reservation each, not launchable before they are active."""
    ec2 = client("ec2", "us-east-2")
    found = ec2.describe_capacity_block_offerings(
        UltraserverType="u-trn2x64", UltraserverCount=2, CapacityDurationHours=24
    )["CapacityBlockOfferings"]
    answer = ec2.purchase_capacity_block(
        CapacityBlockOfferingId=found[-1]["CapacityBlockOfferingId"], InstancePlatform="Linux/UNIX"
    )
    assert [each["UltraserverType"] for each in answer["CapacityBlocks"]] == ["u-trn2x64", "u-trn2x64"]
    assert answer["CapacityReservation"]["LaunchStatus"] == "unlaunchable"
    clock.set_clock(answer["CapacityReservation"]["StartDate"])
    status = ec2.describe_capacity_block_status()["CapacityBlockStatuses"]
    assert [(each["TotalCapacity"], each["InterconnectStatus"]) for each in status] == [(4, "ok"), (4, "ok")]
    filters = [{"Name": "ultraserver-type", "Values": ["u-trn2x64"]}]
    assert len(ec2.describe_capacity_blocks(Filters=filters)["CapacityBlocks"]) == 2


def test_tags_come_with_the_purchase_and_after_it(ec2: Any) -> None:
    """Purchase tags, CreateTags, DeleteTags and DescribeTags act on one set of tags."""
    answer = ec2.purchase_capacity_block(
        CapacityBlockOfferingId=offering_ids(ec2)[-1],
        InstancePlatform="Linux/UNIX",
        TagSpecifications=[
            {"ResourceType": "capacity-reservation", "Tags": [{"Key": "team", "Value": "vision"}]},
        ],
    )
    bought = answer["CapacityReservation"]["CapacityReservationId"]
    assert {"Key": "team", "Value": "vision"} in answer["CapacityReservation"]["Tags"]
    ec2.create_tags(Resources=[bought], Tags=[{"Key": "run", "Value": "7"}])
    ec2.delete_tags(Resources=[bought], Tags=[{"Key": "team"}])
    filters = [
        {"Name": "resource-id", "Values": [bought]},
        {"Name": "resource-type", "Values": ["capacity-reservation"]},
    ]
    tags = {each["Key"]: each["Value"] for each in ec2.describe_tags(Filters=filters)["Tags"]}
    assert (tags.get("run"), tags.get("team"), tags[QUANTITY]) == ("7", None, "8")
    for name, values in (("tag:run", ["7"]), ("tag-key", ["run"])):
        found = ec2.describe_capacity_reservations(Filters=[{"Name": name, "Values": values}])
        assert len(found["CapacityReservations"]) == 1
    assert ec2.describe_capacity_blocks(Filters=[{"Name": "tag:run", "Values": ["8"]}])["CapacityBlocks"] == []


def test_tags_that_are_refused(ec2: Any, buy: Buy) -> None:
    """AWS's own keys, other kinds of resources, and reservations that do not exist."""
    bought = buy()["CapacityReservationId"]
    own = [{"Key": "aws:mine", "Value": "1"}]
    assert refused(ec2.create_tags, Resources=[bought], Tags=own)[0] == "InvalidParameterValue"
    missing = refused(ec2.create_tags, Resources=["cr-00000000000000000"], Tags=[{"Key": "a", "Value": "b"}])
    assert missing[0] == "InvalidCapacityReservationId.NotFound"
    wrong = refused(
        ec2.purchase_capacity_block,
        CapacityBlockOfferingId=offering_ids(ec2)[0],
        InstancePlatform="Linux/UNIX",
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}],
    )
    assert wrong[0] == "InvalidParameterValue"


def test_describing_filters_and_pages(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """Filters by state, type, zone and date; pages of any size."""
    first, second = buy(), buy(InstanceType="p4d.24xlarge", InstanceCount=1)
    clock.advance(timedelta(minutes=10))

    def found(**filters: str) -> list[str]:
        wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        rows = ec2.describe_capacity_reservations(Filters=wanted)["CapacityReservations"]
        return [each["CapacityReservationId"] for each in rows]

    ids = [first["CapacityReservationId"], second["CapacityReservationId"]]
    assert found(state="scheduled") == ids
    assert found(state="active") == []
    assert found(instance_type="p4d.24xlarge") == ids[1:]
    assert found(instance_type="p*", availability_zone=first["AvailabilityZone"])[0] == ids[0]
    assert found(start_date=first["StartDate"].strftime("%Y-%m-%dT%H:%M:%S.000Z"), owner_id="483026362307")
    assert found(owner_id="159553542841") == []
    pages = list(ec2.get_paginator("describe_capacity_blocks").paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page["CapacityBlocks"]) for page in pages] == [1, 1]
    assert refused(ec2.describe_capacity_reservations, Filters=[{"Name": "reservation-type", "Values": ["x"]}]) == (
        "InvalidParameterValue",
        "The filter 'reservation-type' is invalid",
    )
    assert refused(ec2.describe_capacity_reservations, NextToken="nonsense")[0] == "InvalidNextToken"


def test_blocks_are_seen_only_where_they_are(
    client: Client, buy: Buy, secondary: boto3.Session, clock: SandboxControl
) -> None:
    """Neither another region nor another account describes them."""
    bought = buy()["CapacityReservationId"]
    for other in (client("ec2", "us-west-2"), client("ec2", "us-east-1", secondary)):
        assert other.describe_capacity_reservations()["CapacityReservations"] == []
        code, _ = refused(other.describe_capacity_reservations, CapacityReservationIds=[bought])
        assert code == "InvalidCapacityReservationId.NotFound"


def test_a_block_cannot_be_cancelled(ec2: Any, buy: Buy) -> None:
    """There is no way back."""
    bought = buy()["CapacityReservationId"]
    assert "Capacity Block" in refused(ec2.cancel_capacity_reservation, CapacityReservationId=bought)[1]
    assert reservation(ec2, bought)["State"] == "payment-pending"


def test_the_quota_bounds_what_runs_at_the_same_time(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """A second block on the same days does not fit the quota, one on other days does."""
    clock.set_quota("main", "us-east-1", "L-DA6814F2", 8 * 192)
    bought = buy()
    window = {"StartDateRange": bought["StartDate"], "EndDateRange": bought["EndDate"]}
    same = offering_ids(ec2, InstanceCount=1, **window)
    assert same
    code, message = refused(ec2.purchase_capacity_block, CapacityBlockOfferingId=same[0], InstancePlatform="Linux/UNIX")
    assert code == "VcpuLimitExceeded"
    assert "1536 vCPUs" in message
    later = offering_ids(ec2, StartDateRange=bought["EndDate"])
    ec2.purchase_capacity_block(CapacityBlockOfferingId=later[-1], InstancePlatform="Linux/UNIX")


def _soon(client: Any) -> list[dict[str, Any]]:
    """Offerings for one instance that start at once."""
    found = client.describe_capacity_block_offerings(**(ASK | {"InstanceCount": 1}))["CapacityBlockOfferings"]
    return [each for each in found if each["StartDate"].minute != 30 or each["StartDate"].astimezone(UTC).hour != 11]
