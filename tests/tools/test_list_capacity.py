"""What is owned, as a client is told it at every point of a block's life."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.bought_blocks import PAYMENT, buy_block, buy_extension
from tests.sandbox.test_use import start
from tests.tools.results import sentence, structure
from tests.tools.spending import MAIN, REGION, SECONDARY, Shop, Talk, either_era

pytestmark = pytest.mark.anyio

Row = dict[str, Any]


async def listed(talk: Talk, **wish: Any) -> dict[str, Any]:
    """What list_capacity tells of one region."""
    return structure(await talk.client.call_tool("list_capacity", {"regions": [REGION], **wish}))


async def one(talk: Talk, **wish: Any) -> Row:
    """Every field of the only reservation."""
    (row,) = (await listed(talk, response_format="detailed", **wish))["owned"]
    return row


async def troubles(talk: Talk, **wish: Any) -> list[str]:
    """What is wrong, without the reservation's name."""
    return [each.partition(": ")[2] for each in (await listed(talk, **wish)).get("troubles", [])]


def moment(text: str) -> datetime:
    """A time as a result tells it."""
    return datetime.fromisoformat(text)


def in_ec2(work: Callable[[Any], Any], session: boto3.Session | None = None) -> Any:
    """Does something with the EC2 of an account, the main one unless told otherwise."""
    with closing((session or boto3.Session()).client("ec2", region_name=REGION)) as ec2:
        return work(ec2)


@either_era
async def test_a_block_from_its_payment_to_its_end(shop: Shop, era: str) -> None:
    """Deadlines, counts and idle machines are right at every point, and what is wrong is said when it is."""
    async with shop.talk(era) as talk:
        bought = await talk.bought(await talk.quoted())
        reservation = bought["reservations"][0]

        row = await one(talk)
        begin, end = moment(row["start"]), moment(row["end"])
        assert (row["state"], row["count"], row["reservation_id"]) == ("payment-pending", 4, reservation)
        assert moment(row["pay_by"]) == min(moment(row["bought"]) + timedelta(hours=12), begin - timedelta(minutes=5))
        assert moment(row["usable_end"]) == end - timedelta(minutes=30)
        assert (row["untrusted_purpose"], row["purchase_id"]) == ("fine-tune the model", bought["purchase_id"])
        assert row["untrusted_buyer"].startswith("arn:aws:iam::")
        assert "running" not in row
        (pending,) = await troubles(talk)
        assert pending.startswith("payment pending: AWS releases the block if it is not paid by 2026-12-0")

        shop.aws.advance(PAYMENT)
        row = await one(talk)
        assert (row["state"], row["count"], moment(row["extend_by"])) == ("scheduled", 4, end - timedelta(hours=1))
        assert await troubles(talk) == []

        shop.aws.set_clock(begin)
        in_ec2(lambda ec2: start(ec2, reservation, 3))
        row = await one(talk)
        assert (row["state"], row["running"], row["idle"], row["interconnect"]) == ("active", {MAIN: 3}, 1, "ok")
        each = f"{machine_hour(row, end - begin):.2f} USD an hour each"
        soon, idle = await troubles(talk)
        assert "can be extended until" in soon
        assert idle == f"1 of its 4 machines stands idle, at {each} ({each.split(maxsplit=1)[0]} in all)."

        shop.aws.set_health(reservation, unavailable=1, interconnect="impaired")
        assert (await one(talk))["idle"] == 0
        impaired, unavailable, *_ = await troubles(talk)
        assert impaired.startswith("the network between its machines is impaired")
        assert unavailable == "1 of its 4 machines fail their checks: ask AWS to replace them."
        shop.aws.set_health(reservation)

        shop.aws.set_clock(end - timedelta(minutes=59))
        assert "it cannot be extended now" in (await troubles(talk))[0]
        assert "too late" in (await listed(talk))["table"]
        shop.aws.set_clock(end - timedelta(minutes=29))
        assert (await one(talk))["running"] == {}
        (taken,) = await troubles(talk)
        assert taken.startswith("AWS is taking the machines back; the block ends at")
        shop.aws.set_clock(end)
        assert (await one(talk))["state"] == "expired"
        assert await troubles(talk) == []
        shop.aws.set_clock(end + timedelta(days=4))
        later = await listed(talk)
        assert "table" not in later
        assert later["cut"] == "1 that ended or failed more than three days ago are shown with over=true."
        assert (await one(talk, over=True))["state"] == "expired"


