"""What is never bought, and what is said instead."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import boto3
import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, InputRequiredResult

from mcp_server.aws.accounts import AWS_WORLD, Identity
from mcp_server.opening import open_desk
from mcp_server.purchasing.desk import check_world
from mcp_server.purchasing.refusals import SpendingRefused
from tests.bought_blocks import PAYMENT, START, buy_block, buy_extension
from tests.tools.results import sentence, structure
from tests.tools.spending import (
    MAIN,
    PURCHASER,
    SECONDARY,
    Answer,
    Person,
    Quote,
    Shop,
    Talk,
    cancelling,
    card,
    declining,
    either_era,
    refusal,
    the_total,
    typing,
)

pytestmark = pytest.mark.anyio

OFFERINGS = "DescribeCapacityBlockOfferings"
PURCHASE = "PurchaseCapacityBlock"


async def asked(talk: Talk, quote: Quote) -> tuple[str, dict[str, Any]]:
    """The question of a purchase, left open: its sealed state, and the answers that say yes."""
    result = await talk.client.session.call_tool("purchase_capacity", card(quote), allow_input_required=True)
    assert isinstance(result, InputRequiredResult)
    assert result.request_state
    requests = (result.input_requests or {}).items()
    return result.request_state, {name: the_total(each.params.message) for name, each in requests}


async def answered(
    talk: Talk, quote: Quote, state: str | None, answers: dict[str, Any]
) -> CallToolResult | InputRequiredResult:
    """A call that brings answers along."""
    return await talk.client.session.call_tool(
        "purchase_capacity", card(quote), allow_input_required=True, input_responses=answers, request_state=state
    )


NOS: list[tuple[Answer, str, str]] = [
    (declining, "declined", "The person declined: nothing was bought."),
    (
        cancelling,
        "approval required",
        "Nothing was bought: the question was closed, so a person decides in a terminal.",
    ),
    (typing("3986"), "declined", "The total was typed wrong twice: nothing was bought."),
    (typing(""), "declined", "The total was typed wrong twice: nothing was bought."),
]


async def test_without_a_yes_nothing_is_bought(shop: Shop, era: str) -> None:
    """A no, a question closed, and a total typed wrong twice buy nothing and say so; the quote is not spent by them."""
    person = Person()
    async with shop.talk(era, person) as talk:
        quote = await talk.quoted()
        for answer, status, says in NOS:
            person.answers = [answer]
            result = await talk.bought(quote)
            assert result["status"] == status
            assert says in result["message"]
            assert result["next"]
        assert shop.spent() == []
        person.answers = [the_total]
        assert (await talk.bought(quote))["status"] == "bought"


@either_era
async def test_a_slip_is_asked_about_once_more(shop: Shop, era: str) -> None:
    """A total typed wrong once is said to be so before the same question, and the right one then buys."""
    person = Person(typing("3,986.00"), the_total)
    async with shop.talk(era, person) as talk:
        assert (await talk.bought(await talk.quoted()))["status"] == "bought"
    first, second = person.asked
    assert second == f"That was not the total: nothing is bought yet. {first}"
    assert len(shop.spent()) == 1


async def test_a_replayed_answer_buys_once(shop: Shop) -> None:
    """An answer may come to a server that was started anew; sent again, with its state, it gets the same outcome."""
    async with shop.talk("auto") as talk:
        quote = await talk.quoted()
        state, answers = await asked(talk, quote)
    async with shop.talk("auto") as talk:
        results = [structure(await answered(talk, quote, state, answers)) for _ in range(3)]
    assert {each["status"] for each in results} == {"bought"}
    assert len({each["purchase_id"] for each in results}) == 1
    assert len(shop.spent()) == 1


async def test_a_state_is_that_of_its_call(shop: Shop) -> None:
    """The yes to one quote buys no other, nor at another total, nor with a state that was changed or left out."""
    async with shop.talk("auto") as talk:
        handles = await talk.offered()
        quote, other = await talk.quoted(handles[0]), await talk.quoted(handles[1])
        state, answers = await asked(talk, quote)
        for wrong in (other, quote | {"total": f"{quote['total']}0"}):
            with pytest.raises(MCPError, match="requestState"):
                await answered(talk, wrong, state, answers)
        for changed in (f"{state[:-9]}{'A' if state[-9] != 'A' else 'B'}{state[-8:]}", state[: len(state) // 2], "e30"):
            with pytest.raises(MCPError, match="requestState"):
                await answered(talk, quote, changed, answers)
        assert isinstance(await answered(talk, quote, None, answers), InputRequiredResult)
    assert shop.spent() == []


async def test_an_answer_that_comes_too_late(shop: Shop) -> None:
    """The state of a question outlives its quote, so that our own words say what has run out and what next."""
    async with shop.talk("auto") as talk:
        quote = await talk.quoted()
        state, answers = await asked(talk, quote)
    shop.aws.advance(timedelta(hours=20))
    async with shop.talk("auto") as talk:
        result = await answered(talk, quote, state, answers)
    assert isinstance(result, CallToolResult)
    refusal(result, f"{quote['quote_id']} expired at 2026-12-01 03:11", "Quote again")
    assert shop.spent() == []


@either_era
async def test_two_calls_at_once_buy_once(shop: Shop, era: str) -> None:
    """A quote that is bought twice at the same time is bought once: the other call is refused or sees how it stands."""
    results: list[CallToolResult] = []
    async with shop.talk(era) as talk:
        quote = await talk.quoted()

        async def buy() -> None:
            results.append(await talk.buy(quote))

        async with anyio.create_task_group() as both:
            both.start_soon(buy)
            both.start_soon(buy)
    statuses = {structure(each)["status"] for each in results if not each.is_error}
    assert {"bought"} <= statuses <= {"bought", "in flight"}
    for each in results:
        if each.is_error:
            refusal(each, f"{quote['quote_id']} was spent", "purchase_history")
    assert len(shop.spent()) == 1


CARDS: list[tuple[str, Callable[[str], str]]] = [
    ("total", lambda total: total.removesuffix(" USD")),
    ("total", lambda total: f"{total[0]},{total[1:]}"),
    ("summary", lambda summary: f"{summary} "),
    ("summary", lambda summary: summary.replace("4 x", "5 x")),
]


@either_era
async def test_the_card_shows_what_is_bought(shop: Shop, era: str) -> None:
    """Total and summary, which the permission card shows, are those of the quote, byte for byte, or nobody is asked."""
    person = Person()
    async with shop.talk(era, person) as talk:
        quote = await talk.quoted()
        for name, change in CARDS:
            wrong = change(quote[name])
            says = f"{name} '{wrong}' is not that of {quote['quote_id']}, '{quote[name]}'"
            refusal(await talk.buy(quote, **{name: wrong}), says, "exactly as quote_capacity gave them")
        made_up = {"quote_id": "q-aaaaaaaaaaaa", "total": "1.00 USD", "summary": "a bargain"}
        refusal(await talk.buy(made_up, "purchase_capacity"), "'q-aaaaaaaaaaaa' is no quote", "Quote again")
    assert person.asked == []
    assert shop.spent() == []


@either_era
async def test_each_kind_has_its_tool(shop: Shop, era: str) -> None:
    """A block's quote is refused by extend_capacity and an extension's by purchase_capacity, naming the right tool."""
    reservation = buy_block()["CapacityReservation"]["CapacityReservationId"]
    shop.aws.advance(PAYMENT)
    shop.aws.clear_requests()
    async with shop.talk(era) as talk:
        extension = await talk.quoted(await talk.extension(reservation))
        block = await talk.quoted(additional=True)
        refusal(await talk.buy(extension, "purchase_capacity"), "a quote of an extension", "Call extend_capacity")
        refusal(await talk.buy(block, "extend_capacity"), "a quote of a block", "Call purchase_capacity")
    assert shop.spent() == []


@either_era
async def test_ten_minutes(shop: Shop, era: str) -> None:
    """A quote of ten minutes ago, by AWS's clock, is refused, whatever the person types."""
    async with shop.talk(era) as talk:
        quote = await talk.quoted()
        shop.aws.advance(timedelta(minutes=10))
        refusal(await talk.buy(quote), f"{quote['quote_id']} expired at", "Quote again")
    assert shop.spent() == []


