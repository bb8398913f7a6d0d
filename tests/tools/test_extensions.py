"""search_extensions through an MCP client, against simulated AWS."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult

from benchmarks.tokens import as_sent, count
from mcp_server.app import build_server, open_services
from mcp_server.capacity.extensions import ExtensionOffering, ExtensionProbe
from mcp_server.sandbox.control import SandboxControl
from tests.bought_blocks import PAYMENT, START, buy_block, buy_extension
from tests.tools.conftest import sentence, structure
from tests.tools.spending import either_era

pytestmark = pytest.mark.anyio

OFFERINGS = "DescribeCapacityBlockExtensionOfferings"

Extensions = Callable[..., Awaitable[CallToolResult]]


@pytest.fixture
def clock(sandbox: SandboxControl, project: Path) -> SandboxControl:
    """Simulated AWS at a time at which there is something to buy."""
    sandbox.set_clock(START)
    return sandbox


@pytest.fixture
def block(clock: SandboxControl) -> dict[str, Any]:
    """A scheduled block of four p5.48xlarge for a day in us-east-1."""
    bought = buy_block()["CapacityReservation"]
    clock.advance(PAYMENT)
    clock.clear_requests()
    return bought


@pytest.fixture
def extensions(block: dict[str, Any]) -> Extensions:
    """Calls search_extensions on a new server: the block in its region unless told otherwise."""

    async def call(era: str = "auto", **arguments: Any) -> CallToolResult:
        async with Client(build_server(), mode=era) as connection:
            wish = {"reservation": block["CapacityReservationId"], "region": "us-east-1", **arguments}
            return await connection.call_tool("search_extensions", wish)

    return call


async def test_ways_to_go_on_in_one_table(
    extensions: Extensions, era: str, block: dict[str, Any], clock: SandboxControl
) -> None:
    """Every duration asked is a row with a handle, its fee, rate and the block's new end; people get the table too."""
    result = await extensions(era)
    found = structure(result)
    assert found["notices"][0].startswith("SIMULATED")
    for word in (block["CapacityReservationId"], block["CapacityBlockId"], "4 x p5.48xlarge (32 H100)", "scheduled"):
        assert word in found["reservation"]
    deadline = block["EndDate"] - timedelta(hours=1)
    assert found["extend_by"].startswith(f"{deadline:%Y-%m-%d %H:%M} UTC, in ")
    rows = found["table"].count("\no-")
    assert 1 < rows <= 14
    assert f"Begin {block['EndDate']:%Y-%m-%d %H:%M}" in found["table"]
    text = result.content[0].text
    assert text.count("\no-") == rows
    for word in ("offering", "adds", "new end", "usable end", "fee USD", "rate", "Extend by"):
        assert word in text
    assert len(clock.requests(OFFERINGS)) == 14


async def test_every_row_is_contiguous_and_its_figures_are_true(extensions: Extensions, block: dict[str, Any]) -> None:
    """It begins where the block ends, costs its rate, and the machines then stop 30 minutes before the new end."""
    details = structure(await extensions(days="1-3,7", response_format="detailed"))["details"]
    assert details["reservation"]["zone_id"] == block["AvailabilityZoneId"]
    assert [row["added_hours"] for row in details["offerings"]][:2] == [24, 48]
    for row in details["offerings"]:
        start, end, usable = (datetime.fromisoformat(row[name]) for name in ("start", "end", "usable_end"))
        assert start == block["EndDate"]
        assert end - start == timedelta(hours=row["added_hours"])
        assert end - usable == timedelta(minutes=30)
        assert abs(Decimal(row["rate"]) * 32 * int(row["added_hours"]) - Decimal(row["fee"])) < 1
        assert row["count"] == 4


