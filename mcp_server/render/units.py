"""The live tree, as people and models read it."""

from collections.abc import Sequence

from tabulate import tabulate

from mcp_server.capacity.words import UNKNOWN, clean, remark, word
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.units import Unit
from mcp_server.searching.homes import Homes

_UNORDERED = "-"
_MOST_BESIDE = 5


def units_table(tree: LiveTree, units: Sequence[Unit]) -> str:
    """Units as a table, in the order in which they are applied; columns that say nothing are left out."""
    groups = group_numbers(tree)
    columns = {
        "group": [str(groups.get(each.path, _UNORDERED)) for each in units],
        "unit": [word(each.path) for each in units],
        "module": [", ".join(modules_of(each)) for each in units],
        "held back at": [word(each.held_back_at) if each.held_back_at else "" for each in units],
    }
    shown = {name: values for name, values in columns.items() if any(values)}
    return tabulate(shown, headers="keys", tablefmt="plain", disable_numparse=True)


def group_numbers(tree: LiveTree) -> dict[str, int]:
    """Of each unit that has a place in the order, the number of its group, from 1."""
    return {path: number for number, group in enumerate(tree.groups, 1) for path in group}


def modules_of(unit: Unit) -> list[str]:
    """What its modules are called: the last part of each folder."""
    return [word((each.folder or each.address).rstrip("/").rpartition("/")[2]) for each in unit.sources]


def place_lines(units: Sequence[Unit]) -> list[str]:
    """The accounts and regions of these units, a line each, with their zones."""
    places = {(each.account_name, each.account_id, each.region): each.zone_ids for each in units}
    return [_place(*place, zones) for place, zones in places.items()]


def finding_lines(tree: LiveTree) -> list[str]:
    """What is wrong with the tree, or could not be read, each with its file and line."""
    return [f"{word(each.file)}:{each.line}: {remark(each.sentence)}" for each in tree.findings]


def beside_line(tree: LiveTree) -> str:
    """The folders of plain Terraform that are no units; empty if there is none."""
    if not tree.beside:
        return ""
    named = ", ".join(map(word, tree.beside[:_MOST_BESIDE]))
    more = f" and {len(tree.beside) - _MOST_BESIDE} more" if len(tree.beside) > _MOST_BESIDE else ""
    return f"Plain Terraform, which Terragrunt does not run: {named}{more}."


def _place(name: str | None, number: str | None, region: str | None, zones: tuple[str, ...]) -> str:
    where = f"{word(name or UNKNOWN)} {word(number or UNKNOWN)} {word(region or UNKNOWN)}"
    return f"{where}: {', '.join(map(word, zones))}" if zones else clean(where)


def home_lines(homes: Sequence[Homes], accounts: Sequence[tuple[str, str]]) -> list[str]:
    """Which units could use capacity in these zones, a line for each set of them; accounts are names and numbers."""
    names = {number: name for name, number in accounts}
    zones: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for each in homes:
        if each.units:
            zones.setdefault((each.account, each.units), []).append(word(each.zone_id))
    lines = [
        f"{word(names.get(account, account))} {', '.join(ids)}: {', '.join(map(word, units))}"
        for (account, units), ids in zones.items()
    ]
    elsewhere = any(not each.units for each in homes)
    return [*lines, f"none in {'the other' if lines else 'any of these'} zones"] if elsewhere else lines
