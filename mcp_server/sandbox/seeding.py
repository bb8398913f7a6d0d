"""Which clusters a world begins with, and what the named scene adds: capacity in use and idle, and what goes wrong."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from mcp_server.sandbox import scenes
from mcp_server.sandbox.catalogue import product_named
from mcp_server.sandbox.population import (
    DEFAULT_KUBERNETES,
    DEFAULT_PARALLELCLUSTER,
    Cluster,
    ClusterKind,
)
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.telling import Statement

_ADDONS: Final[Mapping[str, str]] = {
    "aws-fsx-csi-driver": "v1.8.0-eksbuild.1",
    "coredns": "v1.12.4-eksbuild.1",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.2",
    "vpc-cni": "v1.21.1-eksbuild.1",
}
_BLOCK, _LATER, _QUEUE, _PLAN, _WAITING = "p5-now", "p5en-later", "p5-queue", "p5en-now", "p5-waiting"


def seeded(simulation: Simulation) -> scenes.Scene:
    """The clusters of a world's population as they are when nothing was bought: small and well."""
    clusters = _with_networks(simulation)
    of = {kind: [each for each in clusters if each.kind is kind] for kind in ClusterKind}
    return scenes.Scene(
        eks=tuple(_eks(each) for each in of[ClusterKind.EKS]),
        hyperpod=(
            *(_hyperpod(clusters, each, "cpu") for each in of[ClusterKind.HYPERPOD_EKS]),
            *(_hyperpod(clusters, each, "controller") for each in of[ClusterKind.HYPERPOD_SLURM]),
        ),
        parallelclusters=tuple(
            scenes.ParallelCluster(
                **_named(each),
                version=each.version or DEFAULT_PARALLELCLUSTER,
                queues=(_cpu_queue(),),
            )
            for each in of[ClusterKind.PARALLELCLUSTER]
        ),
    )


def named_scene(simulation: Simulation, now: datetime) -> tuple[scenes.Scene, tuple[Statement, ...]]:
    """The scene `clusters`, of those kinds of cluster that the world has, and what AWS says then.

    A block that ends within two days with two of its eight machines idle, one that has not begun though its group
    waits, a plan with a broken machine, one whose group waits, a queue that lacks one machine of its block.
    """
    first = {each.kind: each for each in reversed(_with_networks(simulation))}
    turn = datetime.combine(now.date(), time(11, 30), UTC)
    turn = turn if turn > now else turn + timedelta(days=1)
    scene, said = scenes.Scene(), list[Statement]()
    if eks := first.get(ClusterKind.EKS):
        scene = _with_blocks(simulation, scene, eks, turn)
        said += _said_of_eks(eks)
    if pod := first.get(ClusterKind.HYPERPOD_EKS):
        scene = _with_plan(simulation, scene, pod, turn)
        said += _said_of_hyperpod(pod)
    if slurm := first.get(ClusterKind.HYPERPOD_SLURM):
        scene = _with_waiting(simulation, scene, slurm, turn)
    if parallel := first.get(ClusterKind.PARALLELCLUSTER):
        scene = _with_queue(simulation, scene, parallel, turn)
    return scene, tuple(said)


def _with_networks(simulation: Simulation) -> Sequence[Cluster]:
    """The clusters that have somewhere to be: a tree may name a region that moto does not have."""
    population = simulation.population
    places = {
        (each.account, each.region)
        for each in population.networks
        if simulation.letters.region(each.account.number, each.region)
    }
    return [each for each in population.clusters if _place(each) in places]


def _eks(cluster: Cluster) -> scenes.EksCluster:
    version = cluster.version or DEFAULT_KUBERNETES
    return scenes.EksCluster(
        **_named(cluster),
        version=version,
        addons={**_ADDONS, "kube-proxy": f"v{version}.1-eksbuild.2"},
        groups=(
            scenes.NodeGroup(name="system", instance_type="m7i.xlarge", count=2, minimum=2, maximum=4),
            scenes.NodeGroup(name="general", instance_type="c7i.4xlarge", count=1, karpenter=True),
        ),
    )


