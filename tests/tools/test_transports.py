"""The server over standard input and over HTTP, as separate processes."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from mcp_server.sandbox.environment import environment
from tests.tools.conftest import structure

pytestmark = pytest.mark.anyio

WISH = {"instance_types": ["p5"], "count": 8, "days": "7", "regions": ["us-east-1"]}


async def test_the_stdio_server_searches(project: Path, aws_env: str, era: str) -> None:
    """A client that starts the server as a process gets the same answers, in either era."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mcp_server.app"],
        env={**environment(aws_env), "CLAUDE_PROJECT_DIR": str(project), "HOME": str(project)},
    )
    async with Client(stdio_client(command), mode=era) as client:
        assert structure(await client.call_tool("search_capacity_blocks", WISH))["cheapest"].startswith("o-")


@pytest.fixture
def http_port(project: Path) -> Iterator[int]:
    """The port of an HTTP server that runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from mcp_server.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--http", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        for line in server.stderr:
            if re.search(r"MCP at http://127\.0\.0\.1:\d+/mcp", line):
                break
        wait_for(port)
        yield port
        server.terminate()
        server.communicate()


def wait_for(port: int) -> None:
    """Until something listens there."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not listen")


async def test_the_http_server_searches(http_port: int, era: str) -> None:
    """The same over streamable HTTP."""
    async with Client(f"http://127.0.0.1:{http_port}/mcp", mode=era) as client:
        assert structure(await client.call_tool("search_capacity_blocks", WISH))["cheapest"].startswith("o-")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
    ],
)
def test_foreign_hosts_and_origins_are_refused(http_port: int, headers: dict[str, str], status: int) -> None:
    """A web page cannot reach the server through the browser of whoever runs it."""
    connection = HTTPConnection("127.0.0.1", http_port, timeout=20)
    body = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
        '"clientInfo":{"name":"test","version":"1"}}}'
    )
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    connection.request("POST", "/mcp", body, {**accept, **headers})
    assert connection.getresponse().status == status
    connection.close()
