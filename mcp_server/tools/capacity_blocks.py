"""The tool that searches for EC2 Capacity Blocks."""

from threading import Event
from typing import Annotated, Any

import anyio.from_thread
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BeforeValidator, Field

from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.durations import parse_duration
from mcp_server.capacity.instance_types import resolve_all
from mcp_server.capacity.moments import parse_end, parse_start
from mcp_server.capacity.ranking import Order
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.searching.market import Progress
from mcp_server.tools.arguments import Names, ResponseFormat, as_text, checked_regions
from mcp_server.tools.block_results import (
    MAX_DETAILED_ROWS,
    MAX_ROWS,
    MAX_TIME_BUDGET,
    BlockSearchResult,
    block_result,
    result_text,
)
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Opened, Services


class InvalidTimeBudget(RequestRefused):
    """A time budget in which nothing could be asked, or that no client waits for."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"time_budget {seconds} is not between 1 and {MAX_TIME_BUDGET} seconds.")


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number is wanted")  # noqa: TRY004 - pydantic reports only this
    return value


def register_capacity_blocks(server: MCPServer, services: Services) -> None:
    """Add search_capacity_blocks to the server."""

    @server.tool(
        title="Search Capacity Blocks",
        annotations=ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True),
    )
    async def search_capacity_blocks(  # pyright: ignore[reportUnusedFunction] # noqa: PLR0913, PLR0917 - each a wish
        ctx: Context[Any, Any],
        instance_types: Annotated[Names, Field(description="p5.48xlarge, or short: p5, h100")],
        count: Annotated[int, BeforeValidator(_no_flag)],
        days: Annotated[str, BeforeValidator(as_text), Field(description="7, 5-14, longest")],
        count_unit: CountUnit = CountUnit.INSTANCES,
        earliest_start: Annotated[str | None, Field(description="ISO 8601")] = None,
        latest_end: Annotated[str | None, Field(description="ISO 8601 end of the block")] = None,
        regions: Annotated[Names, Field(description="Default: all that sell it")] = [],  # noqa: B006 - never changed
        zone_ids: Annotated[Names, Field(description="use1-az4")] = [],  # noqa: B006
        accounts: Annotated[Names, Field(description="Names or numbers")] = [],  # noqa: B006
        sort: Order = Order.FEE,
        response_format: ResponseFormat = ResponseFormat.CONCISE,
        time_budget: Annotated[int | None, Field(description="Seconds")] = None,
    ) -> Annotated[CallToolResult, BlockSearchResult]:
        """Search EC2 Capacity Blocks: GPUs or Trainium reserved for days.

        Ranked offerings over regions and accounts: fee, rate per accelerator-hour, usable end, quota. Buys nothing.
        """
        arguments = {
            "instance_types": instance_types,
            "count": count,
            "days": days,
            "count_unit": count_unit.value,
            "earliest_start": earliest_start,
            "latest_end": latest_end,
            "regions": regions,
            "zone_ids": zone_ids,
            "accounts": accounts,
            "sort": sort.value,
            "response_format": response_format.value,
            "time_budget": time_budget,
        }
        given_up = Event()

        def progress(answered: int, questions: int, line: str) -> None:
            anyio.from_thread.run(ctx.report_progress, answered, questions, line)

        try:
            with refusals_told("Nothing was bought or changed."):
                return await anyio.to_thread.run_sync(
                    lambda: _search(services, arguments, given_up, progress), abandon_on_cancel=True
                )
        finally:
            given_up.set()


def _search(services: Services, arguments: dict[str, Any], given_up: Event, progress: Progress) -> CallToolResult:
    """Search in the calling thread, until given_up is set at the latest."""
    opened = services.opened()
    request = _request(arguments, opened)
    seconds = _checked_budget(arguments["time_budget"]) or opened.preferences.time_budget
    detailed = arguments["response_format"] == ResponseFormat.DETAILED
    answer = opened.block_search.search(
        request,
        arguments["accounts"],
        Order(arguments["sort"]),
        MAX_DETAILED_ROWS if detailed else MAX_ROWS,
        Deadline.after(seconds, given_up),
        progress,
    )
    result = block_result(answer, opened.preferences, arguments, detailed=detailed)
    return CallToolResult(
        content=[TextContent(type="text", text=result_text(result, answer, opened.preferences))],
        structured_content=result.model_dump(mode="json", exclude_defaults=True),
    )


def _request(arguments: dict[str, Any], opened: Opened) -> CapacityRequest:
    """The request that the arguments mean.

    Raises:
        RequestRefused: They mean nothing that AWS sells.
    """
    zone = opened.preferences.zone
    unit = CountUnit(arguments["count_unit"])
    now = opened.block_search.now()
    earliest, latest = arguments["earliest_start"], arguments["latest_end"]
    return CapacityRequest(
        instance_types=resolve_all(
            arguments["instance_types"], arguments["count"] if unit is CountUnit.ACCELERATORS else None
        ),
        count=arguments["count"],
        unit=unit,
        duration=parse_duration(arguments["days"]),
        earliest_start=parse_start("earliest_start", earliest, zone, now.astimezone(zone).date()) if earliest else None,
        latest_end=parse_end("latest_end", latest, zone) if latest else None,
        regions=checked_regions(arguments["regions"]),
        zone_ids=frozenset(arguments["zone_ids"]),
    )


def _checked_budget(seconds: int | None) -> int | None:
    if seconds is not None and not 1 <= seconds <= MAX_TIME_BUDGET:
        raise InvalidTimeBudget(seconds)
    return seconds
