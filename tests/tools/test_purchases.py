"""What quoting and buying tell, and what AWS is told."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import boto3
import pytest

from mcp_server.opening import open_ledger
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.entries import PurchaseState
from tests.bought_blocks import PAYMENT
from tests.tools.results import structure
from tests.tools.spending import MAIN, PURCHASER, REGION, SECONDARY, Person, Shop, either_era, states

pytestmark = pytest.mark.anyio

PURCHASE = "PurchaseCapacityBlock"


def reservations() -> list[dict[str, Any]]:
    """What the main account owns in the region, as boto3 shows it."""
    with closing(boto3.client("ec2", region_name=REGION)) as ec2:
        return ec2.describe_capacity_reservations()["CapacityReservations"]


def purchases() -> list[Purchase]:
    """The ledger's, as whoever reads the file sees them."""
    return list(open_ledger().read().purchases.values())


async def until(so: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    with anyio.fail_after(60):
        while not so():  # noqa: ASYNC110 - the other process sets no event of ours
            await anyio.sleep(0.05)


def notices(result: dict[str, Any]) -> list[str]:
    """The notices of purchases that nobody had been shown."""
    return [each for each in result["notices"] if each.startswith("Not shown before")]


async def test_a_quote_has_all_that_is_decided_by(shop: Shop, era: str) -> None:
    """Its fields are those of the offering that was found, typed; it lasts ten minutes and names how it is bought."""
    async with shop.talk(era) as talk:
        found = await talk.search(response_format="detailed")
        offering = found["details"]["offerings"][0]
        quote = await talk.quoted(offering["handle"])
    assert quote["notices"][0].startswith("SIMULATED")
    assert quote["quote_id"].startswith("q-")
    assert quote["purchase_id"].startswith("mlc-")
    assert (quote["spend_with"], quote["approval"]) == ("purchase_capacity", "dialog: they type the total")
    assert (quote["fee"], quote["currency"], quote["total"]) == (offering["fee"], "USD", f"{offering['fee']} USD")
    assert Decimal(quote["rate"]) == Decimal(offering["rate"]).quantize(Decimal("0.0001"))
    assert (quote["start"], quote["end"]) == (offering["start"], offering["end"])
    assert quote["usable_end"] == offering["usable_end"]
    left = datetime.fromisoformat(quote["expires"]) - shop.aws.now()
    assert timedelta(minutes=9) < left < timedelta(minutes=10, seconds=1)
    assert quote["ledger"] == str(shop.ledger)
    for each in ("4 x p5.48xlarge (32 H100)", REGION, offering["zone_id"], "Linux/UNIX", f"account {MAIN}"):
        assert each in quote["summary"]
    assert "\n" not in quote["summary"]
    assert shop.spent() == []


@either_era
async def test_what_is_read_says_everything_in_one_order(shop: Shop, era: str, both_accounts: Path) -> None:
    """World, account, what, where, times in UTC and here, money, what is left, tags; the question, what decides."""
    person = Person()
    async with shop.talk(era, person) as talk:
        quote = await talk.quoted((await talk.offered(accounts=["main"]))[0], purpose="fine-\x1b[1mtune\n the model")
        assert (await talk.bought(quote))["status"] == "bought"
    lines = quote["facts"].splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "SIMULATED:",
        "Account",
        "Capacity",
        "Where:",
        "Start:",
        "End:",
        "Usable",
        "Total:",
        "The",
        "Tag",
    ]
    assert lines[1] == f"Account main {MAIN}"
    assert lines[2] == "Capacity block: 4 x p5.48xlarge (32 H100), Linux/UNIX"
    assert lines[4] == "Start: 2026-12-01 11:30 UTC (2026-12-01 12:30 Europe/Berlin)"
    assert lines[6].startswith("Usable end: 2026-12-02 11:00 UTC (2026-12-02 12:00 Europe/Berlin)")
    assert lines[6].endswith("usable 23.5 h")
    assert lines[7] == "Total: 3,986.69 USD; rate 5.191 per accelerator-hour"
    assert lines[8] == "The policy then leaves 496,013.31 in 24 hours, 996,013.31 this month"
    assert quote["final"] == "No cancel, no refund, not movable: it is charged at once, and stays."
    zone = lines[3].rpartition("(")[2].rstrip(")")
    asked = (
        "SIMULATED, no money: TOTAL 3,986.69 USD, no cancel, no refund. 4 x p5.48xlarge (32 H100), us-east-1 "
        f"{zone}, 2026-12-01 11:30 to 2026-12-02 11:30 UTC, machines stop at 2026-12-02 11:00, account main {MAIN}."
    )
    assert person.asked == [asked]


@either_era
async def test_what_could_not_be_looked_at_is_said(shop: Shop, era: str) -> None:
    """A region in which the policy allows no purchase does not stop a quote; that it was not read is a note."""
    async with shop.talk(era) as talk:
        handle = (await talk.offered(regions=["us-west-2"]))[0]
        shop.aws.arm("DescribeCapacityReservations", "denied", region="eu-north-1")
        facts = (await talk.quoted(handle))["facts"]
        assert "Note: Not looked at: " in facts
        assert "eu-north-1 (denied)" in facts


