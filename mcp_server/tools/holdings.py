"""The tool that lists what is owned."""

from threading import Event
from typing import Annotated, Any

import anyio.from_thread
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from mcp_server.aws.pacing import Deadline
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRequest, look_at_owned
from mcp_server.purchasing.places import NoHome
from mcp_server.searching.market import Progress
from mcp_server.tools.arguments import Names, ResponseFormat, checked_regions
from mcp_server.tools.holding_results import ListResult, Used, list_result, list_text
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Opened, Services


def register_holdings(server: MCPServer[Any], services: Services, *, with_ledger: bool) -> None:
    """Add list_capacity to the server. with_ledger is whether the ledger may say who bought it, and what for."""

    @server.tool(
        title="List capacity",
        annotations=ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True),
    )
    async def list_capacity(  # pyright: ignore[reportUnusedFunction]
        ctx: Context[Any, Any],
        accounts: Annotated[Names, Field(description="Names or numbers")] = [],  # noqa: B006 - never changed
        regions: Annotated[Names, Field(description="Default: all that sell any")] = [],  # noqa: B006
        over: Annotated[bool, Field(description="Also what ended or failed long ago")] = False,
        response_format: ResponseFormat = ResponseFormat.CONCISE,
    ) -> Annotated[CallToolResult, ListResult]:
        """List owned Capacity Blocks and training plans and what is wrong with them, over accounts and regions.

        State, machines running and idle, usable end, until when to extend and to pay, sharing, who bought it and why.
        """
        given_up = Event()

        def progress(answered: int, questions: int, line: str) -> None:
            anyio.from_thread.run(ctx.report_progress, answered, questions, line)

        def work() -> CallToolResult:
            opened = services.opened()
            request = OwnedRequest(tuple(accounts), checked_regions(regions), over)
            book = book_of(opened) if with_ledger else Book()
            detailed = response_format is ResponseFormat.DETAILED
            return _list(opened, request, book, given_up, progress, detailed=detailed)

        try:
            with refusals_told("Nothing was bought or changed."):
                return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        finally:
            given_up.set()


def _list(
    opened: Opened, request: OwnedRequest, book: Book, given_up: Event, progress: Progress, *, detailed: bool
) -> CallToolResult:
    deadline = Deadline.after(opened.preferences.time_budget, given_up)
    answer = look_at_owned(opened.accounts, request, book, deadline, progress)
    used = _used(opened, request, answer, deadline)
    result = list_result(answer, opened.preferences, used, detailed=detailed)
    return CallToolResult(
        content=[TextContent(type="text", text=list_text(result, answer, used))],
        structured_content=result.model_dump(mode="json", exclude_defaults=True),
    )


def _used(opened: Opened, request: OwnedRequest, answer: OwnedAnswer, deadline: Deadline) -> Used:
    """Which groups of clusters use what is not over."""
    # On first use: the server starts without what reads clusters.
    from mcp_server.clusters.looking import look_for_users  # noqa: PLC0415
    from mcp_server.render.clusters import unread_lines, used_by  # noqa: PLC0415

    owned = [each.holding.reservation for each in answer.rows if not each.holding.reservation.state.over]
    found = look_for_users(opened.accounts, request.accounts, sorted({each.region for each in owned}), deadline)
    there = {each.id: found.by_capacity.get(each.id, ()) for each in owned}
    return Used({name: used_by(users) for name, users in there.items() if users}, unread_lines(found.unread))


def book_of(opened: Opened) -> Book:
    """What the ledger knows; nothing where it cannot be read, which the tools that spend tell."""
    try:
        return opened.desk.ledger.read()
    except (LedgerRefused, NoHome):
        return Book()
