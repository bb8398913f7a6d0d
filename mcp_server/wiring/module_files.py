"""What a module of this repository says of the entries that it takes: their attributes, and the types it knows."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mcp_server.monorepo import syntax
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.parsing import parse
from mcp_server.monorepo.sources import SourceKind
from mcp_server.monorepo.syntax import Body, Expression
from mcp_server.monorepo.units import Unit

_CARDS = "network_cards"
_SOLD_IN_BLOCKS = ("p", "trn")


def module_folder(tree: LiveTree, unit: Unit) -> Path | None:
    """The folder of a unit's module; None where it is not in this repository, or there are several."""
    local = [each for each in unit.sources if each.kind is SourceKind.LOCAL]
    return tree.root / local[0].folder if len(local) == 1 else None


def block_types(folder: Path) -> frozenset[str] | None:
    """The types that a module can start on a block, of its table of network cards; None where it has no such table."""
    for body in _bodies(folder):
        for each in body.of_kind("locals"):
            table = each.body.attributes.get(_CARDS)
            if table and isinstance(table.expression, syntax.Object):
                names = (key.value for key, _ in table.expression.items if isinstance(key, syntax.Literal))
                return frozenset(str(name) for name in names if str(name).startswith(_SOLD_IN_BLOCKS))
    return None


def entry_attributes(folder: Path, variable: str) -> Mapping[str, bool] | None:
    """The attributes of an entry of a variable that is a map of objects, each with whether it must be given.

    None where there is no such variable.
    """
    for body in _bodies(folder):
        for each in body.of_kind("variable"):
            if each.labels == (variable,) and "type" in each.body.attributes:
                return _attributes(each.body.attributes["type"].expression)
    return None


def _attributes(kind: Expression) -> Mapping[str, bool] | None:
    inner = _argument(_argument(kind, "map"), "object")
    if not isinstance(inner, syntax.Object):
        return None
    return {
        key.name: not (isinstance(value, syntax.Call) and value.name == "optional")
        for key, value in inner.items
        if isinstance(key, syntax.Variable)
    }


def _argument(expression: Expression | None, call: str) -> Expression | None:
    if isinstance(expression, syntax.Call) and expression.name == call and len(expression.arguments) == 1:
        return expression.arguments[0]
    return None


def _bodies(folder: Path) -> Iterable[Body]:
    for file in sorted(folder.glob("*.tf")):
        try:
            yield parse(file.read_bytes()).body
        except OSError:
            continue
