"""The tree as wiring sees it: every place, every entry, and whether simulated capacity may be written there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from os.path import normpath
from pathlib import Path

from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.refusals import RequestRefused, UnknownWord
from mcp_server.capacity.words import word
from mcp_server.clusters.declared import kind_made_by
from mcp_server.clusters.model import ClusterKind
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.naming import find_unit
from mcp_server.monorepo.node_classes import GitOps, NodeClasses, gitops_beside
from mcp_server.monorepo.units import Unit
from mcp_server.wiring.clones import is_scratch, repository_of
from mcp_server.wiring.elsewhere import Elsewhere
from mcp_server.wiring.in_tree import taking_by_tags
from mcp_server.wiring.mentions import TERMS, Mention, mentions, unread_as_entries
from mcp_server.wiring.module_files import block_types, entry_attributes, module_folder
from mcp_server.wiring.places import Place, Wired, places, wired
from mcp_server.wiring.targets import Target


class TakesNoCapacity(RequestRefused):
    """A unit that nothing of this kind can be put into. takes is what can be; others are units that take this."""

    def __init__(self, unit: Unit, target: Target | None, takes: Sequence[Target], others: Sequence[str]) -> None:
        self.unit, self.target, self.takes, self.others = unit, target, tuple(takes), tuple(others)
        what = f"no {target.called}" if target else "no capacity"
        why = f"its target is {' or '.join(takes)}" if takes else "it is no cluster of this repository's modules"
        super().__init__(
            f"{word(unit.path)} takes {what}: {why}. "
            f"There is {', '.join(map(word, others)) or 'no other unit'}; ask without a unit where it fits."
        )


@dataclass(frozen=True)
class Ground:
    """A tree with all its places. repository is the Git work tree around it, else the folder above it."""

    tree: LiveTree
    gitops: GitOps | None
    places: tuple[Place, ...]
    wired: tuple[Wired, ...]
    repository: Path
    scratch: bool

    @property
    def regions(self) -> tuple[str, ...]:
        """Those of its places."""
        return tuple(sorted({each.unit.region for each in self.places if each.unit.region}))

    @cached_property
    def strays(self) -> tuple[Mention, ...]:
        """Where a reservation or plan is named otherwise than in an entry, or taken outside of a cluster's folder."""
        found = unread_as_entries(mentions(self.tree), self.tree, self.wired)
        folders = [f"../gitops/{each.folder}/" for each in self.gitops.clusters] if self.gitops else []
        return tuple(each for each in found if each.capacity != TERMS or not each.file.startswith(tuple(folders)))

    def also_named(self, reservation: OwnedReservation, shared_with: Sequence[str]) -> tuple[str, ...]:
        """Where else files give this away, in words: by an expression, in plain Terraform, or by its tags."""
        named = (f"{word(each.file)}:{each.line}" for each in self.strays if each.capacity == reservation.id)
        accounts = {reservation.account, *shared_with}
        tagged = (
            f"a NodeClass of gitops/{word(each.folder)} by its tags"
            for each in taking_by_tags(self.gitops, reservation)
            if self._account_of(each) in {None, *accounts}
        )
        return (*named, *tagged)

    def _account_of(self, node_classes: NodeClasses) -> str | None:
        there = (each.unit.account_id for each in self.places if each.node_classes is node_classes)
        return next(there, None)

    def file(self, relative: str) -> Path:
        """Where a file of a place is."""
        return (self.tree.root / relative).resolve()

    def linked(self, relative: str) -> bool:
        """Whether a file of a place is a link, or there is one on the way: it may be of another clone."""
        return self.file(relative) != Path(normpath(self.tree.root.resolve() / relative))

    def shown(self, relative: str) -> str:
        """A file's path in the repository."""
        file = self.file(relative)
        return file.relative_to(self.repository).as_posix() if file.is_relative_to(self.repository) else str(file)

    def places_of(self, unit: str, target: Target | None) -> tuple[Place, ...]:
        """The places of the unit with this name, those of one target if it is said.

        Raises:
            UnknownUnit, AmbiguousUnit: There is no such unit, or several.
            TakesNoCapacity: It has none.
        """
        found = find_unit(self.tree, unit)
        there = tuple(each for each in self.places if each.unit.path == found.path and target in (None, each.target))
        if not there:
            others = dict.fromkeys(each.unit.path for each in self.places if target in (None, each.target))
            takes = [each.target for each in self.places if each.unit.path == found.path]
            raise TakesNoCapacity(found, target, takes, list(others))
        return there

    def attributes(self, place: Place) -> dict[str, bool] | None:
        """What an entry may have, each with whether it must; None where the module's files do not tell."""
        folder, variable = module_folder(self.tree, place.unit), place.target.variable
        found = entry_attributes(folder, variable) if folder and variable else None
        return None if found is None else dict(found)


def survey(tree: LiveTree) -> Ground:
    """Read what a tree, and gitops/ beside it, say of capacity."""
    gitops = gitops_beside(tree.root)
    types = {each.path: known for each in tree.units if (known := _types(tree, each)) is not None}
    there = places(tree, gitops, types)
    repository = repository_of(tree.root) or tree.root.parent
    return Ground(tree, gitops, there, wired(there), repository, is_scratch(tree.root))


def _types(tree: LiveTree, unit: Unit) -> frozenset[str] | None:
    folder = module_folder(tree, unit) if kind_made_by(unit) is ClusterKind.EKS else None
    return block_types(folder) if folder else None


def target_called(name: str) -> Target | Elsewhere | None:
    """The target of this name, in the tree or elsewhere; None for no name.

    Raises:
        UnknownWord: There is none.
    """
    asked = name.strip().lower().replace("_", "-").replace(" ", "-")
    if not asked:
        return None
    known: dict[str, Target | Elsewhere] = {each.value: each for of in (Target, Elsewhere) for each in of}
    if asked not in known:
        raise UnknownWord(name, "target", list(known))
    return known[asked]
