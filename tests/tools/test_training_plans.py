"""SageMaker training plans through an MCP client: from the search to their end, and all that may come between."""

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from tests.bought_blocks import PAYMENT, buy_block
from tests.bought_plans import buy_plan
from tests.tools.results import sentence, structure
from tests.tools.spending import MAIN, REGION, Person, Shop, Talk, either_era, refusal
from tests.tools.test_list_capacity import listed, moment, one, troubles
from tests.written_calendars import events_in

pytestmark = pytest.mark.anyio

GENEROUS = {"per_purchase": "900000", "rolling_24_hours": "2000000", "calendar_month": "2000000"}
SOUTH = "sa-east-1"


async def split_plan(talk: Talk) -> dict[str, Any]:
    """One that is offered in two parts."""
    return next(each for each in await talk.plans(count=16, days="28") if len(each["parts"]) == 2)


async def state_of(talk: Talk) -> tuple[str, str]:
    """The only plan, as AWS calls its state; and as the ledger does that of its purchase."""
    row = await one(talk, over=True)
    (purchase,) = (await talk.history())["purchases"]
    return row["state"], purchase["state"]


@either_era
async def test_a_plan_in_two_parts_from_the_search_to_its_end(shop: Shop, era: str) -> None:
    """It is bought only where the policy allows parts, seen with both and what lies between, and runs twice."""
    shop.allow(ceilings=GENEROUS)
    person = Person()
    async with shop.talk(era, person) as talk:
        offered = await split_plan(talk)
        first, second = offered["parts"]
        assert not offered["meets_request"]
        assert "in 2 parts, 7 d between" in offered["short"]
        plain = {"target_resource": "hyperpod-cluster", "instance_types": ["p5"], "count": 16, "days": "28"}
        table = structure(await talk.client.call_tool("search_training_plans", {**plain, "regions": [REGION]}))["table"]
        lines = table.splitlines()
        (at,) = [number for number, line in enumerate(lines) if line.startswith(offered["handle"])]
        assert lines[at + 1].startswith(f"  part 1: {first['zone']} {first['zone_id']}")
        assert lines[at + 2].startswith(f"  part 2: {second['zone']} {second['zone_id']}")
        forbidden = sentence(await talk.quote(offered["handle"]))
        assert "multi_segment" in forbidden
        assert "2 segments or parts" in forbidden

        shop.allow(ceilings=GENEROUS, multi_segment=True)
        quote = await talk.quoted(offered["handle"], label="Llama 4!")
        places = [f"16 in {each['zone']} ({each['zone_id']})" for each in (first, second)]
        for words in (*places, "2 parts of one plan, 7 d between them", f"{moment(second['start']):%Y-%m-%d %H:%M}"):
            assert words in quote["facts"]
        name = f"Llama-4-{quote['purchase_id']}"
        assert quote["summary"].startswith(f"training plan {name} for hyperpod-cluster: 16 x p5.48xlarge")
        assert "in 2 parts" in quote["summary"]
        bought = await talk.bought(quote)
        assert bought["reservations"] == [f"arn:aws:sagemaker:{REGION}:{MAIN}:training-plan/{name}"]
        assert bought["mismatches"] == []
        assert name in person.asked[0]

        found = [await state_of(talk)]
        shop.aws.advance(PAYMENT)
        for at in (None, *(each[when] for each in (first, second) for when in ("start", "end"))):
            if at:
                shop.aws.set_clock(moment(at))
            found.append(await state_of(talk))
        assert found == [
            ("Pending", "accepted"),
            ("Scheduled", "paid"),
            ("Active", "paid"),
            ("Scheduled", "paid"),
            ("Active", "paid"),
            ("Expired", "paid"),
        ]
    assert [each.operation for each in shop.spent()] == ["CreateTrainingPlan"]


