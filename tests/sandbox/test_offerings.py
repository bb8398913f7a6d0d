"""DescribeCapacityBlockOfferings as boto3 sees it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mcp_server.sandbox.control import SandboxControl
from tests.sandbox.conftest import START, Client

ASK = {"InstanceType": "p5.48xlarge", "InstanceCount": 8, "CapacityDurationHours": 24}
REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-north-1", "eu-west-2", "ap-northeast-1", "ap-south-1")


def offered(client: Any, **asked: Any) -> list[dict[str, Any]]:
    """What a client is offered."""
    return client.describe_capacity_block_offerings(**asked)["CapacityBlockOfferings"]


def refused(client: Any, **asked: Any) -> tuple[str, str, int]:
    """With which code, message and status a client is refused."""
    with pytest.raises(ClientError) as caught:
        client.describe_capacity_block_offerings(**asked)
    error = caught.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def test_offerings_have_the_real_shape(ec2: Any) -> None:
    """Fees are strings of USD, zones are names, hours and minutes add up to the dates."""
    found = offered(ec2, **ASK)
    assert found
    for each in found:
        hours, minutes = each["CapacityBlockDurationHours"], each["CapacityBlockDurationMinutes"]
        assert each["EndDate"] - each["StartDate"] == timedelta(hours=hours, minutes=minutes)
        assert Decimal(each["UpfrontFee"]) == round(Decimal("5.191") * 64 * (hours * 60 + minutes) / 60, 2)
        assert each["AvailabilityZone"].startswith("us-east-1")
        assert each["CapacityBlockOfferingId"].startswith("cb-0")
        assert len(each["CapacityBlockOfferingId"]) == len("cb-0c1fa9b2125eb49e0")
        assert (each["CurrencyCode"], each["Tenancy"], each["InstanceCount"]) == ("USD", "default", 8)


def test_the_date_header_is_the_simulated_time(ec2: Any, clock: SandboxControl) -> None:
    """Whoever trusts AWS's clock sees the simulated one."""
    clock.advance(timedelta(days=20))
    headers = ec2.describe_capacity_block_offerings(**ASK)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["date"].startswith("Mon, 21 Dec 2026 03:00")


def test_the_same_terms_keep_their_id(ec2: Any) -> None:
    """Asking again finds the same offerings under the same ids."""
    assert offered(ec2, **ASK) == offered(ec2, **ASK)


def test_fresh_ids_leave_the_terms_alone(ec2: Any, clock: SandboxControl) -> None:
    """In fresh-ids mode every look has new ids for the same blocks, and the older ids still buy."""
    clock.fresh_ids(True)
    first, second = offered(ec2, **ASK), offered(ec2, **ASK)
    ids = [{each.pop("CapacityBlockOfferingId") for each in found} for found in (first, second)]
    assert first == second
    assert not ids[0] & ids[1]
    bought = ec2.purchase_capacity_block(CapacityBlockOfferingId=min(ids[0]), InstancePlatform="Linux/UNIX")
    assert bought["CapacityReservation"]["State"] == "payment-pending"


def test_pages_join_to_the_whole(ec2: Any) -> None:
    """MaxResults and NextToken cut the same list into pieces."""
    paginator = ec2.get_paginator("describe_capacity_block_offerings")
    pages = list(paginator.paginate(**ASK, PaginationConfig={"PageSize": 2}))
    sizes = [len(page["CapacityBlockOfferings"]) for page in pages]
    assert sizes == [2, 2, 2]
    joined = [each for page in pages for each in page["CapacityBlockOfferings"]]
    assert joined == offered(ec2, **ASK)


def test_preferences_mix_instance_types(ec2: Any) -> None:
    """Several types in one question share the six offerings."""
    preferences = [{"InstanceType": name} for name in ("p5.48xlarge", "p5en.48xlarge", "p4d.24xlarge")]
    found = offered(ec2, InstanceTypePreferences=preferences, InstanceCount=1, CapacityDurationHours=24)
    assert len(found) == 6
    assert len({each["InstanceType"] for each in found}) > 1


def test_local_zones_only_on_request(client: Client) -> None:
    """A Local Zone that the account did not opt into shows only with AllAvailabilityZones."""
    ask = {"InstanceType": "p5e.48xlarge", "InstanceCount": 1, "CapacityDurationHours": 24}
    without, with_ = (
        {each["AvailabilityZone"] for each in offered(client("ec2", "us-west-2"), **ask, AllAvailabilityZones=wanted)}
        for wanted in (False, True)
    )
    assert "us-west-2-phx-2a" not in without
    assert "us-west-2-phx-2a" in with_


