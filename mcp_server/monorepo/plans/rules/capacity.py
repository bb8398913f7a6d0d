"""Capacity that is bought, and the groups of machines that run on it."""

import re
from collections.abc import Iterable, Mapping
from typing import cast

from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.sensitive import is_sensitive
from mcp_server.monorepo.plans.values_at import all_told, at, block, found_under, listed, mapping, texts, told

_BLOCK = "aws_ec2_capacity_block_reservation"
_RESERVATION = "aws_ec2_capacity_reservation"
_NODE_GROUP = "aws_eks_node_group"
_TEMPLATE = "aws_launch_template"
_HYPERPOD = "awscc_sagemaker_cluster"
_PCLUSTER = "aws-parallelcluster_cluster"

PARALLELCLUSTER_REFUSED = "parallelcluster-refused"
PARALLELCLUSTER_STOPS = "parallelcluster-stops-nodes"


_ANCHOR = re.compile(r"(?:[:\[,-]|^)[ \t]*&\S", re.MULTILINE)


def _purchase(change: Change) -> Iterable[Seen]:
    if change.type == _BLOCK and change.action is not Action.FORGET:
        again = " It is tainted, so it is bought again." if change.reason == "replace_because_tainted" else ""
        yield Seen(f"Terraform would {change.action} it.{again}")
    elif change.type == _RESERVATION and (change.action.creates or _grows(change)):
        count, kind = at(change.values.after, "instance_count"), at(change.values.after, "instance_type")
        yield Seen(f"{told(count)} of {told(kind)} are billed on demand from apply on, used or not.", Severity.HIGH)


def _grows(change: Change) -> bool:
    before, after = (at(side, "instance_count") for side in (change.values.before, change.values.after))
    return isinstance(before, int) and isinstance(after, int) and after > before


def _reservations(value: object) -> set[str]:
    """Ids of all reservations and plans that a value takes machines from."""
    keys = ("capacity_reservation_id", "capacity_reservation_resource_group_arn", "training_plan_arn")
    return {text for each in found_under(value, *keys) for text in texts(each) if text}


def _queues(change: Change) -> tuple[object, object]:
    """Both sides of ParallelCluster's configuration, of which YAML is the text."""
    return _configuration(change.values.before), _configuration(change.values.after)


def _configuration(value: object) -> object:
    text = at(value, "cluster_configuration")
    # Few plans have such a text, and what parses it takes as long to load as a small plan to read.
    import yaml  # noqa: PLC0415

    # No configuration needs an anchor, with which a few lines are millions of values.
    if not isinstance(text, str) or _ANCHOR.search(text):
        return None
    try:
        return cast(object, yaml.safe_load(text))
    except (RecursionError, ValueError, yaml.YAMLError):
        return None


def _unless_sensitive(change: Change, found: Iterable[Seen]) -> Iterable[Seen]:
    """What was seen in ParallelCluster's configuration; that there is something, where that is sensitive as a whole."""
    if not is_sensitive(change.values, "cluster_configuration"):
        yield from found
    elif any(found):
        yield Seen("Its configuration is sensitive, so what of it changes is not told.")


def _pcluster_reservations(configuration: object) -> set[str]:
    keys = ("CapacityReservationId", "CapacityReservationResourceGroupArn")
    return {text for each in found_under(configuration, *keys) for text in texts(each) if text}


def _lost(change: Change) -> Iterable[Seen]:
    """Capacity that is paid for, and would stand idle."""
    if change.action in {Action.CREATE, Action.NO_OP, Action.READ, Action.FORGET}:
        return
    if change.type == _PCLUSTER:
        yield from _unless_sensitive(change, _gone(*map(_pcluster_reservations, _queues(change))))
        return
    if change.type == _HYPERPOD:
        yield from _gone_from_groups(change)
        return
    before = _reservations(change.values.before)
    if before and not _known_later(change):
        yield from _gone(before, _reservations(change.values.after))


def _gone(before: set[str], after: set[str]) -> Iterable[Seen]:
    for gone in sorted(before - after):
        other = f", {all_told(sorted(after - before))} instead" if after - before else ""
        yield Seen(f"{told(gone)} would no longer be used{other}.")


def _gone_from_groups(change: Change) -> Iterable[Seen]:
    """Training plans, group by group: what one leaves out, SageMaker fills in, so that it is known after apply."""
    unknown = listed(at(change.values.unknown, "instance_groups"))
    wanted = [*listed(at(change.values.after, "instance_groups"))]
    later = {
        name
        for place, each in enumerate(wanted)
        for name in texts(at(each, "instance_group_name"))
        if place < len(unknown) and at(unknown[place], "training_plan_arn") is True
    }
    kept = _groups(change.values.after)
    for name, group in _groups(change.values.before).items():
        if name not in later:
            yield from _gone(_reservations(group), _reservations(kept.get(name)))


def _known_later(change: Change) -> bool:
    keys = ("capacity_reservation_id", "capacity_reservation_specification")
    return any(each is True for each in found_under(change.values.unknown, *keys))


