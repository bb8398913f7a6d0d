"""Clusters, reservations and trees for tests, each healthy unless a test makes it otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from mcp_server.capacity.on_demand import OnDemandReservation
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, PlanFacts, ReservationState
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.clusters.model import (
    Addon,
    Cluster,
    ClusterKind,
    ClusterState,
    ControlPlane,
    Group,
    GroupKind,
    GroupState,
    Orchestrator,
)
from mcp_server.clusters.problems import World
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.node_classes import GitOps, NodeClasses, Selector
from mcp_server.monorepo.sources import Source, SourceKind
from mcp_server.monorepo.units import Input, Place, Unit, UnitKind
from mcp_server.monorepo.values import Value

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACCOUNT, REGION = "111122223333", "us-east-1"
BLOCK = "cr-0123456789abcdef0"
PLAN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-plan/pretrain"
ZONE = "use1-az4"


def block(**changes: Any) -> OwnedReservation:
    """Eight machines of an active block that are all in use, for another ten days."""
    whole = OwnedReservation(
        id=BLOCK,
        block_id="cb-0123456789abcdef0",
        account=ACCOUNT,
        region=REGION,
        instance_type="p5.48xlarge",
        zone=Zone("us-east-1a", ZONE),
        platform="Linux/UNIX",
        count=8,
        state=ReservationState.ACTIVE,
        words="active",
        start=NOW - 4 * DAY,
        end=NOW + 10 * DAY,
        created=NOW - 5 * DAY,
        tags=(),
        free=0,
    )
    return replace(whole, **changes)


def plan(**changes: Any) -> OwnedReservation:
    """Eight machines of an active training plan for HyperPod that cost 100,000 USD, for another ten days."""
    start, end = NOW - 4 * DAY, NOW + 10 * DAY
    facts = PlanFacts(
        "pretrain",
        ("hyperpod-cluster",),
        (Stay(Zone("us-east-1a", ZONE), 8, start, end),),
        Decimal(100_000),
        "USD",
        instances=8,
    )
    return block(id=PLAN, block_id=None, start=start, end=end, created=None, plan=facts, **changes)


def extension(**changes: Any) -> OwnedExtension:
    """Two more days of the block, paid."""
    bought = OwnedExtension(
        reservation_id=BLOCK,
        offering_id="cbe-0123456789abcdef0",
        account=ACCOUNT,
        region=REGION,
        instance_type="p5.48xlarge",
        count=8,
        zone=Zone("us-east-1a", ZONE),
        state=ExtensionState.PAYMENT_SUCCEEDED,
        purchased=NOW - DAY,
        start=NOW + 8 * DAY,
        end=NOW + 10 * DAY,
        fee=Decimal(20_000),
        currency="USD",
    )
    return replace(bought, **changes)


def group(**changes: Any) -> Group:
    """A node group that has what it wants, on the block."""
    whole = Group(
        kind=GroupKind.NODE_GROUP,
        name="big",
        state=GroupState.ACTIVE,
        words="ACTIVE",
        wanted=8,
        running=8,
        healthy=8,
        minimum=0,
        maximum=8,
        instance_type="p5.48xlarge",
        zone_ids=(ZONE,),
        capacity=(BLOCK,),
        on=((BLOCK, 8),),
    )
    return replace(whole, **changes)


def instance_group(**changes: Any) -> Group:
    """A group of HyperPod that has what it wants, on the plan."""
    return group(
        **{
            "kind": GroupKind.INSTANCE_GROUP,
            "words": "InService",
            "instance_type": "ml.p5.48xlarge",
            "capacity": (PLAN,),
            "on": (),
        }
        | changes
    )


def plane(**changes: Any) -> ControlPlane:
    """A control plane as HyperPod asks of it."""
    addons = (Addon("vpc-cni", "v1.21.1-eksbuild.1", "ACTIVE"), Addon("eks-pod-identity-agent", "v1.3.9", "ACTIVE"))
    return replace(ControlPlane("API", auto_mode=False, support="STANDARD", addons=addons), **changes)


def eks(*groups: Group, **changes: Any) -> Cluster:
    """An EKS cluster in which all is well."""
    whole = Cluster(
        kind=ClusterKind.EKS,
        orchestrator=Orchestrator.KUBERNETES,
        name="training",
        account=ACCOUNT,
        account_name="main",
        region=REGION,
        version="1.35",
        state=ClusterState.ACTIVE,
        words="ACTIVE",
        groups=groups,
        control_plane=plane(),
    )
    return replace(whole, **changes)


def hyperpod(*groups: Group, **changes: Any) -> Cluster:
    """A HyperPod cluster in which all is well."""
    return eks(
        *groups,
        **{"kind": ClusterKind.HYPERPOD, "name": "pods", "version": None, "words": "InService", "control_plane": None}
        | changes,
    )


def slurm(*groups: Group, **changes: Any) -> Cluster:
    """A ParallelCluster in which all is well."""
    own = {
        "kind": ClusterKind.PARALLELCLUSTER,
        "orchestrator": Orchestrator.SLURM,
        "name": "slurm",
        "version": "3.16.1",
        "words": "UPDATE_COMPLETE",
        "control_plane": None,
        "fleet": "RUNNING",
    }
    return eks(*groups, **own | changes)


def world(*clusters: Cluster, **changes: Any) -> World:
    """These clusters and nothing else, at NOW."""
    return replace(World(NOW, clusters), **changes)


def on_demand(**changes: Any) -> OnDemandReservation:
    """An open reservation paid by the hour, with two machines free."""
    reservation = OnDemandReservation(
        "cr-0fedcba9876543210", ACCOUNT, REGION, "g6.12xlarge", Zone("us-east-1a", ZONE), 2, 2, open=True
    )
    return replace(reservation, **changes)


def gitops(*selectors: Selector, reserved_only: bool | None = True, **changes: Any) -> GitOps:
    """The NodeClasses of one cluster."""
    folder = NodeClasses("main", REGION, "training", f"clusters/main/{REGION}/training", selectors)
    return GitOps(reserved_only, (replace(folder, **changes),))


def unit(path: str, module: str, inputs: dict[tuple[str | int, ...], Value]) -> Unit:
    """A unit of this account and region."""
    return Unit(
        path,
        UnitKind.TERRAGRUNT,
        f"{path}/terragrunt.hcl",
        account_name="main",
        account_id=ACCOUNT,
        region=REGION,
        sources=(Source(SourceKind.LOCAL, "", f"../terraform/modules/{module}", None),),
        inputs=tuple(Input(keys, value, True, Place("terragrunt.hcl", 1, 0, 0)) for keys, value in inputs.items()),
    )


def tree(*units: Unit) -> LiveTree:
    """A tree of these units."""
    return LiveTree(Path("live"), units, (tuple(each.path for each in units),), ())