@either_era
@pytest.mark.parametrize(("target", "minutes"), [("hyperpod-cluster", 60), ("training-job", 30)])
async def test_the_usable_end_is_that_of_what_a_plan_serves(shop: Shop, era: str, target: str, minutes: int) -> None:
    """An hour before the end for clusters, half an hour for jobs: in the search, the quote and the list."""
    async with shop.talk(era) as talk:
        offered = (await talk.plans(target_resource=target))[0]
        quote = await talk.quoted(offered["handle"])
        shop.aws.set_clock(buy_plan("usable", TargetResources=[target])["StartTime"])
        row = await one(talk)
        for each in (offered, quote, row):
            assert moment(each["end"]) - moment(each["usable_end"]) == timedelta(minutes=minutes)
        shop.aws.set_clock(moment(row["usable_end"]) + timedelta(minutes=1))
        (taken,) = await troubles(talk)
        assert taken.startswith("AWS is taking the machines back")


@either_era
async def test_instances_of_a_plan_are_counted(shop: Shop, era: str) -> None:
    """Those in use, idle and broken, and none of them idle that AWS is taking back from the first of two parts."""
    plan = buy_plan("counted", InstanceCount=16, DurationHours=24 * 28)
    arn, (first, _) = plan["TrainingPlanArn"], plan["ReservedCapacitySummaries"]
    shop.aws.set_plan_use(arn, in_use=6, unhealthy=1)
    async with shop.talk(era) as talk:
        assert "running" not in await one(talk)
        shop.aws.set_clock(first["StartTime"])
        row = await one(talk)
        assert (row["count"], row["running"], row["idle"], row["unavailable"]) == (16, {MAIN: 6}, 9, 1)
        unavailable, idle, parts = await troubles(talk)
        assert parts.startswith("in 2 parts, each to its usable end: ")
        assert unavailable.startswith("1 of its 16 machines fail their checks")
        assert idle.startswith("9 of its 16 machines stand idle")
        shop.aws.set_plan_use(arn, in_use=16)
        assert await troubles(talk) == [parts]
        shop.aws.set_clock(first["EndTime"] - timedelta(minutes=59))
        assert (await one(talk))["idle"] == 0


@pytest.mark.slow
@either_era
async def test_instances_of_ultraservers_are_counted_one_by_one(shop: Shop, era: str) -> None:
    """18 to each, of which one stands by and is not idle; what is said, shown and paid for is of these."""
    shop.allow(ceilings=GENEROUS | {"per_accelerator_hour": "100"}, instance_types=["u-p6e-gb200x72"])
    async with shop.talk(era) as talk:
        offered = (await talk.plans(instance_types=["u-p6e-gb200x72"], count=2, days="7"))[0]
        (arn,) = (await talk.bought(await talk.quoted(offered["handle"])))["reservations"]
        shop.aws.set_clock(moment(offered["start"]))
        hourly = Decimal(offered["fee"]) / (36 * Decimal(7 * 24))
        for use, running, idle, shown in (
            ({}, {}, 34, "0 of 36, 2 spare"),
            ({"in_use": 20, "unhealthy": 3}, {MAIN: 20}, 12, "20 of 36, 3 unavailable, 1 spare"),
        ):
            shop.aws.set_plan_use(arn, **use)
            row = await one(talk)
            assert (row["count"], row["machines"], row["running"], row["idle"]) == (2, 36, running, idle)
            assert row["unavailable"] == use.get("unhealthy", 0)
            assert abs(Decimal(row["hourly"]) - hourly) < Decimal("0.0001")
            assert (await listed(talk))["table"].endswith(shown)
        unavailable, wasted = await troubles(talk)
        assert unavailable.startswith("3 of its 36 machines fail their checks")
        each = hourly.quantize(Decimal("0.01"))
        assert wasted == f"12 of its 36 machines stand idle, at {each} USD an hour each ({each * 12} in all)."


