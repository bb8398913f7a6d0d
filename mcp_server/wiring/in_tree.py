"""What the files of a checked-in tree name, of Terraform's and of Karpenter's."""

from collections.abc import Iterable, Iterator

from mcp_server.capacity.owned import OwnedReservation
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.node_classes import GitOps, NodeClasses, gitops_beside
from mcp_server.wiring.places import Place, Wired, places, wired


def places_in(tree: LiveTree | None) -> tuple[Place, ...]:
    """Every place that takes capacity, none without a tree. Reads gitops/; which types units take is not read."""
    return places(tree, gitops_beside(tree.root), {}) if tree else ()


def entries_in(tree: LiveTree | None) -> tuple[Wired, ...]:
    """Every entry of a tree, and of gitops/ beside it, that names a reservation or plan; none without a tree."""
    return wired(places_in(tree))


def taken_by_tags(there: Iterable[Place], reservations: Iterable[OwnedReservation]) -> Iterator[str]:
    """The ids of reservations that a NodeClass takes by their tags, or as all that are alike: no entry names them."""
    node_classes = [each.node_classes for each in there if each.node_classes]
    for reservation in reservations:
        if any(_takes_by_tags(each, reservation) for each in node_classes):
            yield reservation.id


def taking_by_tags(gitops: GitOps | None, reservation: OwnedReservation) -> Iterator[NodeClasses]:
    """What takes a reservation by its tags, also in folders of clusters that no unit makes."""
    return (each for each in (gitops.clusters if gitops else ()) if _takes_by_tags(each, reservation))


def _takes_by_tags(there: NodeClasses, reservation: OwnedReservation) -> bool:
    here = there.region == reservation.region
    return here and any(each.id is None and each.takes(reservation) for each in there.selectors)
