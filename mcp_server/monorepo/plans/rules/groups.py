"""Groups of machines: EKS node groups, HyperPod instance groups."""

from collections.abc import Iterable

from mcp_server.monorepo.plans.changes import DESTROYING, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.capacity import (
    HYPERPOD,
    INSTANCE_GROUPS,
    NODE_GROUP,
    groups_known_later,
    instance_groups,
    is_on_capacity,
)
from mcp_server.monorepo.plans.values_at import at, block, found_under, told

_SCALING_GROUP = "aws_autoscaling_group"


def _running(value: object) -> int:
    size = at(block(value, "scaling_config"), "desired_size")
    return int(size) if isinstance(size, int | float) else 0


def _group_gone(change: Change) -> Iterable[Seen]:
    before = change.values.before
    nodes = _running(before)
    told = f"{nodes} nodes are wanted of it now." if nodes else "No node is wanted of it now."
    if is_on_capacity(before):
        severity = Severity.CRITICAL if nodes else Severity.HIGH
        yield Seen(f"It runs on a capacity block. {told}", severity)
    else:
        yield Seen(told, None if nodes else Severity.MEDIUM)


_ROLLING = ("version", "release_version", "ami_type")


def _rolled(change: Change) -> Iterable[Seen]:
    before, after, unknown = change.values.before, change.values.after, change.values.unknown
    changed = [
        each
        for each in _ROLLING
        if (at(before, each) != at(after, each) and at(after, each)) or at(unknown, each) is True
    ]
    template = block(before, "launch_template"), block(after, "launch_template"), block(unknown, "launch_template")
    one, other, later = (at(each, "version") for each in template)
    if one != other or later is True:
        changed.append("launch_template.version")
    if changed and at(before, "scaling_config") is not None:
        nodes = _running(before)
        severity = Severity.CRITICAL if is_on_capacity(before) and nodes else None if nodes else Severity.LOW
        yield Seen(f"{', '.join(changed)}: its {nodes} nodes are made anew, one after another.", severity)


def _shrinks(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    if change.type == HYPERPOD:
        yield from _instance_groups_shrink(change)
    elif change.type == _SCALING_GROUP:
        yield from _sizes_shrink(before, after, "desired_capacity", paid=False)
    else:
        one, other = block(before, "scaling_config"), block(after, "scaling_config")
        yield from _sizes_shrink(one, other, "desired_size", paid=is_on_capacity(before))


def _sizes_shrink(before: object, after: object, wanted: str, *, paid: bool) -> Iterable[Seen]:
    running = _count(at(before, wanted)) or 0
    least, most = (_count(at(after, each)) for each in ("min_size", "max_size"))
    left = _count(at(after, wanted))
    left = min(each for each in (running if left is None else left, most) if each is not None)
    if left < running:
        yield Seen(f"From {running} nodes to {left}.", Severity.CRITICAL if paid else None)
        return
    for name, size in (("min_size", least), ("max_size", most)):
        was = _count(at(before, name))
        if was is not None and size is not None and size < was:
            yield Seen(f"{name}: from {was} to {size}.", Severity.MEDIUM)


def _instance_groups_shrink(change: Change) -> Iterable[Seen]:
    for key in INSTANCE_GROUPS:
        standing, wanted = (instance_groups(side, key) for side in (change.values.before, change.values.after))
        if standing and groups_known_later(change, key, "instance_count") is None:
            yield Seen(f"Which {key} it has is known only after apply.", Severity.MEDIUM)
            continue
        for name, group in standing.items():
            yield from _instance_group_shrinks(name, group, wanted.get(name))


def _instance_group_shrinks(name: str, before: object, after: object) -> Iterable[Seen]:
    was, least = (_count(at(before, each)) or 0 for each in ("instance_count", "min_instance_count"))
    count, new_least = (_count(at(after, each)) for each in ("instance_count", "min_instance_count"))
    worst = Severity.CRITICAL if is_on_capacity(before) else None
    if after is None:
        yield Seen(f"Group {told(name)} goes, with its {was} instances.", worst if was else Severity.MEDIUM)
    elif count is not None and count < was:
        yield Seen(f"Group {told(name)}: from {was} instances to {count}.", worst)
    elif new_least is not None and new_least < least:
        yield Seen(f"Group {told(name)}: at least {new_least} instances, not {least}.", Severity.MEDIUM)


def _count(value: object) -> int | None:
    """A number of machines; None where nobody says one."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


_FIXED_OF_GROUP = ("instance_type", "execution_role", "threads_per_core", "override_vpc_config")


def _hyperpod(change: Change) -> Iterable[Seen]:
    if change.action is not Action.UPDATE:
        return
    for key in INSTANCE_GROUPS:
        wanted = instance_groups(change.values.after, key)
        later = groups_known_later(change, key, "training_plan_arn")
        for name, group in instance_groups(change.values.before, key).items():
            if later is not None and name in wanted:
                yield from _hyperpod_group(name, group, wanted[name], plan_known=name not in later)


def _hyperpod_group(name: str, before: object, after: object, *, plan_known: bool) -> Iterable[Seen]:
    for each in _FIXED_OF_GROUP:
        if at(before, each) and at(after, each) is not None and at(before, each) != at(after, each):
            yield Seen(f"{each} of group {told(name)} cannot be changed.")
    if plan_known and at(before, "training_plan_arn") and not at(after, "training_plan_arn"):
        yield Seen(f"The training plan of group {told(name)} cannot be taken away.")
    keys = [found_under(each, "volume_kms_key_id") for each in (before, after)]
    if keys[0] and keys[0] != keys[1]:
        yield Seen(f"The key of the volumes of group {told(name)} cannot be changed.")


RULES = (
    Rule(
        "node-group-replaced",
        Severity.HIGH,
        "a node group that is destroyed or replaced",
        "Its nodes are drained and terminated, and so is what runs on them; on a block they cost the same meanwhile.",
        "Wait for the end of the block, or make another group first and drain this one by hand.",
        frozenset({NODE_GROUP, "awscc_eks_nodegroup"}),
        _group_gone,
        DESTROYING,
    ),
    Rule(
        "nodes-rolled",
        Severity.MEDIUM,
        "a node group with another version, image or launch template",
        "Its nodes are replaced while the apply waits; a block has no spare machine, so work is stopped for each.",
        "Do it when nothing runs: desired_size 0 first, or after the block has ended.",
        frozenset({NODE_GROUP}),
        _rolled,
        frozenset({Action.UPDATE}),
    ),
    Rule(
        "hyperpod-refused",
        Severity.HIGH,
        "an instance group's type, role, threads, network, volume key or training plan that is changed",
        "Terraform plans an update, and SageMaker refuses it: these are fixed when the group is made.",
        "Make a group under another name, apply, then take the old one out.",
        frozenset({HYPERPOD}),
        _hyperpod,
    ),
    Rule(
        "group-shrinks",
        Severity.HIGH,
        "a node group, scaling group or instance group with fewer machines or lower limits, or one that goes",
        "Machines are terminated with what runs on them, and on capacity that was bought they cost the same.",
        "Drain what is to go first; leave limits as they are while work runs.",
        frozenset({_SCALING_GROUP, NODE_GROUP, HYPERPOD}),
        _shrinks,
        frozenset({Action.UPDATE}),
    ),
)
