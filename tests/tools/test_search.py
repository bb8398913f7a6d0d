"""search_capacity_blocks through an MCP client, against simulated AWS."""

import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from mcp_server.app import build_server, open_services
from mcp_server.sandbox.control import SandboxControl
from tests.tools.conftest import Search, sentence, structure
from tests.tools.spending import either_era

pytestmark = pytest.mark.anyio

P5_REGIONS = 11


def rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The offerings of a detailed result."""
    return result["details"]["offerings"]


async def test_every_region_answers_in_one_table(search: Search, era: str, sandbox: SandboxControl) -> None:
    """One call asks every region that sells the type, and ranks what there is; people get the whole table."""
    result = await search(era)
    found = structure(result)
    asked = {each.region for each in sandbox.requests("DescribeCapacityBlockOfferings")}
    assert len(asked) == P5_REGIONS
    assert "8 x p5.48xlarge (64 H100) for 7 days" in found["request"]
    assert found["notices"][0].startswith("SIMULATED")
    assert found["cheapest"] in found["table"]
    text = result.content[0].text
    for column in ("region", "zone", "zone id", "start", "usable end", "fee USD", "rate"):
        assert column in text
    assert "duration" in text.lower()


async def test_fees_rates_and_ends_are_true(search: Search) -> None:
    """Each row's rate is its fee per accelerator-hour, its machines stop 30 minutes before the end."""
    for row in rows(structure(await search(response_format="detailed"))):
        start, end, usable = (datetime.fromisoformat(row[name]) for name in ("start", "end", "usable_end"))
        hours = Decimal(int((end - start).total_seconds())) / 3600
        assert abs(Decimal(row["rate"]) - Decimal(row["fee"]) / (hours * 64)) < Decimal("0.0001")
        assert end - usable == timedelta(minutes=30)
        assert row["meets_request"] == (row["usable_hours"] >= 167.5)
        assert row["zone_id"]


async def test_the_cheapest_meets_the_request(search: Search) -> None:
    """Cheapest is the lowest fee among the rows that meet the request, never a shorter block that costs less."""
    found = structure(await search(response_format="detailed"))
    meeting = [row for row in rows(found) if row["meets_request"]]
    (cheapest,) = [row for row in meeting if row["handle"] == found["cheapest"]]
    assert Decimal(cheapest["fee"]) == min(Decimal(row["fee"]) for row in meeting)


async def test_what_is_short_is_said(search: Search) -> None:
    """AWS answers seven days with six, seven or eight: a shorter block stands apart, with how much it lacks."""
    found = structure(await search(response_format="detailed", regions=["us-east-1", "us-west-2", "eu-west-2"]))
    short = [row for row in rows(found) if not row["meets_request"]]
    assert short
    assert all(row["short"] and "too short" in row["short"][0] for row in short)


@either_era
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"count": 0}, "at least 1"),
        ({"days": "20"}, "14 or 21"),
        ({"instance_types": ["p5.49xlarge"]}, "No capacity is sold as"),
        ({"instance_types": []}, "No capacity is sold as"),
        ({"instance_types": ["gb200"]}, "u-p6e-gb200x72"),
        ({"earliest_start": "2027-01-10", "latest_end": "2027-01-09"}, "not after"),
        ({"earliest_start": "next week"}, "not an ISO 8601"),
        ({"earliest_start": "2020-01-01"}, "in the past"),
        ({"regions": [f"us-east-{number}" for number in range(300)]}, "300 regions"),
        ({"regions": ["us-esat-1"]}, "us-east-1"),
        ({"accounts": ["nobody"]}, "No account is called 'nobody'"),
        ({"time_budget": 0}, "time_budget"),
        ({"count": 65}, "64 instances"),
    ],
)
async def test_bad_input_gets_one_sentence_and_no_call(
    search: Search, era: str, sandbox: SandboxControl, wrong: dict[str, Any], says: str
) -> None:
    """What cannot be asked is refused with what to ask instead, and AWS hears nothing."""
    text = sentence(await search(era, **wrong))
    assert says in text
    assert "Nothing was bought or changed." in text
    assert sandbox.requests() == []


