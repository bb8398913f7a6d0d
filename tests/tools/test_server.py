"""What the server offers, and what that costs a model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import Implementation, PromptReference, ResourceTemplateReference, Tool

from benchmarks.tokens import NOTHING_FITS, arm_failures, as_sent, count
from mcp_server.app import INSTRUCTIONS, build_server
from mcp_server.sandbox.control import SandboxControl
from tests.tools.conftest import Search
from tests.tools.results import sentence, structure
from tests.tools.spending import CLAUDE_CODE, Shop
from tests.tools.test_transports import http_port  # noqa: F401 - a fixture

pytestmark = pytest.mark.anyio

SEARCHING = {
    "cluster_status",
    "list_capacity",
    "list_units",
    "search_capacity_blocks",
    "search_extensions",
    "search_training_plans",
}
LOOKING = {"quote_capacity", "purchase_history", "summarize_plan", "wire_capacity"}
SPENDING = {"purchase_capacity", "extend_capacity"}


async def tools(era: str) -> list[Tool]:
    """What tools/list answers."""
    async with Client(build_server(), mode=era) as client:
        return (await client.list_tools()).tools


async def test_tools_cost_what_the_design_allows(era: str) -> None:
    """At most 12 tools of 350 tokens each, 3,000 in total; instructions of at most 1,500 characters."""
    costs = {tool.name: count(as_sent(tool)) for tool in await tools(era)}
    assert len(costs) <= 12
    assert max(costs.values()) <= 350, costs
    assert sum(costs.values()) <= 3000
    assert len(INSTRUCTIONS) <= 1500
    assert "`ml-clusters doctor` in a terminal" in INSTRUCTIONS


async def test_reads_are_marked_as_reads(era: str) -> None:
    """Proxies and hooks go by the hint: every tool that only reads carries it, with a title and an output schema."""
    reads = [tool for tool in await tools(era) if tool.name not in SPENDING]
    assert {tool.name for tool in reads} == SEARCHING | LOOKING
    for tool in reads:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert not tool.meta
        assert tool.title
        assert tool.output_schema
        assert "title" not in json.dumps(tool.input_schema)


async def test_spending_is_marked_as_spending(era: str) -> None:
    """Clients go by the hints and the flag: what spends is no read, and wants a person each time it is called."""
    spending = [tool for tool in await tools(era) if tool.name in SPENDING]
    assert len(spending) == 2
    for tool in spending:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is False
        assert tool.annotations.destructive_hint is True
        assert tool.meta == {"anthropic/requiresUserInteraction": True}
        assert tool.title
        assert tool.output_schema
        assert list(tool.input_schema["properties"]) == ["quote_id", "total", "summary"]
        assert tool.input_schema["required"] == ["quote_id", "total", "summary"]
        assert "no cancel, no refund" in (tool.description or "")


async def test_http_neither_quotes_nor_buys(http_port: int, era: str) -> None:  # noqa: F811
    """Without tokens nobody knows who asks: there are only searches, and the ledger is not shown."""
    async with Client(f"http://127.0.0.1:{http_port}/mcp", mode=era, client_info=CLAUDE_CODE) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == SEARCHING
        assert not any("ledger" in str(each.uri) for each in (await client.list_resources()).resources)
        templates = (await client.list_resource_templates()).resource_templates
        assert not any("receipt" in each.uri_template for each in templates)
        with pytest.raises(MCPError, match="ledger://purchases"):
            await client.read_resource("ledger://purchases")
        for name in LOOKING | SPENDING:
            assert name in sentence(await client.call_tool(name, {}))


async def test_the_ledger_is_a_resource(era: str, shop: Shop) -> None:
    """Over standard input and output every purchase can be read; before the first there is none, and no ledger."""
    async with Client(build_server(), mode=era) as client:
        assert "ledger://purchases" in {str(each.uri) for each in (await client.list_resources()).resources}
        assert json.loads((await client.read_resource("ledger://purchases")).contents[0].text) == []
    assert not shop.ledger.exists()


async def test_the_largest_answer_costs_what_the_design_allows(
    search: Search, both_accounts: Path, sandbox: SandboxControl
) -> None:
    """Twenty rows of two types in two accounts, none of which fits, with quota, failures and alternatives."""
    arm_failures(sandbox)
    found = structure(await search(**NOTHING_FITS))
    assert found["table"].count("\no-") == 20
    assert found["alternatives"]
    assert found["quota"]
    assert len(found["failures"]) >= 3
    assert count(found) <= 2000, {name: count(value) for name, value in found.items()}


async def test_nothing_exceeds_forty_thousand_characters(search: Search) -> None:
    """Even every field of as many rows as are ever shown stays within what clients pass on."""
    found = structure(await search(days="1-14", response_format="detailed"))
    assert len(json.dumps(found)) < 40_000


@pytest.mark.parametrize(("client", "listed"), [("claude-code", False), ("another", True)])
async def test_skills_are_prompts_for_clients_without_skills(era: str, client: str, listed: bool) -> None:
    """Claude Code has the skills themselves, so the prompts of the same name are not listed to it."""
    info = Implementation(name=client, version="2.1.330")
    async with Client(build_server(), mode=era, client_info=info) as connection:
        names = [prompt.name for prompt in (await connection.list_prompts()).prompts]
        assert ("capacity-blocks" in names) == listed
        filled = await connection.get_prompt("capacity-blocks", {"request": "8 p5.48xlarge 7d"})
    text = filled.messages[0].content.text
    assert "8 p5.48xlarge 7d" in text
    assert "search_capacity_blocks" in text
    assert "$ARGUMENTS" not in text
    assert not text.startswith("---")


async def test_resources_tell_what_is_sold_and_what_was_seen(era: str, search: Search, both_accounts: Path) -> None:
    """The catalogue, a region of it, an account's settings and an offering by its handle can be read."""
    handle = structure(await search(regions=["us-east-1"]))["cheapest"]
    async with Client(build_server(), mode=era) as client:

        async def read(uri: str) -> object:
            return json.loads((await client.read_resource(uri)).contents[0].text)

        assert len(await read("instance-types://all")) > 10
        assert {row["instance_type"] for row in await read("instance-types://us-west-1")} == {
            "p5.48xlarge",
            "p5e.48xlarge",
            "p5en.48xlarge",
        }
        assert (await read(f"offering://{handle}"))["offering"]["region"] == "us-east-1"
        assert (await read("account://secondary"))["id"] == "159553542841"


