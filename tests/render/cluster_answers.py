"""An answer about clusters of every kind in which every rule that shows words of others has found something."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mcp_server.capacity.issues import Issue
from mcp_server.capacity.owned import ReservationState
from mcp_server.clusters.asking import THE_REST, Unread
from mcp_server.clusters.costs import Money
from mcp_server.clusters.looking import ClustersAnswer
from mcp_server.clusters.model import (
    Addon,
    ClusterKind,
    ClusterState,
    GroupKind,
    GroupState,
    Node,
    NodeState,
    Update,
    UpdateState,
)
from mcp_server.clusters.problems import World
from mcp_server.clusters.rules import problems
from mcp_server.clusters.status import Status
from mcp_server.searching.readers import AccountFailure
from tests.clusters.worlds import (
    ACCOUNT,
    BLOCK,
    DAY,
    NOW,
    REGION,
    block,
    eks,
    gitops,
    group,
    hyperpod,
    instance_group,
    on_demand,
    plan,
    plane,
    slurm,
    tree,
    unit,
)
from tests.render.values import FAILURES

_ISSUES = (Issue("AccessDenied", "the role is gone", ("i-0",)), Issue("Other"))
_FAILED = Update("VersionUpdate", UpdateState.FAILED, NOW - DAY, _ISSUES)
_STUCK = Update("ConfigUpdate", UpdateState.GOING_ON, NOW - DAY)
_UNIT = unit("main/eks", "eks-cluster", {("name",): "training", ("kubernetes_version",): "1.31"})
_LATER = "cr-00000000000000001"

_GROUPS = (
    group(wanted=9, running=6, healthy=5, minimum=8, on=((BLOCK, 6),), issues=_ISSUES, update=_FAILED),
    group(name="degraded", state=GroupState.DEGRADED, words="DEGRADED", running=None, capacity=(), on=()),
    group(
        name="broken",
        capacity=(_LATER,),
        on=(),
        running=7,
        healthy=6,
        unwell=(Node("i-1", NodeState.FAILED, "Failure", "a check failed", BLOCK, "use1-az4"),),
        replaced=("i-2", "i-3", "i-4", "i-5"),
        update=_STUCK,
    ),
    group(kind=GroupKind.NODE_POOL, name="general", wanted=None, minimum=None, maximum=None, capacity=(), on=()),
)
_CLUSTERS = (
    eks(
        *_GROUPS,
        version="1.29",
        unit=_UNIT.path,
        issues=_ISSUES,
        update=_FAILED,
        control_plane=plane(
            authentication_mode="CONFIG_MAP",
            support="EXTENDED",
            addons=(Addon("coredns", "v1.1.1", "DEGRADED", _ISSUES),),
        ),
    ),
    hyperpod(
        instance_group(running=2, healthy=2, minimum=8, since=NOW, state=GroupState.CREATING, words="Creating"),
        attached_to="training",
        state=ClusterState.UPDATING,
        words="Updating",
    ),
    hyperpod(name="lost", attached_to="nowhere"),
    slurm(
        group(kind=GroupKind.QUEUE, name="p5/nodes", zone_ids=("use1-az6",), wanted=20),
        state=ClusterState.UPDATE_FAILED,
        words="UPDATE_ROLLBACK_COMPLETE",
        fleet="PROTECTED",
    ),
    eks(name="gone", state=ClusterState.OTHER, words="SOMETHING_NEW"),
)
_RESERVATIONS = (
    block(end=NOW + DAY, free=2),
    block(id=_LATER, state=ReservationState.SCHEDULED, start=NOW + DAY),
    plan(state=ReservationState.SCHEDULED),
    block(id="cr-00000000000000002", free=8, tags=(("Name", "idle"),)),
)


def clusters_answer(rewritten: Callable[[Any], Any] = lambda value: value) -> ClustersAnswer:
    """The answer, of clusters and capacity whose strings are rewritten before anything is judged."""
    clusters, reservations = rewritten(_CLUSTERS), rewritten(_RESERVATIONS)
    world = World(
        NOW,
        clusters,
        reservations,
        on_demand=rewritten((on_demand(),)),
        hourly={each.id: Money(Decimal(9_000), "USD") for each in reservations},
        tree=replace(tree(_UNIT), units=tuple(replace(_UNIT, path=each.unit) for each in clusters if each.unit)),
        gitops=rewritten(gitops()),
        listed=frozenset((each.account, REGION, ClusterKind.EKS) for each in clusters),
    )
    unread = [
        Unread(ACCOUNT, "main", REGION, "eks:ListAddons", rewritten(each), name)
        for each in FAILURES
        for name in (None, rewritten("training"))
    ]
    unread.append(Unread(ACCOUNT, "main", REGION, THE_REST, None))
    status = Status(NOW, clusters, problems(world), reservations, (), world.on_demand, tuple(unread), 2)
    failures = tuple(AccountFailure("other", rewritten(each)) for each in FAILURES)
    return ClustersAnswer(status, True, (("main", ACCOUNT),), ("something to be read",), failures, len(clusters))
