"""The tools that search for EC2 Capacity Blocks and for SageMaker training plans."""

from dataclasses import asdict, dataclass, replace
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
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.ranking import Order, default_order
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.monorepo.live_tree import NoTree
from mcp_server.monorepo.naming import find_unit
from mcp_server.searching.capacity import SearchAnswer
from mcp_server.searching.homes import Homes, Where, check_takes, homes
from mcp_server.searching.market import Progress
from mcp_server.tools.arguments import Names, ResponseFormat, as_text, checked_regions
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.search_results import (
    MAX_DETAILED_ROWS,
    MAX_ROWS,
    MAX_TIME_BUDGET,
    SearchResult,
    result_text,
    search_result,
)
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


_Types = Annotated[Names, Field(description="p5.48xlarge, or short: p5, h100")]
_Count = Annotated[int, BeforeValidator(_no_flag)]
_Days = Annotated[str, BeforeValidator(as_text), Field(description="7, 5-14, longest")]
_Moment = Annotated[str | None, Field(description="ISO 8601")]
_End = Annotated[str | None, Field(description="End of the block")]
_PlanEnd = Annotated[str | None, Field(description="ISO 8601 end of the plan")]
_Regions = Annotated[Names, Field(description="Default: all that sell it")]
_ZoneIds = Annotated[Names, Field(description="use1-az4")]
_Accounts = Annotated[Names, Field(description="Names or numbers")]
_Sort = Annotated[Order | None, Field(description="Default: fee; of longest, duration")]
_Seconds = Annotated[int | None, Field(description="Seconds")]
_Target = Annotated[
    TargetResource,
    Field(
        description="training-job: training jobs; hyperpod-cluster: HyperPod, one zone; endpoint: inference; "
        "studio-apps: Studio"
    ),
]


_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True)


def register_searches(server: MCPServer, services: Services) -> None:
    """Add search_capacity_blocks and search_training_plans to the server."""
    _register_blocks(server, services)
    _register_plans(server, services)


def _register_blocks(server: MCPServer, services: Services) -> None:
    @server.tool(title="Search Capacity Blocks", annotations=_READS)
    async def search_capacity_blocks(  # pyright: ignore[reportUnusedFunction] # noqa: PLR0913, PLR0917 - each a wish
        ctx: Context[Any, Any],
        instance_types: _Types,
        count: _Count,
        days: _Days,
        count_unit: CountUnit = CountUnit.INSTANCES,
        earliest_start: _Moment = None,
        latest_end: _End = None,
        regions: _Regions = [],  # noqa: B006 - never changed
        zone_ids: _ZoneIds = [],  # noqa: B006
        accounts: _Accounts = [],  # noqa: B006
        for_unit: str | None = None,
        sort: _Sort = None,
        compare: Annotated[bool, Field(description="Rank with plans for HyperPod")] = False,
        response_format: ResponseFormat = ResponseFormat.CONCISE,
        time_budget: _Seconds = None,
    ) -> Annotated[CallToolResult, SearchResult]:
        """Search EC2 Capacity Blocks: GPUs or Trainium reserved for days.

        Ranked offerings over regions and accounts: fee, rate per accelerator-hour, usable end, quota. Buys nothing.
        """
        wishes = _Wishes(
            instance_types,
            count,
            days,
            count_unit,
            earliest_start,
            latest_end,
            regions,
            zone_ids,
            accounts,
            for_unit,
            sort,
            compare,
            response_format,
            time_budget,
        )
        return await _searched(ctx, services, wishes)


