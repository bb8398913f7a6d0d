"""How the clusters are, as a client is told it in one call: what is wrong first, bounded, and nothing made up."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult

from benchmarks.tokens import count
from mcp_server.app import build_server
from mcp_server.sandbox.control import OwnedView, SandboxControl
from mcp_server.sandbox.scenes import Block, EksCluster, NodeGroup, Scene
from tests.tools.results import sentence, structure
from tests.tools.spending import either_era

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
SEVERITIES = ["critical", "high", "medium", "low"]
MOST_CHARACTERS = 40_000


@pytest.fixture
def owned(both_accounts: Path, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> OwnedView:
    """Both accounts and their live tree, in the scene in which capacity is owned and things are wrong."""
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(both_accounts))
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(ROOT))
    return sandbox.put_clusters()


async def called(era: str, **arguments: Any) -> CallToolResult:
    """What the tool answers."""
    async with Client(build_server(), mode=era) as client:
        return await client.call_tool("cluster_status", arguments)


async def told(era: str, **arguments: Any) -> dict[str, Any]:
    """The same where it is no refusal."""
    return structure(await called(era, **arguments))


def rows(table: str) -> list[str]:
    """The first words of a table's rows; what is the same in all stands above its head."""
    lines = table.splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith(("cluster ", "capacity ", "group ")))
    return [line.split()[0] for line in lines[head + 1 :]]


def row(table: str, name: str) -> str:
    """The row of a name, with single spaces."""
    return next(" ".join(line.split()) for line in table.splitlines() if line.startswith(f"{name} "))


async def test_the_whole_world_is_told_in_one_call(owned: OwnedView, era: str) -> None:
    """What is wrong first and the worst first, every cluster with its unit, and who uses what was bought."""
    result = await called(era)
    found = structure(result)
    assert found["notices"] == ["SIMULATED: these answers come from a simulation, not from AWS."]
    assert found["asked"].startswith("6 clusters, 20 problems, the worst is high; asked at ")
    assert found["asked"].endswith(" in 4 places of accounts main 483026362307, secondary 159553542841.")
    severities = [SEVERITIES.index(each.split()[0]) for each in found["problems"]]
    assert severities == sorted(severities)
    now = owned.blocks["p5-now"]
    assert found["problems"][0].startswith(
        f"high capacity-ends: main us-east-1 ml-clusters-training: The machines of block {now} (8 p5.48xlarge) stop at "
    )
    assert "(search_extensions)" in found["problems"][0]
    assert sorted(rows(found["clusters"])) == [
        "ml-clusters-eks",
        "ml-clusters-inference",
        *["ml-clusters-slurm"] * 2,
        *["ml-clusters-training"] * 2,
    ]
    assert row(found["clusters"], "ml-clusters-eks").endswith(
        "4 of 4, 1 unwell secondary-account/us-west-2/hyperpod-eks"
    )
    assert row(found["capacity"], now).endswith("ml-clusters-training/p5-now (6)")
    assert rows(found["capacity"])[0] == now
    assert rows(found["groups"])[0] == "ml-clusters-slurm/workers"
    assert "not_read" not in found
    text = result.content[0].text
    assert text.index("What is wrong, the worst first:") < text.index("cluster  ") < text.index("capacity  ")


@either_era
async def test_the_concise_answer_is_short(owned: OwnedView, era: str) -> None:
    """All of the scene costs a model less than 2,000 tokens, and what is left out is told with a way to see it."""
    found = await told(era)
    assert count(json.dumps(found)) < 2_000
    assert "6 more rules found something no worse: narrow by clusters or kinds, or ask for " in found["cut"]
    assert "page=2 shows more" in found["cut"]


@either_era
async def test_pages_have_every_group_once(owned: OwnedView, era: str) -> None:
    """And only the first has clusters, capacity and problems."""
    first, second, third = [await told(era, page=page) for page in (1, 2, 3)]
    assert second.keys() == {"notices", "asked", "groups", "cut"}
    groups = rows(first["groups"]) + rows(second["groups"])
    assert len(groups) == 15
    assert second["cut"] == "Page 2 of 2, 15 groups."
    assert third["cut"] == "There is no page 3: the last is 2."
    assert "groups" not in third


