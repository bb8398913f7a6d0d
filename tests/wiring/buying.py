"""Capacity bought in simulated AWS through an MCP client, and what wiring answers of it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from click.testing import Result
from mcp import Client
from typer.testing import CliRunner

from mcp_server.app import build_server
from mcp_server.cli.commands import app
from tests.tools.results import structure
from tests.tools.spending import MAIN, PURCHASER, SECONDARY, Shop, Talk

PAID = timedelta(hours=13)
"""After which AWS has taken every payment."""

MAIN_EAST = "main-account/us-east-1"
EKS, SLURM = f"{MAIN_EAST}/eks-training", f"{MAIN_EAST}/parallelcluster"
SECONDARY_WEST = "secondary-account/us-west-2"
PODS, JOBS = f"{SECONDARY_WEST}/hyperpod-eks", f"{SECONDARY_WEST}/hyperpod-slurm"

Buy = Callable[[Talk], Awaitable[str]]
"""Buys capacity, and gives the id of the purchase."""


def allow_both_accounts(shop: Shop) -> None:
    """Write a policy that lets a person buy in both accounts."""
    shop.allow(accounts=[{"id": each, "purchaser_role": PURCHASER.format(each)} for each in (MAIN, SECONDARY)])


async def asked(era: str = "auto", **arguments: Any) -> dict[str, Any]:
    """What wire_capacity answers."""
    async with Client(build_server(), mode=era) as client:
        return structure(await client.call_tool("wire_capacity", arguments))


def ran(*words: str, exits: int = 0) -> str:
    """What a command prints."""
    done: Result = CliRunner().invoke(app, words)
    assert done.exit_code == exits, done.output
    return done.output


async def a_block(talk: Talk, **wish: Any) -> str:
    """A block that is bought in the main account, by the id of its purchase."""
    offered = await talk.offered(accounts=["main"], **wish)
    return (await talk.bought(await talk.quoted(offered[0])))["purchase_id"]


async def a_plan(talk: Talk, **wish: Any) -> str:
    """A training plan for HyperPod that is bought where the secondary account runs it."""
    handle = await talk.plan(accounts=["secondary"], regions=["us-west-2"], **wish)
    return (await talk.bought(await talk.quoted(handle, additional=True)))["purchase_id"]
