"""What every result begins with: hooks that do not work, and purchases whose outcome nobody has been shown."""

from collections.abc import Sequence
from typing import Any

from mcp.types import CallToolResult, TextContent

from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.entries import Entry, Told
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.places import NoHome
from mcp_server.render.offerings import SIMULATED
from mcp_server.render.purchases import purchase_sentence
from mcp_server.tools.services import Services
from mcp_server.tools.subjects import theirs


def with_untold(result: CallToolResult, services: Services, asking: str | None) -> CallToolResult:
    """The result with notices of purchases whose state nobody has been shown, which are then marked as shown.

    asking is a token's subject, who is told of its own purchases alone; None is told of all. Where the ledger cannot
    be read there are none: the tools that spend tell why.
    """
    if result.is_error:
        return result
    try:
        desk = services.opened().desk
        untold = theirs(desk.ledger.read().untold(), asking)
    except (LedgerRefused, NoHome):
        return result
    if not untold:
        return result
    begun = beginning_with(result, [f"Not shown before: {purchase_sentence(each)}" for each in untold])
    mark_told(desk, untold)
    return begun


def beginning_with(result: CallToolResult, lines: Sequence[str]) -> CallToolResult:
    """The result with these lines before all of its notices but that it is simulated; a refusal stays as it is."""
    if result.is_error or not lines:
        return result
    structure: dict[str, Any] = dict(result.structured_content or {})
    first = [each for each in structure.get("notices", ()) if each == SIMULATED]
    others = [each for each in structure.get("notices", ()) if each != SIMULATED]
    structure["notices"] = [*first, *lines, *others]
    told = [TextContent(type="text", text="\n".join(lines)), *result.content]
    return result.model_copy(update={"content": told, "structured_content": structure})


def mark_told(desk: Desk, purchases: Sequence[Purchase]) -> None:
    """Write down that these were shown, in these states. If that fails they are shown again."""

    def told(book: Book) -> list[Entry]:
        fresh = [(each.id, each.state) for each in purchases if book.told.get(each.id) is not each.state]
        return [Told(tuple(fresh))] if fresh else []

    if not purchases:
        return
    try:
        desk.ledger.append(max(each.changed for each in purchases), told)
    except LedgerRefused:
        return
