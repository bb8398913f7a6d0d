"""Every fault once, as botocore sees it."""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from mcp_server.sandbox.control import SandboxControl
from tests.sandbox.conftest import Client

ASK = {"InstanceType": "p5.48xlarge", "InstanceCount": 8, "CapacityDurationHours": 24}
DESCRIBE = "DescribeCapacityBlockOfferings"
PURCHASE = "PurchaseCapacityBlock"


def describe(ec2: Any) -> list[dict[str, Any]]:
    """What is offered."""
    return ec2.describe_capacity_block_offerings(**ASK)["CapacityBlockOfferings"]


def purchase(ec2: Any, **more: Any) -> dict[str, Any]:
    """Buy the last of the offerings."""
    offering_id = describe(ec2)[-1]["CapacityBlockOfferingId"]
    return ec2.purchase_capacity_block(CapacityBlockOfferingId=offering_id, InstancePlatform="Linux/UNIX", **more)


def reservations(ec2: Any) -> list[dict[str, Any]]:
    """What can be seen of what was bought."""
    return ec2.describe_capacity_reservations()["CapacityReservations"]


def error(call: Callable[..., Any], *arguments: Any) -> tuple[str, int]:
    """With which code and HTTP status a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(*arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("throttle", "RequestLimitExceeded", 503),
        ("describe-limit", "CapacityBlockDescribeLimitExceeded", 400),
        ("quota-zero", "CapacityBlockDescribeLimitExceeded", 400),
        ("denied", "UnauthorizedOperation", 403),
        ("expired-credentials", "RequestExpired", 400),
        ("server-error", "InternalError", 500),
        ("unavailable", "Unavailable", 503),
    ],
)
def test_errors_of_ec2(ec2: Any, clock: SandboxControl, fault: str, code: str, status: int) -> None:
    """EC2's own codes and statuses, for one call; the next is served."""
    clock.arm(DESCRIBE, fault, calls=1)
    assert error(describe, ec2) == (code, status)
    assert describe(ec2)


def test_the_two_describe_limits_differ_by_message(ec2: Any, clock: SandboxControl) -> None:
    """Only a quota of 0 speaks of limits that are not sufficient."""
    messages = []
    for fault in ("describe-limit", "quota-zero"):
        clock.arm(DESCRIBE, fault, calls=1)
        with pytest.raises(ClientError) as caught:
            describe(ec2)
        messages.append(caught.value.response["Error"]["Message"])
    assert ["not sufficient" in message for message in messages] == [False, True]


@pytest.mark.parametrize(
    ("service", "operation", "fault", "code", "status"),
    [
        ("sts", "get_caller_identity", "throttle", "Throttling", 400),
        ("sts", "get_caller_identity", "denied", "AccessDenied", 403),
        ("sts", "get_caller_identity", "expired-credentials", "ExpiredToken", 403),
        ("sts", "get_caller_identity", "server-error", "InternalFailure", 500),
        ("cloudtrail", "lookup_events", "throttle", "ThrottlingException", 400),
        ("cloudtrail", "lookup_events", "denied", "AccessDeniedException", 400),
        ("cloudtrail", "lookup_events", "expired-credentials", "ExpiredTokenException", 400),
        ("s3", "list_buckets", "denied", "AccessDenied", 403),
        ("eks", "list_clusters", "denied", "AccessDeniedException", 400),
        ("autoscaling", "describe_auto_scaling_groups", "denied", "AccessDenied", 403),
        ("cloudformation", "describe_stacks", "denied", "AccessDenied", 403),
        ("dynamodb", "list_tables", "denied", "AccessDeniedException", 400),
    ],
)
def test_errors_in_other_protocols(
    client: Client, clock: SandboxControl, service: str, operation: str, fault: str, code: str, status: int
) -> None:
    """Query, JSON and REST services have codes and shapes of their own."""
    clock.arm("*", fault, calls=1)
    assert error(getattr(client(service), operation)) == (code, status)


def test_service_quotas_throttles_by_its_own_code(client: Client, clock: SandboxControl) -> None:
    """It is TooManyRequestsException there."""
    clock.arm("GetServiceQuota", "throttle", calls=1)
    quotas = client("service-quotas")
    with pytest.raises(quotas.exceptions.TooManyRequestsException):
        quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-DA6814F2")