@either_era
async def test_a_handle_leads_back_to_the_extension(extensions: Extensions, clock: SandboxControl, era: str) -> None:
    """The same extension keeps its handle over restarts and new ids, and its probe and resource can be read."""
    clock.fresh_ids(True)
    first = structure(await extensions(days="2", response_format="detailed"))["details"]["offerings"][0]
    again = structure(await extensions(days="1-2", response_format="detailed"))["details"]["offerings"][1]
    assert first["handle"] == again["handle"]
    assert first["offering_id"] != again["offering_id"]
    seen = open_services().seen.find(first["handle"])
    assert isinstance(seen.offering, ExtensionOffering)
    assert seen.offering.id == again["offering_id"]
    assert seen.probe == ExtensionProbe(seen.offering.reservation_id, 2)
    async with Client(build_server(), mode=era) as client:
        text = (await client.read_resource(f"offering://{first['handle']}")).contents[0].text
    assert seen.offering.reservation_id in text


async def test_the_block_is_found_wherever_it_is(
    extensions: Extensions, block: dict[str, Any], both_accounts: Path, clock: SandboxControl
) -> None:
    """Without a region every region of every account is looked through, by the block's id too; only one is asked."""
    found = structure(await extensions(reservation=f" {block['CapacityBlockId']} ", region=None, days=1))
    assert block["CapacityReservationId"] in found["reservation"]
    assert "account main 483026362307" in found["reservation"]
    assert "(2026" in found["extend_by"]
    assert "Europe/Berlin" in found["extend_by"]
    assert {each.region for each in clock.requests(OFFERINGS)} == {"us-east-1"}
    away = sentence(await extensions(account="secondary"))
    assert (
        f"No reservation, block or plan '{block['CapacityReservationId']}' is owned in 1 region of account secondary"
        in away
    )


@either_era
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"days": "20"}, "14 or 21"),
        ({"region": "us-esat-1"}, "us-east-1"),
        ({"account": "nobody"}, "No account is called 'nobody'"),
        ({"reservation": " "}, "reservation: String should have at least 1 character"),
        ({"regions": ["us-east-1"]}, "has no argument regions"),
    ],
)
async def test_bad_input_gets_one_sentence_and_no_call(
    extensions: Extensions, era: str, clock: SandboxControl, wrong: dict[str, Any], says: str
) -> None:
    """What cannot be asked is refused with what to ask instead, and AWS hears nothing."""
    text = sentence(await extensions(era, **wrong))
    assert says in text
    assert "Nothing was " in text
    assert clock.requests() == []


@either_era
async def test_an_id_that_nobody_owns(extensions: Extensions, era: str, clock: SandboxControl) -> None:
    """It is said where was looked, and where could not be; what was typed is no markup and no second line."""
    text = sentence(await extensions(era, reservation="cr-0\n\x1b[1mapproved"))
    assert "No reservation, block or plan 'cr-0 [1mapproved' is owned in 1 region of account 483026362307" in text
    clock.arm("DescribeCapacityReservations", "denied", region="us-west-2")
    text = sentence(await extensions(era, reservation="cr-0", region=None))
    assert "It may be where AWS could not be asked: account 483026362307 us-west-2 (denied)" in text


@either_era
async def test_too_late_says_so(extensions: Extensions, block: dict[str, Any], clock: SandboxControl, era: str) -> None:
    """Half an hour before the end AWS refuses once, and is not asked for thirteen further durations."""
    clock.set_clock(block["EndDate"] - timedelta(minutes=30))
    clock.clear_requests()
    found = structure(await extensions(era))
    assert found["reasons"][0].startswith("too late: a block can be extended until one hour before its end")
    assert 'AWS on 1 to 14 d: InvalidParameterValue: "The Capacity Block can be extended from' in found["reasons"][1]
    assert found["extend_by"].endswith("which has passed")
    assert found["table"] == "No extension offered."
    assert "failures" not in found
    assert len(clock.requests(OFFERINGS)) == 1


