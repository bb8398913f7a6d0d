"""atlantis.yaml is made from the live tree: `python -m delivery.atlantis`, which `make atlantis` runs.

A project is a unit that Terragrunt runs. It is planned when a file changes that Terragrunt reads for it, waits for
every unit that it needs, also through others, and has its place in the order of promotion.
"""

import posixpath
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from delivery.promotion import waves
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.reading import read_tree
from mcp_server.monorepo.sources import SourceKind
from mcp_server.monorepo.units import Unit

ROOT = Path(__file__).parent.parent
FILE = ROOT / "atlantis.yaml"
HOW = "`make atlantis` writes it anew"
_LAST_ACCOUNT = "main"
"""What everything else stands on: it is changed after the other accounts, where the graph leaves a choice."""
_HEADING = "# Made from live/ by `make atlantis`. What Atlantis itself allows is in atlantis/repos.yaml.\n"
# What Terragrunt does not copy into a run either: exclude_from_copy in root.hcl.
_NOT_RUN = ("examples", "tests")


class TreeNotRead(Exception):
    """The tree has faults, by sentence, so no order of it is certain."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Project:
    """A unit as Atlantis sees it. folder is relative to the repository, patterns to the folder."""

    name: str
    folder: str
    wave: int
    needs: tuple[str, ...]
    patterns: tuple[str, ...]


def projects(tree: LiveTree, repository: Path) -> tuple[Project, ...]:
    """The projects of this tree, in the order in which they are applied; repository is the folder that it is in.

    Raises:
        TreeNotRead: A unit could not be read, or what it needs is not there.
    """
    units = tree.by_path
    faults = [f"{tree.root.name}/{each}" for each in tree.findings if not each.units or units.keys() & {*each.units}]
    if faults:
        raise TreeNotRead(faults)
    needs = {path: tree.needs[path] for path in units}
    last = {path for path, unit in units.items() if unit.account_name == _LAST_ACCOUNT}
    return tuple(
        Project(
            name=path,
            folder=_within(repository, tree, path),
            wave=number,
            needs=tuple(sorted(tree.all_needs(path) & units.keys())),
            patterns=tuple(_patterns(tree, units[path], repository)),
        )
        for number, wave in enumerate(waves(needs, last), 1)
        for path in wave
    )


def written(found: Iterable[Project]) -> str:
    """The text of atlantis.yaml."""
    configuration = {
        "version": 3,
        "automerge": False,
        "autodiscover": {"mode": "disabled"},
        "parallel_plan": True,
        "parallel_apply": True,
        "abort_on_execution_order_fail": True,
        "projects": [_as_yaml(each) for each in found],
    }
    return _HEADING + yaml.safe_dump(configuration, sort_keys=False, width=120)


def faults(text: str, found: Sequence[Project]) -> list[str]:
    """What is wrong with atlantis.yaml, as sentences that say what to do; none if it is what the tree gives."""
    if text == written(found):
        return []
    told: Mapping[str, Any] = {each["name"]: each for each in yaml.safe_load(text)["projects"]}
    units = {each.name: each for each in found}
    return [
        *(f"atlantis.yaml has {name}, which is no unit of the tree: {HOW}." for name in told.keys() - units.keys()),
        *(f"atlantis.yaml lacks the unit {name}: {HOW}." for name in units.keys() - told.keys()),
        *(
            f"atlantis.yaml has {name} otherwise than the tree: {HOW}."
            for name in units.keys() & told.keys()
            if told[name] != _as_yaml(units[name])
        ),
    ] or [f"atlantis.yaml is not what the tree gives: {HOW}."]


def _as_yaml(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "dir": project.folder,
        "workflow": "terragrunt",
        "execution_order_group": project.wave,
        "depends_on": list(project.needs),
        "autoplan": {"enabled": True, "when_modified": list(project.patterns)},
    }


def _patterns(tree: LiveTree, unit: Unit, repository: Path) -> Iterator[str]:
    """Which files a plan of this unit hangs on, in the syntax of .dockerignore."""
    yield "**/*"
    folder = tree.root / unit.path
    for each in sorted({*(each.file for each in unit.includes), *unit.configurations}):
        yield _relative(folder, tree.root / each)
    for source in unit.sources:
        if source.kind is SourceKind.LOCAL:
            module = _relative(folder, tree.root / source.folder)
            yield f"{module}/**/*"
            yield from (f"!{module}/{each}/**" for each in _NOT_RUN)
    for given in sorted(_given_paths(unit, repository)):
        path = _relative(folder, given)
        yield f"{path}/**/*" if given.is_dir() else path


def _given_paths(unit: Unit, repository: Path) -> set[Path]:
    """Files and folders of the repository that are given to the module."""
    texts = (each.value for each in unit.inputs if isinstance(each.value, str) and each.value.startswith("/"))
    paths = {Path(posixpath.normpath(each)) for each in texts}
    return {each for each in paths if each.is_relative_to(repository) and each.exists()}


def _within(repository: Path, tree: LiveTree, path: str) -> str:
    return (tree.root / path).relative_to(repository).as_posix()


def _relative(folder: Path, path: Path) -> str:
    return posixpath.relpath(posixpath.normpath(path.as_posix()), folder.as_posix())


def main() -> int:
    """Write atlantis.yaml. Ends with 1, and leaves it as it is, if the tree could not be read."""
    try:
        FILE.write_text(written(projects(read_tree(ROOT / "live"), ROOT)))
    except TreeNotRead as trouble:
        sys.stderr.write(f"{trouble}\natlantis.yaml is left as it was.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