@either_era
async def test_filters_narrow_and_say_so(owned: OwnedView, era: str) -> None:
    """By parts of names, kinds, accounts, regions and severity; of what is left out nothing is claimed."""
    eks = await told(era, kinds=["eks"])
    assert eks["asked"].startswith("3 of 6 clusters, ")
    assert set(rows(eks["clusters"])) == {"ml-clusters-training", "ml-clusters-inference"}
    named = await told(era, clusters=["INFER"])
    assert named["asked"].startswith("1 of 6 clusters, ")
    assert rows(named["clusters"]) == ["ml-clusters-inference"]
    secondary = await told(era, accounts=["secondary"])
    assert secondary["asked"].startswith("3 clusters, ")
    assert "main" not in secondary["clusters"].split()
    west = await told(era, accounts=["main"], regions=["us-west-2"])
    assert rows(west["clusters"]) == ["ml-clusters-inference"]
    assert "in 1 place of" in west["asked"]
    low = await told(era, severity="low", response_format="detailed")
    medium = await told(era, severity="medium", response_format="detailed")
    assert {each["severity"] for each in low["problem_details"]} == {"high", "medium", "low"}
    assert {each["severity"] for each in medium["problem_details"]} == {"high", "medium"}
    assert medium["asked"].startswith("6 clusters, 18 problems, the worst is high, 2 less severe left out; asked at ")
    critical = await told(era, severity="critical")
    assert critical["asked"].startswith("6 clusters, 0 problems, 20 less severe left out; asked at ")


@either_era
async def test_capacity_of_clusters_that_were_not_asked_for_is_not_called_unused(owned: OwnedView, era: str) -> None:
    """Only what is behind the clusters that are told is told beside them."""
    found = await told(era, kinds=["HyperPod"])
    assert rows(found["capacity"]) == ["p5-waiting", "p5en-now"]
    none = await told(era, clusters=["nowhere"])
    assert none["asked"].startswith("0 of 6 clusters, 0 problems; ")
    assert none.keys() == {"notices", "asked"}


@either_era
async def test_a_block_that_two_clusters_share_is_a_problem_of_each(
    both_accounts: Path, era: str, sandbox: SandboxControl
) -> None:
    """Whichever is asked for: it is told under that one's name."""
    place = {"account": "main", "region": "us-east-1"}
    now = sandbox.now()
    block = Block(
        **place,
        key="shared",
        instance_type="p5.48xlarge",
        count=4,
        zone_id="use1-az6",
        start=now - timedelta(days=1),
        end=now + timedelta(hours=5),
    )
    group = {"instance_type": "p5.48xlarge", "count": 2, "zone_ids": ("use1-az6",), "block": "shared"}
    clusters = tuple(
        EksCluster(**place, name=name, version="1.35", groups=(NodeGroup(name=f"of-{name}", **group),))
        for name in ("one", "other")
    )
    sandbox.put(Scene(blocks=(block,), eks=clusters))
    for name in ("one", "other"):
        found = await told(era, clusters=[name], regions=["us-east-1"])
        assert found["problems"][0].startswith(f"critical capacity-ends: main us-east-1 {name}: ")


@either_era
async def test_a_name_that_no_cluster_has_is_told(owned: OwnedView, era: str) -> None:
    """With the names that there are, of the kinds asked for: that nothing is wrong with it says nothing."""
    found = await told(era, clusters=["infer", "nowhere"])
    (_, notice) = found["notices"]
    assert notice == (
        "No cluster that was read has 'nowhere' in its name: there are ml-clusters-eks, ml-clusters-inference, "
        "ml-clusters-slurm, ml-clusters-training."
    )
    assert found["asked"].startswith("1 of 6 clusters, ")
    (_, notice) = (await told(era, clusters=["infer"], kinds=["HyperPod"]))["notices"]
    assert notice == (
        "No HyperPod cluster that was read has 'infer' in its name: there are ml-clusters-eks, ml-clusters-slurm."
    )


@either_era
async def test_capacity_of_clusters_that_were_not_read_is_neither_unused_nor_to_be_given_away(
    owned: OwnedView, era: str, sandbox: SandboxControl
) -> None:
    """Its machines run, the account has its name, and the first line says that not everything was read."""
    sandbox.arm("eks:ListClusters", "denied", account="main")
    found = await told(era)
    assert "; not everything could be read; asked at " in found["asked"]
    (ends, idle, *_) = found["problems"]
    assert ends.startswith("high capacity-ends: main us-east-1: ")
    assert "Running: 6 machines, of no group that was read." in ends
    assert "What was not read may use it: see to that first." in idle
    assert found["not_read"][-1].startswith("Of what is denied ml-clusters doctor ")


