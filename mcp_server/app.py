"""The composition root: settings become accounts, accounts become a search, a search becomes an MCP server."""

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from inspect import cleandoc
from pathlib import Path
from typing import Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, Tool
from pydantic import ValidationError

from mcp_server import __version__
from mcp_server.aws.accounts import Accounts, Source, UnknownAccount
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.leases import alive, take_lease
from mcp_server.purchasing.places import Places, places
from mcp_server.purchasing.policy import PolicyRefused, load_policy
from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.seller import AwsSeller
from mcp_server.purchasing.sqlite_ledger import SqliteLedger
from mcp_server.searching.blocks import BlockSearch
from mcp_server.searching.extensions import ExtensionSearch
from mcp_server.searching.seen import SeenOfferings
from mcp_server.settings import Settings, load_settings, project_folder
from mcp_server.tools.capacity_blocks import register_capacity_blocks
from mcp_server.tools.extensions import register_extensions
from mcp_server.tools.notices import with_untold
from mcp_server.tools.prompts import register_prompts, unlisted_to_claude_code
from mcp_server.tools.purchases import register_purchases
from mcp_server.tools.reference import register_ledger, register_reference
from mcp_server.tools.schemas import terse_schema
from mcp_server.tools.seals import kept_seals
from mcp_server.tools.services import Opened, Services

INSTRUCTIONS = """\
GPU and Trainium capacity on AWS: find EC2 Capacity Blocks over every region and account, with the fee, the rate per \
accelerator-hour, the hour the machines really stop (usable end), and whether the quota allows a purchase at all.
Search for these tools when someone needs p4d, p5, p5e, p5en, p6-b200, p6-b300, trn1 or trn2 machines (A100, H100, \
H200, B200, B300, Trainium) for days or weeks.
Read notices first, and pass them on. failures and not_asked mean that AWS did not answer, never that there is no \
capacity. An offering is not held: somebody else may buy it. Dates are ISO 8601; a word such as "next week" is yours \
to turn into dates, and to say which. Give people the rate beside the fee.
Nothing here buys or changes anything.
"""


class CapacityServer(MCPServer[Any]):
    """An MCP server whose list of tools costs a model as little as can be.

    finish adds to a tool's result what every result begins with.
    """

    finish: Callable[[CallToolResult], CallToolResult] | None = None

    async def list_tools(self) -> list[Tool]:
        """The tools, without what a model does not need: titles of arguments and branches for null."""
        tools = await super().list_tools()
        return [
            each.model_copy(
                update={
                    "input_schema": terse_schema(each.input_schema),
                    "description": cleandoc(each.description or ""),
                }
            )
            for each in tools
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; arguments that are not its own, or of the wrong kind, are refused in one sentence.

        Raises:
            ToolError: The tool is unknown, refuses or fails, or the arguments are wrong.
        """
        tool = next((each for each in await self.list_tools() if each.name == name), None)
        if tool:
            known = list(tool.input_schema["properties"])
            unknown = [each for each in arguments if each not in known]
            if unknown:
                wrong = f"{name} has no argument {', '.join(unknown)}; it has {', '.join(known)}."
                raise ToolError(f"{wrong} Nothing was done.")
        try:
            result = await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                problems = ((".".join(map(str, each["loc"])), each["msg"]) for each in error.__cause__.errors())
                wrong = "; ".join(f"{place}: {problem}" for place, problem in problems)
                raise ToolError(f"{name} cannot take these arguments: {wrong}. Nothing was done.") from error.__cause__
            raise
        if self.finish and isinstance(result, CallToolResult):
            return await anyio.to_thread.run_sync(self.finish, result)
        return result


def build_server(*, purchases: bool = True) -> MCPServer[Any]:
    """The server with its tools. Settings are read when the first tool is called.

    purchases is False where it is not known who asks: then nothing is quoted or bought, and the ledger is not shown.
    """
    server = CapacityServer(
        "ml-clusters",
        title="ML Clusters",
        instructions=INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
        middleware=[unlisted_to_claude_code],
        request_state_security=kept_seals(lambda: load_settings().state_directory),
    )
    services = Services(open_services)
    register_capacity_blocks(server, services)
    register_extensions(server, services)
    if purchases:
        register_purchases(server, services)
        register_ledger(server, services)
        server.finish = lambda result: with_untold(result, services.opened().desk)
    register_reference(server, services)
    register_prompts(server)
    return server


def open_services() -> Opened:
    """Read the settings and make what the tools stand on.

    Raises:
        SettingsRefused: The settings cannot be used.
    """
    settings = load_settings()
    sources = sources_of(settings)
    accounts = Accounts(sources)
    seen = SeenOfferings(settings.state_file)
    return Opened(
        settings,
        accounts,
        make_desk(settings, accounts),
        BlockSearch(accounts, seen),
        ExtensionSearch(accounts, seen),
        seen,
        sources,
    )


def open_desk(stopped: Callable[[], bool]) -> Desk:
    """What a purchase stands on, for the process that buys.

    Raises:
        SettingsRefused: The settings cannot be used.
    """
    settings = load_settings()
    return replace(make_desk(settings, Accounts(sources_of(settings))), stopped=stopped)


def open_ledger() -> SqliteLedger:
    """The ledger alone, for those who only read it.

    Raises:
        SettingsRefused: The settings cannot be used.
    """
    settings = load_settings()
    where = places(settings.simulation)
    return SqliteLedger(where.ledger, _ledger_id(where, None if where.simulated else project_folder()))


def sources_of(settings: Settings) -> tuple[Source, ...]:
    """Where the credentials of the configured accounts come from."""
    return tuple(Source(each.name, each.id, each.profile, each.role) for each in settings.accounts)


def make_desk(settings: Settings, accounts: Accounts) -> Desk:
    """Policy and ledger of this user, or of the simulated AWS that the settings name."""
    where = places(settings.simulation)
    # The policy of a simulation cannot buy anything real, wherever it is.
    tree = None if where.simulated else project_folder()

    def seller(number: str, region: str) -> AwsSeller:
        try:
            return AwsSeller(accounts.of_number(number), region, settings.purchase_timeout)
        except UnknownAccount as unknown:
            raise SpendingRefused(Rule.CALLER_CHANGED, str(unknown)) from unknown

    return Desk(
        ledger=SqliteLedger(where.ledger, _ledger_id(where, tree)),
        policy=lambda: load_policy(where.policy, work_tree=tree),
        seller=seller,
        simulated=where.simulated,
        logs=settings.state_directory,
        timeout=timedelta(seconds=settings.purchase_timeout),
        lease=take_lease,
        alive=alive,
    )


def _ledger_id(where: Places, tree: Path | None) -> str | None:
    """The ledger that the policy knows, so that a lost one is missed."""
    try:
        return load_policy(where.policy, work_tree=tree).ledger_id
    except PolicyRefused:
        # Whoever wants to spend is told; the ledger can be read all the same.
        return None


def quiet_logs() -> None:
    """Warnings go to standard error, but for botocore's: what failed there is told where it was asked."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger("botocore").setLevel(logging.CRITICAL)


def main() -> None:
    """Serve MCP on standard input and output; logs go to standard error."""
    quiet_logs()
    build_server().run()


if __name__ == "__main__":
    main()