def machine_hour(row: Row, duration: timedelta) -> float:
    """What a machine costs an hour."""
    return float(row["spent"]) / (duration / timedelta(hours=1) * row["count"])


@either_era
async def test_an_extension_moves_every_deadline(shop: Shop, era: str) -> None:
    """Once it is paid; until then nothing more can be bought, and it is said what happens without the payment."""
    reservation = buy_block()["CapacityReservation"]["CapacityReservationId"]
    shop.aws.advance(PAYMENT)
    async with shop.talk(era) as talk:
        before = await one(talk)
        bought = buy_extension(reservation)
        assert "when paid" in (await listed(talk))["table"]
        (pending,) = await troubles(talk)
        assert "the block ends as before" in pending
        shop.aws.advance(PAYMENT)
        after = await one(talk)
        assert moment(after["end"]) == bought["CapacityBlockExtensionEndDate"]
        for name in ("usable_end", "extend_by"):
            assert moment(after[name]) - moment(before[name]) == timedelta(days=1)
        assert [(each["state"], each["fee"]) for each in after["extensions"]] == [
            ("payment-succeeded", bought["UpfrontFee"])
        ]
        assert await troubles(talk) == []
        # Nobody tells the fee of a block that was bought elsewhere.
        assert "spent" not in after
        assert "purchase_id" not in after


@either_era
async def test_what_failed_is_said_for_three_days(shop: Shop, era: str) -> None:
    """A payment that fails leaves no machines; it is said, and after three days only to who asks."""
    shop.aws.arm("PurchaseCapacityBlock", "payment-fails", calls=1)
    buy_block()
    async with shop.talk(era) as talk:
        shop.aws.advance(timedelta(hours=12))
        assert (await one(talk))["state"] == "payment-failed"
        assert await troubles(talk) == ["its payment failed, and AWS released it: there are no machines."]
        shop.aws.advance(timedelta(days=3, minutes=1))
        assert "table" not in await listed(talk)
        assert (await one(talk, over=True))["state"] == "payment-failed"


@either_era
async def test_what_is_shared_is_there_once(shop: Shop, both_accounts: Path, era: str) -> None:
    """Under its owner, with who else may use it and how many machines each runs; alone, whoever may use it sees it."""
    bought = buy_block()["CapacityReservation"]
    with closing(boto3.client("ram", region_name=REGION)) as ram:
        ram.create_resource_share(name="lent", resourceArns=[bought["CapacityReservationArn"]], principals=[SECONDARY])
    shop.aws.set_clock(bought["StartDate"])
    role = f"arn:aws:iam::{SECONDARY}:role/ml-clusters-reader"
    keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="trainer")["Credentials"]
    there = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    in_ec2(lambda ec2: start(ec2, bought["CapacityReservationId"], 2), there)
    in_ec2(lambda ec2: start(ec2, bought["CapacityReservationId"], 1))
    async with shop.talk(era) as talk:
        row = await one(talk)
        assert (row["account"], row["shared_with"]) == (MAIN, [SECONDARY])
        assert (row["running"], row["idle"]) == ({MAIN: 1, SECONDARY: 2}, 1)
        assert "main, shared with secondary" in (await listed(talk))["table"]
        lent = await one(talk, accounts=["secondary"])
        assert (lent["account"], lent["running"]) == (MAIN, {SECONDARY: 2})
        assert lent["zone_id"] == row["zone_id"]
        assert f"{MAIN} (shared with secondary)" in (await listed(talk, accounts=["secondary"]))["table"]


