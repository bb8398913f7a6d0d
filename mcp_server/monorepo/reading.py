"""Reading the live tree from its files.

A broken unit hides no other: whatever lies in a folder that is a unit is listed.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import graph
from mcp_server.monorepo.files import Folders, TreeFiles
from mcp_server.monorepo.findings import Findings
from mcp_server.monorepo.live_tree import LiveTree, NoTree
from mcp_server.monorepo.names import TreeNames
from mcp_server.monorepo.terraform_units import is_unit, read_terraform_unit, with_read_states
from mcp_server.monorepo.terragrunt_files import UNIT_FILE, SharedReadings
from mcp_server.monorepo.terragrunt_units import read_unit
from mcp_server.monorepo.units import Dependency, FindingKind, Unit

_STACK_FILE = "terragrunt.stack.hcl"


def read_tree(root: Path, names: TreeNames | None = None) -> LiveTree:
    """The tree in this folder.

    Raises:
        NoTree: There is no such folder.
    """
    folder = root.resolve()
    if not folder.is_dir():
        raise NoTree(root)
    files = TreeFiles(folder)
    found = files.folders()
    findings = Findings(files)
    _tell_of_folders(found, files, findings)
    units = _units(found, SharedReadings(files), names or TreeNames(), findings)
    _tell_missing(units, files, findings)
    ordered = graph.order({each.path: [needed.path for needed in each.dependencies] for each in units})
    by_path = {each.path: each for each in units}
    _tell_cycles(ordered.cycles, by_path, findings)
    places = [path for group in (*ordered.groups, ordered.unordered) for path in group]
    return LiveTree(folder, tuple(by_path[path] for path in places), ordered.groups, tuple(findings.all()))


def _units(found: Folders, shared: SharedReadings, names: TreeNames, findings: Findings) -> Sequence[Unit]:
    units: list[Unit] = []
    for folder in sorted(found.files):
        inside = found.files[folder]
        if UNIT_FILE in inside:
            units.append(read_unit(shared, names, folder, findings))
        elif _STACK_FILE in inside:
            file = shared.files.relative(f"{folder}/{_STACK_FILE}")
            findings.tell(FindingKind.NOT_READ, file, 1, "A stack's units are not there before they are generated.")
        elif is_unit(shared.files, folder, inside):
            units.append(read_terraform_unit(shared, names, folder, inside, findings))
    return with_read_states(units)


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
                    unit.path,
                )


def _is_elsewhere(needed: Dependency, files: TreeFiles) -> bool:
    folder = files.absolute(needed.path)
    return any(files.is_file(f"{folder}/{name}") for name in (UNIT_FILE, _STACK_FILE))


def _tell_cycles(cycles: Iterable[tuple[str, ...]], units: Mapping[str, Unit], findings: Findings) -> None:
    for cycle in cycles:
        first, following, *_ = *cycle, *cycle
        place = next(each.place for each in units[first].dependencies if each.path == following)
        way = ", which needs ".join(map(quoted, (*cycle[1:], first)))
        findings.tell(FindingKind.CYCLE, place.file, place.line, f"A cycle: {quoted(first)} needs {way}.", first)
