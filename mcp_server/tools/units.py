"""The tool that lists the units of the live tree, and the tree as a resource."""

from typing import Annotated, Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.monorepo.naming import UnknownUnit, check_places, find_unit
from mcp_server.monorepo.units import Unit
from mcp_server.tools.arguments import Names, ResponseFormat
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Services
from mcp_server.tools.unit_results import UnitsResult, units_result, units_text

_Units = Annotated[Names, Field(description="Names or paths: then also state keys, and what needs what")]
_Accounts = Annotated[Names, Field(description="Names or numbers")]


def register_units(server: MCPServer[Any], services: Services) -> None:
    """Add list_units to the server, and live://tree and live://unit/PATH."""

    @server.tool(
        title="List units",
        annotations=ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False),
    )
    async def list_units(  # pyright: ignore[reportUnusedFunction]
        units: _Units = [],  # noqa: B006 - never changed
        accounts: _Accounts = [],  # noqa: B006
        regions: Names = [],  # noqa: B006
        response_format: ResponseFormat = ResponseFormat.CONCISE,
    ) -> Annotated[CallToolResult, UnitsResult]:
        """List the units of the checked-in live tree, in the order in which Terraform applies them.

        Module, zones, what needs what, state key, what is held back at a git ref, what is wrong. Reads files only.
        """

        def work() -> CallToolResult:
            tree = services.opened().read_tree()
            chosen = _chosen(tree, units, accounts, regions)
            detailed = response_format is ResponseFormat.DETAILED
            result = units_result(tree, chosen, named=bool(units), detailed=detailed)
            return CallToolResult(
                content=[TextContent(type="text", text=units_text(result))],
                structured_content=result.model_dump(mode="json", exclude_defaults=True),
            )

        with refusals_told("Nothing was run or changed.", unasked=""):
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)

    @server.resource("live://tree", title="The live tree: every unit, in order", mime_type="application/json")
    def whole() -> str:  # pyright: ignore[reportUnusedFunction]
        tree = _tree(services)
        return units_result(tree, tree.units, named=False, detailed=True).model_dump_json(exclude_defaults=True)

    @server.resource("live://unit/{+path}", title="A unit of the live tree", mime_type="application/json")
    def unit(path: str) -> str:  # pyright: ignore[reportUnusedFunction]
        tree = _tree(services)
        try:
            found = find_unit(tree, path)
        except UnknownUnit as refusal:
            raise ResourceNotFoundError(str(refusal)) from refusal
        return units_result(tree, [found], named=True, detailed=True).units[0].model_dump_json()


def _tree(services: Services) -> LiveTree:
    try:
        return services.opened().read_tree()
    except NoTree as refusal:
        raise ResourceNotFoundError(str(refusal)) from refusal


def _chosen(tree: LiveTree, names: list[str], accounts: list[str], regions: list[str]) -> list[Unit]:
    named = {find_unit(tree, each).path for each in names}
    check_places(tree, accounts, regions)
    return [
        each
        for each in tree.units
        if (not named or each.path in named)
        and (not accounts or {each.account_name, each.account_id} & {*accounts})
        and (not regions or each.region in regions)
    ]