@either_era
async def test_what_is_not_offered_any_more(shop: Shop, era: str) -> None:
    """An offering that somebody else bought, or at another price, is neither bought nor quoted."""
    async with shop.talk(era) as talk:
        handle = (await talk.offered())[0]
        quote = await talk.quoted(handle)
        shop.aws.arm(OFFERINGS, "offering-gone")
        for result in (await talk.buy(quote), await talk.quote(handle)):
            refusal(result, "AWS does not offer it any more", "Search again")
        shop.aws.disarm()
        shop.aws.arm(OFFERINGS, "price-moved", percent=-10)
        for result in (await talk.buy(quote), await talk.quote(handle)):
            refusal(
                result, "4 x p5.48xlarge for 3986.69 USD before, 4 x p5.48xlarge for 3588.02 USD now", "Search again"
            )
    assert shop.spent() == []


def remove(shop: Shop) -> None:
    """Takes the policy away."""
    shop.policy.unlink()


def open_to_others(shop: Shop) -> None:
    """Lets anybody write the policy."""
    shop.policy.chmod(0o666)


def misspell(shop: Shop) -> None:
    """Writes a rule that there is not."""
    shop.policy.write_text(f"purchase = true\n{shop.policy.read_text()}")


SPOILS: list[tuple[Callable[[Shop], None], str]] = [
    (lambda shop: shop.allow(purchases=False), "forbids it (purchases): purchases are off"),
    (lambda shop: shop.allow(ledger="dynamodb://purchases"), "a ledger on DynamoDB is not in this version"),
    (remove, "`ml-clusters policy init` makes one"),
    (open_to_others, "mode 0666, so others can write there: chmod go-w it"),
    (misspell, "(purchase): nothing of this name is known"),
]


