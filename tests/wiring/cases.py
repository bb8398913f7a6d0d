"""Capacity and places for it, in which nothing is in the way."""

from dataclasses import replace
from functools import cache
from typing import Any

from mcp_server.capacity.holdings import Holding
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.stays import Zone
from mcp_server.monorepo.reading import read_tree
from mcp_server.wiring.checks import Case
from mcp_server.wiring.ground import survey
from mcp_server.wiring.places import Place
from mcp_server.wiring.targets import Target
from tests.clusters import worlds
from tests.wiring.clones import ROOT

MAIN, SECONDARY = "483026362307", "159553542841"
BLOCK_PLACES = {
    Target.NODE_GROUP: "main-account/us-east-1/eks-training",
    Target.NODE_CLASS: "main-account/us-east-1/eks-training",
    Target.QUEUE: "main-account/us-east-1/parallelcluster",
}
HYPERPOD = "secondary-account/us-west-2/hyperpod-eks"


@cache
def place(path: str, target: Target) -> Place:
    """A place of this repository's own tree."""
    (found,) = survey(read_tree(ROOT / "live")).places_of(path, target)
    return found


def block_case(target: Target = Target.NODE_GROUP, **changes: Any) -> Case:
    """An active block in us-east-1 of the main account, for a place of its account, region and zone."""
    block = worlds.block(account=MAIN, zone=Zone("us-east-1a", "use1-az4"))
    return replace(case(block, place(BLOCK_PLACES[target], target)), **changes)


def plan_case(**changes: Any) -> Case:
    """An active plan for HyperPod in us-west-2 of the secondary account, for a group there."""
    plan = worlds.plan(account=SECONDARY, region="us-west-2", zone=Zone("us-west-2b", "usw2-az2"))
    return replace(case(plan, place(HYPERPOD, Target.INSTANCE_GROUP)), **changes)


def case(reservation: OwnedReservation, where: Place) -> Case:
    """Nothing else is in the way."""
    return Case(Holding(reservation), where, "p5", 8, (), (), worlds.NOW, simulated=False, scratch=False, gate=True)
