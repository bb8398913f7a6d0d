"""Resources: what is sold where, what an offering's handle stands for, which accounts are read. And completions."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from mcp_server.capacity.handles import MistypedHandle
from mcp_server.capacity.instance_types import CATALOGUE, InstanceType
from mcp_server.capacity.words import typed
from mcp_server.monorepo.live_tree import NoTree
from mcp_server.purchasing.records import NoSuchPurchase, record_of
from mcp_server.render.documents import offering_document
from mcp_server.render.receipts import receipt
from mcp_server.searching.seen import UnknownHandle
from mcp_server.tools.purchase_results import purchase_result
from mcp_server.tools.services import Services

_MOST_COMPLETIONS = 100


def register_reference(server: MCPServer[Any], services: Services) -> None:
    """Add the resources and the completion of their arguments."""

    @server.resource("instance-types://all", title="Instance types of Capacity Blocks", mime_type="application/json")
    def all_types() -> str:  # pyright: ignore[reportUnusedFunction]
        return _types(CATALOGUE.values())

    @server.resource("instance-types://{region}", title="Instance types sold in a region", mime_type="application/json")
    def types_of_region(region: str) -> str:  # pyright: ignore[reportUnusedFunction]
        sold = [each for each in CATALOGUE.values() if region in each.regions]
        if not sold:
            raise ResourceNotFoundError(f"No Capacity Blocks are known to be sold in {typed(region)}.")
        return _types(sold)

    @server.resource("offering://{handle}", title="An offering as it was last seen", mime_type="application/json")
    def offering(handle: str) -> str:  # pyright: ignore[reportUnusedFunction]
        try:
            seen = services.opened().seen.find(handle)
        except (MistypedHandle, UnknownHandle) as refusal:
            raise ResourceNotFoundError(str(refusal)) from refusal
        return offering_document(seen)

    @server.resource("account://{name}", title="How an account is read", mime_type="application/json")
    def account(name: str) -> str:  # pyright: ignore[reportUnusedFunction]
        source = next((each for each in services.opened().sources if name in (each.name, each.account)), None)
        if source is None:
            raise ResourceNotFoundError(f"No account is called {typed(name)} in the settings.")
        return json.dumps({"name": source.name, "id": source.account, "profile": source.profile, "role": source.role})

    names: dict[str, Callable[[str], Iterable[str]]] = {
        "region": lambda _: {region for each in CATALOGUE.values() for region in each.regions},
        "name": lambda _: (each.name for each in services.opened().sources),
        "handle": lambda typed: services.opened().seen.latest(typed, _MOST_COMPLETIONS),
        "path": lambda _: _unit_paths(services),
    }

    @server.completion()
    async def complete(  # pyright: ignore[reportUnusedFunction]
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,  # noqa: ARG001 - no argument depends on another
    ) -> Completion | None:
        if not isinstance(ref, ResourceTemplateReference) or argument.name not in names:
            return None
        fitting = [name for name in sorted(names[argument.name](argument.value)) if name.startswith(argument.value)]
        return Completion(values=fitting[:_MOST_COMPLETIONS], total=len(fitting))


def _unit_paths(services: Services) -> list[str]:
    """The paths of the live tree's units; none without a tree."""
    try:
        return [each.path for each in services.opened().read_tree().units]
    except NoTree:
        return []


def register_ledger(server: MCPServer[Any], services: Services) -> None:
    """Add the ledger and its receipts as resources."""

    @server.resource("ledger://purchases", title="Every purchase of the ledger", mime_type="application/json")
    def purchases() -> str:  # pyright: ignore[reportUnusedFunction]
        book = services.opened().desk.ledger.read()
        rows = [purchase_result(each, []).model_dump(mode="json") for each in book.purchases.values()]
        return json.dumps(rows, indent=1)

    @server.resource("receipt://{purchase}", title="The receipt of a purchase", mime_type="text/markdown")
    def receipt_of(purchase: str) -> str:  # pyright: ignore[reportUnusedFunction]
        ledger = services.opened().desk.ledger
        try:
            return receipt(record_of(ledger.links(), ledger.place, purchase), services.opened().preferences.zone)
        except NoSuchPurchase as refusal:
            raise ResourceNotFoundError(str(refusal)) from refusal


def _types(types: Iterable[InstanceType]) -> str:
    rows = [
        {
            "instance_type": each.name,
            "accelerator": each.accelerator,
            "accelerators": each.accelerators,
            "vcpus": each.vcpus,
            "ultraserver": each.ultraserver,
            "quota_code": each.quota_code,
            "regions": sorted(each.regions),
        }
        for each in types
    ]
    return json.dumps(rows, indent=1)
