"""The tool that tells how the clusters are."""

from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import anyio.from_thread
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.severity import severity_of
from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.purchasing.book import Book
from mcp_server.searching.market import Progress, unseen
from mcp_server.tools.arguments import Names, ResponseFormat, checked_regions
from mcp_server.tools.cluster_results import ClustersResult
from mcp_server.tools.holdings import book_of
from mcp_server.tools.refusing import refusals_told
from mcp_server.tools.services import Opened, Services

if TYPE_CHECKING:
    from mcp_server.clusters.looking import ClustersAnswer, ClustersRequest

_Kinds = Annotated[Names, Field(description="EKS, ParallelCluster, HyperPod")]
_Clusters = Annotated[Names, Field(description="Names or parts of them")]
_Severity = Annotated[str, Field(description="Problems of this and worse: critical, high, medium, low")]
_Accounts = Annotated[Names, Field(description="Names or numbers")]
_Regions = Annotated[Names, Field(description="Default: those of the live tree")]


def register_clusters(server: MCPServer[Any], services: Services, *, with_ledger: bool) -> None:
    """Add cluster_status and clusters://status. with_ledger is whether the ledger may say what capacity cost."""
    _register_tool(server, services, with_ledger=with_ledger)
    _register_resource(server, services, with_ledger=with_ledger)


def _register_tool(server: MCPServer[Any], services: Services, *, with_ledger: bool) -> None:
    @server.tool(
        title="Cluster status",
        annotations=ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=True),
    )
    async def cluster_status(  # pyright: ignore[reportUnusedFunction]
        ctx: Context[Any, Any],
        clusters: _Clusters = [],  # noqa: B006 - never changed
        kinds: _Kinds = [],  # noqa: B006
        accounts: _Accounts = [],  # noqa: B006
        regions: _Regions = [],  # noqa: B006
        severity: _Severity = "",
        page: Annotated[int, Field(ge=1)] = 1,
        response_format: ResponseFormat = ResponseFormat.CONCISE,
    ) -> Annotated[CallToolResult, ClustersResult]:
        """Tell how EKS, ParallelCluster and HyperPod clusters are, what is wrong first, and what bought capacity does.

        Machines wanted, running and healthy by group, the reservation or plan behind each, when it stops, what is idle.
        """
        given_up = Event()

        def progress(answered: int, questions: int, line: str) -> None:
            anyio.from_thread.run(ctx.report_progress, answered, questions, line)

        def work() -> CallToolResult:
            # On first use: the server starts without the rules.
            from mcp_server.clusters.looking import ClustersRequest, kinds_of  # noqa: PLC0415
            from mcp_server.tools.cluster_answers import clusters_result, clusters_text  # noqa: PLC0415

            request = ClustersRequest(
                tuple(accounts),
                checked_regions(regions),
                kinds_of(kinds),
                tuple(clusters),
                severity_of(severity) if severity else None,
            )
            answer = _look(services.opened(), request, given_up, progress, with_ledger=with_ledger)
            result = clusters_result(answer, page=page, detailed=response_format is ResponseFormat.DETAILED)
            return CallToolResult(
                content=[TextContent(type="text", text=clusters_text(result))],
                structured_content=result.model_dump(mode="json", exclude_defaults=True),
            )

        try:
            with refusals_told("Nothing was changed.", unasked=""):
                return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        finally:
            given_up.set()


def _register_resource(server: MCPServer[Any], services: Services, *, with_ledger: bool) -> None:
    @server.resource("clusters://status", title="How the clusters are", mime_type="application/json")
    async def status() -> str:  # pyright: ignore[reportUnusedFunction]
        """Every cluster, its groups, and what is wrong, read from AWS whenever it is asked for."""
        given_up = Event()

        def work() -> str:
            from mcp_server.clusters.looking import ClustersRequest  # noqa: PLC0415
            from mcp_server.tools.cluster_answers import clusters_result  # noqa: PLC0415

            answer = _look(services.opened(), ClustersRequest(), given_up, unseen, with_ledger=with_ledger)
            return clusters_result(answer, page=1, detailed=True).model_dump_json(exclude_defaults=True)

        try:
            with refusals_told("There is no status.", unasked=""):
                return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        except ToolError as refusal:
            raise ResourceError(str(refusal)) from refusal
        finally:
            given_up.set()


def _look(
    opened: Opened, request: "ClustersRequest", given_up: Event, progress: Progress, *, with_ledger: bool
) -> "ClustersAnswer":
    from mcp_server.clusters.looking import look_at_clusters  # noqa: PLC0415

    book = book_of(opened) if with_ledger else Book()
    deadline = Deadline.after(opened.preferences.time_budget, given_up)
    return look_at_clusters(opened.accounts, request, book, tree_of(opened), deadline, progress)


def tree_of(opened: Opened) -> LiveTree | None:
    """The live tree; None where there is none: clusters are told without their units then."""
    try:
        return opened.read_tree()
    except NoTree:
        return None
