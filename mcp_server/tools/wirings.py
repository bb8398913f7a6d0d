"""The tool that proposes where owned capacity goes."""

from threading import Event
from typing import Annotated, Any

import anyio.from_thread
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from mcp_server.aws.pacing import Deadline
from mcp_server.searching.market import Progress
from mcp_server.tools.holdings import book_of
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Opened, Services
from mcp_server.tools.wiring_results import WiringResult

_Capacity = Annotated[str, Field(description="Reservation, block, plan or purchase id")]
_UnitName = Annotated[str, Field(description="Path or name; empty: where could it go?")]
_TargetName = Annotated[
    str,
    Field(
        description="node-group, node-class (Karpenter), queue, instance-group; empty: the first. Not in the tree, "
        "for a snippet: launch-template, run-instances, skypilot, dstack, cluster-api, training-job, endpoint"
    ),
]
_Count = Annotated[int, Field(ge=0, description="Machines; 0: all")]
_Action = Annotated[str, Field(pattern="^(wire|unwire|rewire)$", description="unwire what ended; rewire dates")]


def register_wirings(server: MCPServer[Any], services: Services) -> None:
    """Add wire_capacity to the server."""

    @server.tool(
        title="Wire capacity",
        annotations=ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True),
    )
    async def wire_capacity(  # pyright: ignore[reportUnusedFunction]
        ctx: Context[Any, Any],
        capacity: _Capacity,
        unit: _UnitName = "",
        target: _TargetName = "",
        name: Annotated[str, Field(description="Of the entry; empty: chosen")] = "",
        count: _Count = 0,
        action: _Action = "wire",
    ) -> Annotated[CallToolResult, WiringResult]:
        """Propose the edit that puts an owned block or plan into a unit of the live tree, takes it out or renews dates.

        Every check with its result, a diff, and the command that applies it. Writes nothing in the tree.
        """
        given_up = Event()

        def progress(answered: int, questions: int, line: str) -> None:
            anyio.from_thread.run(ctx.report_progress, answered, questions, line)

        def work() -> CallToolResult:
            return _wire(services.opened(), (capacity, unit, target, name, count, action), given_up, progress)

        try:
            with refusals_told("Nothing was written.", unasked=""):
                return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        finally:
            given_up.set()


def _wire(opened: Opened, words: tuple[Any, ...], given_up: Event, progress: Progress) -> CallToolResult:
    # On first use: the server starts without the parsers.
    from mcp_server.tools.wiring_answers import Wish, answer, wiring_text  # noqa: PLC0415
    from mcp_server.wiring.ground import survey  # noqa: PLC0415
    from mcp_server.wiring.looking import look_for  # noqa: PLC0415

    wish, ground = Wish(*words), survey(opened.read_tree())
    wish.check(ground)
    deadline = Deadline.after(opened.preferences.time_budget, given_up)
    sight = look_for(wish.capacity, opened.accounts, ground.regions, book_of(opened), deadline, progress)
    result = answer(wish, sight, ground, opened.preferences.state_directory)
    return CallToolResult(
        content=[TextContent(type="text", text=wiring_text(result))],
        structured_content=result.model_dump(mode="json", exclude_defaults=True),
    )