def test_ultraservers_are_whole_units(client: Client) -> None:
    """An UltraServer offering says its type and count, and how many instances that is."""
    for region, name, instances, price in (
        ("us-east-1", "u-p6e-gb200x72", 18, Decimal("10.582") * 72),
        ("us-east-2", "u-trn2x64", 4, Decimal("2.235") * 64),
    ):
        found = offered(
            client("ec2", region),
            UltraserverType=name,
            UltraserverCount=1,
            CapacityDurationHours=24 * 7,
            AllAvailabilityZones=True,
        )
        assert {(each["UltraserverType"], each["UltraserverCount"], each["InstanceCount"]) for each in found} == {
            (name, 1, instances)
        }
        for each in found:
            minutes = (each["EndDate"] - each["StartDate"]) // timedelta(minutes=1)
            assert abs(Decimal(each["UpfrontFee"]) - price * minutes / 60) <= Decimal("0.01")


def test_ultraservers_are_for_accounts_on_a_list(client: Client, secondary: boto3.Session) -> None:
    """The secondary account is not on it."""
    code, message, status = refused(
        client("ec2", "us-east-1", secondary), UltraserverType="u-p6e-gb200x72", CapacityDurationHours=24
    )
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert "when requesting an EC2 UltraServer" in message


def test_segments_of_large_blocks(client: Client) -> None:
    """Somewhere 48 instances come as two segments whose counts and fees add up to the whole."""
    ask = {"InstanceType": "p5.48xlarge", "InstanceCount": 48, "CapacityDurationHours": 168}
    found = [each for region in REGIONS for each in offered(client("ec2", region), **ask)]
    split = next(each for each in found if each.get("CapacityBlockOfferingSegments"))
    segments = split["CapacityBlockOfferingSegments"]
    assert len(segments) == 2
    assert sum(each["InstanceCount"] for each in segments) == split["InstanceCount"] == 48
    assert sum(Decimal(each["UpfrontFee"]) for each in segments) == Decimal(split["UpfrontFee"])
    assert len({each["AvailabilityZoneId"] for each in segments}) == 2


def test_zone_names_differ_between_accounts(client: Client, secondary: boto3.Session) -> None:
    """One zone id has other letters in the other account, in zones, subnets and type offerings alike."""
    ours, theirs = client("ec2", "us-east-1"), client("ec2", "us-east-1", secondary)
    names = [
        {each["ZoneId"]: each["ZoneName"] for each in one.describe_availability_zones()["AvailabilityZones"]}
        for one in (ours, theirs)
    ]
    assert names[0].keys() == names[1].keys()
    assert all(names[0][zone_id] != names[1][zone_id] for zone_id in names[0])
    for one, letters in zip((ours, theirs), names, strict=True):
        subnets = one.describe_subnets(Filters=[{"Name": "tag:Tier", "Values": ["private"]}])["Subnets"]
        assert {each["AvailabilityZoneId"]: each["AvailabilityZone"] for each in subnets} == letters
        filters = [{"Name": "instance-type", "Values": ["p5.48xlarge"]}]
        places = one.describe_instance_type_offerings(LocationType="availability-zone", Filters=filters)
        assert {each["Location"] for each in places["InstanceTypeOfferings"]} == set(letters.values())


def test_both_accounts_are_offered_the_same_zones(client: Client, secondary: boto3.Session) -> None:
    """What AWS has is the same for everybody; only letters and ids are the account's own."""
    ours, theirs = (offered(one, **ASK) for one in (client("ec2"), client("ec2", "us-east-1", secondary)))
    ids = [
        {each["ZoneName"]: each["ZoneId"] for each in one.describe_availability_zones()["AvailabilityZones"]}
        for one in (client("ec2"), client("ec2", "us-east-1", secondary))
    ]
    found = [
        [(zone_ids[each["AvailabilityZone"]], each["StartDate"], each["UpfrontFee"]) for each in rows]
        for rows, zone_ids in ((ours, ids[0]), (theirs, ids[1]))
    ]
    assert found[0] == found[1]
    assert not {each["CapacityBlockOfferingId"] for each in ours} & {each["CapacityBlockOfferingId"] for each in theirs}


