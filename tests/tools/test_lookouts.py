"""What became of purchases, and that a hook does not work, is told with whatever is asked next."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.bought_blocks import PAYMENT
from tests.installed_plugin import install_plugin
from tests.tools.spending import REGION, Shop, either_era, states

pytestmark = pytest.mark.anyio

PURCHASE, LOOKING = "PurchaseCapacityBlock", "DescribeCapacityBlockExtensionHistory"


def news(result: dict[str, Any]) -> list[str]:
    """The notices of purchases that nobody had been shown so."""
    return [each for each in result.get("notices", ()) if each.startswith("Not shown before")]


def looks(shop: Shop) -> int:
    """How often AWS was asked what is owned since the requests were last forgotten."""
    return len(shop.aws.requests(LOOKING))


async def test_a_payment_that_fails_hours_later_is_told_by_any_tool(shop: Shop, era: str) -> None:
    """A search that has nothing to do with it brings the notice, once, and the budget is free again."""
    shop.aws.arm(PURCHASE, "payment-fails")
    async with shop.talk(era) as talk:
        quote = await talk.quoted()
        bought = await talk.bought(quote)
        assert bought["state"] == "accepted"
        shop.aws.advance(timedelta(hours=6))
        assert news(await talk.search(regions=["us-west-2"])) == []
        shop.aws.advance(timedelta(hours=6, minutes=1))
        (notice,) = news(await talk.search(regions=["us-west-2"]))
        assert quote["purchase_id"] in notice
        assert "its payment failed: AWS released it" in notice
        assert "does not count against the ceilings any more" in notice
        assert news(await talk.search(regions=["us-west-2"])) == []
        history = await talk.history()
    assert states(history) == [("payment failed", ["payment-failed"])]
    assert history["budget"].startswith("500000 USD of 500000")
    assert len(shop.spent()) == 1


@either_era
async def test_a_lost_outcome_is_told_by_any_tool(shop: Shop, era: str) -> None:
    """AWS acted and nobody heard it: the next search finds it by its tag, also in a new server."""
    shop.aws.arm(PURCHASE, "reservation-late", seconds=300)
    shop.aws.arm(PURCHASE, "act-then-drop")
    async with shop.talk(era) as talk:
        assert (await talk.bought(await talk.quoted()))["status"] == "unknown"
    shop.aws.advance(timedelta(minutes=6))
    async with shop.talk(era) as talk:
        (notice,) = news(await talk.search())
    assert "found by tag" in notice


@either_era
async def test_aws_is_asked_once_a_minute_while_something_is_open(shop: Shop, era: str) -> None:
    """Neither before anything is bought, nor again within the minute, nor once it is paid."""
    async with shop.talk(era) as talk:
        await talk.search()
        assert looks(shop) == 0
        await talk.bought(await talk.quoted())
        await talk.search()
        shop.aws.clear_requests()
        began = shop.aws.advance(timedelta(minutes=2))
        for _ in range(3):
            await talk.search()
        assert 1 <= looks(shop) <= 1 + (shop.aws.now() - began) // timedelta(minutes=1)
        shop.aws.advance(PAYMENT)
        assert len(news(await talk.search())) == 1
        shop.aws.clear_requests()
        shop.aws.advance(timedelta(hours=1))
        await talk.search()
        assert looks(shop) == 0


@either_era
@pytest.mark.parametrize(
    "fault", [{"fault": "denied"}, pytest.param({"fault": "slow", "milliseconds": 20_000}, marks=pytest.mark.slow)]
)
async def test_a_look_fails_no_tool(shop: Shop, era: str, fault: dict[str, Any]) -> None:
    """What could not be looked at is nothing the search has to tell, and one that hangs is not waited for."""
    async with shop.talk(era) as talk:
        await talk.bought(await talk.quoted())
        shop.aws.advance(PAYMENT)
        shop.aws.arm(LOOKING, region=REGION, calls=1, **fault)
        before = shop.aws.now()
        result = await talk.search(regions=["us-west-2"])
        assert news(result) == []
        assert result["table"]
        assert shop.aws.now() - before < timedelta(seconds=20)


@either_era
async def test_a_hook_that_does_not_work_is_told_by_every_tool(shop: Shop, era: str) -> None:
    """By each, also by those that look for purchases themselves; of hooks that work nothing is said."""
    plugin = install_plugin(Path.home() / ".claude")
    async with shop.talk(era) as talk:
        assert [each for each in (await talk.history())["notices"] if each.startswith("Hook")] == []
    (plugin / "hooks" / "guard_spending.sh").write_text("exit 0")
    async with shop.talk(era) as talk:
        for told in (await talk.history(), await talk.search(), await talk.search()):
            assert told["notices"][0].startswith("SIMULATED")
            assert told["notices"][1].startswith("Hook: the guard lets a purchase through")
            assert "`ml-clusters doctor`" in told["notices"][1]


async def test_without_claude_code_no_hook_is_missed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other clients run none."""
    plugin = install_plugin(Path.home() / ".claude")
    (plugin / "hooks" / "guard_spending.sh").write_text("exit 0")
    monkeypatch.delenv("CLAUDE_PROJECT_DIR")
    async with shop.talk("auto") as talk:
        assert len((await talk.history())["notices"]) == 1