async def test_a_start_beyond_eight_weeks_is_refused_by_awss_clock(search: Search, sandbox: SandboxControl) -> None:
    """AWS sells eight weeks ahead of its own time: what is too far today may be asked when the clock has moved."""
    start = (sandbox.now() + timedelta(days=70)).strftime("%Y-%m-%d")
    assert "eight weeks" in sentence(await search(earliest_start=start))
    sandbox.advance(timedelta(days=20))
    assert structure(await search(earliest_start=start))["table"]


@either_era
async def test_failures_are_rows_of_their_own(search: Search, era: str, sandbox: SandboxControl) -> None:
    """A region without quota, one denied and one dead are each named as what they are, while the others answer."""
    sandbox.arm("DescribeCapacityBlockOfferings", "quota-zero", region="us-east-2")
    sandbox.arm("DescribeCapacityBlockOfferings", "denied", region="eu-west-2")
    sandbox.arm("DescribeCapacityBlockOfferings", "dead", region="ap-south-1")
    sandbox.set_quota("main", "sa-east-1", "L-DA6814F2", 3072)
    found = structure(await search(era, response_format="detailed"))
    kinds = {row["region"]: row["kind"] for row in found["details"]["failures"]}
    assert kinds == {"us-east-2": "quota", "eu-west-2": "denied", "ap-south-1": "unreachable"}
    assert {row["region"] for row in rows(found)}.isdisjoint(kinds)
    assert len({row["region"] for row in rows(found)}) > 3
    assert len(found["failures"]) == 3


@pytest.mark.parametrize(
    "operation", ["DescribeCapacityBlockOfferings", "DescribeAvailabilityZones", "GetServiceQuota", "GetCallerIdentity"]
)
async def test_an_answer_that_is_not_awss_is_never_taken_for_none(
    search: Search, sandbox: SandboxControl, operation: str
) -> None:
    """A proxy's page instead of an answer is said to be one: not an empty list, not a crash."""
    sandbox.arm(operation, "garbage", region="us-east-1" if operation.startswith("Describe") else None)
    result = await search(regions=["us-east-1", "eu-west-2"])
    if operation == "GetCallerIdentity":
        assert "not one of AWS's" in sentence(result)
        return
    found = structure(result)
    assert "eu-west-2" in found["table"]
    if operation == "DescribeCapacityBlockOfferings":
        assert any("us-east-1" in each and "not one of AWS's" in each for each in found["failures"])


async def test_a_throttled_region_recovers_by_pacing(search: Search, sandbox: SandboxControl) -> None:
    """Calls that come too fast are sent again, slower, until they are answered: no failure is left."""
    sandbox.arm("DescribeCapacityBlockOfferings", "describe-limit", region="us-east-1", calls=3)
    found = structure(await search(regions=["us-east-1", "us-west-2"]))
    assert "failures" not in found
    sent = sandbox.requests("DescribeCapacityBlockOfferings", "us-east-1")
    assert len(sent) >= 4
    # Pauses of about 0.4, 0.8 and 1.6 s, seen by a clock of whole seconds.
    assert sent[3].at - sent[0].at >= timedelta(seconds=2)


async def test_time_runs_out_with_what_there_is(search: Search, sandbox: SandboxControl) -> None:
    """At the end of its budget a search returns what it has, names what it did not ask, and how to go on."""
    sandbox.arm("DescribeCapacityBlockOfferings", "slow", region="eu-west-2", milliseconds=8000)
    began = datetime.now().astimezone()
    found = structure(await search(regions=["us-east-1", "eu-west-2"], time_budget=3))
    assert datetime.now().astimezone() - began < timedelta(seconds=7)
    assert found["not_asked"] == ["p5.48xlarge 7 d in eu-west-2"]
    assert "us-east-1" in found["table"]
    assert found["next_call"]["regions"] == ["eu-west-2"]
    sandbox.disarm()
    async with Client(build_server()) as client:
        sandbox.clear_requests()
        rest = structure(await client.call_tool("search_capacity_blocks", found["next_call"]))
    assert "not_asked" not in rest
    assert {each.region for each in sandbox.requests("DescribeCapacityBlockOfferings")} == {"eu-west-2"}