def test_describe_zones_lists_local_zones_on_request(ec2: Any) -> None:
    """All zones include the Local Zones with their parent, type and opt-in status."""
    filters = [{"Name": "zone-type", "Values": ["local-zone"]}]
    assert ec2.describe_availability_zones(Filters=filters)["AvailabilityZones"] == []
    found = ec2.describe_availability_zones(AllAvailabilityZones=True, Filters=filters)["AvailabilityZones"]
    atlanta = next(each for each in found if each["ZoneName"] == "us-east-1-atl-2a")
    assert (atlanta["ZoneId"], atlanta["OptInStatus"]) == ("use1-atl2-az1", "not-opted-in")
    assert atlanta["ParentZoneName"].startswith("us-east-1")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"InstanceType": "c7i.4xlarge"}, "'c7i.4xlarge' is not supported for Capacity Blocks in 'us-east-1'"),
        ({"InstanceType": "trn2.3xlarge"}, "'trn2.3xlarge' is not supported for Capacity Blocks in 'us-east-1'"),
        ({"CapacityDurationHours": 6}, "duration is not valid"),
        ({"CapacityDurationHours": 15 * 24}, "duration is not valid"),
        ({"CapacityDurationHours": 189 * 24}, "duration is not valid"),
        ({"InstanceCount": 0}, "instance count '0' is not valid"),
        ({"InstanceCount": 65}, "instance count '65' is not valid"),
        ({"StartDateRange": START - timedelta(days=1)}, "start date is not valid"),
        ({"StartDateRange": START + timedelta(weeks=9)}, "start date is not valid"),
        ({"EndDateRange": START - timedelta(days=1)}, "end date is not valid"),
        (
            {"StartDateRange": START + timedelta(days=9), "EndDateRange": START + timedelta(days=8)},
            "end date is not valid",
        ),
    ],
)
def test_bad_values_have_one_code_and_their_own_words(ec2: Any, asked: dict[str, Any], words: str) -> None:
    """EC2 says InvalidParameterValue to all of them; only the message tells them apart."""
    code, message, status = refused(ec2, **(ASK | asked))
    assert (code, status) == ("InvalidParameterValue", 400)
    assert words in message


def test_a_type_must_be_named(ec2: Any) -> None:
    """Neither an instance type nor an UltraServer type is a missing parameter."""
    assert refused(ec2, CapacityDurationHours=24)[0] == "MissingParameter"


def test_a_type_may_be_named_once(ec2: Any) -> None:
    """An instance type, preferences and an UltraServer type exclude each other."""
    for more in ({"UltraserverType": "u-trn2x64"}, {"InstanceTypePreferences": [{"InstanceType": "p5en.48xlarge"}]}):
        assert refused(ec2, **ASK, **more)[0] == "InvalidParameterCombination"


def test_a_window_shorter_than_the_block_finds_no_whole_one(ec2: Any) -> None:
    """EndDateRange is the latest end, so in two days there is no room for seven."""
    window = {"StartDateRange": START + timedelta(days=10), "EndDateRange": START + timedelta(days=12)}
    assert offered(ec2, **(ASK | {"CapacityDurationHours": 168}), **window) == []


def test_a_dry_run_says_so(ec2: Any) -> None:
    """A permitted dry run is refused with HTTP 412."""
    assert refused(ec2, **ASK, DryRun=True)[::2] == ("DryRunOperation", 412)


def test_a_quota_of_zero_hides_the_market(client: Client) -> None:
    """The main account has no quota in Sao Paulo: AWS says so instead of showing what it sells there."""
    code, message, _ = refused(client("ec2", "sa-east-1"), **ASK)
    assert code == "CapacityBlockDescribeLimitExceeded"
    assert message.startswith("Your existing service limits for this AWS account are not sufficient")


def test_the_secondary_account_has_no_quota_for_b300(client: Client, secondary: boto3.Session) -> None:
    """The same failure, for one family everywhere."""
    ask = {"InstanceType": "p6-b300.48xlarge", "InstanceCount": 1, "CapacityDurationHours": 24}
    assert offered(client("ec2"), **ask)
    assert refused(client("ec2", "us-west-2", secondary), **ask)[0] == "CapacityBlockDescribeLimitExceeded"


def test_times_with_another_offset_are_the_same_instant(ec2: Any) -> None:
    """The window is compared as instants, whatever zone the caller writes them in."""
    start = datetime(2026, 12, 5, tzinfo=UTC)
    assert offered(ec2, **ASK, StartDateRange=start) == offered(
        ec2, **ASK, StartDateRange=start.astimezone(datetime.fromisoformat("2026-12-05T00:00+09:00").tzinfo)
    )
