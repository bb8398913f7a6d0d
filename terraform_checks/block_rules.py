"""Our rules of queues on capacity blocks. Most of them ParallelCluster finds only in AWS, when a cluster is to be made.

The module `parallelcluster` holds every cluster to them, against the block that was bought (block_rules.tf).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# ParallelCluster's own, where a queue does not say.
_DEFAULT_MIN, _DEFAULT_MAX = 0, 10
# ULTRASERVER_CAPACITY_BLOCK_ALLOWED_SIZE_DICT of its constants.py.
_ULTRASERVERS = {"p6e-gb200": (9, 18)}

Part = Mapping[str, Any]


def broken_rules(configuration: Part) -> list[str]:
    """What breaks them, a line each: which queue and compute resource, and what must be."""
    queues = [each for each in _parts(configuration, "Scheduling", "SlurmQueues") if _on_block(each)]
    resources = [(queue, each) for queue in queues for each in _parts(queue, "ComputeResources")]
    broken = [
        f"{queue.get('Name')}/{resource.get('Name')}: {must}"
        for queue, resource in resources
        for must in _broken(queue, resource)
    ]
    used = Counter(_reservation(queue, resource) for queue, resource in resources)
    broken += [
        f"{id_} is in {count} compute resources: a block is used once"
        for id_, count in used.items()
        if id_ and count > 1
    ]
    return broken


def _broken(queue: Part, resource: Part) -> Iterator[str]:
    least, most = resource.get("MinCount", _DEFAULT_MIN), resource.get("MaxCount", _DEFAULT_MAX)
    instance_type = str(resource.get("InstanceType", ""))
    sizes = next((sizes for family, sizes in _ULTRASERVERS.items() if instance_type.startswith(family)), None)
    security_groups = [_parts(queue, "Networking", key) for key in ("SecurityGroups", "AdditionalSecurityGroups")]
    placement_groups = [_part(each, "Networking", "PlacementGroup") for each in (queue, resource)]
    rules = {
        f"MinCount ({least}) and MaxCount ({most}) must be the same, and 1 or more": least == most >= 1,
        f"InstanceType comes in blocks of {sizes}, and MaxCount is {most}": sizes is None or most in sizes,
        "CapacityReservationTarget must have a CapacityReservationId": _reservation(queue, resource),
        "AllocationStrategy must be absent": "AllocationStrategy" not in queue,
        "InstanceType must be there, and Instances absent": instance_type and "Instances" not in resource,
        "SubnetIds must be one subnet, of the block's zone": len(_parts(queue, "Networking", "SubnetIds")) == 1,
        "Efa must be enabled": _part(resource, "Efa").get("Enabled"),
        "SecurityGroups or AdditionalSecurityGroups must have the EFA security group": any(security_groups),
        "PlacementGroup must be disabled, for with a block it only asks for capacity outside of it": not any(
            group.get("Enabled") or group.get("Name") or group.get("Id") for group in placement_groups
        ),
    }
    yield from (must for must, kept in rules.items() if not kept)


def _on_block(queue: Part) -> bool:
    return queue.get("CapacityType") == "CAPACITY_BLOCK"


def _reservation(queue: Part, resource: Part) -> str | None:
    target = _part(resource, "CapacityReservationTarget") or _part(queue, "CapacityReservationTarget")
    return target.get("CapacityReservationId")


def _part(within: Any, *path: str) -> Part:
    """What is at a path, or nothing where there is none: that it is missing is for the schema to tell."""
    for key in path:
        within = within.get(key) if isinstance(within, Mapping) else None  # pyright: ignore[reportUnknownVariableType]
    return within if isinstance(within, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]


def _parts(within: Part, *path: str) -> Sequence[Any]:
    found: Any = _part(within, *path[:-1]).get(path[-1])
    return found if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType]