@pytest.mark.parametrize("fresh", [False, True])
async def test_a_block_found_twice_is_shown_once(search: Search, sandbox: SandboxControl, fresh: bool) -> None:
    """Probes for neighbouring durations find the same blocks, under one id or several: each is one row."""
    sandbox.fresh_ids(fresh)
    found = rows(structure(await search(days="6-8", response_format="detailed", regions=["us-east-1", "eu-west-2"])))
    terms = [(row["zone"], row["start"], row["end"], row["fee"]) for row in found]
    assert len(terms) == len(set(terms))
    assert len(found) > 5


async def test_handles_outlive_the_server(search: Search, sandbox: SandboxControl) -> None:
    """The same offering keeps its handle over restarts and new ids, and the handle leads back to its probe."""
    sandbox.fresh_ids(True)
    first = rows(structure(await search(response_format="detailed", regions=["us-east-1"])))
    again = rows(structure(await search(response_format="detailed", regions=["us-east-1"])))
    assert [row["handle"] for row in first] == [row["handle"] for row in again]
    assert [row["offering_id"] for row in first] != [row["offering_id"] for row in again]
    seen = open_services().seen.find(first[0]["handle"])
    assert seen.offering.id == again[0]["offering_id"]
    assert (seen.probe.days, seen.probe.count) == (7, 8)


async def test_nothing_fits_but_something_is_near(search: Search, sandbox: SandboxControl) -> None:
    """When no offering meets the request, the nearest that do are shown, each named for how it departs."""
    wish = {"count": 64, "days": "28", "regions": ["us-east-1", "us-east-2", "ap-south-1"]}
    found = structure(await search(**wish))
    assert "cheapest" not in found
    assert "departs" in found["alternatives"]
    assert "fewer" in found["alternatives"]
    details = structure(await search(**wish, response_format="detailed"))["details"]["alternatives"]
    by_kind = {row["departs"]: row for row in details}
    assert by_kind["fewer"]["count"] < 64
    assert "other type" not in by_kind or by_kind["other type"]["instance_type"] != "p5.48xlarge"
    assert all(row["meets_request"] is False for row in details)


async def test_longest_finds_what_no_longer_duration_has(search: Search, sandbox: SandboxControl) -> None:
    """The longest to be had is found in a few probes, and asking for anything longer there finds nothing."""
    found = structure(
        await search(days="longest", count=32, sort="duration", regions=["us-east-2"], response_format="detailed")
    )
    assert len(sandbox.requests("DescribeCapacityBlockOfferings", "us-east-2")) < 20
    longest = max(row["usable_hours"] for row in rows(found))
    longer = [days for days in (*range(1, 15), *range(21, 183, 7)) if days * 24 > longest + 48]
    if longer:
        more = structure(await search(days=str(longer[0]), count=32, regions=["us-east-2"], response_format="detailed"))
        assert all(row["usable_hours"] <= longest for row in rows(more))
    assert longest > 24


async def test_accelerators_and_zones_narrow(search: Search) -> None:
    """64 accelerators are eight machines of either H200 type; only rows in the zones asked for meet the request."""
    found = rows(
        structure(
            await search(
                instance_types=["h200"],
                count=64,
                count_unit="accelerators",
                zone_ids=["use1-az4", "usw2-az2"],
                response_format="detailed",
            )
        )
    )
    assert {row["instance_type"] for row in found} <= {"p5e.48xlarge", "p5en.48xlarge"}
    assert all(row["count"] == 8 for row in found)
    assert all(row["zone_id"] in {"use1-az4", "usw2-az2"} for row in found if row["meets_request"])


