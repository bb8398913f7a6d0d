"""A block from the search to its end, through an MCP client alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.bought_blocks import PAYMENT
from tests.tools.results import structure
from tests.tools.spending import REGION, Person, Quote, Shop, Talk, states

pytestmark = pytest.mark.anyio


async def test_a_block_is_found_bought_extended_and_ends(shop: Shop, era: str) -> None:
    """Whatever becomes of a block in AWS is in the next history, and its two purchases were two requests."""
    person = Person()
    async with shop.talk(era, person) as talk:
        quote = await talk.quoted()
        block = await talk.bought(quote)
        assert states(await talk.history()) == [("accepted", ["payment-pending"])]
        shop.aws.advance(PAYMENT)
        assert states(await talk.history()) == [("paid", ["scheduled"])]
        shop.aws.set_clock(moment(quote["start"]))
        assert states(await talk.history()) == [("paid", ["active"])]

        more = await extension(talk, block)
        assert more["spend_with"] == "extend_capacity"
        assert more["start"] == quote["end"]
        await talk.bought(more)
        assert states(await talk.history()) == [("accepted", []), ("paid", ["active"])]
        shop.aws.advance(PAYMENT)
        assert states(await talk.history()) == [("paid", []), ("paid", ["active"])]

        shop.aws.set_clock(moment(quote["end"]) + timedelta(minutes=1))
        assert states(await talk.history()) == [("paid", []), ("paid", ["active"])]
        shop.aws.set_clock(moment(more["end"]))
        assert states(await talk.history()) == [("paid", []), ("paid", ["expired"])]
    assert [each.operation for each in shop.spent()] == ["PurchaseCapacityBlock", "PurchaseCapacityBlockExtension"]
    assert [question.count(block["reservations"][0]) for question in person.asked] == [0, 1]


async def extension(talk: Talk, block: dict[str, Any]) -> Quote:
    """A quote for one more day of a block."""
    asked = {"reservation": block["reservations"][0], "region": REGION, "days": "1", "response_format": "detailed"}
    found = structure(await talk.client.call_tool("search_extensions", asked))
    return await talk.quoted(found["details"]["offerings"][0]["handle"])


def moment(text: str) -> datetime:
    """A time as a result tells it."""
    return datetime.fromisoformat(text)
