"""The machines of HyperPod clusters: they come when there is capacity for them, and go with it."""

from collections import Counter
from datetime import datetime

from mcp_server.sandbox.hyperpod import PATIENCE, HyperPodCluster, InstanceGroup, Node
from mcp_server.sandbox.market import digest
from mcp_server.sandbox.sagemaker_cluster_events import note
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.training_plans import HYPERPOD_LEAD, Status, TrainingPlan, Use


def settle(simulation: Simulation, now: datetime) -> None:
    """Let machines come and go that are due, and plans say how many of theirs are used."""
    used, broken = Counter[str](), Counter[str]()
    for cluster in simulation.hyperpod:
        if cluster.lifetime.gone(now):
            continue
        for group in cluster.groups.values():
            plan = simulation.plans.find(group.plan_arn) if group.plan_arn else None
            _settle_group(cluster, group, plan, now)
            if plan:
                failing = sum(each.status == "Failure" for each in group.nodes)
                broken[plan.arn] += failing
                used[plan.arn] += len(group.nodes) - failing
    # One that a group was on and no group is now is used by nobody.
    for arn in simulation.hyperpod.used_plans | used.keys():
        plan = simulation.plans.find(arn)
        if plan:
            plan.use = Use(used[arn], broken[arn])
    simulation.hyperpod.used_plans = {*used}


def resize(group: InstanceGroup, count: int, now: datetime) -> None:
    """Ask for another number of machines."""
    group.before, group.requested, group.rolled_back = len(group.nodes), now, None
    group.asked["InstanceCount"] = count
    del group.nodes[count:]


def _settle_group(cluster: HyperPodCluster, group: InstanceGroup, plan: TrainingPlan | None, now: datetime) -> None:
    since = group.requested
    if group.plan_arn:
        if plan is None or plan.status(now) is not Status.ACTIVE or now >= plan.end(plan.last, now) - HYPERPOD_LEAD:
            group.nodes.clear()
            _give_up(cluster, group, now)
            return
        since = max(group.requested, plan.start)
    if group.minimum and since >= group.requested + PATIENCE:
        # It had given up before the plan began, whether anybody looked then or not.
        _give_up(cluster, group, now)
    missing = group.wanted - len(group.nodes)
    for _ in range(missing):
        group.nodes.append(_node(cluster, group, since))
    if missing > 0:
        words = f"Instance group {group.name} has {len(group.nodes)} of {group.wanted} instances."
        note(cluster, since, "InstanceGroup", words, group=group.name)


def _give_up(cluster: HyperPodCluster, group: InstanceGroup, now: datetime) -> None:
    """Roll a group back whose minimum was not met in time."""
    until = group.requested + PATIENCE
    if group.minimum and len(group.nodes) < group.minimum and now >= until and group.rolled_back is None:
        group.rolled_back = until
        words = f"Instance group {group.name} did not reach its minimum of {group.minimum} within 3 hours."
        note(cluster, until, "InstanceGroup", words, group=group.name, level="Error")


def _node(cluster: HyperPodCluster, group: InstanceGroup, launched: datetime) -> Node:
    group.made += 1
    number = digest(cluster.arn, group.name, group.made)
    third, fourth = number // 250 % 250, number % 250 + 4
    return Node(f"i-0{number:016x}", f"{group.name}-{group.made}", launched, f"10.2.{third}.{fourth}")