async def test_both_accounts_are_read(search: Search, both_accounts: Path) -> None:
    """Each account shows its own zone names for the same zone ids, and times are echoed where the reader is."""
    found = structure(await search(regions=["us-east-1"], latest_end="2026-12-24", response_format="detailed"))
    assert {row["account"] for row in rows(found)} == {"483026362307", "159553542841"}
    names = {(row["account"], row["zone_id"]): row["zone"] for row in rows(found)}
    ids = {zone_id for _, zone_id in names}
    shared = [each for each in ids if ("483026362307", each) in names and ("159553542841", each) in names]
    assert any(names["483026362307", each] != names["159553542841", each] for each in shared)
    assert "(2026-12-24 23:59 Europe/Berlin)" in found["request"]
    one = structure(await search(accounts=["secondary"], regions=["us-east-1"], response_format="detailed"))
    assert {row["account"] for row in rows(one)} == {"159553542841"}


async def test_quota_says_whether_a_purchase_is_possible(search: Search, sandbox: SandboxControl) -> None:
    """A quota of 0 names its code and the command that asks for more; enough is said in a word."""
    sandbox.set_quota("main", "us-west-2", "L-DA6814F2", 0)
    found = structure(await search(regions=["us-east-1", "us-west-2"]))
    enough, short, command = found["quota"]
    assert enough == "Enough for this: P5 in us-east-1."
    assert "P5 (L-DA6814F2) in us-west-2 (0 of 1536 vCPUs)" in short
    assert "--quota-code L-DA6814F2 --desired-value 1536 --region us-west-2" in command
    assert any("quota" in each and "us-west-2" in each for each in found["failures"])


async def test_a_quota_that_may_not_be_read_is_no_failure(search: Search, sandbox: SandboxControl) -> None:
    """Without permission to read quotas the offerings still come; the quota says that it is not known."""
    sandbox.arm("GetServiceQuota", "denied")
    found = structure(await search(regions=["us-east-1"]))
    assert found["quota"][0].startswith("Not read: P5 in us-east-1 (get_service_quota: AccessDeniedException")
    assert found["cheapest"]


async def test_zone_names_without_ids_are_said_to_lack_them(search: Search, sandbox: SandboxControl) -> None:
    """Without permission to describe zones the id is unknown, never guessed from the name."""
    sandbox.arm("DescribeAvailabilityZones", "denied")
    found = structure(await search(regions=["us-east-1"]))
    assert "unknown" in found["table"]


@either_era
async def test_a_search_given_up_stops_asking(project: Path, era: str, sandbox: SandboxControl) -> None:
    """When the client gives up, AWS hears no more than what was on its way, and the next search works."""
    sandbox.arm("DescribeCapacityBlockOfferings", "slow", milliseconds=500)
    wish = {"instance_types": ["p5"], "count": 8, "days": "1-14", "regions": ["us-east-1"]}
    async with Client(build_server(), mode=era) as client:
        with anyio.move_on_after(2.5):
            await client.call_tool("search_capacity_blocks", wish)
        await anyio.sleep(1)
        heard = len(sandbox.requests("DescribeCapacityBlockOfferings"))
        await anyio.sleep(2)
        assert len(sandbox.requests("DescribeCapacityBlockOfferings")) == heard < 14
        sandbox.disarm()
        assert structure(await client.call_tool("search_capacity_blocks", {**wish, "days": "7"}))["table"]


@either_era
async def test_progress_is_reported(search: Search, era: str) -> None:
    """A client hears of each region as it answers."""
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with Client(build_server(), mode=era) as client:
        wish = {"instance_types": ["p5"], "count": 8, "days": 7}
        await client.call_tool("search_capacity_blocks", wish, progress_callback=hear)
    assert [progress for progress, _, _ in heard] == list(range(1, P5_REGIONS + 1))
    assert all(total == P5_REGIONS and message for _, total, message in heard)


async def test_many_rows_are_cut_and_say_so(search: Search) -> None:
    """At most twenty rows are shown; how many were left out, and how to narrow, is said."""
    found = structure(await search(days="1-14"))
    assert found["table"].count("\no-") == 20
    assert re.match(r"\d+ more rows, \d+ of which meet the request, were left out", found["cut"])