def _on_capacity(value: object) -> bool:
    """Whether machines come of capacity that was bought, as far as this resource says."""
    market = block(block(value, "instance_market_options"), "market_type")
    kinds = {at(value, "capacity_type"), at(block(value, "instance_market_options"), "market_type"), market}
    return bool(kinds & {"CAPACITY_BLOCK", "capacity-block"}) or bool(_reservations(value))


def _moved(change: Change) -> Iterable[Seen]:
    if not (change.action is Action.UPDATE or change.action.replaces):
        return
    before, after = change.values.before, change.values.after
    if change.type == _HYPERPOD:
        yield from _moved_groups(before, after)
        return
    if not _on_capacity(before):
        return
    if change.type == _TEMPLATE:
        one, other = _placement(before), _placement(after)
    else:
        one, other = sorted(texts(at(before, "subnet_ids"))), sorted(texts(at(after, "subnet_ids")))
    if one != other and other:
        yield Seen(f"From {all_told(one) or 'no placement'} to {all_told(other)}.")


def _placement(value: object) -> list[str]:
    placement = block(value, "placement")
    named = [
        f"{key} {text}" for key in ("availability_zone", "group_name") for text in texts(at(placement, key)) if text
    ]
    subnets = {each for one in listed(at(value, "network_interfaces")) for each in texts(at(one, "subnet_id")) if each}
    return [*named, *sorted(subnets)]


def _groups(value: object) -> Mapping[str, object]:
    """HyperPod's instance groups by name: AWS gives them in any order."""
    return {
        name: each for each in listed(at(value, "instance_groups")) for name in texts(at(each, "instance_group_name"))
    }


def _moved_groups(before: object, after: object) -> Iterable[Seen]:
    wanted = _groups(after)
    for name, group in _groups(before).items():
        one = texts(at(group, "override_vpc_config", "subnets"))
        other = texts(at(wanted.get(name), "override_vpc_config", "subnets"))
        if name in wanted and _reservations(group) and sorted(one) != sorted(other):
            yield Seen(
                f"{told(name)}: from {all_told(one) or 'the subnets of the cluster'} to {all_told(other) or 'them'}."
            )


def _running(value: object) -> int:
    size = at(block(value, "scaling_config"), "desired_size")
    return int(size) if isinstance(size, int | float) else 0


def _group_gone(change: Change) -> Iterable[Seen]:
    if not change.action.destroys:
        return
    before = change.values.before
    nodes = _running(before)
    told = f"{nodes} nodes are wanted of it now." if nodes else "No node is wanted of it now."
    if _on_capacity(before):
        severity = Severity.CRITICAL if nodes else Severity.HIGH
        yield Seen(f"It runs on a capacity block. {told}", severity)
    else:
        yield Seen(told, None if nodes else Severity.MEDIUM)


_ROLLING = ("version", "release_version", "ami_type")


def _rolled(change: Change) -> Iterable[Seen]:
    if change.action is not Action.UPDATE:
        return
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
        severity = Severity.CRITICAL if _on_capacity(before) and nodes else None if nodes else Severity.LOW
        yield Seen(f"{', '.join(changed)}: its {nodes} nodes are made anew, one after another.", severity)


_FIXED_OF_GROUP = ("instance_type", "execution_role", "threads_per_core", "override_vpc_config")


def _hyperpod(change: Change) -> Iterable[Seen]:
    if change.action is not Action.UPDATE:
        return
    wanted = _groups(change.values.after)
    for name, group in _groups(change.values.before).items():
        if name in wanted:
            yield from _hyperpod_group(name, group, wanted[name])


def _hyperpod_group(name: str, before: object, after: object) -> Iterable[Seen]:
    for each in _FIXED_OF_GROUP:
        if at(before, each) and at(after, each) is not None and at(before, each) != at(after, each):
            yield Seen(f"{each} of group {told(name)} cannot be changed.")
    if at(before, "training_plan_arn") and not at(after, "training_plan_arn"):
        yield Seen(f"The training plan of group {told(name)} cannot be taken away.")
    keys = [found_under(each, "volume_kms_key_id") for each in (before, after)]
    if keys[0] and keys[0] != keys[1]:
        yield Seen(f"The key of the volumes of group {told(name)} cannot be changed.")


_FIXED_OF_CLUSTER = (
    ("Image", "Os"),
    ("HeadNode", "InstanceType"),
    ("HeadNode", "Networking", "SubnetId"),
    ("HeadNode", "LocalStorage", "RootVolume", "Encrypted"),
    ("Scheduling", "Scheduler"),
)
"""Update policy UNSUPPORTED (ParallelCluster's guide, Cluster configuration file v3)."""


def _pcluster(change: Change) -> Iterable[Seen]:
    return _unless_sensitive(change, _pcluster_fixed(change))


def _pcluster_fixed(change: Change) -> Iterable[Seen]:
    if change.action is not Action.UPDATE:
        return
    before, after = _queues(change)
    for path in _FIXED_OF_CLUSTER:
        one, other = at(before, *path), at(after, *path)
        if one is not None and one != other:
            yield Seen(f"{'.'.join(path)}: from {told(one)} to {told(other)}.")


