"""A person at a terminal: what they are shown before they type, what their typing does, and what else does nothing."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import anyio.to_thread
import boto3
import pexpect
import pytest

from mcp_server.opening import open_desk
from mcp_server.purchasing.entries import Approval, ApprovalMode
from mcp_server.purchasing.purchase import Order, purchase
from mcp_server.purchasing.refusals import Rule, SettlingRefused, SpendingRefused
from mcp_server.purchasing.settling import check_bought
from tests.tools.spending import MAIN, PURCHASER, Quote, Shop, refusal

pytestmark = pytest.mark.anyio

PROGRAM = ["-c", "from mcp_server.cli import main; main()"]
PURCHASE = "PurchaseCapacityBlock"
DEVICE = f"arn:aws:iam::{MAIN}:mfa/jo"
END, INTERRUPT = "\x04", "\x03"

Typed = str | Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Screen:
    """What a terminal showed, how often it asked, and with which status the program ended."""

    text: str
    questions: int
    status: int | None


async def at_terminal(*words: str, typing: tuple[Typed, ...] = (), **environ: str) -> Screen:
    """Run the program in a terminal, and type one thing after the other where it asks, then nothing."""
    return await anyio.to_thread.run_sync(lambda: _at_terminal(words, list(typing), environ))


def _at_terminal(words: tuple[str, ...], typing: list[Typed], environ: dict[str, str]) -> Screen:
    env = {**os.environ, "TERM": "xterm", **environ}
    screen = pexpect.spawn(
        sys.executable, [*PROGRAM, *words], encoding="utf-8", timeout=120, dimensions=(60, 200), env=env
    )
    text, questions = "", 0
    try:
        while screen.expect([r"(\r\n> |mfa/jo: )", pexpect.EOF]) == 0:
            text, questions = text + screen.before, questions + 1
            typed = typing.pop(0) if typing else ""
            line = typed if isinstance(typed, str) else typed(text)
            (screen.send if line in {END, INTERRUPT} else screen.sendline)(line)
        text += screen.before
    finally:
        screen.close()
    return Screen(text.replace("\r\n", "\n"), questions, screen.exitstatus)


def the_total(text: str) -> str:
    """What the last question asks for."""
    return text.rpartition("Type the total to buy it: ")[2].split(" USD")[0]


def share_time(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two offerings overlap. Their times are all written alike."""
    return one["start"] < other["end"] and other["start"] < one["end"]


async def quoted(shop: Shop, **terms: Any) -> Quote:
    """A quote that a model had made."""
    async with shop.talk("auto") as talk:
        return await talk.quoted(**terms)


async def history(shop: Shop, **asked: Any) -> dict[str, Any]:
    """What purchase_history tells a model."""
    async with shop.talk("auto") as talk:
        return await talk.history(**asked)


@pytest.fixture(autouse=True)
def terminal(shop: Shop) -> None:
    """The policy wants a terminal."""
    shop.allow(approval="terminal")


async def test_the_total_buys_once(shop: Shop) -> None:
    """All facts come first, what decides right before the typing; a slip is asked about, a second run buys nothing."""
    quote = await quoted(shop)
    screen = await at_terminal("approve", quote["quote_id"], typing=("3,968.69", the_total))
    assert screen.status == 0
    assert quote["facts"].splitlines()[0] in screen.text
    places = [screen.text.index(each) for each in (*quote["facts"].splitlines(), quote["final"], "Purpose, as it was")]
    assert places == sorted(places)
    assert "SIMULATED, no money: TOTAL 3,986.69 USD, no cancel, no refund." in screen.text[places[-1] :]
    assert "That is not the total." in screen.text
    assert "was bought; AWS has not confirmed the payment yet" in screen.text
    again = await at_terminal("approve", quote["quote_id"])
    assert (again.status, again.questions) == (0, 0)
    assert "was used already: nothing more was bought now" in again.text
    assert len(shop.spent()) == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("",), "Nothing was typed: nothing was bought."),
        ((END,), "Nothing was typed: nothing was bought."),
        ((INTERRUPT,), "Stopped: nothing was bought."),
        (("3986", "39.86"), "The total was typed wrong twice: nothing was bought."),
    ],
    ids=["nothing", "end", "interrupt", "wrong"],
)
async def test_anything_else_buys_nothing(shop: Shop, typed: tuple[str, ...], says: str) -> None:
    """It says so, exits with 1, and the quote can still be bought."""
    quote = await quoted(shop)
    screen = await at_terminal("approve", quote["quote_id"], typing=typed)
    assert says in screen.text
    assert screen.status == 1
    assert shop.spent() == []
    if typed == ("",):
        assert (await at_terminal("approve", quote["quote_id"], typing=(the_total,))).status == 0