@either_era
async def test_details_have_every_field(owned: OwnedView, era: str) -> None:
    """Counts that nobody tells are missing, and never 0; money is a decimal string."""
    result = await called(era, response_format="detailed")
    found = structure(result)
    groups = {(each["cluster"], each["region"], each["name"]): each for each in found["details"]}
    assert len(groups) == 15
    big = groups["ml-clusters-training", "us-east-1", "p5-now"]
    block = owned.blocks["p5-now"]
    assert (big["wanted"], big["running"], big["healthy"], big["minimum"], big["maximum"]) == (6, 6, 6, 0, 8)
    assert (big["capacity"], big["running_on"]) == ([block], {block: 6})
    pool = groups["ml-clusters-training", "us-east-1", "general"]
    assert (pool["running"], "wanted" in pool) == (1, False)
    (broken,) = groups["ml-clusters-eks", "us-west-2", "p5en"]["unwell"]
    assert (broken["state"], broken["as_aws_says"]) == ("failed", "Failure")
    assert broken["untrusted_message"].startswith("Deep health check failed")
    idle = next(
        each
        for each in found["problem_details"]
        if each["rule"] == "capacity-idle" and each["cluster"] == "ml-clusters-eks"
    )
    assert (idle["machines"], idle["currency"], idle["capacity"]) == (1, "USD", owned.plans["p5en-now"])
    assert float(idle["hourly"]) > 1
    assert isinstance(idle["hourly"], str)
    assert "problems" not in found
    assert "cut" not in found
    text = result.content[0].text
    assert idle["evidence"] in text
    p5_now = (
        "ml-clusters-training/p5-now, managed node group in main us-east-1: p5.48xlarge, active (ACTIVE), wanted 6, "
        f"running 6, healthy 6, minimum 0, maximum 8, zones use1-az6, capacity {block}, running on {block} (6).\n"
    )
    assert p5_now.replace("main", big["account"]) in text
    assert "ml-clusters-training/general, Karpenter node pool in " in text
    assert ": c7i.4xlarge, active (unknown), running 1, healthy 1, zones " in text
    assert f'Unwell: {broken["id"]}, failed (Failure). AWS: "Deep health check failed: ' in text


@either_era
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kinds": ["ECS"]}, "'ECS' is no kind of cluster: EKS, ParallelCluster, HyperPod."),
        ({"severity": "dire"}, "'dire' is no severity: critical, high, medium, low."),
        ({"accounts": ["third"]}, "No account is called 'third'. Configured are: main, secondary."),
        ({"regions": ["us-east-9"]}, "'us-east-9' is no AWS region."),
        ({"page": 0}, "page"),
        ({"cluster": ["x"]}, "cluster_status has no argument cluster; it has clusters, "),
    ],
)
async def test_wrong_words_are_refused_in_one_sentence(
    owned: OwnedView, era: str, wrong: dict[str, Any], says: str
) -> None:
    """With what there is instead; nothing of clusters is asked of AWS."""
    refusal = sentence(await called(era, **wrong))
    assert says in refusal
    assert refusal.endswith(("Nothing was changed.", "Nothing was done."))
    assert "\n" not in refusal


@either_era
async def test_what_is_denied_is_named_and_hides_nothing_else(
    owned: OwnedView, era: str, sandbox: SandboxControl
) -> None:
    """A row under not_read; the cluster is there, with what its other operations tell."""
    sandbox.arm("ListAddons", "denied", account="main")
    sandbox.arm("ListClusterNodes", "denied")
    result = await called(era)
    found = structure(result)
    assert len(rows(found["clusters"])) == 6
    assert [each.partition(" not answered (denied: ")[0] for each in found["not_read"]] == [
        "account main, us-east-1/ml-clusters-training, us-west-2/ml-clusters-inference: eks:ListAddons",
        "account secondary, us-west-2/ml-clusters-eks, us-west-2/ml-clusters-slurm: sagemaker:ListClusterNodes",
        "Of what is denied ml-clusters doctor says what to allow to whom.",
    ]
    assert not any("addon-degraded" in each for each in found["problems"])
    assert row(found["clusters"], "ml-clusters-inference").startswith("ml-clusters-inference EKS main us-west-2 1.34 ")
    assert "Not read (none of it means that all is well):" in result.content[0].text


