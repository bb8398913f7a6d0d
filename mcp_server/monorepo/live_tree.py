"""The live tree as it is checked in: every unit, what it needs, and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import quoted
from mcp_server.monorepo import graph
from mcp_server.monorepo.units import Finding, Unit, UnitKind


class NoTree(RequestRefused):
    """There is no live tree at root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        super().__init__(f"There is no folder {quoted(str(root))}: [monorepo] root in ml-clusters.toml names the tree.")


@dataclass(frozen=True)
class LiveTree:
    """A tree as it was read. units are in the order in which they are applied; groups are of their paths.

    Units in a cycle, or in need of one, have no place in that order: they are in no group, and come last. beside are
    folders of plain Terraform among Terragrunt's units, which Terragrunt does not run.
    """

    root: Path
    units: tuple[Unit, ...]
    groups: tuple[tuple[str, ...], ...]
    findings: tuple[Finding, ...]
    beside: tuple[str, ...] = ()

    @cached_property
    def by_path(self) -> Mapping[str, Unit]:
        """The units by their paths."""
        return {each.path: each for each in self.units}

    @property
    def terragrunts(self) -> bool:
        """Whether its units are Terragrunt's; else they are folders of plain Terraform."""
        return any(each.kind is UnitKind.TERRAGRUNT for each in self.units)

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """Of each unit, the units of this tree that it needs."""
        return {
            each.path: tuple(needed.path for needed in each.dependencies if needed.path in self.by_path)
            for each in self.units
        }

    @cached_property
    def dependents(self) -> Mapping[str, tuple[str, ...]]:
        """Of each unit, the units that need it."""
        return graph.dependents(self.needs)

    def all_needs(self, path: str) -> set[str]:
        """Every unit that this one needs, also through others."""
        return graph.reached(path, self.needs)

    def all_dependents(self, path: str) -> set[str]:
        """Every unit that needs this one, also through others."""
        return graph.reached(path, self.dependents)