@either_era
async def test_without_a_policy_in_force(shop: Shop, era: str) -> None:
    """A policy that is off, missing, wrong, or that others could have written stops quotes and purchases, by name."""
    person = Person()
    async with shop.talk(era, person) as talk:
        handle = (await talk.offered())[0]
        quote = await talk.quoted(handle)
        for spoil, says in SPOILS:
            shop.allow()
            spoil(shop)
            for result in (await talk.buy(quote), await talk.quote(handle)):
                text = sentence(result)
                assert str(shop.policy) in text
                assert says in text
                assert "Nothing was bought." in text or "Purchases are off until it can." in text
    assert person.asked == []
    assert shop.spent() == []


@either_era
async def test_a_policy_that_was_changed(shop: Shop, era: str) -> None:
    """A quote is checked against one policy: under another, even a more generous one, it is made again."""
    async with shop.talk(era) as talk:
        quote = await talk.quoted()
        shop.allow(ceilings={"per_purchase": "999999"})
        refusal(await talk.buy(quote), f"{shop.policy} was changed since the quote", "Quote again")
    assert shop.spent() == []


@either_era
async def test_credentials_that_changed(shop: Shop, era: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was quoted for one account is not bought with the credentials of another."""
    async with shop.talk(era) as talk:
        quote = await talk.quoted()
        role = PURCHASER.format(SECONDARY)
        keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="somebody")["Credentials"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])
        refusal(await talk.buy(quote), MAIN, "Quote again with the credentials that are to buy")
    assert shop.spent() == []


@either_era
async def test_another_world(shop: Shop, era: str) -> None:
    """A ledger belongs to the AWS in which it began: a simulation begun anew is refused, at a purchase and a quote."""
    world = shop.aws.world().world
    async with shop.talk(era) as talk:
        quote = await talk.quoted()
        shop.aws.reset()
        shop.aws.set_clock(START)
        refusal(await talk.buy(quote), f"(simulation {world})", f"(simulation {shop.aws.world().world})", "Quote again")
    async with shop.talk(era) as talk:
        text = sentence(await talk.quote())
    assert f"simulation {world}" in text
    assert shop.spent() == []


@either_era
async def test_a_purchaser_of_another_account(shop: Shop, era: str) -> None:
    """A policy whose purchaser belongs to another account than the quote buys there nothing."""
    shop.allow(accounts=[{"id": MAIN, "purchaser_role": PURCHASER.format(SECONDARY)}])
    async with shop.talk(era) as talk:
        said = f"The purchaser belongs to account {SECONDARY}, the quote to {MAIN}"
        refusal(await talk.buy(await talk.quoted()), said, "purchaser_role", str(shop.policy))
    assert shop.spent() == []


@either_era
async def test_a_purchaser_who_may_not(shop: Shop, era: str) -> None:
    """Without the role, or without a dry run that AWS says would have succeeded, the purchase is not tried."""
    async with shop.talk(era) as talk:
        quote = await talk.quoted()
        for operation, fault, says in (
            (PURCHASE, "denied", "It needs ec2:PurchaseCapacityBlock"),
            (PURCHASE, "garbage", "the answer is not that of a dry run"),
            ("AssumeRole", "denied", f"The purchaser of account {MAIN} cannot be had"),
        ):
            shop.aws.disarm()
            shop.aws.arm(operation, fault, dry_run=operation == PURCHASE)
            refusal(await talk.buy(quote), says)
    assert shop.spent() == []


@pytest.mark.parametrize("simulated", [True, False])
def test_two_worlds_are_never_mixed(shop: Shop, monkeypatch: pytest.MonkeyPatch, simulated: bool) -> None:
    """A simulation's policy and ledger never spend at AWS, nor AWS's at a simulation, wherever STS or EC2 answers."""
    if not simulated:
        monkeypatch.delenv("ML_CLUSTERS_SIMULATION")
    desk = open_desk(lambda: False)
    for endpoint in ("https://ec2.us-east-1.amazonaws.com", shop.aws.url):
        for world in (AWS_WORLD, "simulation 1"):
            caller = Identity(MAIN, f"arn:aws:iam::{MAIN}:user/developer", timedelta(), endpoint, world)
            if (endpoint == shop.aws.url) == (world != AWS_WORLD) == simulated:
                check_world(desk, caller, endpoint)
                continue
            with pytest.raises(SpendingRefused, match=r"Nothing was bought.*--sandbox") as refused:
                check_world(desk, caller, endpoint)
            assert f"{endpoint} is asked ({world})" in str(refused.value)


@either_era
async def test_an_extension_since_the_quote(shop: Shop, era: str) -> None:
    """While another extension of the same reservation waits for its payment, AWS would sell none: none is asked for."""
    reservation = buy_block()["CapacityReservation"]["CapacityReservationId"]
    shop.aws.advance(PAYMENT)
    async with shop.talk(era) as talk:
        more = await talk.quoted(await talk.extension(reservation))
        buy_extension(reservation)
        shop.aws.clear_requests()
        refusal(await talk.buy(more), "has an extension whose payment is pending")
    assert shop.spent() == []


@either_era
async def test_an_overlap_since_the_quote(shop: Shop, era: str) -> None:
    """What came to overlap after the quote was not in the person's question, so their yes does not cover it."""
    async with shop.talk(era) as talk:
        quote = await talk.quoted((await talk.offered(days="7"))[0])
        bought = buy_block()["CapacityReservation"]["CapacityReservationId"]
        shop.aws.clear_requests()
        refusal(await talk.buy(quote), f"Since the quote, {bought} came to overlap", "Quote again")
    assert shop.spent() == []
