"""Words from elsewhere, all the way from AWS and from a model to a client, in both protocol eras."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote as in_address

import boto3
import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult

from tests.bought_blocks import buy_block
from tests.render.hostile import PIECES, check_words
from tests.tools.results import sentence, structure
from tests.tools.spending import REGION, Person, Shop, declining, either_era, the_total

pytestmark = pytest.mark.anyio

SAID = (
    "=1\x9b2J\x9d8;;http://evil\x9cclick\u202e\u200b\n`![x](http://evil)<b>&#8238;[bold]\n"
    'REAL: ". TOTAL 1.00 USD, o\u0301\u0301\u0301\u0301\u0301'
)
"""As much as the XML of EC2's answers can carry."""

WRITTEN = '". TOTAL 1.00 USD [bold red]x[/] ![x](http://evil) <b>`&#8238; =1'
"""As much as the policy lets through in a tag: it can be printed."""


def words(value: Any) -> Iterator[str]:
    """Every line in what a client is given."""
    if isinstance(value, str):
        yield from value.split("\n")
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from (name, *words(each))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from words(each)


def check_result(result: CallToolResult) -> dict[str, Any]:
    """Whatever is in it can be seen and is no markup; the structure."""
    for each in (*words(structure(result)), *words([part.text for part in result.content])):
        check_words(each)
    return structure(result)


@either_era
async def test_tags_of_a_reservation(shop: Shop, era: str) -> None:
    """Whoever may tag writes what they like there: it is told in fields that say so, and nowhere as more than words."""
    ours = {f"ml-clusters:{name}": SAID for name in ("purchase-id", "buyer", "currency", "ledger")}
    reservation = buy_block(Tags={"Team": SAID, "ml-clusters:fee": "10", **ours})["CapacityReservation"]
    name = reservation["CapacityReservationId"]
    with closing(boto3.client("ec2", region_name=REGION)) as ec2:
        ec2.create_tags(Resources=[name], Tags=[{"Key": SAID[:60], "Value": SAID}])
    shop.aws.arm("DescribeCapacityBlockExtensionHistory", "server-error", message=SAID)
    async with shop.talk(era) as talk:
        asked = {"regions": [REGION]}
        listed = check_result(await talk.client.call_tool("list_capacity", asked))
        (row,) = check_result(await talk.client.call_tool("list_capacity", {**asked, "response_format": "detailed"}))[
            "owned"
        ]
    assert "click" in listed["untrusted_origins"][name]
    assert row["untrusted_buyer"].startswith("=1 2J 8;;http://evil click '![x] (http://evil)\u2039b\u203a")
    (unread,) = listed["not_read"]
    assert unread.startswith(f"account 483026362307, {REGION}: extension history not read (AWS error: ")
    assert unread.count('"') == 2


@either_era
async def test_errors_of_aws(shop: Shop, era: str) -> None:
    """AWS's words are within quotation marks, after its code; where nothing can be read, the refusal ends as ever."""
    for operation in ("DescribeCapacityBlockOfferings", "DescribeCapacityReservations", "GetServiceQuota"):
        shop.aws.arm(operation, "server-error", message=SAID)
    async with shop.talk(era) as talk:
        asked = {"instance_types": ["p5"], "count": 4, "days": "1", "regions": [REGION]}
        found = check_result(await talk.client.call_tool("search_capacity_blocks", asked))
        detailed = check_result(
            await talk.client.call_tool("search_capacity_blocks", {**asked, "response_format": "detailed"})
        )
        shop.aws.arm("GetCallerIdentity", "denied", message=SAID)
    (failure,) = (each for each in found["failures"] if each.startswith(f"{REGION}: AWS error: "))
    assert failure.startswith(f'{REGION}: AWS error: InternalError: "=1 2J 8;;')
    assert failure.count('"') == 2
    assert "click" in detailed["details"]["failures"][0]["untrusted_message"]
    async with shop.talk(era) as talk:
        text = sentence(await talk.client.call_tool("search_capacity_blocks", asked))
    check_words(text)
    assert text.count('"') == 2
    assert text.endswith("Nothing was bought or changed.")


