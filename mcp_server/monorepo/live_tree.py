"""The live tree as it is checked in: every unit, what it needs, and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import quoted
from mcp_server.monorepo import graph
from mcp_server.monorepo.units import Finding, Unit, UnitKind


class Lack(StrEnum):
    """Why a folder is no live tree."""

    FOLDER = "there is no such folder"
    LISTING = "it cannot be listed"
    GENERATION = "its stacks are not generated"
    UNIT = "it has none"


class NoTree(RequestRefused):
    """No folder that was looked in is a live tree. looked gives those folders, nearest first, with what they lack."""

    def __init__(self, looked: Mapping[Path, Lack]) -> None:
        self.looked = dict(looked)
        nearest = next(iter(looked))
        told = [
            f"{quoted(str(folder))} ({lack})"
            for folder, lack in looked.items()
            if folder == nearest or lack is not Lack.FOLDER
        ]
        above = f", nor in a folder {quoted(nearest.name)} above" if len(looked) > 1 else ""
        super().__init__(
            "There is no live tree: no unit, which is a folder with terragrunt.hcl or of Terraform with a backend or a "
            f"provider, is in {' or '.join(told)}{above}. [monorepo] root in ml-clusters.toml names the tree's folder."
        )


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
