"""The result of list_units, as clients get it."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from mcp_server.capacity.words import word
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.units import Unit
from mcp_server.render.sections import sections
from mcp_server.render.units import beside_line, finding_lines, group_numbers, modules_of, place_lines, units_table
from mcp_server.tools.fields import Name

MAX_ROWS = 80
MAX_FINDINGS = 20
MAX_CHARACTERS = 38_000


class UnitDetails(BaseModel):
    """Every field of one unit. Paths are relative to the tree's root. Missing: it could not be told from the files."""

    path: Name
    group: int | None = Field(description="When it is applied; null: in a cycle, or in need of one")
    account: Name | None
    account_id: Name | None
    region: Name | None
    zone_ids: list[Name]
    modules: list[Name]
    held_back_at: Name | None = Field(description="The git ref that its module is taken at")
    state_key: Name | None
    needs: list[Name] = Field(description="Units that are applied before it")
    needed_by: list[Name]
    providers: list[Name]
    partly_read: bool = Field(description="There may be more than could be read")


class UnitsResult(BaseModel):
    """The live tree, or part of it, read from its files. A field that is missing has nothing to say."""

    tree: str = Field(description="Where it is, and how much of it is shown")
    table: str | None = Field(default=None, description="In the order of applying; units of one group may go together")
    needs: dict[str, list[str]] = Field(default={}, description="Of each unit asked for, what it needs directly")
    needed_by: dict[str, list[str]] = Field(default={}, description="Of each unit asked for, what needs it directly")
    state_keys: dict[str, str] = Field(default={}, description="Of each unit asked for")
    places: list[str] = Field(default_factory=list, description="Account, number, region: zone ids")
    problems: list[str] = Field(default_factory=list, description="What is wrong, or could not be read: file and line")
    cut: str | None = Field(default=None, description="What was left out, and how to see it")
    units: list[UnitDetails] = Field(default=[], description="Every field, with response_format=detailed")


def units_result(tree: LiveTree, units: Sequence[Unit], *, named: bool, detailed: bool) -> UnitsResult:
    """The result for units, in the tree's order. named is whether they were asked for one by one."""
    shown = units[:MAX_ROWS]
    asked: Sequence[Unit] = shown if named and not detailed else ()
    result = UnitsResult(
        tree=_tree(tree, units),
        table=None if detailed or not shown else units_table(tree, shown),
        needs={word(each.path): [word(path) for path in tree.needs[each.path]] for each in asked},
        needed_by={word(each.path): [word(path) for path in tree.dependents[each.path]] for each in asked},
        state_keys={word(each.path): word(each.state_key) for each in asked if each.state_key},
        places=[] if detailed else place_lines(shown),
        problems=finding_lines(tree)[:MAX_FINDINGS],
        cut=_cut(tree, units),
        units=[_details(tree, each) for each in shown] if detailed else [],
    )
    return _bounded(result)


def units_text(result: UnitsResult) -> str:
    """The same for people."""
    parts = [result.tree, result.table or "", result.cut or ""]
    parts += sections(
        (
            ("Accounts and regions", result.places),
            ("Needs", [f"{name}: {', '.join(paths) or 'nothing'}" for name, paths in result.needs.items()]),
            ("Needed by", [f"{name}: {', '.join(paths) or 'nothing'}" for name, paths in result.needed_by.items()]),
            ("State keys", [f"{name}: {key}" for name, key in result.state_keys.items()]),
            ("Units", [each.model_dump_json() for each in result.units]),
            ("What is wrong with the tree, or could not be read", result.problems),
        )
    )
    return "\n\n".join(part for part in parts if part)


def _tree(tree: LiveTree, units: Sequence[Unit]) -> str:
    whole = len(tree.units)
    count = f"all {whole} units" if len(units) == whole else f"{len(units)} of {whole} units"
    said = f"{word(str(tree.root))}: {count}, in {len(tree.groups)} groups. Read from its files, nothing was run."
    return f"{said} {beside_line(tree)}".rstrip()


def _cut(tree: LiveTree, units: Sequence[Unit]) -> str | None:
    more, unsaid = len(units) - MAX_ROWS, len(tree.findings) - MAX_FINDINGS
    parts = [
        f"{more} more units were left out: narrow by units, accounts or regions." if more > 0 else "",
        f"{unsaid} more problems were left out." if unsaid > 0 else "",
    ]
    return " ".join(part for part in parts if part) or None


def _details(tree: LiveTree, unit: Unit) -> UnitDetails:
    return UnitDetails(
        path=unit.path,
        group=group_numbers(tree).get(unit.path),
        account=unit.account_name,
        account_id=unit.account_id,
        region=unit.region,
        zone_ids=list(unit.zone_ids),
        modules=modules_of(unit),
        held_back_at=unit.held_back_at,
        state_key=unit.state_key,
        needs=list(tree.needs[unit.path]),
        needed_by=list(tree.dependents[unit.path]),
        providers=list(unit.providers),
        partly_read=unit.partly_read,
    )


def _bounded(result: UnitsResult) -> UnitsResult:
    """Within what clients pass on whole: the last units go, and that is said."""
    left_out = 0
    while result.units and len(result.model_dump_json(exclude_defaults=True)) > MAX_CHARACTERS:
        left_out += 1
        result.units.pop()
    if left_out:
        result.cut = f"{result.cut or ''} For length {left_out} units were left out.".strip()
    return result
