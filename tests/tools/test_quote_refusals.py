"""What is not even quoted, and what is said instead."""

from datetime import timedelta
from typing import Any

import pytest

from tests.bought_blocks import buy_block
from tests.tools.spending import MAIN, REGION, SECONDARY, Person, Shop, either_era, refusal
from tests.tools.test_list_capacity import moment

pytestmark = pytest.mark.anyio

PURCHASE = "PurchaseCapacityBlock"
P5_QUOTA, TRN2_QUOTA = "L-DA6814F2", "L-64569A79"


async def test_what_is_owned_must_be_known(shop: Shop, era: str) -> None:
    """Where the policy allows purchases and AWS does not say what is owned, an overlap could be missed: no quote."""
    async with shop.talk(era) as talk:
        handle = (await talk.offered())[0]
        for operation in ("DescribeCapacityReservations", "DescribeCapacityBlockExtensionHistory"):
            shop.aws.disarm()
            shop.aws.arm(operation, "denied", region="us-west-2")
            refusal(await talk.quote(handle), "could not be looked up everywhere", "us-west-2 (denied)")
        shop.allow(accounts=[{"id": each} for each in (MAIN, SECONDARY)])
        says = f"account {SECONDARY}: the policy allows it, and ml-clusters.toml does not say how to read it"
        refusal(await talk.quote(handle), "could not be looked up everywhere", says)


@either_era
async def test_a_quota_that_is_too_small(shop: Shop, era: str) -> None:
    """A block that the quota does not hold is refused with the line that raises it."""
    async with shop.talk(era) as talk:
        handle = (await talk.offered())[0]
        shop.aws.set_quota("main", REGION, P5_QUOTA, 4 * 192 - 1)
        text = refusal(await talk.quote(handle), f"quota {P5_QUOTA}", "allows 767 vCPUs", "768 are needed")
    assert "--desired-value 768" in text


@pytest.mark.slow
async def test_ultraservers_take_up_the_quota_of_their_family(shop: Shop) -> None:
    """What is owned as a whole UltraServer counts against what the family's other types need for the same dates."""
    region = "us-east-2"
    shop.allow(regions=[region], instance_types=["trn2.48xlarge"])
    ultraserver = {"UltraserverType": "u-trn2x64", "UltraserverCount": 1}
    owned = buy_block(region, CapacityDurationHours=24 * 7, **ultraserver)["CapacityReservation"]
    shop.aws.set_quota("main", region, TRN2_QUOTA, 4 * 192)
    async with shop.talk("auto") as talk:
        wish = {"instance_types": ["trn2.48xlarge"], "count": 1, "days": "7", "regions": [region]}
        found = (await talk.search(response_format="detailed", **wish))["details"]["offerings"]
        beside = next(
            each["handle"]
            for each in found
            if moment(each["start"]) < owned["EndDate"] and moment(each["end"]) > owned["StartDate"]
        )
        text = refusal(await talk.quote(beside, additional=True), f"quota {TRN2_QUOTA}", "768 are reserved", "192 are")
    assert "--desired-value 960" in text


@either_era
async def test_ceilings(shop: Shop, era: str) -> None:
    """Each ceiling refuses a quote that would pass it by a cent, and is named."""
    async with shop.talk(era) as talk:
        handle = (await talk.offered())[0]
        for ceiling, amount, says in (
            ("per_purchase", "3986.68", "3986.69 USD for one purchase is more than the 3986.68 USD"),
            ("per_accelerator_hour", "5.19", "per accelerator-hour is more than the 5.19 USD"),
            ("rolling_24_hours", "3986.68", "what may be spent in any 24 hours: 3986.68 is left"),
            ("calendar_month", "3986.68", "what may be spent in December 2026 (UTC): 3986.68 is left"),
        ):
            shop.allow(ceilings={ceiling: amount})
            refusal(await talk.quote(handle), f"(ceilings.{ceiling})", says)


@either_era
async def test_what_was_bought_counts(shop: Shop, era: str) -> None:
    """What one purchase leaves of a ceiling is all that the next may cost, also where both were quoted before."""
    shop.allow(ceilings={"rolling_24_hours": "7973.37"})
    async with shop.talk(era) as talk:
        first, second = (await talk.offered())[:2]
        quotes = [await talk.quoted(each) for each in (first, second)]
        assert (await talk.bought(quotes[0]))["status"] == "bought"
        for result in (await talk.buy(quotes[1]), await talk.quote(second)):
            refusal(result, "(ceilings.rolling_24_hours)", "3986.68 is left")
    assert len(shop.spent()) == 1


