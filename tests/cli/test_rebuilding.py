"""ledger rebuild: a lost ledger, begun anew from AWS alone."""

import os
import re
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pexpect
import pytest
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.opening import open_ledger
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.ledger import LedgerRefused
from tests.bought_blocks import PAYMENT, buy_block
from tests.bought_plans import buy_plan
from tests.tools import conftest
from tests.tools.spending import MAIN, PURCHASER, SECONDARY, Shop, Talk, refusal

pytestmark = pytest.mark.anyio
project, shop, anyio_backend = conftest.project, conftest.shop, conftest.anyio_backend

PROGRAM = ["-c", "from mcp_server.cli import main; main()", "ledger", "rebuild"]
PURCHASE = "PurchaseCapacityBlock"
OTHERS = {
    "ml-clusters:purchase-id": "mlc-abcdefghijkmnpqrstuv",
    "ml-clusters:fee": "1234.56",
    "ml-clusters:currency": "USD",
    "ml-clusters:ledger": "lg-0123456789abcdef",
    "ml-clusters:chain": "5" * 64,
}


def rebuild(*words: str, typed: str | None = "rebuild") -> tuple[int, str]:
    """Run it at a terminal, where somebody types; its exit code, and what the screen showed."""
    environ = {**os.environ, "TERM": "dumb"}
    screen = pexpect.spawn(sys.executable, [*PROGRAM, *words], encoding="utf-8", timeout=200, env=environ)
    try:
        if screen.expect_exact(["\n> ", pexpect.EOF]) == 0:
            shown = screen.before
            screen.sendline(typed or "")
            screen.expect_exact(pexpect.EOF)
            shown += screen.before
        else:
            shown = screen.before
    finally:
        screen.close()
    return screen.exitstatus or 0, shown.replace("\r\n", "\n")


def run(*words: str) -> str:
    """What a command prints that ends well."""
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, (result.stdout, result.stderr)
    return result.stdout


def lose(shop: Shop) -> Book:
    """The laptop is gone: what the ledger last said."""
    book = open_ledger().read()
    shop.ledger.unlink()
    return book


def essence(each: Purchase) -> dict[str, Any]:
    """What of a purchase AWS can give back."""
    return {
        # AWS does not tell in which order the segments were offered.
        "deal": replace(each.deal, stays=tuple(sorted(each.deal.stays, key=lambda stay: (stay.start, stay.zone.name)))),
        "state": each.state,
        "reservations": {one.id: (one.state, one.zone, one.start, one.end) for one in each.reservations},
        "tags": each.tags,
        "head": each.head if not each.deal.extends else None,
        "requester": each.requester if not each.deal.extends else None,
    }


async def left(talk: Talk) -> str:
    """What the policy leaves after one more purchase: everything counts in it, whoever bought."""
    handle = (await talk.offered(regions=["ap-south-1"]))[0]
    facts = (await talk.quoted(handle, additional=True))["facts"]
    return next(line for line in facts.splitlines() if line.startswith("The policy then leaves"))