@pytest.mark.slow
async def test_a_quote_that_was_made_again_is_told_by_its_first_name(shop: Shop) -> None:
    """Whoever asks for the quote that a person approved finds what was bought with the one that replaced it."""
    quote = await quoted(shop)
    shop.aws.advance(timedelta(minutes=11))
    screen = await at_terminal("approve", quote["quote_id"], typing=(the_total,))
    assert f"instead of {quote['quote_id']}, which was out of date" in screen.text
    assert screen.status == 0
    (bought,) = (await history(shop, quote_id=quote["quote_id"]))["purchases"]
    assert bought["status"] == "bought"
    assert (await history(shop, quote_id=bought["purchase_id"]))["purchases"] == [bought]
    async with shop.talk("auto") as talk:
        assert (await talk.bought(quote))["purchase_id"] == bought["purchase_id"]
        other = await talk.quoted((await talk.offered(days="3"))[-1], additional=True)
        found = await talk.client.call_tool("purchase_history", {"quote_id": other["quote_id"]})
        assert f"Nothing was bought with {other['quote_id']}." in found.content[0].text
        wrong = await talk.client.call_tool("purchase_history", {"quote_id": "q-none"})
        assert "'q-none' is no quote of this ledger. Nothing was changed." in wrong.content[0].text
    assert "was used already" in (await at_terminal("approve", quote["quote_id"])).text
    assert len(shop.spent()) == 1


@pytest.mark.slow
async def test_what_was_bought_since_is_said_before_anybody_types(shop: Shop) -> None:
    """Two quotes of the same, one bought: the other is made again, and refused, without a question."""
    first, second = await quoted(shop), await quoted(shop)
    assert (await at_terminal("approve", first["quote_id"], typing=(the_total,))).status == 0
    screen = await at_terminal("approve", second["quote_id"], typing=(the_total,))
    assert (screen.status, screen.questions) == (1, 0)
    assert "(bought in the last 24 hours)" in screen.text
    assert "Nothing was bought" in screen.text
    assert len(shop.spent()) == 1


async def test_a_second_person(shop: Shop, both_accounts: Path) -> None:
    """Whoever asked for the quote cannot approve it, nor anybody of whom AWS does not say who they are; another can."""
    shop.allow(approval="second-person")
    quote = await quoted(shop)
    screen = await at_terminal("approve", quote["quote_id"], typing=(the_total,))
    assert (screen.status, screen.questions) == (1, 0)
    assert "wants the approval of somebody else than" in screen.text
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    screen = await at_terminal("approve", quote["quote_id"], typing=(the_total,), **nobody)
    assert (screen.status, screen.questions) == (1, 0)
    role = f"arn:aws:iam::{MAIN}:role/colleague"
    keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="jo")["Credentials"]
    colleague = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    desk = open_desk(lambda: False)
    requester = desk.ledger.read().quotes[quote["quote_id"]].requester
    for approver in (requester, f"arn:aws:sts::{MAIN}:federated-user/anybody"):
        order = Order("order", quote["quote_id"], Approval(ApprovalMode.SECOND_PERSON, approver, "3986.69", "a test"))
        with pytest.raises(SpendingRefused) as refused:
            purchase(order, desk)
        assert refused.value.rule is Rule.SAME_PERSON
    assert shop.spent() == []
    screen = await at_terminal("approve", quote["quote_id"], typing=(the_total,), **colleague)
    assert screen.status == 0, screen.text
    assert len(shop.spent()) == 1