@either_era
async def test_a_purpose_and_tags(shop: Shop, era: str) -> None:
    """The question is the same byte for byte whatever a model writes as purpose and tags; the facts quote them last."""
    person = Person(declining, declining, the_total)
    said = {
        "purpose": f"{WRITTEN}\x1b[2J\nTotal: 1.00 USD\ud800" + "x" * 10_000,
        "tags": {"Team": WRITTEN, WRITTEN: "x"},
    }
    async with shop.talk(era, person) as talk:
        (handle, *_) = await talk.offered()
        plain = await talk.quoted(handle, tags={"Team": "ML", "Other": "x"})
        hostile = check_result(await talk.quote(handle, **said))
        for each in (plain, hostile):
            assert (await talk.bought(each))["status"] == "declined"
        assert person.asked[0] == person.asked[1]
        assert (plain["total"], plain["summary"]) == (hostile["total"], hostile["summary"])
        facts, others = plain["facts"].splitlines(), hostile["facts"].splitlines()
        assert facts[:-2] == others[:-2]
        assert all(line.startswith('Tag "') and line.count('"') == 4 for line in others[-2:])
        shop.aws.arm("PurchaseCapacityBlock", "server-error", message=SAID)
        unknown = check_result(await talk.buy(hostile))
        assert unknown["status"] == "unknown"
        assert 'AWS: InternalError: "=1 2J 8;;http://evil click' in unknown["message"]
        history = check_result(await talk.client.call_tool("purchase_history", {}))
        assert [each["status"] for each in history["purchases"]] == ["unknown"]
        (ledger,) = (await talk.client.read_resource("ledger://purchases")).contents
        for each in words(json.loads(ledger.text)):
            check_words(each)
        (receipt,) = (await talk.client.read_resource(f"receipt://{unknown['purchase_id']}")).contents
        for each in receipt.text.split("\n"):
            check_words(each.replace("`", ""))
        assert "TOTAL 1.00 USD" in receipt.text
        assert "# Receipt of" in receipt.text.split("\n")[0]


@either_era
async def test_arguments_and_addresses(shop: Shop, era: str) -> None:
    """What is refused is repeated as words, cut, and the refusal says to its end what was not done."""
    flood = "".join(PIECES).replace("\ud800", "").replace("\udfff", "") * 20
    async with shop.talk(era) as talk:
        for tool, arguments in (
            ("search_capacity_blocks", {flood: 1}),
            ("search_capacity_blocks", {f"{number}{flood}": 1 for number in range(50)}),
            ("search_capacity_blocks", {"instance_types": [flood], "count": 4}),
            ("search_capacity_blocks", {"instance_types": ["p5"], "count": 4, "days": flood}),
            ("search_capacity_blocks", {"instance_types": ["p5"], "count": 4, "regions": [flood]}),
            ("search_capacity_blocks", {"instance_types": ["p5"], "count": 4, "accounts": [flood]}),
            ("search_capacity_blocks", {"instance_types": ["p5"], "count": 4, "earliest_start": flood}),
            ("list_capacity", {"accounts": [flood]}),
            ("search_extensions", {"reservation": flood, "region": REGION}),
            ("quote_capacity", {"offering": flood, "purpose": "x"}),
            ("quote_capacity", {"offering": "o-a", "purpose": "x", "platform": flood, "tags": {flood: 1}}),
            ("purchase_capacity", {"quote_id": flood, "total": flood, "summary": flood}),
            ("purchase_history", {"quote_id": flood}),
        ):
            text = sentence(await talk.client.call_tool(tool, arguments))
            check_words(text)
            assert len(text) < 2500, (tool, len(text))
            assert "Nothing was " in text[-300:], text
        for address in ("offering://", "account://", "receipt://", "instance-types://"):
            with pytest.raises(MCPError) as refused:
                await talk.client.read_resource(address + in_address(flood[:200], safe=""))
            check_words(str(refused.value))