@either_era
async def test_capacity_without_a_subnet_is_said_to_be_so(shop: Shop, era: str) -> None:
    """Where the account has no subnet nothing could start: a note, since a subnet can be made by then."""
    async with shop.talk(era) as talk:
        handle = (await talk.offered(regions=["ap-south-1"]))[0]
        assert "Note: The account has no subnet" not in (await talk.quoted(handle))["facts"]
        with closing(boto3.client("ec2", region_name="ap-south-1")) as ec2:
            for each in ec2.describe_subnets()["Subnets"]:
                ec2.delete_subnet(SubnetId=each["SubnetId"])
        facts = (await talk.quoted(handle))["facts"]
        assert "Note: The account has no subnet in aps1-az" in facts
        assert "no instance can start there before it has one" in facts


@either_era
async def test_aws_is_told_who_bought_what_for_how_much(shop: Shop, era: str) -> None:
    """Platform, tags of the policy and of the person, and ours, with the ledger's head at the intent, reach AWS.

    CloudTrail shows the purchase id as the session that bought.
    """
    async with shop.talk(era) as talk:
        quote = await talk.quoted(platform="Ubuntu Pro", tags={"Project": "llama"})
        assert "Ubuntu Pro" in quote["summary"]
        result = await talk.bought(quote)
    (owned,) = reservations()
    assert owned["CapacityReservationId"] == result["reservations"][0]
    assert owned["InstancePlatform"] == "Ubuntu Pro"
    tags = {each["Key"]: each["Value"] for each in owned["Tags"]}
    (intent,) = [each for each in open_ledger().links() if each.kind == "intended"]
    assert {name: tags[name] for name in tags if not name.startswith("aws:")} == {
        "Team": "ML",
        "Project": "llama",
        "ml-clusters:purchase-id": quote["purchase_id"],
        "ml-clusters:fee": quote["fee"],
        "ml-clusters:currency": "USD",
        "ml-clusters:buyer": f"arn:aws:iam::{MAIN}:user/developer",
        "ml-clusters:ledger": open_ledger().read().ledger_id,
        "ml-clusters:chain": intent.hash,
    }
    shop.aws.advance(timedelta(minutes=6))
    with closing(boto3.client("cloudtrail", region_name=REGION)) as trail:
        found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": PURCHASE}])
    events = [json.loads(each["CloudTrailEvent"]).get("errorCode") for each in found["Events"]]
    assert {each["Username"] for each in found["Events"]} == {quote["purchase_id"]}
    assert events == [None, "Client.DryRunOperation"]


@either_era
async def test_a_spent_quote_tells_its_outcome(shop: Shop, era: str) -> None:
    """Called again, also by a new server and long after, it asks nobody and sends nothing; it says how things stand."""
    person = Person()
    async with shop.talk(era, person) as talk:
        quote = await talk.quoted()
        first = await talk.bought(quote)
    shop.aws.advance(timedelta(minutes=30))
    async with shop.talk(era, person) as talk:
        again = await talk.bought(quote)
    assert (first["state"], again["state"]) == ("accepted", "paid")
    assert again["status"] == "bought"
    assert again["purchase_id"] == first["purchase_id"] == quote["purchase_id"]
    assert again["reservations"] == first["reservations"]
    assert len(person.asked) == 1
    assert len(shop.spent()) == 1


@either_era
async def test_each_account_buys_as_itself(shop: Shop, era: str, both_accounts: Path) -> None:
    """What is quoted in another account is bought there, by that account's purchaser."""
    shop.allow(accounts=[{"id": each, "purchaser_role": PURCHASER.format(each)} for each in (MAIN, SECONDARY)])
    person = Person()
    async with shop.talk(era, person) as talk:
        quote = await talk.quoted((await talk.offered(accounts=["secondary"]))[0])
        assert (await talk.bought(quote))["status"] == "bought"
    assert f"account secondary {SECONDARY}." in person.asked[0]
    assert [each.account for each in shop.spent()] == [SECONDARY]


@either_era
async def test_a_block_of_several_segments(shop: Shop, era: str) -> None:
    """Each of its zones is asked about, each reservation kept; one that AWS shows late is missed until it does."""
    shop.allow(multi_segment=True, ceilings={"per_purchase": "400000"})
    shop.aws.arm(PURCHASE, "first-segment-only", seconds=600)
    person = Person()
    async with shop.talk(era, person) as talk:
        quote = await talk.quoted(await talk.segmented())
        result = await talk.bought(quote)
        assert (result["status"], result["complete"], len(result["reservations"])) == ("bought", False, 1)
        assert "1 of 2 reservations are not seen yet" in result["message"]
        shop.aws.advance(PAYMENT)
        (purchase,) = (await talk.history())["purchases"]
        assert (purchase["state"], purchase["complete"]) == ("accepted", False)
        shop.aws.advance(timedelta(minutes=10))
        (purchase,) = (await talk.history())["purchases"]
        assert (purchase["state"], purchase["complete"]) == ("paid", True)
    owned = {each["CapacityReservationId"] for each in reservations()}
    assert set(purchase["reservations"]) == owned
    assert len(owned) == 2
    assert "Where: us-east-1, 2 segments, each a reservation of its own\n  1. 24 in us-east-1" in quote["facts"]
    assert "\n  2. 24 in us-east-1" in quote["facts"]
    assert "usable 167.5 h" in quote["facts"]
    both = re.search(r" (use1-az\d)\+(use1-az\d), ", quote["summary"])
    assert both
    assert both[0] in person.asked[0]
    assert len(shop.spent()) == 1