@pytest.mark.parametrize("uri", ["offering://o-nothandle", "instance-types://mars-north-1", "account://nobody"])
async def test_a_resource_that_is_not_there_says_so(era: str, project: Path, uri: str) -> None:
    """An unknown address is an error with a sentence, not an empty answer."""
    async with Client(build_server(), mode=era) as client:
        with pytest.raises(Exception, match=r"handle|known to be sold|No account"):
            await client.read_resource(uri)


async def test_names_complete(era: str, search: Search, both_accounts: Path) -> None:
    """Regions, account names and handles complete as they are typed; other arguments do not."""
    handle = structure(await search(regions=["us-east-1"]))["cheapest"]
    async with Client(build_server(), mode=era) as client:

        async def complete(uri: str, name: str, typed: str) -> list[str]:
            reference = ResourceTemplateReference(uri=uri)
            return (await client.complete(reference, {"name": name, "value": typed})).completion.values

        assert await complete("instance-types://{region}", "region", "us-w") == ["us-west-1", "us-west-2"]
        assert await complete("account://{name}", "name", "") == ["main", "secondary"]
        assert handle in await complete("offering://{handle}", "handle", handle[:4])
        prompt = PromptReference(name="capacity-blocks")
        assert (await client.complete(prompt, {"name": "request", "value": "8"})).completion.values == []


def test_the_start_loads_neither_boto3_nor_a_terminal_library() -> None:
    """What the first tool call needs is imported then, so that a client is answered sooner."""
    program = (
        "import sys; from mcp_server.app import build_server; build_server(); "
        "slow = {'boto3', 'botocore', 'moto', 'typer', 'icalendar', 'jinja2', 'mcp_server.sandbox'}; "
        "print(sorted(slow & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