@either_era
async def test_what_is_not_told_of_a_plan_is_not_nothing(shop: Shop, era: str) -> None:
    """Where its health cannot be read nothing is said of it, and what is idle is what AWS says could be started."""
    plan = buy_plan("unread", InstanceCount=16, DurationHours=24 * 28)
    shop.aws.set_clock(plan["StartTime"])
    shop.aws.set_plan_use(plan["TrainingPlanArn"], in_use=6, unhealthy=3)
    async with shop.talk(era) as talk:
        told = await one(talk)
        assert (told["running"], told["idle"], told["unavailable"]) == ({MAIN: 6}, 7, 3)
        shop.aws.arm("DescribeTrainingPlan", "denied")
        row = await one(talk)
        assert (row["running"], row["idle"]) == ({MAIN: 6}, 7)
        assert "unavailable" not in row
        found = await listed(talk)
        assert found["table"].endswith("6 of 16")
        assert found["not_read"][0].startswith(f"account {MAIN}, {REGION}: health not read (denied: ")


@either_era
async def test_until_when_a_plan_is_to_be_paid(shop: Shop, era: str) -> None:
    """Twelve hours after the purchase, in list and calendar; the latest that can be where nobody tells of that."""
    async with shop.talk(era) as talk:
        quote = await talk.quoted(await talk.plan(earliest_start="2026-12-05"))
        (arn,) = (await talk.bought(quote))["reservations"]
        row = await one(talk)
        due = moment(row["pay_by"])
        assert abs(moment(row["bought"]) - shop.aws.now()) < timedelta(minutes=1)
        assert due - moment(row["bought"]) == timedelta(hours=12) < moment(row["start"]) - shop.aws.now()
        (pending,) = await troubles(talk)
        assert pending.startswith(
            f"payment pending: AWS releases the plan if it is not paid by {due:%Y-%m-%d %H:%M} UTC"
        )
        calendar = await talk.client.read_resource("calendar://capacity.ics")
        events = events_in(calendar.contents[0].text)
        assert timedelta() <= due - events[f"{arn}.payment@ml-clusters"].dtstart < timedelta(seconds=1)

        plan = buy_plan("of-somebody-else", DurationHours=48)
        rows = (await listed(talk, response_format="detailed"))["owned"]
        theirs = next(each for each in rows if each["reservation_id"] == plan["TrainingPlanArn"])
        assert theirs["bought"] is None
        assert moment(theirs["pay_by"]) == moment(theirs["start"]) - timedelta(minutes=5)


@either_era
async def test_a_plan_is_extended(shop: Shop, era: str) -> None:
    """Found by name and ARN, bought once, and the end moves when it is paid; until then there is no other."""
    async with shop.talk(era) as talk:
        plan = await talk.bought(await talk.quoted(await talk.plan()))
        (arn,) = plan["reservations"]
        shop.aws.advance(PAYMENT)
        before = await one(talk)
        by_name = await talk.extension(arn.rpartition("/")[2])
        assert await talk.extension(arn) == by_name
        quote = await talk.quoted(by_name)
        assert (quote["spend_with"], quote["start"]) == ("extend_capacity", before["end"])
        assert quote["summary"].startswith(f"extension of {arn}: 1 x p5.48xlarge")
        bought = await talk.bought(quote)
        assert (bought["state"], bought["reservations"]) == ("accepted", [])

        assert "when paid" in (await listed(talk))["table"]
        wish = {"reservation": arn, "region": REGION, "days": "1"}
        refused = structure(await talk.client.call_tool("search_extensions", wish))
        assert refused["reasons"][0].startswith("payment pending")
        refusal(await talk.quote(by_name))

        shop.aws.advance(PAYMENT)
        after = await one(talk)
        for name in ("end", "usable_end", "extend_by"):
            assert moment(after[name]) - moment(before[name]) == timedelta(days=1)
        assert [(each["state"], each["fee"]) for each in after["extensions"]] == [("payment-succeeded", quote["fee"])]
        assert [each["state"] for each in (await talk.history())["purchases"]] == ["paid", "paid"]
        assert Decimal(after["spent"]) == Decimal(before["spent"]) + Decimal(quote["fee"])
    assert [each.operation for each in shop.spent()] == ["CreateTrainingPlan", "ExtendTrainingPlan"]