async def test_too_early_says_from_when(extensions: Extensions, clock: SandboxControl) -> None:
    """A block that ends in more than 56 days is told from when it can be extended."""
    long = buy_block(InstanceCount=1, CapacityDurationHours=24 * 63)["CapacityReservation"]
    clock.advance(PAYMENT)
    found = structure(await extensions(reservation=long["CapacityReservationId"]))
    opening = long["EndDate"] - timedelta(days=56)
    assert found["reasons"][0].startswith("too early")
    assert f"from {opening:%Y-%m-%d %H:%M} UTC" in found["reasons"][0]


async def test_only_scheduled_and_active_blocks(
    extensions: Extensions, block: dict[str, Any], clock: SandboxControl
) -> None:
    """A block that has expired, and one that is not paid, are named as what they are."""
    unpaid = buy_block(InstanceCount=1)["CapacityReservation"]["CapacityReservationId"]
    found = structure(await extensions(reservation=unpaid))
    assert found["reasons"][0].startswith("payment pending: the block itself waits for its payment")
    clock.set_clock(block["EndDate"])
    found = structure(await extensions())
    assert found["reasons"][0] == (
        "wrong state: only scheduled and active blocks can be extended, and this one is expired."
    )
    assert "extend_by" not in found


async def test_one_extension_at_a_time(extensions: Extensions, block: dict[str, Any], clock: SandboxControl) -> None:
    """While an extension waits for its payment it is named; when it is paid the next begins at its end."""
    row = buy_extension(block["CapacityReservationId"])
    found = structure(await extensions())
    until = f"{row['CapacityBlockExtensionEndDate']:%Y-%m-%d %H:%M}"
    assert found["reasons"][0].startswith(f"payment pending: an extension to {until} UTC, bought 2026-12-01 03:05 UTC")
    assert "InvalidCapacityReservationState" in found["reasons"][1]
    clock.advance(PAYMENT)
    assert f"Begin {until}" in structure(await extensions())["table"]


async def test_too_long_is_a_matter_of_the_duration(extensions: Extensions) -> None:
    """A day and 182 more are too many, which says nothing about fewer."""
    found = structure(await extensions(days="1,182"))
    assert found["table"].count("\no-") == 1
    (reason,) = found["reasons"]
    assert reason.startswith("too long: a block lasts at most 182 days with its extensions. AWS on 182 d: Invalid")


async def test_nothing_offered_is_told_by_duration(extensions: Extensions, clock: SandboxControl) -> None:
    """An empty answer is AWS's own: it has no room then."""
    clock.arm(OFFERINGS, "offering-gone", calls=2)
    found = structure(await extensions(days="1-3"))
    assert found["table"].count("\no-") == 1
    assert found["reasons"] == ["AWS offers nothing for 1 to 2 d: it has no room after the block then."]


async def test_longest_finds_what_no_longer_duration_has(extensions: Extensions, clock: SandboxControl) -> None:
    """The longest to be had is found in a few questions, and the next longer one is not to be had."""
    found = structure(await extensions(days="longest", response_format="detailed"))
    (row,) = found["details"]["offerings"]
    assert len(clock.requests(OFFERINGS)) < 8
    days = int(row["added_hours"]) // 24
    assert (
        "for extensions of the longest duration to be had" in structure(await extensions(days="longest"))["reservation"]
    )
    longer = min(each for each in (*range(1, 15), *range(21, 183, 7)) if each > days)
    assert structure(await extensions(days=longer))["table"] == "No extension offered."


@either_era
@pytest.mark.parametrize(
    ("fault", "says", "calls"),
    [
        ("denied", "denied: UnauthorizedOperation: the identity needs ec2:DescribeCapacityBlockExtensionOfferings", 1),
        ("quota-zero", "quota: CapacityBlockDescribeLimitExceeded: the quota there allows no", 1),
        ("garbage", "not one of AWS's", 2),
    ],
)
async def test_a_failure_is_never_no_capacity(
    extensions: Extensions, era: str, clock: SandboxControl, fault: str, says: str, calls: int
) -> None:
    """What could not be asked is a failure; what would fail alike for every duration is asked once."""
    clock.arm(OFFERINGS, fault)
    found = structure(await extensions(era, days="1-2"))
    (failure,) = found["failures"]
    assert failure.startswith("1 to 2 d: ")
    assert says in failure
    assert found["table"] == "No extension offered where AWS answered."
    assert "reasons" not in found
    assert len(clock.requests(OFFERINGS)) == calls