@either_era
async def test_a_payment_that_fails_frees_the_ceilings(shop: Shop, era: str) -> None:
    """What AWS released is said to be gone, and its fee may be spent again."""
    shop.aws.arm(PURCHASE, "payment-fails")
    async with shop.talk(era) as talk:
        assert (await talk.bought(await talk.quoted()))["state"] == "accepted"
        assert (await talk.history())["budget"].startswith("496013.31 USD of 500000")
        shop.aws.advance(timedelta(hours=13))
        history = await talk.history()
    assert states(history) == [("payment failed", ["payment-failed"])]
    assert "The capacity is gone" in history["purchases"][0]["message"]
    assert history["budget"].startswith("500000 USD of 500000")


@either_era
async def test_what_nobody_was_shown_is_shown_once(shop: Shop, era: str) -> None:
    """A purchase whose client gave up goes on; whoever asks next, for whatever, reads its outcome first, once."""
    shop.aws.arm(PURCHASE, "slow", milliseconds=1500)
    async with shop.talk(era) as talk:
        quote = await talk.quoted()
        async with anyio.create_task_group() as calls:
            calls.start_soon(talk.buy, quote)
            await until(lambda: len(shop.spent()) == 1)
            calls.cancel_scope.cancel()
        await until(lambda: not any(each.state is PurchaseState.IN_FLIGHT for each in purchases()))
    async with shop.talk(era) as talk:
        (notice,) = notices(await talk.search())
        assert quote["purchase_id"] in notice
        assert "was bought; AWS has not confirmed the payment yet" in notice
        assert notices(await talk.search()) == []
        resource = (await talk.client.read_resource("ledger://purchases")).contents[0].text
        receipt = (await talk.client.read_resource(f"receipt://{quote['purchase_id']}")).contents[0].text
        assert f"Quote: `{quote['quote_id']}`" in receipt
    assert [each["quote_id"] for each in json.loads(resource)] == [quote["quote_id"]]
    assert len(shop.spent()) == 1


@either_era
async def test_news_of_a_purchase_come_with_the_next_result(shop: Shop, era: str) -> None:
    """What is seen while something else is quoted is a notice of that quote, beneath which simulation it is, once."""
    async with shop.talk(era) as talk:
        first, other = (await talk.offered())[:2]
        bought = await talk.bought(await talk.quoted(first))
        shop.aws.advance(PAYMENT)
        result = await talk.quote(other)
        simulated, news = structure(result)["notices"]
        assert simulated.startswith("SIMULATED")
        assert news.startswith(f"Not shown before: {bought['purchase_id']}")
        assert "was bought and is paid" in news
        assert news in result.content[0].text
        assert notices(await talk.history()) == notices(await talk.quoted(other)) == []


@either_era
async def test_history_begins_empty(shop: Shop, era: str) -> None:
    """Without a ledger there is none, and looking makes none; the budget is the policy's."""
    async with shop.talk(era) as talk:
        history = await talk.history()
        assert (history["purchases"], history["quotes"]) == ([], 0)
        assert "table" not in history
        assert history["budget"].startswith("500000 USD of 500000 in any 24 hours, 1000000 of 1000000 this month (UTC)")
        assert not shop.ledger.exists()
        shop.allow(purchases=False)
        assert "purchases are off" in (await talk.history())["budget"]


@either_era
async def test_history_of_one_quote(shop: Shop, era: str) -> None:
    """Named by its quote one purchase is shown, of all the newest first; quotes that nobody bought only count."""
    async with shop.talk(era, Person()) as talk:
        handles = await talk.offered()
        quotes = [await talk.quoted(each) for each in handles[:2]]
        unbought = await talk.quoted(handles[2])
        for quote in quotes:
            await talk.bought(quote)
        history = await talk.history()
        assert [each["quote_id"] for each in history["purchases"]] == [each["quote_id"] for each in reversed(quotes)]
        assert history["quotes"] == 3
        assert history["table"].count("\nmlc-") == 2
        (only,) = (await talk.history(quote_id=quotes[0]["quote_id"]))["purchases"]
        assert only["purchase_id"] == quotes[0]["purchase_id"]
        assert (await talk.history(quote_id=unbought["quote_id"]))["purchases"] == []