def test_a_fault_strikes_its_region_account_and_number_of_calls(client: Client, clock: SandboxControl) -> None:
    """Elsewhere, and after so many calls, nothing is wrong."""
    clock.arm(DESCRIBE, "denied", region="us-east-2", account="main", calls=2)
    clock.arm(DESCRIBE, "denied", account="secondary")
    here, there = client("ec2", "us-east-1"), client("ec2", "us-east-2")
    assert describe(here)
    assert [error(describe, there)[0] for _ in range(2)] == ["UnauthorizedOperation"] * 2
    describe(there)
    assert [armed.account for armed in clock.armed()] == ["159553542841"]


def test_disarmed_faults_are_gone(ec2: Any, clock: SandboxControl) -> None:
    """Without a number of calls a fault strikes until it is disarmed."""
    clock.arm("*", "denied")
    for _ in range(2):
        assert error(describe, ec2) == ("UnauthorizedOperation", 403)
    clock.disarm()
    assert describe(ec2)


def test_a_dead_region_drops_the_connection(ec2: Any, clock: SandboxControl) -> None:
    """There is no answer and nothing was done."""
    clock.arm(PURCHASE, "dead", calls=1)
    with pytest.raises(ConnectionClosedError):
        purchase(ec2)
    assert reservations(ec2) == []


def test_act_then_drop(ec2: Any, clock: SandboxControl) -> None:
    """There is no answer, but the block was bought, once."""
    clock.arm(PURCHASE, "act-then-drop", calls=1)
    with pytest.raises(ConnectionClosedError):
        purchase(ec2)
    assert len(reservations(ec2)) == 1
    assert len(clock.requests(PURCHASE)) == 1


def test_dry_runs_leave_a_fault_for_the_real_call(ec2: Any, clock: SandboxControl) -> None:
    """A fault armed for a purchase waits for the purchase itself."""
    clock.arm(PURCHASE, "dead", calls=1)
    offering_id = describe(ec2)[-1]["CapacityBlockOfferingId"]
    arguments = {"CapacityBlockOfferingId": offering_id, "InstancePlatform": "Linux/UNIX"}
    assert error(lambda: ec2.purchase_capacity_block(**arguments, DryRun=True)) == ("DryRunOperation", 412)
    with pytest.raises(ConnectionClosedError):
        ec2.purchase_capacity_block(**arguments)
    assert [each.dry_run for each in clock.requests(PURCHASE)] == [True, False]


def test_tags_that_are_not_allowed(ec2: Any, clock: SandboxControl) -> None:
    """What tags at its creation is refused as CreateTags would be, and nothing is bought; without tags it is."""
    clock.arm(PURCHASE, "tags-denied")
    tags = [{"ResourceType": "capacity-reservation", "Tags": [{"Key": "mine", "Value": "1"}]}]
    with pytest.raises(ClientError, match="not authorized to perform: ec2:CreateTags") as caught:
        purchase(ec2, TagSpecifications=tags)
    assert caught.value.response["Error"]["Code"] == "UnauthorizedOperation"
    assert reservations(ec2) == []
    assert purchase(ec2)["CapacityReservation"]


def test_act_late(ec2: Any, clock: SandboxControl) -> None:
    """AWS acts after the caller gave up: first there is nothing to see, then there is."""
    clock.arm(PURCHASE, "act-late", calls=1, seconds=90)
    before = clock.now()
    with pytest.raises(ConnectionClosedError):
        purchase(ec2)
    after = clock.now()
    assert reservations(ec2) == []
    clock.advance(timedelta(minutes=10))
    found = reservations(ec2)
    assert before <= found[0]["CreateDate"] - timedelta(seconds=90) <= after
    assert found[0]["State"] == "scheduled"


def test_a_reservation_that_is_seen_late(ec2: Any, clock: SandboxControl) -> None:
    """The purchase answers with it, the lists show it later."""
    clock.arm(PURCHASE, "reservation-late", calls=1, seconds=60)
    bought = purchase(ec2)["CapacityReservation"]["CapacityReservationId"]
    assert reservations(ec2) == []
    assert ec2.describe_capacity_blocks()["CapacityBlocks"] == []
    clock.advance(timedelta(seconds=60))
    assert [each["CapacityReservationId"] for each in reservations(ec2)] == [bought]


def test_tags_that_are_seen_late(ec2: Any, clock: SandboxControl) -> None:
    """The reservation is there without its tags, which come later."""
    clock.arm(PURCHASE, "tag-late", calls=1, seconds=60)
    tags = [{"ResourceType": "capacity-reservation", "Tags": [{"Key": "mine", "Value": "1"}]}]
    purchase(ec2, TagSpecifications=tags)
    assert reservations(ec2)[0]["Tags"] == []
    clock.advance(timedelta(seconds=60))
    assert {"Key": "mine", "Value": "1"} in reservations(ec2)[0]["Tags"]