@either_era
async def test_what_cannot_be_read_is_not_nothing(shop: Shop, era: str) -> None:
    """A region that does not answer stands under not_read, and a part that does not leaves the rest as it is."""
    reservation = buy_block()["CapacityReservation"]
    shop.aws.set_clock(reservation["StartDate"])
    async with shop.talk(era) as talk:
        shop.aws.arm("GetCapacityReservationUsage", "denied")
        shop.aws.arm("DescribeCapacityBlockStatus", "denied")
        found = await listed(talk)
        assert "not known" in found["table"]
        assert [each.partition(" not read")[0] for each in found["not_read"]] == [
            f"account {MAIN}, {REGION}: health",
            f"account {MAIN}, {REGION}: use",
        ]
        shop.aws.arm("DescribeCapacityReservations", "denied", region=REGION)
        result = await talk.client.call_tool("list_capacity", {"regions": [REGION, "us-west-2"]})
        found = structure(result)
        assert "table" not in found
        assert found["not_read"][0].startswith(f"account {MAIN}, {REGION}: reservations not read (denied: ")
        assert "Nothing is owned where AWS answered." in result.content[0].text
        wrong = await talk.client.call_tool("list_capacity", {"regions": ["us-east-9"]})
        assert "'us-east-9' is no AWS region" in sentence(wrong)


@either_era
async def test_a_search_says_first_what_would_do(shop: Shop, era: str) -> None:
    """What is owned, free, long enough and in time stands before what is sold; what is not, does not."""
    bought = buy_block(CapacityDurationHours=24 * 7)["CapacityReservation"]
    shop.aws.advance(PAYMENT)
    reservation = bought["CapacityReservationId"]
    async with shop.talk(era) as talk:
        elsewhere = next(each for each in ("use1-az1", "use1-az2") if each != bought["AvailabilityZoneId"])
        for wish, does in (
            ({"days": "5"}, True),
            ({"days": "5", "count": 5}, False),
            ({"days": "8"}, False),
            ({"days": "5", "instance_types": ["p5en"]}, False),
            ({"days": "5", "regions": ["us-west-2"]}, False),
            ({"days": "5", "zone_ids": [elsewhere]}, False),
            ({"days": "5", "earliest_start": (bought["EndDate"] - timedelta(days=2)).isoformat()}, False),
        ):
            found = await talk.search(**wish)
            assert [each.split(":")[0] for each in found.get("owned", [])] == [reservation] * does, wish
        shop.aws.set_clock(bought["StartDate"])
        in_ec2(lambda ec2: start(ec2, reservation, 1))
        assert "owned" not in await talk.search(days="5")
        assert (await talk.search(days="5", count=3))["owned"][0].startswith(
            f"{reservation}: 4 x p5.48xlarge in us-east-1"
        )
        shop.aws.arm("DescribeCapacityReservations", "denied")
        assert f"what is owned in {REGION} not read (denied)" in (await talk.search(days="5"))["failures"]


@either_era
async def test_it_names_the_groups_that_use_what_is_owned(shop: Shop, era: str) -> None:
    """Each block and plan with the clusters' groups that it is behind, and how many of their machines run on it."""
    shop.aws.put_clusters()
    async with shop.talk(era) as talk:
        whole = structure(await talk.client.call_tool("list_capacity", {"response_format": "detailed"}))
        users = {each["used_by"].partition(" ")[0] for each in whole["owned"]}
        assert users == {"ml-clusters-training/p5en-later", "ml-clusters-training/p5-now", "ml-clusters-slurm/p5/nodes"}
        assert "not_read" not in whole
        shop.aws.arm("eks:ListClusters", "denied")
        table = await listed(talk)
        assert "ml-clusters-slurm/p5/nodes (3)" in table["table"]
        assert any("eks:ListClusters not answered" in each for each in table["not_read"])
