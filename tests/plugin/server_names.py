"""What the server really offers, asked as a client asks it."""

import anyio
from mcp import Client
from mcp.types import Tool

from mcp_server.app import build_server

LAUNCHER_TOOL = "setup_status"


def server_tools() -> list[Tool]:
    """The tools that the server lists."""

    async def ask() -> list[Tool]:
        async with Client(build_server()) as client:
            return (await client.list_tools()).tools

    return anyio.run(ask)


def server_names() -> frozenset[str]:
    """The names that a skill may use: tools, their arguments and the fields of their results."""
    names = {LAUNCHER_TOOL}
    for tool in server_tools():
        names |= {
            tool.name,
            *tool.input_schema.get("properties", {}),
            *(tool.output_schema or {}).get("properties", {}),
        }
    return frozenset(names)