def test_history_that_is_seen_late(ec2: Any, clock: SandboxControl) -> None:
    """An extension is in the history only after a while."""
    bought = purchase(ec2)["CapacityReservation"]["CapacityReservationId"]
    clock.advance(timedelta(minutes=5))
    offering = ec2.describe_capacity_block_extension_offerings(
        CapacityReservationId=bought, CapacityBlockExtensionDurationHours=24
    )["CapacityBlockExtensionOfferings"][0]
    clock.arm("PurchaseCapacityBlockExtension", "history-late", calls=1, seconds=60)
    ec2.purchase_capacity_block_extension(
        CapacityReservationId=bought,
        CapacityBlockExtensionOfferingId=offering["CapacityBlockExtensionOfferingId"],
    )
    seen = []
    for _ in range(2):
        seen.append(len(ec2.describe_capacity_block_extension_history()["CapacityBlockExtensions"]))
        clock.advance(timedelta(seconds=60))
    assert seen == [0, 1]


def test_one_segment_first(client: Client, clock: SandboxControl) -> None:
    """The answer names one reservation of two, and the other one shows later."""
    ask = {"InstanceType": "p5.48xlarge", "InstanceCount": 48, "CapacityDurationHours": 168}
    clock.arm(PURCHASE, "first-segment-only", calls=1, seconds=60)
    for region in ("us-east-1", "us-east-2", "us-west-2", "eu-north-1", "eu-west-2", "ap-northeast-1", "ap-south-1"):
        ec2 = client("ec2", region)
        found = ec2.describe_capacity_block_offerings(**ask)["CapacityBlockOfferings"]
        split = [each["CapacityBlockOfferingId"] for each in found if each.get("CapacityBlockOfferingSegments")]
        if split:
            break
    answer = ec2.purchase_capacity_block(CapacityBlockOfferingId=split[0], InstancePlatform="Linux/UNIX")
    assert (len(answer["CapacityReservations"]), len(reservations(ec2))) == (1, 1)
    clock.advance(timedelta(seconds=60))
    assert len(reservations(ec2)) == 2


def test_a_price_that_moved(client: Client, clock: SandboxControl) -> None:
    """From then on every offering of the region costs more, and what was offered before is gone."""
    ec2 = client("ec2")
    before = describe(ec2)
    clock.arm("*", "price-moved", region="us-east-1", percent=Decimal(10))
    after = describe(ec2)
    assert [round(Decimal(each["UpfrontFee"]) * Decimal("1.1"), 0) for each in before] == [
        round(Decimal(each["UpfrontFee"]), 0) for each in after
    ]
    stale = before[-1]["CapacityBlockOfferingId"]
    found = error(lambda: ec2.purchase_capacity_block(CapacityBlockOfferingId=stale, InstancePlatform="Linux/UNIX"))
    assert found[0] == "InvalidCapacityBlockOfferingIdNotFound"


def test_an_offering_that_is_gone(ec2: Any, clock: SandboxControl) -> None:
    """Somebody else buys it first; a describe may also find nothing at all."""
    clock.arm(PURCHASE, "offering-gone", calls=1)
    assert error(purchase, ec2)[0] == "InvalidCapacityBlockOfferingIdNotFound"
    clock.arm(DESCRIBE, "offering-gone", calls=1)
    assert describe(ec2) == []
    assert describe(ec2)


def test_a_slow_answer(ec2: Any, clock: SandboxControl) -> None:
    """It takes so many milliseconds longer, also together with another fault."""
    clock.arm(DESCRIBE, "slow", calls=1, milliseconds=300)
    clock.arm(DESCRIBE, "denied", calls=1)
    started = time.monotonic()
    assert error(describe, ec2)[0] == "UnauthorizedOperation"
    assert time.monotonic() - started >= 0.3


def test_garbage(ec2: Any, client: Client, clock: SandboxControl) -> None:
    """HTTP 200 with a page that is not the answer: botocore reads it as one with nothing in it."""
    clock.arm("*", "garbage", calls=2)
    assert "CapacityBlockOfferings" not in ec2.describe_capacity_block_offerings(**ASK)
    assert "Events" not in client("cloudtrail").lookup_events()
