"""A block from the search to its end, through an MCP client alone."""

from datetime import datetime, timedelta

import pytest

from tests.bought_blocks import PAYMENT
from tests.tools.spending import Person, Shop, states

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

        more = await talk.quoted(await talk.extension(block["reservations"][0]))
        assert more["spend_with"] == "extend_capacity"
        assert more["start"] == quote["end"]
        await talk.bought(more)
        assert f"extends {block['reservations'][0]}" in (await talk.history())["table"]
        assert states(await talk.history()) == [("accepted", []), ("paid", ["active"])]
        shop.aws.advance(PAYMENT)
        assert states(await talk.history()) == [("paid", []), ("paid", ["active"])]

        shop.aws.set_clock(moment(quote["end"]) + timedelta(minutes=1))
        assert states(await talk.history()) == [("paid", []), ("paid", ["active"])]
        shop.aws.set_clock(moment(more["end"]))
        assert states(await talk.history()) == [("paid", []), ("paid", ["expired"])]
    assert [each.operation for each in shop.spent()] == ["PurchaseCapacityBlock", "PurchaseCapacityBlockExtension"]
    assert [question.count(block["reservations"][0]) for question in person.asked] == [0, 1]


def moment(text: str) -> datetime:
    """A time as a result tells it."""
    return datetime.fromisoformat(text)