@either_era
async def test_a_plan_that_is_not_paid_frees_the_budget(shop: Shop, era: str) -> None:
    """The next call of any tool says so, and what it cost can be spent again."""
    async with shop.talk(era) as talk:
        untouched = (await talk.history())["budget"]
        shop.aws.arm("CreateTrainingPlan", "payment-fails", calls=1)
        bought = await talk.bought(await talk.quoted(await talk.plan()))
        assert (await talk.history())["budget"] != untouched
        shop.aws.set_clock(moment((await one(talk))["start"]))
        notices = (await talk.search())["notices"]
        (told,) = [each for each in notices if bought["purchase_id"] in each]
        assert "failed" in told
        history = await talk.history()
        assert [each["status"] for each in history["purchases"]] == ["failed"]
        assert history["budget"].partition(" USD")[0] == untouched.partition(" USD")[0]
        assert (await one(talk))["state"] == "Failed"


@either_era
async def test_a_repeated_call_makes_no_second_plan(shop: Shop, era: str) -> None:
    """Neither after an answer, nor after one that was lost: there is one plan of the name, and one request."""
    async with shop.talk(era) as talk:
        quote = await talk.quoted(await talk.plan())
        shop.aws.arm("CreateTrainingPlan", "act-then-drop", calls=1)
        assert (await talk.bought(quote))["state"] == "unknown"
        for _ in range(2):
            again = await talk.bought(quote)
            assert (again["purchase_id"], again["state"]) == (quote["purchase_id"], "accepted")
        assert (await one(talk))["purchase_id"] == quote["purchase_id"]
    assert len(shop.spent()) == 1


@pytest.mark.slow
@either_era
async def test_no_quota_is_no_capacity_for_this_account(shop: Shop, era: str) -> None:
    """It is told as quota, with the command that raises it; where it is lowered after the search, the quote refuses."""
    shop.allow(regions=[REGION, SOUTH])
    async with shop.talk(era) as talk:
        found = structure(
            await talk.client.call_tool(
                "search_training_plans",
                {
                    "target_resource": "training-job",
                    "instance_types": ["p5"],
                    "count": 1,
                    "days": "1",
                    "regions": [SOUTH],
                },
            )
        )
        assert "(L-9EF527CA) in sa-east-1 (0 of 1 instances)" in " ".join(found["quota"])
        assert "--service-code sagemaker --quota-code L-9EF527CA" in " ".join(found["quota"])
        assert "quota" in found["failures"][0]
        handle = await talk.plan()
        shop.aws.set_quota("main", REGION, "L-9EF527CA", 0)
        assert "quota" in refusal(await talk.quote(handle))
        shop.aws.set_quota("main", REGION, "L-9EF527CA", 1)
        await talk.bought(await talk.quoted(handle))
        refusal(await talk.quote(await talk.plan(), additional=True), "1 are reserved for these dates", "L-9EF527CA")
        shop.aws.set_quota("main", REGION, "L-9EF527CA", 8)
        shop.aws.set_quota("main", REGION, "L-867702E6", 1)
        refusal(await talk.quote(await talk.plan(), additional=True), "allows 1 training plans", "L-867702E6")


@either_era
async def test_a_cluster_needs_a_subnet_where_the_plan_is(shop: Shop, era: str) -> None:
    """Where the account has none, the search and the quote of a plan for HyperPod say so; training jobs need none."""
    with closing(boto3.client("ec2", region_name=REGION)) as ec2:
        for each in ec2.describe_subnets()["Subnets"]:
            ec2.delete_subnet(SubnetId=each["SubnetId"])
    async with shop.talk(era) as talk:
        wish = {"instance_types": ["p5"], "count": 1, "days": "1", "regions": [REGION]}
        for target, expected in (("hyperpod-cluster", True), ("training-job", False)):
            asked = {**wish, "target_resource": target}
            found = structure(await talk.client.call_tool("search_training_plans", asked))
            assert any("has no subnet in use1-az" in each for each in found["notices"]) == expected
            quote = await talk.quoted(await talk.plan(target_resource=target))
            assert ("Note: The account has no subnet in use1-az" in quote["facts"]) == expected


