"""ParallelCluster's queues, and what its update policy says of them."""

import re
from collections.abc import Iterable, Mapping
from typing import cast

from mcp_server.monorepo.plans.changes import Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.sensitive import is_sensitive
from mcp_server.monorepo.plans.values_at import at, found_under, listed, mapping, texts, told
from mcp_server.monorepo.yaml_texts import NotYaml, yaml_documents

CLUSTER = "aws-parallelcluster_cluster"
PARALLELCLUSTER_REFUSED = "parallelcluster-refused"
PARALLELCLUSTER_STOPS = "parallelcluster-stops-nodes"

_ANCHOR = re.compile(r"(?:[:\[,-]|^)[ \t]*&\S", re.MULTILINE)


def configurations(change: Change) -> tuple[object, object]:
    """Both sides of ParallelCluster's configuration, of which YAML is the text."""
    return _configuration(change.values.before), _configuration(change.values.after)


def _configuration(value: object) -> object:
    text = at(value, "cluster_configuration")
    # No configuration needs an anchor, with which a few lines are millions of values.
    if not isinstance(text, str) or _ANCHOR.search(text):
        return None
    try:
        documents = yaml_documents(text)
    except NotYaml:
        return None
    return cast(object, documents[0]) if len(documents) == 1 else None


def untold(change: Change) -> str | None:
    """Why nobody can tell what of ParallelCluster's configuration changes; None where it can be told."""
    if change.action is Action.DELETE:
        return None
    if at(change.values.unknown, "cluster_configuration") is True:
        return "Its configuration is known only after apply: what of it changes cannot be told."
    before, after = _both_texts(change)
    if before == after or all(isinstance(each, dict) for each in configurations(change)):
        return None
    return "Its configuration cannot be read here (an anchor, a tag, or no YAML): its change cannot be told."


def may_hide_reservations(change: Change) -> bool:
    """Whether a configuration that nobody reads here names a reservation, though both sides are known."""
    before, after = _both_texts(change)
    return isinstance(before, str) and isinstance(after, str) and "CapacityReservation" in before


def _both_texts(change: Change) -> tuple[object, object]:
    before, after = (at(side, "cluster_configuration") for side in (change.values.before, change.values.after))
    return before, after


def unless_sensitive(change: Change, found: Iterable[Seen]) -> Iterable[Seen]:
    """What was seen in ParallelCluster's configuration; that there is something, where that is sensitive as a whole."""
    if not is_sensitive(change.values, "cluster_configuration"):
        yield from found
    elif any(found):
        yield Seen("Its configuration is sensitive, so what of it changes is not told.")


def reservations_of_queues(configuration: object) -> set[str]:
    """Ids of all reservations that a configuration takes machines from."""
    keys = ("CapacityReservationId", "CapacityReservationResourceGroupArn")
    return {text for each in found_under(configuration, *keys) for text in texts(each) if text}


_FIXED_OF_CLUSTER = (
    ("Image", "Os"),
    ("HeadNode", "InstanceType"),
    ("HeadNode", "Networking", "SubnetId"),
    ("HeadNode", "LocalStorage", "RootVolume", "Encrypted"),
    ("Scheduling", "Scheduler"),
)
"""Update policy UNSUPPORTED (ParallelCluster's guide, Cluster configuration file v3)."""


def _pcluster(change: Change) -> Iterable[Seen]:
    return unless_sensitive(change, _pcluster_fixed(change))


def _pcluster_fixed(change: Change) -> Iterable[Seen]:
    if change.action is not Action.UPDATE:
        return
    if untold(change):
        return
    before, after = configurations(change)
    for path in _FIXED_OF_CLUSTER:
        one, other = at(before, *path), at(after, *path)
        if one is not None and one != other:
            yield Seen(f"{'.'.join(path)}: from {told(one)} to {told(other)}.")


def _pcluster_stops(change: Change) -> Iterable[Seen]:
    return unless_sensitive(change, _pcluster_queues(change))


def _pcluster_queues(change: Change) -> Iterable[Seen]:
    """Queues whose machines must be stopped first, or are stopped."""
    if change.action is not Action.UPDATE:
        return
    why = untold(change)
    if why:
        yield Seen(why)
        return
    yield from _unmounted(*configurations(change))
    before, after = (_by_name(at(each, "Scheduling", "SlurmQueues")) for each in configurations(change))
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


def _unmounted(before: object, after: object) -> Iterable[Seen]:
    for name in storages(before).keys() - storages(after).keys():
        yield Seen(f"Shared storage {told(name)} goes: what uses it finds nothing there.")


def storages(configuration: object) -> Mapping[str, bool]:
    """Shared storage by name, and whether its files are deleted when it or the cluster goes."""
    return {name: _goes_with(each) for name, each in _by_name(at(configuration, "SharedStorage")).items()}


def _goes_with(storage: object) -> bool:
    """ParallelCluster deletes what it has made itself, unless it is told to retain it."""
    settings = next((each for key, each in mapping(storage).items() if key.endswith("Settings")), None)
    owned = not any(at(settings, each) for each in ("FileSystemId", "VolumeId"))
    return owned and at(settings, "DeletionPolicy") in {None, "Delete"}


def _by_name(value: object) -> Mapping[str, object]:
    return {name: each for each in listed(value) for name in texts(mapping(each).get("Name"))}


RULES = (
    Rule(
        PARALLELCLUSTER_REFUSED,
        Severity.HIGH,
        "a change of ParallelCluster's configuration whose update policy is UNSUPPORTED",
        "Terraform plans an update, and ParallelCluster refuses it: the cluster stays as it is, the apply fails.",
        "Take the change back, or make another cluster.",
        frozenset({CLUSTER}),
        _pcluster,
    ),
    Rule(
        PARALLELCLUSTER_STOPS,
        Severity.MEDIUM,
        "a queue, compute resource or storage that goes, shrinks, or changes; a configuration that cannot be told",
        "ParallelCluster refuses it while nodes run, or stops them with their jobs, as QueueUpdateStrategy says.",
        "Drain the queue, or stop the fleet with `pcluster update-compute-fleet --status STOP_REQUESTED`, first.",
        frozenset({CLUSTER}),
        _pcluster_stops,
    ),
)