def _hyperpod(clusters: Sequence[Cluster], cluster: Cluster, group: str) -> scenes.HyperPodCluster:
    """On EKS it is attached to the EKS cluster of its account and region."""
    eks = [each.name for each in clusters if each.kind is ClusterKind.EKS and _place(each) == _place(cluster)]
    on_eks = cluster.kind is ClusterKind.HYPERPOD_EKS
    return scenes.HyperPodCluster(
        **_named(cluster),
        eks=(eks or ["training"])[0] if on_eks else None,
        continuous=on_eks,
        groups=(scenes.InstanceGroup(name=group, instance_type="ml.m5.2xlarge", count=1),),
    )


def _cpu_queue() -> scenes.Queue:
    return scenes.Queue(name="cpu", instance_type="c7i.8xlarge", maximum=16, running=2)


def _with_blocks(simulation: Simulation, scene: scenes.Scene, eks: Cluster, turn: datetime) -> scenes.Scene:
    now_type, later_type = "p5.48xlarge", "p5en.48xlarge"
    here, there = (_zone(simulation, eks, each) for each in (now_type, later_type))
    blocks = (
        _block(eks, _BLOCK, now_type, 8, here, (turn - timedelta(days=6), turn + timedelta(days=1))),
        _block(eks, _LATER, later_type, 4, there, (turn + timedelta(days=2), turn + timedelta(days=9))),
    )
    groups = (
        scenes.NodeGroup(name=_BLOCK, instance_type=now_type, count=6, maximum=8, zone_ids=(here,), block=_BLOCK),
        scenes.NodeGroup(name=_LATER, instance_type=later_type, count=4, zone_ids=(there,), block=_LATER),
    )
    added = scenes.EksCluster(**_named(eks), version=eks.version or DEFAULT_KUBERNETES, groups=groups)
    return scene.model_copy(update={"blocks": (*scene.blocks, *blocks), "eks": (*scene.eks, added)})


def _with_plan(simulation: Simulation, scene: scenes.Scene, pod: Cluster, turn: datetime) -> scenes.Scene:
    type_ = "ml.p5en.48xlarge"
    zone_id = _zone(simulation, pod, type_)
    plan = _plan(pod, _PLAN, type_, 4, zone_id, (turn - timedelta(days=3), turn + timedelta(days=4)))
    group = scenes.InstanceGroup(name="p5en", instance_type=type_, count=3, plan=_PLAN, zone_id=zone_id)
    added = scenes.HyperPodCluster(**_named(pod), continuous=True, groups=(group,))
    return scene.model_copy(update={"plans": (*scene.plans, plan), "hyperpod": (*scene.hyperpod, added)})


def _with_waiting(simulation: Simulation, scene: scenes.Scene, slurm: Cluster, turn: datetime) -> scenes.Scene:
    type_ = "ml.p5.48xlarge"
    zone_id = _zone(simulation, slurm, type_)
    plan = _plan(slurm, _WAITING, type_, 2, zone_id, (turn + timedelta(days=1), turn + timedelta(days=3)))
    group = scenes.InstanceGroup(
        name="workers", instance_type=type_, count=2, minimum=2, plan=_WAITING, zone_id=zone_id
    )
    added = scenes.HyperPodCluster(**_named(slurm), groups=(group,))
    return scene.model_copy(update={"plans": (*scene.plans, plan), "hyperpod": (*scene.hyperpod, added)})


def _with_queue(simulation: Simulation, scene: scenes.Scene, cluster: Cluster, turn: datetime) -> scenes.Scene:
    type_ = "p5.48xlarge"
    zone_id = _zone(simulation, cluster, type_)
    block = _block(cluster, _QUEUE, type_, 4, zone_id, (turn - timedelta(days=2), turn + timedelta(days=5)))
    queue = scenes.Queue(name="p5", instance_type=type_, minimum=4, maximum=4, running=3, zone_id=zone_id, block=_QUEUE)
    added = scenes.ParallelCluster(
        **_named(cluster),
        version=cluster.version or DEFAULT_PARALLELCLUSTER,
        queues=(_cpu_queue().model_copy(update={"running": 0}), queue),
        stack_status="UPDATE_ROLLBACK_COMPLETE",
    )
    return scene.model_copy(
        update={"blocks": (*scene.blocks, block), "parallelclusters": (*scene.parallelclusters, added)}
    )