LACKS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"accounts": []}, {}, "accounts", f"account {MAIN} is not allowed: none is"),
    ({"regions": ["eu-north-1"]}, {}, "regions", "us-east-1 is not among those allowed: eu-north-1"),
    ({"instance_types": []}, {}, "instance_types", "p5.48xlarge is not allowed: none is"),
    ({"currency": "EUR"}, {}, "currency", "the price is in USD, not in EUR"),
    ({"required_tags": ["Team", "Project"]}, {}, "required_tags", "no value is given for Project"),
    ({}, {"tags": {"Team": " "}}, "required_tags", "no value is given for Team"),
    ({}, {"tags": {"ml-clusters:fee": "0"}}, "tags", "ml-clusters:, which are reserved"),
    ({}, {"tags": {"AWS:x": "0"}}, "tags", "begins with aws:"),
]


@either_era
async def test_what_the_policy_does_not_name(shop: Shop, era: str) -> None:
    """An account, region, type, currency or tag that the policy does not allow is refused with rule and file."""
    async with shop.talk(era) as talk:
        handle = (await talk.offered())[0]
        for rules, terms, rule, says in LACKS:
            shop.allow(**rules)
            refusal(await talk.quote(handle, **terms), f"({rule})", says, str(shop.policy))


@either_era
async def test_several_segments(shop: Shop, era: str) -> None:
    """A block of several reservations is refused where the policy does not say that it may be."""
    async with shop.talk(era) as talk:
        handle = await talk.segmented()
        refusal(await talk.quote(handle), "(multi_segment)", "it is of 2 segments or parts, and only one is allowed")


@either_era
async def test_a_purpose_is_said(shop: Shop, era: str) -> None:
    """A quote without a printable word on what it is for is refused."""
    async with shop.talk(era) as talk:
        handle = (await talk.offered())[0]
        for purpose in ("", " \n\t", "\u200b\u202e"):
            refusal(await talk.quote(handle, purpose=purpose), "No purpose was given")


@either_era
async def test_the_same_again(shop: Shop, era: str) -> None:
    """Within a day of a purchase the same is refused, unless the person wants it in addition, and is asked so."""
    person = Person()
    async with shop.talk(era, person) as talk:
        quote = await talk.quoted()
        bought = (await talk.bought(quote))["purchase_id"]
        refusal(
            await talk.quote(), f"{bought} (bought in the last 24 hours)", "with `additional` set", "IN ADDITION TO"
        )
        assert len(shop.spent()) == 1
        second = await talk.quoted(additional=True)
        assert (await talk.bought(second))["status"] == "bought"
    assert not person.asked[0].startswith("IN ADDITION TO")
    assert person.asked[1].startswith(f"IN ADDITION TO {bought}! ")
    assert f"\nOverlaps {bought} (bought in the last 24 hours): {quote['summary']}\n" in second["facts"]
    assert len(shop.spent()) == 2


@either_era
async def test_what_others_bought_is_the_same_too(shop: Shop, era: str) -> None:
    """A block bought a moment ago with another program overlaps as well as one of this ledger's."""
    bought = buy_block()["CapacityReservation"]["CapacityReservationId"]
    async with shop.talk(era) as talk:
        handle = (await talk.offered(days="7"))[0]
        refusal(await talk.quote(handle), f"{bought} (bought in the last 24 hours)", "with `additional` set")


@either_era
async def test_an_older_purchase_is_named(shop: Shop, era: str) -> None:
    """What was bought more than a day ago does not stop a quote; the person reads of it."""
    async with shop.talk(era) as talk:
        bought = await talk.bought(await talk.quoted((await talk.offered(days="7"))[0]))
        shop.aws.advance(timedelta(hours=25))
        quote = await talk.quoted((await talk.offered(days="7"))[0])
    assert f"Overlaps {bought['purchase_id']} (owned)" in quote["facts"]
    assert len(shop.spent()) == 1


@either_era
async def test_what_may_have_been_bought(shop: Shop, era: str) -> None:
    """While an outcome is unknown the same is refused, additional or not, with who looks for it and who settles it."""
    shop.aws.arm(PURCHASE, "act-then-drop", calls=1)
    shop.aws.arm(PURCHASE, "reservation-late", seconds=3600, calls=1)
    async with shop.talk(era) as talk:
        unknown = await talk.bought(await talk.quoted())
        assert unknown["status"] == "unknown"
        assert "Do not buy again" in unknown["message"]
        assert f"ml-clusters --sandbox ledger settle {unknown['purchase_id']}" in unknown["message"]
        for additional in (False, True):
            result = await talk.quote(additional=additional)
            refusal(result, unknown["purchase_id"], "purchase_history looks for it", "in a terminal: ml-clusters")
        shop.aws.advance(timedelta(hours=1))
        assert (await talk.history())["purchases"][0]["status"] == "bought"
        refusal(await talk.quote(), f"{unknown['purchase_id']} (bought in the last 24 hours)", "with `additional` set")
    assert len(shop.spent()) == 1
