"""Owned capacity put into units of the tree, and taken out, through an MCP client and the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from typer.testing import CliRunner

from mcp_server.app import build_server
from mcp_server.cli.commands import app
from tests.tools.conftest import sentence, structure
from tests.tools.spending import Shop, either_era
from tests.wiring.clones import git, scratch_clone

pytestmark = pytest.mark.anyio

PAID = timedelta(hours=13)
EKS, SLURM = "main-account/us-east-1/eks-training", "main-account/us-east-1/parallelcluster"


@pytest.fixture
def clone(shop: Shop, project: Path) -> Path:
    """A scratch clone that is the project, and simulated AWS with a policy that lets a person buy."""
    return scratch_clone(project)


async def asked(era: str = "auto", **arguments: Any) -> dict[str, Any]:
    """What wire_capacity answers."""
    async with Client(build_server(), mode=era) as client:
        return structure(await client.call_tool("wire_capacity", arguments))


def ran(*words: str) -> str:
    """What a command prints that succeeds."""
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return done.output


@either_era
async def test_a_block_goes_into_a_node_group_and_out_again(clone: Path, shop: Shop, era: str) -> None:
    """Search, quote, buy, wire, apply, and the text of the pull request; then the way back, to the very same bytes."""
    file = clone / "live" / EKS / "terragrunt.hcl"
    before = file.read_bytes()
    async with shop.talk(era) as talk:
        bought = await talk.bought(await talk.quoted())
    shop.aws.advance(PAID)
    told = await asked(era, capacity=bought["purchase_id"], unit=EKS, target="node-group")
    assert told["wiring_id"], told
    assert file.read_bytes() == before
    print(told["diff"])
    ran("wire", "--apply", told["wiring_id"])
    print(ran("wire", "--body", told["wiring_id"]))
    print(file.read_text())
    back = await asked(era, capacity=bought["purchase_id"], action="unwire")
    print(back)
    ran("wire", "--apply", back["wiring_id"])
    assert file.read_bytes() == before
    print(await asked(era, capacity=bought["purchase_id"]))
    assert 0