def _said_of_eks(eks: Cluster) -> Iterator[Statement]:
    replicas = {
        "code": "InsufficientNumberOfReplicas",
        "message": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
    }
    yield Statement(
        of="addon",
        **_of(eks),
        name="coredns",
        set={"status": "DEGRADED", "health": {"issues": [replicas]}},
    )
    insight = {
        "name": "Deprecated APIs removed in the next version",
        "category": "UPGRADE_READINESS",
        "kubernetesVersion": "1.35",
        "description": "Checks for usage of deprecated APIs that are scheduled for removal.",
        "insightStatus": {"status": "WARNING", "reason": "Deprecated API usage detected within the last 30 days."},
        "recommendation": "Update manifests and API clients to use newer Kubernetes APIs.",
    }
    yield Statement(of="insight", **_of(eks), name="00000000-0000-4000-8000-000000000001", set=insight)
    error = {"errorCode": "NodeCreationFailure", "errorMessage": "Couldn't proceed with upgrade process."}
    failed = {"status": "Failed", "type": "VersionUpdate", "errors": [error]}
    yield Statement(of="update", **_of(eks), name="00000000-0000-4000-8000-000000000002", group="system", set=failed)


def _said_of_hyperpod(pod: Cluster) -> Iterator[Statement]:
    words = "Deep health check failed: NCCL test did not pass."
    broken = {"InstanceStatus": {"Status": "Failure", "Message": words}}
    yield Statement(of="hyperpod-node", **_of(pod), name="p5en-2", set=broken)
    event = {
        "InstanceGroupName": "p5en",
        "ResourceType": "Instance",
        "EventLevel": "Error",
        "Description": "Instance failed its health check and will be replaced.",
    }
    yield Statement(of="hyperpod-event", **_of(pod), set=event)


def _block(
    cluster: Cluster, key: str, type_: str, count: int, zone_id: str, between: tuple[datetime, datetime]
) -> scenes.Block:
    start, end = between
    place: dict[str, Any] = {"account": cluster.account.number, "region": cluster.region}
    return scenes.Block(key=key, **place, instance_type=type_, count=count, zone_id=zone_id, start=start, end=end)


def _plan(
    cluster: Cluster, key: str, type_: str, count: int, zone_id: str, between: tuple[datetime, datetime]
) -> scenes.Plan:
    start, end = between
    place: dict[str, Any] = {"account": cluster.account.number, "region": cluster.region}
    return scenes.Plan(key=key, **place, instance_type=type_, count=count, zone_id=zone_id, start=start, end=end)


def _zone(simulation: Simulation, cluster: Cluster, type_: str) -> str:
    """A zone with a subnet that sells a type, else any with a subnet."""
    networks = [each for each in simulation.population.networks if (each.account, each.region) == _place(cluster)]
    here = list(simulation.letters.region(cluster.account.number, cluster.region).values())
    known = [each for each in here if not networks or not networks[0].zone_ids or each in networks[0].zone_ids]
    selling = {each.zone_id for each in simulation.places.regional(product_named(type_), cluster.region)}
    return next((each for each in known if each in selling), known[0])


def _place(cluster: Cluster) -> tuple[object, str]:
    return cluster.account, cluster.region


def _named(cluster: Cluster) -> dict[str, Any]:
    return {"account": cluster.account.number, "region": cluster.region, "name": cluster.name}


def _of(cluster: Cluster) -> dict[str, Any]:
    return {"account": cluster.account.number, "region": cluster.region, "cluster": cluster.name}
