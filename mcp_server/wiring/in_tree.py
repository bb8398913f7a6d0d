"""What the files of a checked-in tree name, of Terraform's and of Karpenter's."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mcp_server.capacity.owned import OwnedReservation
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.node_classes import read_gitops
from mcp_server.wiring.places import Place, Wired, places, wired

GITOPS = "gitops"
"""The folder beside the tree that Argo CD reads."""


def places_in(tree: LiveTree | None) -> tuple[Place, ...]:
    """Every place that takes capacity, none without a tree. Reads gitops/; which types units take is not read."""
    return places(tree, read_gitops(Path(tree.root).parent / GITOPS), {}) if tree else ()


def entries_in(tree: LiveTree | None) -> tuple[Wired, ...]:
    """Every entry of a tree, and of gitops/ beside it, that names a reservation or plan; none without a tree."""
    return wired(places_in(tree))


def taken_by_tags(there: Iterable[Place], reservations: Iterable[OwnedReservation]) -> Iterator[str]:
    """The ids of reservations that a NodeClass takes by their tags, or as all that are alike: no entry names them."""
    selecting = [
        (place.unit.region, each)
        for place in there
        if place.node_classes
        for each in place.node_classes.selectors
        if each.id is None
    ]
    for reservation in reservations:
        if any(region == reservation.region and selector.takes(reservation) for region, selector in selecting):
            yield reservation.id
