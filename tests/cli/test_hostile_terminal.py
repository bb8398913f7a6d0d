"""approve on a person's screen, whatever a model wrote into the quote."""

import os
import sys
from typing import Any

import anyio.to_thread
import pytest

from tests.plugin.terminal import Terminal
from tests.tools.spending import Shop

pytestmark = pytest.mark.anyio

PROGRAM = [sys.executable, "-c", "from mcp_server.cli import main; main()"]
WRITTEN = '". TOTAL 1.00 USD [bold red]x[/] :key: ![x](http://evil)'
DRAWN = (
    "\x1b[1A\x1b[2K\x1b]0;REAL\x07\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\\u202e\n"
    "Total: 1.00 USD\r\nType the total: 1.00 USD\n> "
)


async def test_a_persons_screen_is_the_servers(shop: Shop) -> None:
    """Nothing of it draws, nor stands outside its quotation marks; what decides stands last, and once."""
    shop.allow(approval="terminal")
    async with shop.talk("auto") as talk:
        quote = await talk.quoted(purpose=f"{DRAWN}{WRITTEN}", tags={"Team": WRITTEN, WRITTEN: "x"})
    await anyio.to_thread.run_sync(lambda: look(shop, quote))
    assert shop.spent() == []


def look(shop: Shop, quote: dict[str, Any]) -> None:
    """Read the screen where the total is to be typed."""
    terminal = Terminal([*PROGRAM, "approve", quote["quote_id"]], dict(os.environ), shop.folder, (40, 300))
    try:
        screen = terminal.until("Type the total to buy it")
        shown = [line for line in screen if line]
        facts = quote["facts"].splitlines()
        assert shown[: len(facts) + 1] == [*facts, quote["final"]]
        purpose, question, typed, prompt = shown[len(facts) + 1 :]
        assert purpose.startswith('Purpose, as it was given: "[1A [2K ]0;REAL ]8;;http://evil')
        assert purpose.endswith('"')
        assert purpose.count('"') == 2
        assert question.startswith("SIMULATED, no money: TOTAL 3,986.69 USD, no cancel, no refund. 4 x p5.48xlarge")
        assert (typed, prompt) == ("Type the total to buy it: 3,986.69 USD", ">")
        assert [line for line in shown if line.startswith("Total:")] == [facts[7]]
        assert terminal.title == ""
    finally:
        terminal.close()