async def test_calls_that_come_too_fast_are_sent_again(extensions: Extensions, clock: SandboxControl) -> None:
    """A region that refuses for haste is asked again, slower, until it answers."""
    clock.arm(OFFERINGS, "describe-limit", calls=2)
    found = structure(await extensions(days="1-2"))
    assert "failures" not in found
    assert len(clock.requests(OFFERINGS)) == 4


async def test_a_history_that_cannot_be_read_is_said(extensions: Extensions, clock: SandboxControl) -> None:
    """The offerings still come, and that a pending extension would not be known is told."""
    clock.arm("DescribeCapacityBlockExtensionHistory", "denied")
    found = structure(await extensions(days="1"))
    assert found["table"].count("\no-") == 1
    (failure,) = found["failures"]
    assert failure.startswith("extension history not read")
    assert "ec2:DescribeCapacityBlockExtensionHistory" in failure


@pytest.mark.slow
async def test_time_runs_out_with_what_there_is(
    extensions: Extensions, block: dict[str, Any], clock: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of its budget a search returns what it has, and calling again as it says asks the rest."""
    monkeypatch.setenv("ML_CLUSTERS_TIME_BUDGET", "6")
    clock.arm(OFFERINGS, "slow", milliseconds=900)
    found = structure(await extensions(days="1-10"))
    assert 0 < found["table"].count("\no-") < 10
    left = found["next_call"]
    assert left["reservation"] == block["CapacityReservationId"]
    assert found["not_asked"] == [f"{left['days'].split(',')[0]} to 10 d"]
    clock.disarm()
    async with Client(build_server()) as client:
        rest = structure(await client.call_tool("search_extensions", left))
    assert "not_asked" not in rest
    assert found["table"].count("\no-") + rest["table"].count("\no-") == 10


async def test_ultraservers_get_a_sentence(extensions: Extensions, clock: SandboxControl) -> None:
    """AWS names an UltraServer's instances, not its size: what cannot be priced is said, not guessed, nor a crash."""
    bought = buy_block("us-east-2", UltraserverType="u-trn2x64", UltraserverCount=1)["CapacityReservation"]
    clock.advance(PAYMENT)
    found = structure(await extensions(reservation=bought["CapacityReservationId"], region="us-east-2", days="1-3"))
    assert "4 x trn2u.48xlarge in" in found["reservation"]
    (failure,) = found["failures"]
    assert failure.startswith("1 to 3 d: unsupported: AWS offers an extension of trn2u.48xlarge")
    assert "AWS console" in failure


@either_era
async def test_progress_rises_to_the_end(block: dict[str, Any], era: str) -> None:
    """A client hears of regions, then of durations, in one count that only rises."""
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with Client(build_server(), mode=era) as client:
        wish = {"reservation": block["CapacityReservationId"], "days": "1-3"}
        await client.call_tool("search_extensions", wish, progress_callback=hear)
    steps = [step for step, _, _ in heard]
    assert steps == sorted(set(steps))
    assert {total for _, total, _ in heard} == {heard[-1][0]}
    assert [line for _, _, line in heard][-3:] == ["1 d: 1 found", "2 d: 1 found", "3 d: 1 found"]


@either_era
async def test_it_costs_a_model_little(era: str, extensions: Extensions) -> None:
    """The tool is under 300 tokens, and fourteen rows under 800."""
    async with Client(build_server(), mode=era) as client:
        (tool,) = [each for each in (await client.list_tools()).tools if each.name == "search_extensions"]
    assert count(as_sent(tool)) < 300
    found = structure(await extensions(era))
    assert count(found) < 800, found