async def test_who_asks_must_be_known_where_two_persons_are_wanted(
    shop: Shop, both_accounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without credentials of its own a server asks as whoever reads, who could be anybody: it quotes nothing."""
    shop.allow(approval="second-person")
    async with shop.talk("auto") as talk:
        handle = (await talk.offered())[0]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")
    profile = both_accounts.parent / "aws-config"
    profile.write_text("[profile reader]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile))
    settings = both_accounts.parent / "reader.toml"
    settings.write_text(f'[[accounts]]\nname = "main"\nid = "{MAIN}"\nprofile = "reader"\n')
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(settings))
    async with shop.talk("auto") as talk:
        refusal(await talk.quote(handle), "AWS does not say who is here")


async def test_a_second_factor(shop: Shop) -> None:
    """The code is asked for after the total, and without the session that it opens nobody buys."""
    shop.allow(
        approval="terminal",
        accounts=[{"id": MAIN, "purchaser_role": PURCHASER.format(MAIN), "mfa_serial": DEVICE}],
    )
    quote = await quoted(shop)
    order = Order("order", quote["quote_id"], Approval(ApprovalMode.TERMINAL, "jo", "3986.69", "a test"))
    with pytest.raises(SpendingRefused) as refused:
        purchase(order, open_desk(lambda: False))
    assert refused.value.rule is Rule.APPROVAL
    assert shop.spent() == []
    screen = await at_terminal("approve", quote["quote_id"], typing=(the_total, "123456"))
    assert screen.questions == 2
    assert screen.text.index("Type the total") < screen.text.index("Code of arn:aws:iam")
    assert screen.status == 0
    assert len(shop.spent()) == 1


@pytest.mark.slow
async def test_beside_an_unknown_outcome(shop: Shop) -> None:
    """Another offering is bought beside it only once its id was typed; the very same offering is not even quoted."""
    async with shop.talk("auto") as talk:
        offerings = (await talk.search(days="1-3", response_format="detailed"))["details"]["offerings"]
        one, other = next(pair for pair in combinations(offerings, 2) if share_time(*pair))
        first = await talk.quoted(one["handle"])
        shop.aws.arm(PURCHASE, "dead", calls=1)
        screen = await at_terminal("approve", first["quote_id"], typing=(the_total,))
        assert screen.status == 3
        unknown = first["purchase_id"]
        refusal(await talk.quote(one["handle"]), f"{unknown} has asked AWS for this very offering: it is unknown")
        refusal(await talk.quote(other["handle"]), "approve q-")
    second = list(open_desk(lambda: False).ledger.read().quotes)[-1]
    screen = await at_terminal("approve", second, typing=("mlc-another", the_total))
    assert (screen.status, screen.questions) == (1, 1)
    assert len(shop.spent()) == 1
    screen = await at_terminal("approve", second, typing=(unknown, the_total))
    assert screen.status == 0, screen.text
    assert f"IN ADDITION TO {unknown}! SIMULATED" in screen.text
    desk = open_desk(lambda: False)
    bought = desk.ledger.read().purchase_of(second)
    assert bought
    with pytest.raises(SettlingRefused, match="that this purchase can have made and no other did"):
        check_bought(desk, unknown, bought.reservations[0].id)
    assert len(shop.spent()) == 2


@pytest.mark.slow
async def test_a_window_that_is_closed_stops_no_purchase(shop: Shop) -> None:
    """Ctrl-C after the total was typed says that it may be bought, and exits with 3; it is bought."""
    quote = await quoted(shop)
    shop.aws.arm(PURCHASE, "slow", milliseconds=4000, calls=1)

    def press() -> Screen:
        screen = pexpect.spawn(
            sys.executable,
            [*PROGRAM, "approve", quote["quote_id"]],
            encoding="utf-8",
            timeout=120,
            dimensions=(60, 200),
        )
        screen.expect("\r\n> ")
        screen.sendline("3986.69")
        screen.expect("asking AWS")
        while not shop.spent():
            pass
        screen.send(INTERRUPT)
        screen.expect(pexpect.EOF)
        screen.close()
        return Screen(screen.before, 1, screen.exitstatus)

    screen = await anyio.to_thread.run_sync(press)
    assert screen.status == 3
    assert "The purchase goes on without this window, and may be bought." in screen.text
    with anyio.fail_after(60):
        while (await history(shop))["purchases"][0]["state"] != "accepted":  # noqa: ASYNC110 - another process's doing
            await anyio.sleep(0.2)
    assert len(shop.spent()) == 1


@pytest.mark.slow
async def test_a_ledger_that_cannot_be_read_for_a_while(shop: Shop) -> None:
    """While the request is under way the ledger's folder is open to others: what came of it is told all the same."""
    shop.allow(approval="client")
    folder = shop.ledger.parent
    shop.aws.arm(PURCHASE, "slow", milliseconds=3000, calls=1)

    def spoil() -> None:
        while not shop.spent():
            pass
        folder.chmod(0o770)

    async with shop.talk("auto") as talk, anyio.create_task_group() as tasks:
        quote = await talk.quoted()
        tasks.start_soon(anyio.to_thread.run_sync, spoil)
        results: list[dict[str, Any]] = []

        async def buy() -> None:
            results.append(await talk.bought(quote))

        tasks.start_soon(buy)
        while not folder.stat().st_mode & 0o070:  # noqa: ASYNC110 - a thread's doing
            await anyio.sleep(0.05)
        await anyio.sleep(1)
        folder.chmod(0o700)
    assert results[0]["status"] == "bought"
