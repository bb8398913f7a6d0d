"""Calls of the server's own tools from a terminal, through an MCP client like any other."""

import sys
from types import TracebackType
from typing import Any, Self

from mcp import Client
from mcp.types import CallToolResult, TextContent, Tool
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from mcp_server.app import build_server
from mcp_server.capacity.words import typed
from mcp_server.cli.arguments import parse_arguments


class UnknownTool(Exception):
    """No tool of that name. known are the names there are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        super().__init__(f"There is no tool {typed(name)}. There are: {', '.join(known)}.")


class SpendingTool(Exception):
    """A tool that spends, which is not called from a command line."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name} spends money: it is not run by `call`. Nothing was bought. "
            "A person buys what was quoted with: ml-clusters approve QUOTE"
        )


class CallFailed(Exception):
    """The tool refused or failed; the text is the tool's own."""


async def list_tools() -> list[Tool]:
    """The server's tools as a client sees them."""
    async with Client(build_server()) as client:
        return (await client.list_tools()).tools


async def find_tool(name: str) -> Tool:
    """The tool of that name; hyphens may stand for underscores.

    Raises:
        UnknownTool: There is none.
    """
    tools = {tool.name: tool for tool in await list_tools()}
    wanted = name.replace("-", "_")
    if wanted not in tools:
        raise UnknownTool(name, tuple(tools))
    return tools[wanted]


async def call(name: str, words: list[str]) -> CallToolResult:
    """Call a tool with typed arguments, with a progress bar on a terminal.

    Raises:
        UnknownTool: There is no such tool.
        SpendingTool: It spends.
        ArgumentRefused: The arguments are not the tool's.
        CallFailed: The tool refused or failed.
    """
    tool = await find_tool(name)
    if tool.annotations and tool.annotations.destructive_hint:
        raise SpendingTool(tool.name)
    return await call_with(tool.name, parse_arguments(tool, words))


async def call_with(name: str, arguments: dict[str, Any]) -> CallToolResult:
    """Call a tool, with a progress bar on a terminal.

    Raises:
        CallFailed: The tool refused or failed.
    """
    with _ProgressBar() as bar:
        async with Client(build_server()) as client:
            result = await client.call_tool(name, arguments, progress_callback=bar.show)
    if result.is_error:
        raise CallFailed(text_of(result).removeprefix(f"Error executing tool {name}: "))
    return result


def text_of(result: CallToolResult) -> str:
    """The readable part of a result."""
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


class _ProgressBar:
    """Drawn on standard error, and only where somebody is looking."""

    def __init__(self) -> None:
        columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
        self._progress = Progress(*columns, console=Console(file=sys.stderr), transient=True)
        self._progress.disable = not sys.stderr.isatty()

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task("asking AWS", total=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    async def show(self, progress: float, total: float | None, message: str | None) -> None:
        """Draw what the server reports."""
        self._progress.update(self._task, completed=progress, total=total, description=message or "")
