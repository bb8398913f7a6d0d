"""The tool that reads plans of Terraform."""

from typing import Annotated, Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from mcp_server.capacity.severity import severity_of
from mcp_server.tools.arguments import Names, ResponseFormat
from mcp_server.tools.plan_results import PlanResult
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Services

_Paths = Annotated[
    Names, Field(description="Plan JSON, the folder of --json-out-dir, or the summary file of a pull request")
]
_Units = Annotated[Names, Field(description="Names or paths")]
_Severity = Annotated[str, Field(description="This and worse: critical, high, medium, low")]
_Actions = Annotated[Names, Field(description="create, update, destroy, replace, forget")]
_Address = Annotated[str, Field(description="A part of the resource's address")]


def register_plans(server: MCPServer[Any], services: Services) -> None:
    """Add summarize_plan to the server."""

    @server.tool(
        title="Summarize a plan",
        annotations=ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False),
    )
    async def summarize_plan(  # pyright: ignore[reportUnusedFunction]
        paths: _Paths,
        units: _Units = [],  # noqa: B006 - never changed
        severity: _Severity = "",
        actions: _Actions = [],  # noqa: B006
        address: _Address = "",
        page: Annotated[int, Field(ge=1)] = 1,
        response_format: ResponseFormat = ResponseFormat.CONCISE,
    ) -> Annotated[CallToolResult, PlanResult]:
        """Say what Terraform plans would do, riskiest first: what is lost, why, and which units depend on it.

        Reads files only; `ml-clusters plan` makes them. Sensitive values are masked.
        """

        def work() -> CallToolResult:
            # On first use: the server starts without the rules.
            from mcp_server.monorepo.plans.choosing import Wanted, actions_of  # noqa: PLC0415
            from mcp_server.tools.plan_answers import answer, plan_text  # noqa: PLC0415

            wanted = Wanted(tuple(units), severity_of(severity) if severity else None, actions_of(actions), address)
            detailed = response_format is ResponseFormat.DETAILED
            result = answer(paths, services.opened().read_tree, wanted, page=page, detailed=detailed)
            return CallToolResult(
                content=[TextContent(type="text", text=plan_text(result))],
                structured_content=result.model_dump(mode="json", exclude_defaults=True),
            )

        with refusals_told("Nothing was run or changed.", unasked=""):
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