@pytest.mark.parametrize("broken", ["folder", "file"])
async def test_state_that_cannot_be_kept_is_named(
    search: Search, project: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """A handle that nobody could look up again is not given out: the file and what to do are said instead."""
    state = project / "state"
    if broken == "folder":
        state.write_text("not a folder")
    else:
        state.mkdir()
        (state / "state.sqlite3").write_text("not a database, but long enough to be taken for one" * 50)
    monkeypatch.setenv("ML_CLUSTERS_STATE_DIRECTORY", str(state))
    text = sentence(await search(regions=["us-east-1"]))
    assert str(state / "state.sqlite3") in text
    assert "ML_CLUSTERS_STATE_DIRECTORY" in text


async def test_a_handle_that_is_taken_is_not_given_again(search: Search, project: Path) -> None:
    """Where a handle already stands for other terms, the offering gets another one, and keeps it."""
    wish = {"regions": ["us-east-1"], "response_format": "detailed"}
    first = rows(structure(await search(**wish)))[0]["handle"]
    file = open_services().seen.path
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE seen SET terms = 'of another offering' WHERE handle = ?", (first,))
    again = rows(structure(await search(**wish)))[0]["handle"]
    assert again != first
    assert again == rows(structure(await search(**wish)))[0]["handle"]


async def test_zones_that_could_not_be_read_are_not_other_zones(search: Search, sandbox: SandboxControl) -> None:
    """When certain zones are asked for and ids cannot be read, no row is said to be elsewhere, and why is told."""
    sandbox.arm("DescribeAvailabilityZones", "denied")
    found = structure(await search(regions=["us-east-1"], zone_ids=["use1-az1", "use1-az2", "use1-az4", "use1-az6"]))
    assert "zone id not known" in found["table"]
    assert "other zone" not in found["table"]
    assert any("zone ids of us-east-1 not read (denied" in each for each in found["failures"])
    assert any("not all was asked and answered" in each for each in found["notices"])


@pytest.mark.parametrize("zone", ["us-east-1a", "use1-az99"])
async def test_a_zone_id_that_no_region_has_is_refused(search: Search, sandbox: SandboxControl, zone: str) -> None:
    """A zone's name, or a slip, is named as such and nothing is searched; beside one that there is it is a notice."""
    refused = sentence(await search(regions=["us-east-1"], zone_ids=[zone]))
    assert f"No region asked has the zone id '{zone}'" in refused
    assert ("Did you mean use1-az" in refused) == (zone == "use1-az99")
    assert sandbox.requests("DescribeCapacityBlockOfferings") == []
    found = structure(await search(regions=["us-east-1"], zone_ids=[zone, "use1-az4"]))
    assert any(f"No region asked has the zone id {zone}" in each for each in found["notices"])


async def test_what_is_open_of_the_alternatives_is_named(search: Search, sandbox: SandboxControl) -> None:
    """Where all was asked but one alternative's region failed, the sentence names that region and why."""
    sandbox.arm("DescribeCapacityBlockOfferings", "denied", region="eu-west-2")
    found = structure(await search(regions=["us-east-1"], zone_ids=["use1-az1"], count=64, days="182"))
    (told,) = [each for each in found["notices"] if each.startswith("Nothing found")]
    assert "not all was asked and answered: of the alternatives not" in told
    assert "eu-west-2 (denied)" in told


async def test_limits_that_are_alike_are_told_together(search: Search, sandbox: SandboxControl) -> None:
    """A code stands once with the regions where it is too small, of which many are counted."""
    regions = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-2", "eu-north-1", "ap-south-1", "sa-east-1"]
    for each in regions:
        sandbox.set_quota("main", each, "L-DA6814F2", 0)
    short, _ = structure(await search(regions=regions))["quota"]
    assert short.count("L-DA6814F2") == 1
    assert short.endswith("eu-north-1 and 2 more (0 of 1536 vCPUs).")


@pytest.mark.slow
async def test_alternatives_that_could_not_be_asked_are_not_said_to_be_none(
    search: Search, sandbox: SandboxControl
) -> None:
    """When time runs out among the alternatives, it is said that not all was asked."""
    sandbox.arm("DescribeCapacityBlockOfferings", "slow", milliseconds=3000)
    found = structure(await search(count=64, days="28", regions=["us-east-1"], time_budget=8))
    assert any("not all was asked and answered" in each for each in found["notices"])
    assert not any("no alternative was found" in each for each in found["notices"])


async def test_next_call_gets_to_the_end(search: Search, sandbox: SandboxControl) -> None:
    """Calling again with exactly what next_call says asks every duration in the end."""
    sandbox.arm("DescribeCapacityBlockOfferings", "slow", milliseconds=250)
    arguments: dict[str, Any] | None = {"days": "1-10", "regions": ["us-east-1"], "time_budget": 1}
    left = []
    async with Client(build_server()) as client:
        while arguments is not None and len(left) < 6:
            wish = {"instance_types": ["p5"], "count": 8, **arguments}
            arguments = structure(await client.call_tool("search_capacity_blocks", wish)).get("next_call")
            left.append(arguments and arguments["days"])
    assert left[-1] is None
    assert 1 < len(left) < 6


async def test_a_type_that_a_region_does_not_sell_is_no_quota_matter(search: Search) -> None:
    """Where a type is not sold, that is said, and nobody is sent to raise a quota."""
    found = structure(await search(regions=["eu-central-1"]))
    assert any("not sold as Capacity Blocks there" in each for each in found["failures"])
    assert "quota" not in found


@either_era
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"region": ["us-east-1"]}, "has no argument region; it has instance_types"),
        ({"count": "eight"}, "count: Input should be a valid integer"),
        ({"count": True}, "count:"),
        ({"sort": "cheap"}, "sort: Input should be 'fee'"),
        ({"count": 10**400, "count_unit": "accelerators"}, "do not fit into one block"),
        ({"days": "9" * 5000}, "is not a duration"),
    ],
)
async def test_arguments_of_the_wrong_kind_get_one_sentence(
    search: Search, era: str, sandbox: SandboxControl, wrong: dict[str, Any], says: str
) -> None:
    """A misspelt argument is never dropped in silence, and no library's text reaches the model."""
    text = sentence(await search(era, **wrong))
    assert says in text
    assert "\n" not in text
    assert "pydantic" not in text
    assert sandbox.requests() == []