@either_era
async def test_a_type_that_is_in_no_plan(shop: Shop, era: str) -> None:
    """It is refused with the types that are, and nothing is asked of AWS."""
    async with shop.talk(era) as talk:
        asked = {"target_resource": "training-job", "instance_types": ["trn2.3xlarge"], "count": 1, "days": "1"}
        refused = sentence(await talk.client.call_tool("search_training_plans", asked))
        assert "No training plan is sold for trn2.3xlarge. Sold are: " in refused
        assert "p5.48xlarge" in refused
        assert shop.aws.requests("SearchTrainingPlanOfferings") == []


@either_era
async def test_blocks_and_plans_are_compared(shop: Shop, era: str) -> None:
    """By rate, in one table, each with what it could serve, whichever of the two was asked for."""
    async with shop.talk(era) as talk:
        wish = {"instance_types": ["p5.48xlarge"], "count": 1, "days": "1", "regions": [REGION], "compare": True}
        plans = {"target_resource": "hyperpod-cluster", **wish}
        for tool, asked in (("search_capacity_blocks", wish), ("search_training_plans", plans)):
            found = structure(await talk.client.call_tool(tool, asked))
            assert "by rate" in found["table"]
            for words in ("serves", "HyperPod"):
                assert words in found["table"]
            details = structure(await talk.client.call_tool(tool, {**asked, "response_format": "detailed"}))
            rows = [each for each in details["details"]["offerings"] if each["meets_request"]]
            assert {each.get("target") for each in rows} == {None, "hyperpod-cluster"}
            rates = [Decimal(each["rate"]) for each in rows]
            assert rates == sorted(rates)
            mine, other = (
                [each for each in rows if (each.get("target") is not None) == plan]
                for plan in ((True, False) if tool == "search_training_plans" else (False, True))
            )
            for best, side in ((details, mine), (details["beside"], other)):
                assert best["cheapest"] == min(side, key=lambda each: Decimal(each["fee"]))["handle"]
                soonest = min(side, key=lambda each: (moment(each["start"]), Decimal(each["fee"])))
                assert best["soonest"] == soonest["handle"]


@either_era
async def test_dearer_plans_are_not_crowded_out_by_blocks(shop: Shop, era: str) -> None:
    """Where blocks alone would fill the table, plans have half of it, and each row says what it serves."""
    async with shop.talk(era) as talk:
        asked = {"instance_types": ["p5"], "count": 8, "days": "7-14", "regions": [REGION, "us-west-2"]}
        wish = {**asked, "compare": True, "target_resource": "hyperpod-cluster"}
        answer = await talk.client.call_tool("search_training_plans", wish)
        found = structure(answer)
        rows = [line for line in found["table"].splitlines() if line.startswith("o-")]
        assert len(rows) == 20
        assert sum("HyperPod" in each for each in rows) == sum("EKS or pcluster" in each for each in rows) == 10
        for name, serves in ((found, "HyperPod"), (found["beside"], "EKS or pcluster")):
            for handle in (name["cheapest"], name["soonest"]):
                assert any(each.startswith(handle) and serves in each for each in rows)
        assert f"Cheapest that meets the request, serving HyperPod: {found['cheapest']}" in answer.content[0].text
        alone = structure(await talk.client.call_tool("search_capacity_blocks", asked))
        assert "serves EKS or pcluster" in alone["table"]
        assert "beside" not in alone


@either_era
async def test_the_longest_come_first(shop: Shop, era: str) -> None:
    """Asked for the longest, the first row is the longest there is, and no shorter one is called the cheapest."""
    async with shop.talk(era) as talk:
        wish = {"target_resource": "training-job", "instance_types": ["p5"], "count": 16, "days": "longest"}
        wish |= {"regions": ["eu-west-2", "eu-north-1"], "response_format": "detailed"}
        found = structure(await talk.client.call_tool("search_training_plans", wish))
        rows = [each for each in found["details"]["offerings"] if each["meets_request"]]
        hours = [each["usable_hours"] for each in rows]
        assert hours == sorted(hours, reverse=True)
        (cheapest,) = [each for each in rows if each["handle"] == found["cheapest"]]
        assert cheapest["usable_hours"] > hours[0] - 24