@pytest.mark.slow
async def test_aws_alone_gives_it_all_back(shop: Shop) -> None:
    """The same purchases, fees, states, reservations and budget; what AWS does not keep says unknown.

    A block, one of two segments, an extension, a payment that failed, one with a lost answer; beside them a block
    bought by hand and one of another ledger, which stay theirs.
    """
    shop.allow(
        multi_segment=True,
        ceilings={"per_purchase": "400000", "rolling_24_hours": "900000", "calendar_month": "1000000"},
    )
    async with shop.talk("auto") as talk:
        first = await talk.bought(await talk.quoted())
        shop.aws.arm(PURCHASE, "payment-fails", calls=1)
        await talk.bought(await talk.quoted((await talk.offered())[1], additional=True))
        await talk.bought(await talk.quoted(await talk.segmented(), additional=True))
        shop.aws.advance(PAYMENT)
        await talk.bought(await talk.quoted(await talk.extension(first["reservations"][0]), additional=True))
        shop.aws.arm(PURCHASE, "act-then-drop", calls=1)
        await talk.bought(await talk.quoted((await talk.offered(regions=["us-west-2"]))[0], additional=True))
        buy_block()
        buy_block("us-west-2", Tags=OTHERS)
        shop.aws.advance(timedelta(hours=13))
        history, before = await talk.history(), await left(talk)
    lost = lose(shop)
    shop.allow(
        multi_segment=True,
        ceilings={"per_purchase": "400000", "rolling_24_hours": "900000", "calendar_month": "1000000"},
        ledger_id=lost.ledger_id,
    )
    async with shop.talk("auto") as talk:
        refusal_of_lost = refusal_text(await talk.quote())
        assert "see ml-clusters ledger rebuild" in refusal_of_lost
        code, shown = rebuild()
        assert code == 0, shown
        assert f"5 purchases of {lost.ledger_id}" in shown
        assert "Not restored: 1 purchases of lg-0123456789abcdef" in shown
        new = re.search(r'ledger_id = "(lg-[0-9a-f]{16})"', shown)
        assert new
        assert new[1] != lost.ledger_id
        assert f'let the policy say ledger_id = "{new[1]}"' in refusal_text(await talk.quote())
    shop.allow(
        multi_segment=True,
        ceilings={"per_purchase": "400000", "rolling_24_hours": "900000", "calendar_month": "1000000"},
        ledger_id=new[1],
    )
    book = open_ledger().read()
    assert set(book.purchases) == set(lost.purchases)
    for name, each in lost.purchases.items():
        assert essence(book.purchases[name]) == essence(each)
        assert abs(book.purchases[name].intended - each.intended) < timedelta(seconds=30)
    async with shop.talk("auto") as talk:
        again = await talk.history()
        assert again["budget"] == history["budget"]
        assert {each["quote_id"] for each in again["purchases"]} == {"unknown"}
        assert again["notices"] == ["SIMULATED: these answers come from a simulation, not from AWS."]
        assert await left(talk) == before
        more = await talk.quoted((await talk.offered(regions=["ap-south-1"]))[0], additional=True)
        assert "Note: The ledger was lost, and rebuilt from AWS at" in more["facts"]
        overlapping = refusal(await talk.quote(), "Accelerators of the same kind were bought")
        assert any(name in overlapping for name in lost.purchases)
    assert "4 tags in AWS fit" in run("ledger", "verify")
    assert 'approved by unknown, asked for by "arn:aws' in run("ledger", "show", "--all")
    receipt = run("receipt", first["purchase_id"])
    assert f"Restored from the lost ledger: `{lost.ledger_id}`" in receipt
    assert "Purpose: unknown" in receipt
    assert len(shop.spent()) == 7


def refusal_text(result: Any) -> str:
    """What a tool said no with."""
    assert result.is_error
    return result.content[0].text


@pytest.mark.slow
async def test_plans_come_back_too(shop: Shop) -> None:
    """A plan, its extension, one whose payment failed and one whose answer was lost, with their fees and names.

    Beside them a plan that somebody else bought stays theirs.
    """
    terms: dict[str, Any] = {"ceilings": {"calendar_month": "1000000"}}
    shop.allow(**terms)
    async with shop.talk("auto") as talk:
        first = await talk.bought(await talk.quoted(await talk.plan(), label="first"))
        shop.aws.arm("CreateTrainingPlan", "payment-fails", calls=1)
        await talk.bought(await talk.quoted(await talk.plan(), additional=True))
        shop.aws.advance(PAYMENT)
        await talk.bought(await talk.quoted(await talk.extension(first["reservations"][0]), additional=True))
        shop.aws.arm("CreateTrainingPlan", "act-then-drop", calls=1)
        await talk.bought(await talk.quoted(await talk.plan(regions=["us-west-2"]), additional=True))
        buy_plan("of-somebody-else")
        shop.aws.advance(timedelta(hours=13))
        history, before = await talk.history(), await left(talk)
    lost = lose(shop)
    assert Counter(each.state for each in lost.purchases.values()) == {PurchaseState.PAID: 3, PurchaseState.FAILED: 1}
    code, shown = rebuild()
    assert code == 0, shown
    assert f"4 purchases of {lost.ledger_id}" in shown
    book = open_ledger().read()
    assert {name: essence(each) for name, each in book.purchases.items()} == {
        name: essence(each) for name, each in lost.purchases.items()
    }
    async with shop.talk("auto") as talk:
        assert (await talk.history())["budget"] == history["budget"]
        assert await left(talk) == before


async def test_a_restored_purchase_is_followed(shop: Shop) -> None:
    """A payment that was pending when the ledger was lost fails later, and the budget is free."""
    shop.aws.arm(PURCHASE, "payment-fails")
    async with shop.talk("auto") as talk:
        await talk.bought(await talk.quoted())
    lose(shop)
    assert rebuild()[0] == 0
    async with shop.talk("auto") as talk:
        assert (await talk.history())["budget"].startswith("496013.31 USD")
        shop.aws.advance(timedelta(hours=13))
        result = await talk.search()
        (notice,) = [each for each in result["notices"] if each.startswith("Not shown before")]
        assert "its payment failed" in notice
        assert (await talk.history())["budget"].startswith("500000 USD")


