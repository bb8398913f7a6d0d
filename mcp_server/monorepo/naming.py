"""Which unit somebody means."""

from collections.abc import Iterable

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed, word
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.units import Unit

_MOST_NAMED = 12


class UnknownUnit(RequestRefused):
    """No unit of the tree is called so. similar are paths of units that have part of the name."""

    def __init__(self, name: str, similar: tuple[str, ...]) -> None:
        self.name, self.similar = name, similar
        hint = f" Did you mean {listed(similar)}?" if similar else " list_units shows them all."
        super().__init__(f"No unit of the live tree is called {typed(name)}.{hint}")


class AmbiguousUnit(RequestRefused):
    """Several units are called so. candidates are their paths."""

    def __init__(self, name: str, candidates: tuple[str, ...]) -> None:
        self.name, self.candidates = name, candidates
        super().__init__(f"{typed(name)} may be {listed(candidates)}: say which, by its path.")


class NotInTree(RequestRefused):
    """No unit of the tree is in this account or region. known are those that are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        super().__init__(f"Nothing of the live tree is in {typed(name)}; there is {', '.join(map(word, known))}.")


def check_places(tree: LiveTree, accounts: Iterable[str], regions: Iterable[str]) -> None:
    """Every account, by name or number, and every region has a unit.

    Raises:
        NotInTree: One has none.
    """
    names = [each for unit in tree.units for each in (unit.account_name, unit.account_id) if each]
    for asked, known in ((accounts, names), (regions, [each.region for each in tree.units if each.region])):
        for name in asked:
            if name not in known:
                raise NotInTree(name, tuple(dict.fromkeys(known)))


def find_unit(tree: LiveTree, name: str) -> Unit:
    """The unit with this path, or the only one whose path ends with it.

    A path may begin with the tree's own folder, as in a terminal, or be ACCOUNT/REGION/UNIT as in a state key.

    Raises:
        UnknownUnit: There is none.
        AmbiguousUnit: There are several.
    """
    wanted = name.strip().removeprefix("./").removesuffix("/terragrunt.hcl").strip("/")
    wanted = wanted.removeprefix(f"{tree.root.name}/")
    if wanted in tree.by_path:
        return tree.by_path[wanted]
    fitting = [each for each in tree.units if each.path.endswith(f"/{wanted}") or _short(each) == wanted]
    if not fitting:
        part = wanted.rpartition("/")[2].lower()
        raise UnknownUnit(name, tuple(each.path for each in tree.units if part and part in each.path.lower()))
    if len(fitting) > 1:
        raise AmbiguousUnit(name, tuple(each.path for each in fitting))
    return fitting[0]


def _short(unit: Unit) -> str:
    return f"{unit.account_name}/{unit.region}/{unit.name}"


def listed(paths: tuple[str, ...]) -> str:
    """The first of these paths, to choose from."""
    shown = [word(each) for each in paths[:_MOST_NAMED]]
    more = len(paths) - len(shown)
    return " or ".join(shown) + (f", or one of {more} more" if more else "")