@either_era
@pytest.mark.parametrize("count", [3, 128])
async def test_a_count_that_plans_are_not_sold_in(shop: Shop, era: str, count: int) -> None:
    """It is refused with the nearest that are, and AWS is not asked."""
    async with shop.talk(era) as talk:
        asked = {"target_resource": "hyperpod-cluster", "instance_types": ["p5"], "count": count, "days": "7"}
        refused = sentence(await talk.client.call_tool("search_training_plans", asked))
        assert f"Nearest: {'2 or 4' if count == 3 else '64'}." in refused
        assert shop.aws.requests("SearchTrainingPlanOfferings") == []


@either_era
async def test_a_count_of_ultraservers_that_aws_turns_down(shop: Shop, era: str) -> None:
    """AWS's answer is told as what it is, with the nearest counts, and nobody is sent to raise a quota."""
    async with shop.talk(era) as talk:
        asked = {"target_resource": "training-job", "instance_types": ["u-p6e-gb200x36"], "count": 3, "days": "7"}
        found = structure(await talk.client.call_tool("search_training_plans", asked))
        assert "count not sold: " in found["failures"][0]
        assert "fewer" in found["alternatives"]
        assert "more" in found["alternatives"]
        assert "quota" not in found


@either_era
async def test_a_quota_without_a_code_is_looked_up_by_its_name(shop: Shop, era: str) -> None:
    """Of UltraServers and Trainium the limit in plans decides: it is named, and refused or open, never left out."""
    async with shop.talk(era) as talk:
        for kind, name in (("u-p6e-gb200x72", "p6e-gb200"), ("trn2", "ml.trn2.48xlarge")):
            asked = {"target_resource": "training-job", "instance_types": [kind], "count": 1, "days": "7"}
            told = " ".join(structure(await talk.client.call_tool("search_training_plans", asked))["quota"])
            assert "Not known, and it decides on buying: ml." in told
            assert f"contains(QuotaName, '{name}')" in told
            shop.aws.arm("SearchTrainingPlanOfferings", "quota-zero")
            found = structure(await talk.client.call_tool("search_training_plans", asked))
            assert "see quota" in found["failures"][0]
            assert found["quota"][0].startswith("Too small to buy, by AWS's answer: ml.")
            shop.aws.disarm()


@pytest.mark.slow
@either_era
async def test_a_plan_and_a_block_overlap(shop: Shop, era: str) -> None:
    """One bought in the last day is asked about before the other is bought for the same days, in both directions."""
    async with shop.talk(era) as talk:
        plan = await talk.quoted(await talk.plan(earliest_start="2026-12-05"))
        await talk.bought(plan)
        days = {"count": 1, "earliest_start": plan["start"]}
        block = (await talk.offered(**days))[0]
        refusal(await talk.quote(block), "with `additional` set", plan["purchase_id"])
        quote = await talk.quoted(block, additional=True)
        assert f"Overlaps {plan['purchase_id']} (bought in the last 24 hours)" in quote["facts"]
        shop.aws.advance(timedelta(hours=25))
        later = await talk.quoted((await talk.offered(**days))[0])
        assert f"Overlaps {plan['purchase_id']} (owned)" in later["facts"]


@pytest.mark.slow
@either_era
async def test_what_was_bought_elsewhere_overlaps_too(shop: Shop, era: str) -> None:
    """A block, or a plan, that somebody bought without this program is asked about alike."""
    plan = buy_plan("of-somebody-else")
    async with shop.talk(era) as talk:
        block = (await talk.offered(count=1, earliest_start=plan["StartTime"].isoformat()))[0]
        refusal(await talk.quote(block), "with `additional` set", "of-somebody-else (bought, nobody tells when)")
        theirs = buy_block("us-west-2", InstanceCount=1)["CapacityReservation"]
        handle = await talk.plan(regions=["us-west-2"], earliest_start=theirs["StartDate"].isoformat())
        refusal(await talk.quote(handle), "with `additional` set", theirs["CapacityReservationId"])
