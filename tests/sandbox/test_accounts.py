"""Who is who: identities, quotas, networks and the trail of who bought what."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mcp_server.sandbox.control import SandboxControl
from tests.sandbox.conftest import ROLE_IN_SECONDARY, Client

P5 = "L-DA6814F2"


def test_roles_land_in_their_own_account(client: Client, secondary: boto3.Session) -> None:
    """GetCallerIdentity tells a user of the main account from a role session in the secondary."""
    ours = client("sts").get_caller_identity()
    theirs = client("sts", "us-east-1", secondary).get_caller_identity()
    assert (ours["Account"], ours["Arn"]) == ("483026362307", "arn:aws:iam::483026362307:user/developer")
    assert theirs["Account"] == "159553542841"
    assert theirs["Arn"] == "arn:aws:sts::159553542841:assumed-role/ml-clusters-reader/auditor"


def test_a_role_in_the_own_account_can_be_assumed(client: Client) -> None:
    """The reader role exists in both accounts."""
    role = "arn:aws:iam::483026362307:role/ml-clusters-reader"
    answer = client("sts").assume_role(RoleArn=role, RoleSessionName="reading")["Credentials"]
    session = boto3.Session(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    assert client("sts", "us-east-1", session).get_caller_identity()["Account"] == "483026362307"


@pytest.mark.parametrize(
    ("region", "own", "other"),
    [("us-east-1", "10.0.0.0/16", "10.2.0.0/16"), ("us-west-2", "10.1.0.0/16", "10.3.0.0/16")],
)
def test_networks(client: Client, secondary: boto3.Session, region: str, own: str, other: str) -> None:
    """Each account has a VPC in each of two regions, with a private and a public subnet in every zone."""
    for session, cidr in ((None, own), (secondary, other)):
        ec2 = client("ec2", region, session)
        (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": [cidr]}])["Vpcs"]
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
        tiers = [next(tag["Value"] for tag in each["Tags"] if tag["Key"] == "Tier") for each in subnets]
        zones = ec2.describe_availability_zones()["AvailabilityZones"]
        assert tiers.count("private") == tiers.count("public") == len(zones)
        assert {each["AvailabilityZoneId"] for each in subnets} == {each["ZoneId"] for each in zones}


def test_the_world_is_the_same_after_a_reset(client: Client, clock: SandboxControl) -> None:
    """Ids of networks do not change, but it is another world, in which nothing was bought."""
    ids = [each["VpcId"] for each in client("ec2").describe_vpcs()["Vpcs"]]
    world = clock.world()
    clock.reset()
    assert [each["VpcId"] for each in client("ec2").describe_vpcs()["Vpcs"]] == ids
    assert clock.world().world != world.world
    assert clock.world().seed == world.seed


def test_quotas_are_told_by_code(client: Client, secondary: boto3.Session, clock: SandboxControl) -> None:
    """A quota that was changed has a value; one that never was is no resource, and its default is 0."""
    quotas = client("service-quotas")
    found = quotas.get_service_quota(ServiceCode="ec2", QuotaCode=P5)["Quota"]
    assert found["Value"] > 0
    assert "P5" in found["QuotaName"]
    assert quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=P5)["Quota"]["Value"] == 0
    never = client("service-quotas", "sa-east-1")
    with pytest.raises(never.exceptions.NoSuchResourceException):
        never.get_service_quota(ServiceCode="ec2", QuotaCode=P5)
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-00000000")
    b300 = client("service-quotas", "us-east-1", secondary).get_service_quota(ServiceCode="ec2", QuotaCode="L-9C38E5AB")
    assert b300["Quota"]["Value"] == 0
    clock.set_quota("main", "sa-east-1", P5, 192)
    assert never.get_service_quota(ServiceCode="ec2", QuotaCode=P5)["Quota"]["Value"] == 192
    assert [each["QuotaCode"] for each in never.list_service_quotas(ServiceCode="ec2")["Quotas"]] == [P5]


def test_quotas_come_in_pages(client: Client) -> None:
    """All ten families, three at a time."""
    paginator = client("service-quotas").get_paginator("list_service_quotas")
    pages = list(paginator.paginate(ServiceCode="ec2", PaginationConfig={"PageSize": 3}))
    assert [len(page["Quotas"]) for page in pages] == [3, 3, 3, 1]


def events(trail: Any, key: str, value: str) -> list[dict[str, Any]]:
    """What CloudTrail finds by an attribute."""
    return trail.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])["Events"]


def test_cloudtrail_tells_who_bought_minutes_later(
    client: Client, secondary: boto3.Session, buy: Callable[..., dict[str, Any]], clock: SandboxControl
) -> None:
    """The user name is the role session's; the event appears after some minutes, in its account and region only."""
    bought = buy(client("ec2", "us-east-1", secondary))
    trail = client("cloudtrail", "us-east-1", secondary)
    assert events(trail, "EventName", "PurchaseCapacityBlock") == []
    clock.advance(timedelta(minutes=5))
    (event,) = events(trail, "EventName", "PurchaseCapacityBlock")
    assert event["Username"] == "auditor"
    record = json.loads(event["CloudTrailEvent"])
    assert record["recipientAccountId"] == "159553542841"
    assert record["userIdentity"]["arn"].endswith("assumed-role/ml-clusters-reader/auditor")
    assert "errorCode" not in record
    for key, value in (("Username", "auditor"), ("ResourceName", bought["CapacityReservationId"])):
        assert events(trail, key, value) == [event]
    assert events(trail, "Username", "developer") == []
    assert events(client("cloudtrail"), "EventName", "PurchaseCapacityBlock") == []
    assert events(client("cloudtrail", "us-west-2", secondary), "EventName", "PurchaseCapacityBlock") == []


def test_cloudtrail_keeps_refused_purchases(client: Client, ec2: Any, clock: SandboxControl) -> None:
    """The event has an error code and no resource."""
    with pytest.raises(ClientError):
        ec2.purchase_capacity_block(CapacityBlockOfferingId="cb-00123456789abcdef", InstancePlatform="Linux/UNIX")
    clock.advance(timedelta(minutes=5))
    (event,) = events(client("cloudtrail"), "EventName", "PurchaseCapacityBlock")
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "Client.InvalidCapacityBlockOfferingIdNotFound"
    assert event["Resources"] == []


def test_cloudtrail_pages_and_windows(client: Client, ec2: Any, clock: SandboxControl) -> None:
    """The newest first, so many at a time, between two times."""
    started = clock.now()
    for minute in range(3):
        with pytest.raises(ClientError):
            ec2.purchase_capacity_block(CapacityBlockOfferingId=f"cb-0{minute:016x}", InstancePlatform="Linux/UNIX")
        clock.advance(timedelta(minutes=10))
    trail = client("cloudtrail")
    pages = list(trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2}))
    times = [event["EventTime"] for page in pages for event in page["Events"]]
    assert [len(page["Events"]) for page in pages] == [2, 1]
    assert times == sorted(times, reverse=True)
    window = {"StartTime": started + timedelta(minutes=5), "EndTime": started + timedelta(minutes=15)}
    assert len(trail.lookup_events(**window)["Events"]) == 1


def test_a_role_of_the_secondary_buys_in_the_secondary(
    client: Client, secondary: boto3.Session, buy: Callable[..., dict[str, Any]]
) -> None:
    """What is bought belongs to the account that the credentials are of."""
    assert buy(client("ec2", "us-east-1", secondary))["OwnerId"] == ROLE_IN_SECONDARY.split(":")[4]
