"""The NodeClasses of Karpenter that gitops/ gives to each cluster, and whether Karpenter takes only what they name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from mcp_server.capacity.on_demand import OnDemandReservation
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.monorepo.yaml_texts import NotYaml, yaml_documents

_KARPENTER = "karpenter.yaml"
_CLUSTERS = "clusters"
_POOLS = "node-pools"
GITOPS = "gitops"
"""The folder beside a tree that Argo CD reads."""

_NODE_CLASS = "EC2NodeClass"
_TYPE_LABEL = "node.kubernetes.io/instance-type"
_MOST_BYTES = 1_000_000
_APPLIED = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True, slots=True)
class Selector:
    """One way in which a NodeClass takes reservations: by an id, or by tags, of which * takes any value, and by more.

    is_open is whether it takes those that are open, or those that are targeted; None takes both. file is relative to
    gitops/; line is where the id stands, from 1.
    """

    id: str | None
    tags: tuple[tuple[str, str], ...] = ()
    owner: str | None = None
    is_open: bool | None = None
    file: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)

    def takes(self, reservation: OnDemandReservation | OwnedReservation) -> bool:
        """Whether a reservation is one of those."""
        if self.owner not in (None, reservation.account) or self.is_open not in (None, reservation.open):
            return False
        if self.id is not None:
            return self.id == reservation.id
        tags = dict(reservation.tags)
        named = bool(self.tags) or self.is_open is not None
        return named and all(key in tags and value in ("*", tags[key]) for key, value in self.tags)


@dataclass(frozen=True, slots=True)
class NodeClasses:
    """What is in the folder of one cluster. selectors are of all its NodeClasses; unread are files that are no YAML.

    account is its name, as folders are called. files are those of its NodeClasses, by their names. pool_types are the
    instance types of the NodePools of each NodeClass, those among them that all clusters have.
    """

    account: str
    region: str
    cluster: str
    folder: str
    selectors: tuple[Selector, ...]
    unread: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    pool_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class GitOps:
    """What Argo CD gives to clusters.

    reserved_only: Karpenter starts machines on a reservation only if a NodeClass names it, since its gate
    ReservedCapacity is on; None where that cannot be read.
    """

    reserved_only: bool | None
    clusters: tuple[NodeClasses, ...]


def gitops_beside(root: Path) -> GitOps | None:
    """The folder gitops/ beside a tree's root; None where there is none."""
    return read_gitops(root.parent / GITOPS)


def read_gitops(folder: Path) -> GitOps | None:
    """The folder gitops/ of a repository; None where there is none. Files that cannot be read are told of."""
    if not (folder / _CLUSTERS).is_dir():
        return None
    gates = {each for each in map(_gate, _documents(folder / _KARPENTER) or ()) if each is not None}
    there = sorted(each for each in folder.glob(f"{_CLUSTERS}/*/*/*") if each.is_dir())
    return GitOps(gates.pop() if len(gates) == 1 else None, tuple(_node_classes(each, folder) for each in there))


def _node_classes(where: Path, folder: Path) -> NodeClasses:
    selectors: list[Selector] = []
    unread: list[str] = []
    files: dict[str, str] = {}
    for file in _manifests(where):
        name = file.relative_to(folder).as_posix()
        documents = _documents(file)
        if documents is None:
            unread.append(name)
            continue
        selectors.extend(_located(each, file, name) for document in documents for each in _selectors(document))
        files |= {str(_at(each, "metadata", "name")): name for each in documents if each.get("kind") == _NODE_CLASS}
    account, region, cluster = where.parts[-3:]
    pools = [*_manifests(folder / _POOLS), *_manifests(where)]
    return NodeClasses(
        account,
        region,
        cluster,
        where.relative_to(folder).as_posix(),
        tuple(selectors),
        tuple(unread),
        files,
        _pool_types(document for file in pools for document in _documents(file) or ()),
    )


def _manifests(folder: Path) -> list[Path]:
    """The files that Argo CD applies of a folder."""
    return sorted(each for each in folder.glob("*") if each.suffix in _APPLIED)


def _located(selector: Selector, file: Path, name: str) -> Selector:
    """A selector with where its id stands, which a parsed file does not tell."""
    lines = file.read_text(encoding="utf-8").splitlines() if selector.id else []
    line = next((number for number, text in enumerate(lines, start=1) if selector.id and selector.id in text), 1)
    return replace(selector, file=name, line=line)


def _pool_types(documents: Iterable[Mapping[str, Any]]) -> Mapping[str, tuple[str, ...]]:
    """The instance types that NodePools name, by the NodeClass of each."""
    found: dict[str, list[str]] = {}
    for pool in documents:
        if pool.get("kind") != "NodePool":
            continue
        node_class: Any = _at(pool, "spec", "template", "spec", "nodeClassRef", "name")
        requirements: Any = _at(pool, "spec", "template", "spec", "requirements")
        for each in cast("list[Any]", requirements) if isinstance(requirements, list) else ():
            values: Any = _at(each, "values")
            if _at(each, "key") == _TYPE_LABEL and _at(each, "operator") == "In" and isinstance(values, list):
                found.setdefault(str(node_class), []).extend(map(str, cast("list[Any]", values)))
    return {name: tuple(types) for name, types in found.items()}


def _documents(file: Path) -> list[Mapping[str, Any]] | None:
    """The objects of a file; None if it cannot be read."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        found = yaml_documents(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, NotYaml):
        return None
    return [cast("Mapping[str, Any]", each) for each in found if isinstance(each, Mapping)]


def _selectors(document: Mapping[str, Any]) -> Iterator[Selector]:
    if document.get("kind") != _NODE_CLASS:
        return
    terms: Any = _at(document, "spec", "capacityReservationSelectorTerms")
    for term in cast("list[Any]", terms) if isinstance(terms, list) else ():
        tags: Any = _at(term, "tags")
        named: Any = _at(term, "id")
        owner: Any = _at(term, "ownerID")
        criteria: Any = _at(term, "instanceMatchCriteria")
        pairs = cast("Mapping[Any, Any]", tags).items() if isinstance(tags, Mapping) else ()
        yield Selector(
            str(named) if named is not None else None,
            tuple((str(key), str(value)) for key, value in pairs),
            str(owner) if owner is not None else None,
            criteria == "open" if criteria is not None else None,
        )


def _gate(document: Mapping[str, Any]) -> bool | None:
    """What an ApplicationSet of Karpenter's chart says of the gate."""
    sources: Any = _at(document, "spec", "template", "spec", "sources")
    for source in cast("list[Any]", sources) if isinstance(sources, list) else ():
        gate = _at(source, "helm", "valuesObject", "settings", "featureGates", "reservedCapacity")
        if isinstance(gate, bool):
            return gate
    return None


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = cast("Mapping[Any, Any]", value).get(key)
    return value
