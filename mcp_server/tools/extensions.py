"""The tool that searches for extensions of a block or training plan."""

from threading import Event
from typing import Annotated, Any

import anyio.from_thread
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BeforeValidator, Field, StringConstraints

from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.durations import parse_duration
from mcp_server.searching.extensions import ExtensionRequest
from mcp_server.searching.market import Progress
from mcp_server.tools.arguments import ResponseFormat, as_text, checked_regions
from mcp_server.tools.extension_results import ExtensionSearchResult, extension_result, extension_text
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Services

Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def register_extensions(server: MCPServer, services: Services) -> None:
    """Add search_extensions to the server."""

    @server.tool(
        title="Search extensions",
        annotations=ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True),
    )
    async def search_extensions(  # pyright: ignore[reportUnusedFunction]
        ctx: Context[Any, Any],
        reservation: Annotated[Id, Field(description="Id of the reservation (cr-…) or block, or a plan's name")],
        days: Annotated[str, BeforeValidator(as_text), Field(description="7, 5-14, longest")] = "1-14",
        region: Annotated[str | None, Field(description="Default: wherever it is found")] = None,
        account: Annotated[str | None, Field(description="Name or number")] = None,
        response_format: ResponseFormat = ResponseFormat.CONCISE,
    ) -> Annotated[CallToolResult, ExtensionSearchResult]:
        """Search ways to extend an owned block or training plan, contiguous with its end.

        Fee, rate and new end of each, until when to extend, or why not. Buys nothing.
        """
        given_up = Event()

        def progress(answered: int, questions: int, line: str) -> None:
            anyio.from_thread.run(ctx.report_progress, answered, questions, line)

        def search() -> CallToolResult:
            request = ExtensionRequest(
                reservation, parse_duration(days), checked_regions([region])[0] if region else None, account or None
            )
            detailed = response_format is ResponseFormat.DETAILED
            return _search(services, request, given_up, progress, detailed=detailed)

        try:
            with refusals_told("Nothing was bought or changed."):
                return await anyio.to_thread.run_sync(search, abandon_on_cancel=True)
        finally:
            given_up.set()


def _search(
    services: Services, request: ExtensionRequest, given_up: Event, progress: Progress, *, detailed: bool
) -> CallToolResult:
    """Search in the calling thread, until given_up is set at the latest."""
    opened = services.opened()
    deadline = Deadline.after(opened.preferences.time_budget, given_up)
    answer = opened.extension_search.search(request, deadline, progress)
    result = extension_result(answer, opened.preferences, detailed=detailed)
    return CallToolResult(
        content=[TextContent(type="text", text=extension_text(result, answer))],
        structured_content=result.model_dump(mode="json", exclude_defaults=True),
    )