async def test_null_and_numbers_are_taken_for_what_they_mean(search: Search) -> None:
    """Models write null for a list left out, and 7 or 7.0 for seven days."""
    assert structure(await search(regions=["us-east-1"], accounts=None, zone_ids=None, days=7.0))["table"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time_zone = 'Mars/Olympus'", "no time zone"),
        ("[[accounts]]\nname = 'main'\nid = '12'", "accounts.0.id"),
        ("budget = 3", "budget"),
        ("accounts = ", "ml-clusters.toml"),
    ],
)
async def test_bad_settings_are_named_and_found_mended(
    search: Search, project: Path, sandbox: SandboxControl, text: str, says: str
) -> None:
    """The file and the line's name are said, AWS is not asked, and a mended file works without a restart."""
    settings = project / "ml-clusters.toml"
    settings.write_text(text)
    async with Client(build_server()) as client:
        wish = {"instance_types": ["p5"], "count": 1, "days": 1, "regions": ["us-east-1"]}
        refused = sentence(await client.call_tool("search_capacity_blocks", wish))
        assert says in refused
        assert str(settings) in refused
        assert sandbox.requests() == []
        settings.write_text("time_zone = 'UTC'")
        assert structure(await client.call_tool("search_capacity_blocks", wish))["request"]


def test_settings_are_found_in_a_parent_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's settings hold in every folder below it."""
    (project / "ml-clusters.toml").write_text("time_zone = 'Asia/Tokyo'")
    below: Callable[..., Path] = project.joinpath
    below("a", "b").mkdir(parents=True)
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(below("a", "b")))
    assert open_services().preferences.zone.key == "Asia/Tokyo"
