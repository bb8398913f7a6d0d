"""Who must say yes, and where: the server as a process, and clients that answer their own questions."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import Implementation

from tests.tools.spending import CLAUDE_CODE, MAIN, PURCHASER, Person, Shop, Talk, either_era, refusal

pytestmark = pytest.mark.anyio

DEVICE = f"arn:aws:iam::{MAIN}:mfa/jo"
IN_A_TERMINAL = (
    {"approval": "terminal"},
    {"approval": "second-person"},
    {"accounts": [{"id": MAIN, "purchaser_role": PURCHASER.format(MAIN), "mfa_serial": DEVICE}]},
)
STRANGERS = (
    Implementation(name="claude-code", version="2.1.198"),
    Implementation(name="claude-code", version="newest"),
    Implementation(name="claude-code", version=""),
    Implementation(name="Claude Code", version="2.1.330"),
    Implementation(name="another", version="9.9.9"),
)


@asynccontextmanager
async def over_stdio(era: str, person: Person | None, client: Implementation = CLAUDE_CODE) -> AsyncIterator[Talk]:
    """Start the server and connect to it, as a client that puts questions to a person or, for None, cannot ask."""
    server = StdioServerParameters(command=sys.executable, args=["-m", "mcp_server.app"], env=dict(os.environ))
    async with Client(stdio_client(server), mode=era, elicitation_callback=person, client_info=client) as connection:
        yield Talk(connection)


@either_era
async def test_a_dialog_is_enough_only_where_the_policy_says_so(shop: Shop, era: str) -> None:
    """A terminal, a second person or a second factor is not a client's to give; where the client may ask, it buys once.

    The client would answer anything at once: under the other modes it is never asked, and loosening the policy after
    the quote does not help.
    """
    person = Person()
    async with over_stdio(era, person) as talk:
        handle = (await talk.offered())[0]
        quote = await talk.quoted(handle)
        for rules in IN_A_TERMINAL:
            shop.allow(**rules)
            strict = await talk.quoted(handle)
            assert strict["approval"].startswith("terminal: ml-clusters")
            for each in (quote, strict):
                result = await talk.bought(each)
                assert result["status"] == "approval required"
                assert f"Nothing was bought: {shop.policy} wants" in result["message"]
                assert f"ml-clusters --sandbox approve {each['quote_id']}" in result["next"]
        assert person.asked == []
        shop.allow()
        refusal(await talk.buy(strict), f"{shop.policy} was changed since the quote")
        assert shop.spent() == []
        person.asked.clear()
        assert [(await talk.bought(quote))["status"] for _ in range(2)] == ["bought", "bought"]
    assert len(person.asked) == 1
    assert len(shop.spent()) == 1


@either_era
async def test_only_a_client_that_asks_people_is_believed(shop: Shop, era: str) -> None:
    """Every client but a Claude Code that honours the flag is sent to a terminal, whatever it would answer."""
    person = Person()
    async with shop.talk(era, person, STRANGERS[0]) as talk:
        quote = await talk.quoted()
        assert quote["approval"].startswith("terminal: ml-clusters")
    for client in STRANGERS:
        async with shop.talk(era, person, client) as talk:
            result = await talk.bought(quote)
        assert result["status"] == "approval required", client
        assert f"approve {quote['quote_id']}" in result["next"]
    for answers, client in ((person, STRANGERS[0]), (None, CLAUDE_CODE)):
        async with over_stdio(era, answers, client) as talk:
            assert (await talk.bought(quote))["status"] == "approval required"
    assert person.asked == []
    assert shop.spent() == []
