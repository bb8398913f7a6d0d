"""The server as MCP clients meet it, in both protocol eras, on simulated AWS."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from mcp import Client
from mcp.types import CallToolResult

from mcp_server.app import build_server
from mcp_server.cli.simulation import own_variables
from mcp_server.sandbox.control import SandboxControl
from tests.bought_blocks import START
from tests.tools.results import sentence, structure
from tests.tools.spending import Shop

__all__ = ["Search", "sentence", "structure"]

Search = Callable[..., Awaitable[CallToolResult]]


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that the server runs on."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """All sessions of botocore in this process share what they read of its models, which takes a third of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> str:
    """Auto speaks the protocol of 2026-07-28, legacy that of 2025-11-25."""
    return request.param


@pytest.fixture
def project(aws_env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder, in which settings are looked for first; AWS is simulated."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def both_accounts(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that name both accounts of simulated AWS, read in Berlin."""
    monkeypatch.setenv("ML_CLUSTERS_TIME_ZONE", "Europe/Berlin")
    return Path(own_variables(project)["ML_CLUSTERS_SETTINGS"])


@pytest.fixture
def search(project: Path) -> Search:
    """Calls search_capacity_blocks on a new server: eight p5.48xlarge for seven days unless told otherwise."""

    async def call(era: str = "auto", client: dict[str, Any] | None = None, **arguments: Any) -> CallToolResult:
        async with Client(build_server(), mode=era, **(client or {})) as connection:
            wish = {"instance_types": ["p5.48xlarge"], "count": 8, "days": "7", **arguments}
            return await connection.call_tool("search_capacity_blocks", wish)

    return call


@pytest.fixture
def shop(project: Path, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Simulated AWS with a policy that lets a person of Claude Code buy, and no ledger yet."""
    folder = project / "simulation"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("ML_CLUSTERS_SIMULATION", str(folder))
    # Not on the hour: what could start at once is then offered for some time.
    sandbox.set_clock(START + timedelta(minutes=1))
    shop = Shop(sandbox, folder)
    shop.allow()
    return shop