@pytest.mark.slow
async def test_what_cannot_be_read_is_not_forgotten_silently(shop: Shop) -> None:
    """A region that does not answer stops it; --partial goes on, and the ledger says what was not read."""
    async with shop.talk("auto") as talk:
        await talk.bought(await talk.quoted())
    lose(shop)
    shop.aws.arm("DescribeCapacityReservations", "denied", region="eu-north-1")
    code, shown = rebuild()
    assert code == 1
    assert f"account {MAIN}, eu-north-1: denied" in shown
    assert "Nothing was written" in shown
    assert not shop.ledger.exists()
    code, shown = rebuild("--partial", typed="yes")
    assert (code, shop.ledger.exists()) == (1, False)
    assert rebuild("--partial")[0] == 0
    assert f"not read then: account {MAIN}, eu-north-1: denied" in run("ledger", "show")


@pytest.mark.slow
async def test_it_is_begun_only_where_there_is_none(shop: Shop) -> None:
    """Neither over a ledger nor beside what is left of one, nor by a program, nor of a ledger that nobody names."""
    async with shop.talk("auto") as talk:
        await talk.bought(await talk.quoted())
    assert f"There is {shop.ledger}" in rebuild()[1]
    lost = lose(shop)
    result = CliRunner().invoke(app, ["ledger", "rebuild"])
    assert result.exit_code == 1
    assert "asks a person to type" in result.stderr
    left_over = shop.ledger.with_name(f"{shop.ledger.name}-wal")
    left_over.write_bytes(b"entries that SQLite had not moved yet")
    assert f"There is {left_over}" in rebuild()[1]
    with pytest.raises(LedgerRefused, match="-wal: no ledger is begun beside"):
        open_ledger().begin(lost.world, shop.aws.now())
    left_over.unlink()
    assert "No reservation in AWS is tagged by lg-typo" in rebuild("--ledger", "lg-typo")[1]
    buy_block("us-west-2", Tags=OTHERS)
    code, shown = rebuild()
    assert code == 1
    assert "lg-0123456789abcdef (1)" in shown
    assert f"{lost.ledger_id} (1)" in shown
    assert "Name yours with --ledger" in shown
    assert rebuild("--ledger", lost.ledger_id)[0] == 0


@pytest.mark.slow
async def test_hostile_tags_are_words(shop: Shop) -> None:
    """Tags that are no purchase's, that draw, or that lack a fee: shown as words, and nothing is made 0."""
    async with shop.talk("auto") as talk:
        quote = await talk.quoted()
        await talk.bought(quote)
    lost = lose(shop)
    ours = {"ml-clusters:ledger": lost.ledger_id, "ml-clusters:chain": "6" * 64, "ml-clusters:currency": "USD"}
    strange = {"ml-clusters:purchase-id": "=1+1\u202e\x9b2J\n[bold]x", "ml-clusters:buyer": "\x9d8;;http://x\x9cjo"}
    buy_block("us-west-2", Tags=ours | strange)
    feeless = {"ml-clusters:purchase-id": "mlc-zzzzzzzzzzzzzzzzzzzz", "ml-clusters:fee": "NaN", **strange}
    feeless["ml-clusters:purchase-id"] = "mlc-zzzzzzzzzzzzzzzzzzzz"
    buy_block("ap-south-1", Tags=ours | feeless)
    code, shown = rebuild()
    assert code == 0, shown
    assert "has the tag '=1+1 2J [bold]x', which is no purchase's id" in shown
    assert "The fee of mlc-zzzzzzzzzzzzzzzzzzzz is unknown" in shown
    assert not re.search("[\x9b\x9d\u202e]", shown)
    book = open_ledger().read()
    assert book.purchases["mlc-zzzzzzzzzzzzzzzzzzzz"].deal.fee is None
    async with shop.talk("auto") as talk:
        history = await talk.history()
    left_of_day = Decimal(500000) - Decimal(quote["fee"])
    assert history["budget"].startswith(f"{left_of_day} USD of 500000")
    assert "Not counted, since nobody knows their fee: mlc-zzzzzzzzzzzzzzzzzzzz" in history["budget"]
    assert "unknown" in run("ledger", "show")


@pytest.mark.slow
async def test_every_account_is_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A purchase in the second account comes back from there; one that cannot be read stops it."""
    monkeypatch.setenv(
        "ML_CLUSTERS_ACCOUNTS",
        f'[{{"name": "main", "id": "{MAIN}"}}, {{"name": "other", "id": "{SECONDARY}", '
        f'"role": "{PURCHASER.format(SECONDARY)}"}}]',
    )
    shop.allow(accounts=[{"id": each, "purchaser_role": PURCHASER.format(each)} for each in (MAIN, SECONDARY)])
    async with shop.talk("auto") as talk:
        await talk.bought(await talk.quoted((await talk.offered(accounts=["other"]))[0]))
    lost = lose(shop)
    assert rebuild()[0] == 0
    assert {name: essence(each) for name, each in open_ledger().read().purchases.items()} == {
        name: essence(each) for name, each in lost.purchases.items()
    }
