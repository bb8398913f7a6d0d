"""Which versions of providers and modules each unit runs with: its pins, and what its module's files ask for.

What modules of a registry or another repository ask for themselves is not known before `terraform init`.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mcp_server.monorepo.files import TreeFiles
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.requirements import (
    Requirement,
    RequirementKind,
    called_modules,
    module_requirement,
    provider_requirements,
)
from mcp_server.monorepo.sources import SourceKind
from mcp_server.monorepo.units import Unit, UnitKind

Versions = Mapping[str, frozenset[Requirement]]
"""What is asked for, by the paths of units."""


def read_versions(tree: LiveTree) -> Versions:
    """The versions of every unit of a tree. A pin takes the place of what a module asks for of the same provider."""
    modules = _Modules(TreeFiles(tree.root))
    return {each.path: frozenset(_of_unit(each, modules)) for each in tree.units}


def _of_unit(unit: Unit, modules: "_Modules") -> Iterator[Requirement]:
    pinned = {each.address for each in unit.pins}
    yield from unit.pins
    for source in unit.sources:
        outside = module_requirement(source, source.ref or "")
        if outside:
            yield outside
    folders = [each.folder for each in unit.sources if each.kind is SourceKind.LOCAL]
    if unit.kind is UnitKind.TERRAFORM:
        folders.append(unit.path)
    for each in modules.of(folders):
        if each.kind is RequirementKind.MODULE or each.address not in pinned:
            yield each


class _Modules:
    """Local modules with what their files ask for, each read once."""

    def __init__(self, files: TreeFiles) -> None:
        self._files = files
        self._read: dict[str, tuple[frozenset[Requirement], frozenset[str]]] = {}

    def of(self, folders: Iterable[str]) -> frozenset[Requirement]:
        """What modules ask for, and the local ones that they call. Folders are relative to the tree's root."""
        waiting, seen = [self._files.absolute(each) for each in folders], set[str]()
        found: set[Requirement] = set()
        while waiting:
            folder = waiting.pop()
            if folder not in seen:
                seen.add(folder)
                asked, called = self._of_folder(folder)
                found |= asked
                waiting += called
        return frozenset(found)

    def _of_folder(self, folder: str) -> tuple[frozenset[Requirement], frozenset[str]]:
        if folder not in self._read:
            self._read[folder] = self._from_files(folder)
        return self._read[folder]

    def _from_files(self, folder: str) -> tuple[frozenset[Requirement], frozenset[str]]:
        asked: set[Requirement] = set()
        called: set[str] = set()
        for path in self._paths(folder):
            body = self._files.document(path).body
            asked |= set(provider_requirements(body))
            for source, version in called_modules(body, folder, self._files.root):
                requirement = module_requirement(source, version)
                if requirement:
                    asked.add(requirement)
                else:
                    called.add(self._files.absolute(source.folder))
        return frozenset(asked), frozenset(called)

    def _paths(self, folder: str) -> Iterator[str]:
        if not self._files.within(folder):
            return
        try:
            paths = sorted(Path(folder).glob("*.tf"))
        except OSError:
            return
        yield from map(str, paths)