def _pcluster_stops(change: Change) -> Iterable[Seen]:
    return _unless_sensitive(change, _pcluster_queues(change))


def _pcluster_queues(change: Change) -> Iterable[Seen]:
    """Queues whose machines must be stopped first, or are stopped."""
    if change.action is not Action.UPDATE:
        return
    before, after = (_by_name(at(each, "Scheduling", "SlurmQueues")) for each in _queues(change))
    for name, queue in before.items():
        if name not in after:
            yield Seen(f"Queue {told(name)} goes, and what runs on it.")
            continue
        wanted = _by_name(at(after[name], "ComputeResources"))
        for each, nodes in _by_name(at(queue, "ComputeResources")).items():
            yield from _pcluster_nodes(f"{name}/{each}", nodes, wanted.get(each))
        for path in (("CapacityType",), ("Networking", "SubnetIds"), ("ComputeSettings",)):
            if at(queue, *path) != at(after[name], *path):
                yield Seen(f"{'.'.join(path)} of queue {told(name)} changes.")


def _pcluster_nodes(name: str, before: object, after: object) -> Iterable[Seen]:
    if after is None:
        yield Seen(f"Compute resource {told(name)} goes, and what runs on it.")
        return
    for each in ("InstanceType", "Instances", "Efa", "DisableSimultaneousMultithreading", "CapacityReservationTarget"):
        if at(before, each) != at(after, each):
            yield Seen(f"{each} of {told(name)} changes.")
    one, other = at(before, "MaxCount"), at(after, "MaxCount")
    if isinstance(one, int) and isinstance(other, int) and other < one:
        yield Seen(f"{told(name)} shrinks from {one} to {other} nodes.")


def _by_name(value: object) -> Mapping[str, object]:
    return {name: each for each in listed(value) for name in texts(mapping(each).get("Name"))}


RULES = (
    Rule(
        "capacity-purchase",
        Severity.CRITICAL,
        "a capacity block (any action but forget), or an on-demand capacity reservation that is created or grows",
        "Applying it buys capacity, without a quote, a limit or a person's yes; a tainted one is bought again.",
        "Buy with purchase_capacity, give the unit the reservation's id, and take this out with a removed block.",
        frozenset({_BLOCK, _RESERVATION}),
        _purchase,
        of_tags=True,
    ),
    Rule(
        "reservation-lost",
        Severity.CRITICAL,
        "a launch template, instance group or queue that no longer uses its reservation or training plan",
        "What was bought is paid for and stands idle, and its machines may be taken away while they work.",
        "Keep the id until the block has ended; wire a new one as a group of its own.",
        frozenset({_TEMPLATE, _HYPERPOD, _PCLUSTER}),
        _lost,
    ),
    Rule(
        "moved-from-capacity",
        Severity.HIGH,
        "other subnets, another zone or a placement group for machines on bought capacity",
        "Capacity is in one zone: elsewhere its machines never start.",
        "Leave the group in the zone of its reservation, and without a placement group.",
        frozenset({_TEMPLATE, _NODE_GROUP, _HYPERPOD}),
        _moved,
    ),
    Rule(
        "node-group-replaced",
        Severity.HIGH,
        "a node group that is destroyed or replaced",
        "Its nodes are drained and terminated, and so is what runs on them; on a block they cost the same meanwhile.",
        "Wait for the end of the block, or make another group first and drain this one by hand.",
        frozenset({_NODE_GROUP}),
        _group_gone,
    ),
    Rule(
        "nodes-rolled",
        Severity.MEDIUM,
        "a node group with another version, image or launch template",
        "Its nodes are replaced while the apply waits; a block has no spare machine, so work is stopped for each.",
        "Do it when nothing runs: desired_size 0 first, or after the block has ended.",
        frozenset({_NODE_GROUP}),
        _rolled,
    ),
    Rule(
        "hyperpod-refused",
        Severity.HIGH,
        "an instance group's type, role, threads, network, volume key or training plan that is changed",
        "Terraform plans an update, and SageMaker refuses it: these are fixed when the group is made.",
        "Make a group under another name, apply, then take the old one out.",
        frozenset({_HYPERPOD}),
        _hyperpod,
    ),
    Rule(
        PARALLELCLUSTER_REFUSED,
        Severity.HIGH,
        "a change of ParallelCluster's configuration whose update policy is UNSUPPORTED",
        "Terraform plans an update, and ParallelCluster refuses it: the cluster stays as it is, the apply fails.",
        "Take the change back, or make another cluster.",
        frozenset({_PCLUSTER}),
        _pcluster,
    ),
    Rule(
        PARALLELCLUSTER_STOPS,
        Severity.MEDIUM,
        "a queue or compute resource that goes, shrinks, or changes what its nodes are",
        "ParallelCluster refuses it while nodes run, or stops them with their jobs, as QueueUpdateStrategy says.",
        "Drain the queue, or stop the fleet with `pcluster update-compute-fleet --status STOP_REQUESTED`, first.",
        frozenset({_PCLUSTER}),
        _pcluster_stops,
    ),
)
