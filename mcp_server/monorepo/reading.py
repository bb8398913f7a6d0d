"""Reading the live tree from its files.

A broken unit hides no other: whatever lies in a folder that is a unit is listed.

What is a unit depends on the tree. Where any folder has a terragrunt.hcl, a stack or a root.hcl, the tree is
Terragrunt's and its units are those that Terragrunt runs: a folder of plain Terraform in it is a module, or is applied
by hand, as what comes before Terragrunt is (the roles, the bucket of the states), so that it has no place in the order;
it is named beside the units. In any other tree the folders of plain Terraform are the units.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import graph
from mcp_server.monorepo.clashes import tell_clashes
from mcp_server.monorepo.files import Folders, TreeFiles
from mcp_server.monorepo.findings import Findings
from mcp_server.monorepo.live_tree import Lack, LiveTree, NoTree
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.terraform_units import is_unit, read_terraform_unit, with_read_states
from mcp_server.monorepo.terragrunt_files import UNIT_FILE, SharedReadings
from mcp_server.monorepo.terragrunt_units import read_unit
from mcp_server.monorepo.units import Dependency, FindingKind, Unit

_STACK_FILE = "terragrunt.stack.hcl"
_MARKS = frozenset({UNIT_FILE, _STACK_FILE, "root.hcl"})


def read_tree(root: Path, names: TreeNames | None = None) -> LiveTree:
    """The tree in this folder.

    Raises:
        NoTree: There is no such folder, or no unit in it.
    """
    folder = root.resolve()
    if not folder.is_dir():
        raise NoTree({root: Lack.FOLDER})
    files = TreeFiles(folder)
    found = files.folders()
    findings = Findings(files)
    _tell_of_folders(found, files, findings)
    names = names or TreeNames()
    shared = SharedReadings(files)
    plain = [folder for folder in sorted(found.files) if is_unit(files, folder, found.files[folder])]
    if _is_terragrunts(found):
        units, beside = _terragrunt_units(found, shared, names, findings), [*map(files.relative, plain)]
    else:
        units, beside = _terraform_units(plain, found, shared, names, findings), []
    if not units:
        raise NoTree({root: _lack(found)})
    _tell_missing(units, files, findings)
    tell_clashes(units, names, files, findings)
    ordered = graph.order({each.path: [needed.path for needed in each.dependencies] for each in units})
    by_path = {each.path: each for each in units}
    _tell_cycles(ordered.cycles, by_path, findings)
    places = [path for group in (*ordered.groups, ordered.unordered) for path in group]
    return LiveTree(
        folder, tuple(by_path[path] for path in places), ordered.groups, tuple(findings.all()), tuple(beside)
    )


def _lack(found: Folders) -> Lack:
    if any(_STACK_FILE in inside for inside in found.files.values()):
        return Lack.GENERATION
    return Lack.LISTING if found.refused else Lack.UNIT


def _is_terragrunts(found: Folders) -> bool:
    return any(name in _MARKS for inside in found.files.values() for name in inside)


def _terragrunt_units(found: Folders, shared: SharedReadings, names: TreeNames, findings: Findings) -> Sequence[Unit]:
    units: list[Unit] = []
    for folder in sorted(found.files):
        inside = found.files[folder]
        if UNIT_FILE in inside:
            units.append(read_unit(shared, names, folder, findings))
        elif _STACK_FILE in inside:
            file = shared.files.relative(f"{folder}/{_STACK_FILE}")
            findings.tell(FindingKind.NOT_READ, file, 1, "A stack's units are not there before they are generated.")
    return units


def _terraform_units(
    folders: Iterable[str], found: Folders, shared: SharedReadings, names: TreeNames, findings: Findings
) -> Sequence[Unit]:
    return with_read_states([read_terraform_unit(shared, names, each, found.files[each], findings) for each in folders])


def _tell_of_folders(found: Folders, files: TreeFiles, findings: Findings) -> None:
    for link in found.links:
        findings.tell(FindingKind.LINK, files.relative(link.path), 1, f"It is not followed: {link.why}.")
    for folder in found.refused:
        findings.tell(FindingKind.NOT_READ, files.relative(folder), 1, "The folder cannot be listed.")


def _tell_missing(units: Iterable[Unit], files: TreeFiles, findings: Findings) -> None:
    """Tell of what is needed and is not there. A unit beyond the root counts, if its file is there."""
    paths = {each.path for each in units}
    for unit in units:
        for needed in unit.dependencies:
            if needed.path not in paths and not _is_elsewhere(needed, files):
                findings.tell(
                    FindingKind.MISSING_DEPENDENCY,
                    needed.place.file,
                    needed.place.line,
                    f"{quoted(unit.path)} needs {quoted(needed.path)}, which is no unit.",
                    [unit.path],
                )


def _is_elsewhere(needed: Dependency, files: TreeFiles) -> bool:
    folder = files.absolute(needed.path)
    return any(files.is_file(f"{folder}/{name}") for name in (UNIT_FILE, _STACK_FILE))


def _tell_cycles(cycles: Iterable[tuple[str, ...]], units: Mapping[str, Unit], findings: Findings) -> None:
    for cycle in cycles:
        first, following, *_ = *cycle, *cycle
        place = next(each.place for each in units[first].dependencies if each.path == following)
        way = ", which needs ".join(map(quoted, (*cycle[1:], first)))
        findings.tell(FindingKind.CYCLE, place.file, place.line, f"A cycle: {quoted(first)} needs {way}.", cycle)
