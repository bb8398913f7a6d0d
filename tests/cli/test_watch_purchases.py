"""watch-purchases: what was bought, followed by whoever sees nothing but an exit code."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.opening import open_ledger
from mcp_server.purchasing.entries import Quoted
from tests.bought_blocks import PAYMENT
from tests.purchasing.samples import a_conclusion, a_quote, an_intent, an_offering
from tests.tools import conftest
from tests.tools.spending import REGION, Shop

pytestmark = pytest.mark.anyio
project, shop, anyio_backend = conftest.project, conftest.shop, conftest.anyio_backend

PROGRAM = [sys.executable, "-c", "from mcp_server.cli import main; main()", "watch-purchases"]
WELL = "All is well: {} purchases, none of them open.\n"


def watched(*words: str) -> Result:
    """Look once, as if typed."""
    return CliRunner().invoke(app, ["watch-purchases", *words])


def look(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what is said to programs in the last look."""
    result = watched("--json", *words)
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


def states(seen: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Of each purchase that is told: its state, and its troubles."""
    return [(each["state"], each["troubles"]) for each in seen["purchases"]]


async def bought(shop: Shop) -> str:
    """Buys a block, and returns the purchase's id."""
    async with shop.talk("auto") as talk:
        return (await talk.bought(await talk.quoted()))["purchase_id"]


def test_without_purchases_all_is_well(shop: Shop) -> None:
    """Also before there is a ledger; a lost one is trouble."""
    result = watched()
    assert (result.exit_code, result.stdout) == (0, WELL.format(0))
    shop.allow(ledger_id="lg-0123456789abcdef")
    result = watched()
    assert result.exit_code == 1
    assert "NOT LOOKED AT  The ledger was looked for at" in result.stdout


async def test_a_payment_is_followed_until_it_is_taken(shop: Shop) -> None:
    """Open is not trouble; the look that finds it paid says so, and the next one has nothing to tell."""
    purchase = await bought(shop)
    result = watched()
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{purchase}  accepted  3,986.69 USD  4 x p5.48xlarge")
    assert len(result.stdout.splitlines()) == 1
    shop.aws.advance(PAYMENT)
    code, seen = look("--until-settled")
    assert (code, states(seen), seen["verdict"], seen["settled"]) == (0, [("paid", [])], "well", True)
    assert seen["purchases"][0]["changed"] is True
    assert list(seen["purchases"][0]["reservations"].values()) == ["scheduled"]
    result = watched()
    assert (result.exit_code, result.stdout) == (0, WELL.format(1))


async def test_a_payment_that_fails_is_trouble_for_a_week(shop: Shop) -> None:
    """Hours later; with --days 0 only in the look that finds it. Nobody is told for ever."""
    shop.aws.arm("PurchaseCapacityBlock", "payment-fails")
    await bought(shop)
    assert look()[0] == 0
    shop.aws.advance(timedelta(hours=12, minutes=1))
    code, seen = look("--days", "0")
    assert (code, seen["settled"]) == (1, True)
    assert states(seen) == [("payment failed", ["its payment failed, the capacity is gone"])]
    assert look("--days", "0")[0] == 0
    result = watched()
    assert result.exit_code == 1
    assert result.stdout.startswith("TROUBLE  mlc-")
    shop.aws.advance(timedelta(days=7, minutes=1))
    result = watched()
    assert (result.exit_code, result.stdout) == (0, WELL.format(1))


async def test_what_aws_owes_is_trouble_in_its_time(shop: Shop) -> None:
    """A reservation that is not shown for an hour, and a payment that is neither taken nor given up in twelve."""
    await bought(shop)
    ledger = open_ledger()
    (purchase,) = ledger.read().purchases.values()
    offering = an_offering(region="us-west-2", account=purchase.quote.account)
    quote = a_quote(region="us-west-2", offering=offering, made=shop.aws.now())
    ledger.append(quote.made, lambda _: [Quoted(quote), an_intent(quote), a_conclusion(quote, reservations=())])
    assert look()[0] == 0
    shop.aws.advance(timedelta(hours=2))
    code, seen = look()
    missing = "AWS does not show all of its reservations"
    assert (code, states(seen)[-1]) == (1, ("accepted", [missing]))
    shop.aws.advance(timedelta(hours=11))
    overdue = "AWS has not confirmed its payment in time"
    assert states(look()[1])[-1] == ("accepted", [overdue, missing])


async def test_what_nobody_knows_has_a_code_of_its_own(shop: Shop) -> None:
    """3 while that is all that is wrong; found, it is well again."""
    shop.aws.arm("PurchaseCapacityBlock", "reservation-late", seconds=600)
    shop.aws.arm("PurchaseCapacityBlock", "act-then-drop")
    await bought(shop)
    code, seen = look()
    assert (code, seen["verdict"], seen["settled"]) == (3, "unknown", False)
    assert states(seen) == [("unknown", ["nobody knows whether it was bought"])]
    shop.aws.advance(timedelta(minutes=11))
    code, seen = look()
    assert (code, states(seen)) == (0, [("paid", [])])


async def test_what_cannot_be_looked_at_is_trouble(shop: Shop) -> None:
    """An open purchase that AWS tells nothing of, and a ledger that does not verify."""
    await bought(shop)
    shop.aws.arm("DescribeCapacityReservations", "denied", region=REGION)
    result = watched()
    assert result.exit_code == 1
    assert "NOT LOOKED AT  483026362307 us-east-1: describe_capacity_reservations: Unauthorized" in result.stdout
    shop.aws.disarm()
    shop.ledger.write_bytes(b"damaged")
    result = watched()
    assert result.exit_code == 1
    assert "cannot be used" in result.stdout


@pytest.mark.slow
async def test_it_looks_until_nothing_is_open(shop: Shop) -> None:
    """As cron or CI runs it, where nobody is: again and again, and the exit code is that of the last look."""
    await bought(shop)
    command = [*PROGRAM, "--every", "5", "--json"]
    silent: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, "--until-settled"], **silent) as running:  # noqa: ASYNC220 - it is read at once
        assert running.stdout
        assert json.loads(running.stdout.readline())["settled"] is False
        shop.aws.advance(PAYMENT)
        last = running.stdout.read().splitlines()[-1]
    assert json.loads(last)["settled"] is True
    assert running.returncode == 0
    with subprocess.Popen(command, **silent) as running:  # noqa: ASYNC220 - as above
        assert running.stdout
        seen = json.loads(running.stdout.readline())
        assert seen["verdict"] == "well", seen
        os.kill(running.pid, signal.SIGINT)
    assert running.returncode == 0