@either_era
async def test_an_account_that_cannot_be_read_is_named(owned: OwnedView, era: str, sandbox: SandboxControl) -> None:
    """The others are told whole; where no account can be read, it is a refusal."""
    sandbox.arm("AssumeRole", "denied")
    found = await told(era)
    assert found["asked"].startswith("3 clusters, ")
    assert found["not_read"][0].startswith("account secondary: ")
    sandbox.arm("GetCallerIdentity", "denied")
    assert sentence(await called(era, accounts=["main"])).endswith("Nothing was changed.")


@either_era
async def test_without_a_tree_clusters_are_told_without_units(both_accounts: Path, era: str) -> None:
    """In every region that sells capacity, and nothing is held against files that are not there."""
    found = await told(era)
    assert found["asked"].startswith("6 clusters, ")
    assert "unit" not in found["clusters"].split()
    assert not any("differs-from-live" in each for each in found.get("problems", []))


@either_era
async def test_progress_rises_to_the_end(owned: OwnedView, era: str) -> None:
    """A line for each part of each account and region."""
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with Client(build_server(), mode=era) as client:
        await client.call_tool("cluster_status", {"regions": ["us-east-1"]}, progress_callback=hear)
    assert [each[0] for each in heard] == list(range(1, 11))
    assert {each[1] for each in heard} == {10}
    assert "us-east-1 EKS: 1" in {each[2] for each in heard}


@either_era
async def test_the_status_is_a_resource(owned: OwnedView, era: str) -> None:
    """In every field, bounded, and read anew each time."""
    async with Client(build_server(), mode=era) as client:
        listed = {str(each.uri) for each in (await client.list_resources()).resources}
        assert "clusters://status" in listed
        text = (await client.read_resource("clusters://status")).contents[0].text
    assert len(text) < MOST_CHARACTERS
    whole = json.loads(text)
    assert len(whole["details"]) == 15
    assert whole["problem_details"][0]["rule"] == "capacity-ends"


@either_era
async def test_the_longest_answer_is_bounded(
    both_accounts: Path, era: str, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more is wrong than clients pass on whole, following pages have the rest: every row once, problems first."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(ROOT))
    place = {"account": "main", "region": "us-east-1"}
    start = sandbox.now() + timedelta(days=2)
    block = Block(
        **place,
        key="later",
        instance_type="p5.48xlarge",
        count=64,
        zone_id="use1-az6",
        start=start,
        end=start + timedelta(days=7),
    )
    groups = tuple(
        NodeGroup(
            name=f"group-{number:02}-{'x' * 50}",
            instance_type="p5.48xlarge",
            count=1,
            zone_ids=("use1-az6",),
            block="later",
        )
        for number in range(64)
    )
    eks = EksCluster(**place, name="ml-clusters-training", version="1.34", groups=groups)
    sandbox.put(Scene(blocks=(block,), eks=(eks,)))
    short = await called(era)
    assert count(json.dumps(short.structured_content)) < 2_500
    results = [await called(era, response_format="detailed")]
    while "shows more" in structure(results[-1])["cut"]:
        results.append(await called(era, response_format="detailed", page=len(results) + 1))
    pages = list(map(structure, results))
    assert len(pages) > 1
    told = [f"{each['cluster']}/{each['region']}/{each['name']}" for page in pages for each in page.get("details", [])]
    assert len(told) == len({*told})
    assert {f"ml-clusters-training/us-east-1/{each.name}" for each in groups} <= {*told}
    problems = [json.dumps(each) for page in pages for each in page.get("problem_details", [])]
    assert f"{len(problems)} problems, then {len(told)} groups" in pages[0]["cut"]
    assert len(problems) == len({*problems})
    assert "clusters" in pages[0]
    assert "clusters" not in pages[1]
    for result in (short, *results):
        assert len(json.dumps(result.structured_content)) < MOST_CHARACTERS
        assert len(result.content[0].text) < MOST_CHARACTERS