def _register_plans(server: MCPServer, services: Services) -> None:
    @server.tool(title="Search training plans", annotations=_READS)
    async def search_training_plans(  # pyright: ignore[reportUnusedFunction] # noqa: PLR0913, PLR0917 - each a wish
        ctx: Context[Any, Any],
        target_resource: _Target,
        instance_types: _Types,
        count: _Count,
        days: _Days,
        count_unit: CountUnit = CountUnit.INSTANCES,
        earliest_start: str | None = None,
        latest_end: _PlanEnd = None,
        regions: Names = [],  # noqa: B006 - never changed
        zone_ids: Names = [],  # noqa: B006
        accounts: Names = [],  # noqa: B006
        for_unit: str | None = None,
        sort: Order | None = None,
        compare: Annotated[bool, Field(description="Rank with Capacity Blocks")] = False,
        response_format: ResponseFormat = ResponseFormat.CONCISE,
        time_budget: int | None = None,
    ) -> Annotated[CallToolResult, SearchResult]:
        """Search SageMaker training plans: GPUs or Trainium for HyperPod, training jobs, endpoints.

        Arguments and answer as of search_capacity_blocks. A plan serves one target, in the account that buys it.
        """
        wishes = _Wishes(
            instance_types,
            count,
            days,
            count_unit,
            earliest_start,
            latest_end,
            regions,
            zone_ids,
            accounts,
            for_unit,
            sort,
            compare,
            response_format,
            time_budget,
            target_resource,
        )
        return await _searched(ctx, services, wishes)


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The arguments of a call."""

    instance_types: list[str]
    count: int
    days: str
    count_unit: CountUnit
    earliest_start: str | None
    latest_end: str | None
    regions: list[str]
    zone_ids: list[str]
    accounts: list[str]
    for_unit: str | None
    sort: Order | None
    compare: bool
    response_format: ResponseFormat
    time_budget: int | None
    target_resource: TargetResource | None = None


async def _searched(ctx: Context[Any, Any], services: Services, wishes: _Wishes) -> CallToolResult:
    given_up = Event()

    def progress(answered: int, questions: int, line: str) -> None:
        anyio.from_thread.run(ctx.report_progress, answered, questions, line)

    try:
        with refusals_told("Nothing was bought or changed."):
            return await anyio.to_thread.run_sync(
                lambda: _search(services, wishes, given_up, progress), abandon_on_cancel=True
            )
    finally:
        given_up.set()


def _search(services: Services, wishes: _Wishes, given_up: Event, progress: Progress) -> CallToolResult:
    """Search in the calling thread, until given_up is set at the latest."""
    opened = services.opened()
    where = _where(wishes, opened)
    request = _request(wishes, where, opened)
    beside, why_not = _other_kind(request) if wishes.compare else (None, None)
    seconds = _checked_budget(wishes.time_budget) or opened.preferences.time_budget
    detailed = wishes.response_format == ResponseFormat.DETAILED
    answer = opened.capacity_search.search(
        request,
        where.accounts,
        wishes.sort or default_order(request, compared=wishes.compare),
        MAX_DETAILED_ROWS if detailed else MAX_ROWS,
        Deadline.after(seconds, given_up),
        progress,
        beside,
    )
    result = search_result(
        answer, opened.preferences, asdict(wishes), _homes(opened, answer), detailed=detailed, not_compared=why_not
    )
    return CallToolResult(
        content=[TextContent(type="text", text=result_text(result, answer, opened.preferences))],
        structured_content=result.model_dump(mode="json", exclude_defaults=True),
    )


def _other_kind(request: CapacityRequest) -> tuple[CapacityRequest | None, str | None]:
    """The same request for the other kind of capacity; or why there is none."""
    try:
        return replace(request, target=None if request.target else TargetResource.HYPERPOD), None
    except RequestRefused as refusal:
        return None, f"Not compared: {refusal}"


def _where(wishes: _Wishes, opened: Opened) -> Where:
    """Where to ask: everywhere that was named, or only where the unit is that it is for.

    Raises:
        RequestRefused: There is no such place.
    """
    asked = Where(tuple(wishes.accounts), checked_regions(wishes.regions), tuple(wishes.zone_ids))
    if not wishes.for_unit:
        return asked
    tree = opened.read_tree()
    unit = find_unit(tree, wishes.for_unit)
    check_takes(tree, unit, wishes.target_resource)
    return asked.within(unit)


def _homes(opened: Opened, answer: SearchAnswer) -> list[Homes]:
    """Which units could use what was found; nothing where there is no live tree."""
    try:
        tree = opened.read_tree()
    except NoTree:
        return []
    return homes(tree, (each.offering for each in (*answer.meeting, *answer.others)))


def _request(wishes: _Wishes, where: Where, opened: Opened) -> CapacityRequest:
    """The request that the arguments mean.

    Raises:
        RequestRefused: They mean nothing that AWS sells.
    """
    zone = opened.preferences.zone
    today = opened.capacity_search.now().astimezone(zone).date()
    earliest, latest = wishes.earliest_start, wishes.latest_end
    return CapacityRequest(
        instance_types=resolve_all(
            wishes.instance_types,
            wishes.count if wishes.count_unit is CountUnit.ACCELERATORS else None,
            in_plans=wishes.target_resource is not None,
        ),
        count=wishes.count,
        unit=wishes.count_unit,
        duration=parse_duration(wishes.days),
        earliest_start=parse_start("earliest_start", earliest, zone, today) if earliest else None,
        latest_end=parse_end("latest_end", latest, zone) if latest else None,
        regions=where.regions,
        zone_ids=frozenset(where.zone_ids),
        target=wishes.target_resource,
    )


def _checked_budget(seconds: int | None) -> int | None:
    if seconds is not None and not 1 <= seconds <= MAX_TIME_BUDGET:
        raise InvalidTimeBudget(seconds)
    return seconds
