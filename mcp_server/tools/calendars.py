"""Resources: the calendar of what is owned, as events and as a picture, read from AWS whenever one is asked for."""

from threading import Event
from typing import Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError

from mcp_server.aws.pacing import Deadline
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.owning import OwnedRequest, look_at_owned
from mcp_server.render.calendars import Calendar, calendar_of
from mcp_server.searching.market import unseen
from mcp_server.tools.clusters import tree_of
from mcp_server.tools.holdings import book_of
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Services


def register_calendar(server: MCPServer[Any], services: Services, *, with_ledger: bool) -> None:
    """Add both forms of the calendar. with_ledger is whether the ledger may say who bought something, and what for."""

    @server.resource("calendar://capacity.ics", title="Calendar of owned capacity", mime_type="text/calendar")
    async def events() -> str:  # pyright: ignore[reportUnusedFunction]
        """What is owned in every account and region, and its deadlines, for a calendar program to import."""
        # What writes it takes long to import, and few ask for it.
        from mcp_server.render.calendar_events import calendar_events  # noqa: PLC0415

        return calendar_events(await _read(services, with_ledger=with_ledger))

    @server.resource("calendar://capacity.svg", title="Picture of owned capacity", mime_type="image/svg+xml")
    async def picture() -> str:  # pyright: ignore[reportUnusedFunction]
        """What is owned in every account and region, and its deadlines, on one time axis."""
        from mcp_server.render.calendar_picture import calendar_picture  # noqa: PLC0415

        return calendar_picture(await _read(services, with_ledger=with_ledger))


async def _read(services: Services, *, with_ledger: bool) -> Calendar:
    """Everything that is owned, also what is over.

    Raises:
        ResourceError: Nothing could be read; the text is for people.
    """
    given_up = Event()

    def work() -> Calendar:
        # On first use: the server starts without what reads the tree.
        from mcp_server.wiring.in_tree import entries_in  # noqa: PLC0415

        opened = services.opened()
        book = book_of(opened) if with_ledger else Book()
        deadline = Deadline.after(opened.preferences.time_budget, given_up)
        answer = look_at_owned(opened.accounts, OwnedRequest(over=True), book, deadline, unseen)
        return calendar_of(answer, entries_in(tree_of(opened)))

    try:
        with refusals_told("There is no calendar."):
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    except ToolError as refusal:
        raise ResourceError(str(refusal)) from refusal
    finally:
        given_up.set()
