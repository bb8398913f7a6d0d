"""Capacity that is bought, and what takes its machines from it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from mcp_server.monorepo.plans.changes import IN_PLACE_OF, OF_WHAT_STANDS, Action, Change
from mcp_server.monorepo.plans.risks import Rule, Seen, Severity
from mcp_server.monorepo.plans.rules.queues import CLUSTER as _PCLUSTER
from mcp_server.monorepo.plans.rules.queues import (
    configurations,
    may_hide_reservations,
    reservations_of_queues,
    unless_sensitive,
    untold,
)
from mcp_server.monorepo.plans.values_at import all_told, at, block, found_under, listed, texts, told

_BLOCK = "aws_ec2_capacity_block_reservation"
_RESERVATIONS = frozenset({"aws_ec2_capacity_reservation", "awscc_ec2_capacity_reservation"})
NODE_GROUP = "aws_eks_node_group"
_TEMPLATE = "aws_launch_template"
HYPERPOD = "awscc_sagemaker_cluster"
INSTANCE_GROUPS = ("instance_groups", "restricted_instance_groups")
_MACHINES = frozenset({_TEMPLATE, "aws_autoscaling_group", "aws_instance"})
"""What names its reservation in a capacity_reservation_specification."""
_IDS = (
    "capacity_reservation_id",
    "capacity_reservation_ids",
    "capacity_reservation_resource_group_arn",
    "capacity_reservation_resource_group_arns",
    "training_plan_arn",
)


def _purchase(change: Change) -> Iterable[Seen]:
    if change.type == _BLOCK and change.action is not Action.FORGET:
        if change.action is Action.NO_OP:
            yield Seen("It is in the plan: a tainted one would be bought again.")
            return
        again = " It is tainted, so it is bought again." if change.reason == "replace_because_tainted" else ""
        yield Seen(f"Terraform would {change.action} it.{again}")
    elif change.type in _RESERVATIONS and (change.action.creates or _grows(change)):
        count, kind = at(change.values.after, "instance_count"), at(change.values.after, "instance_type")
        yield Seen(f"{told(count)} of {told(kind)} are billed on demand from apply on, used or not.", Severity.HIGH)


def _grows(change: Change) -> bool:
    before, after = (at(side, "instance_count") for side in (change.values.before, change.values.after))
    return isinstance(before, int) and isinstance(after, int) and after > before


def _reservations(value: object) -> set[str]:
    """Ids of all reservations and plans that a value takes machines from."""
    return {text for each in found_under(value, *_IDS) for text in texts(each) if text}


def _lost(change: Change) -> Iterable[Seen]:
    """Capacity that is paid for, and would stand idle; or that is given back."""
    if change.type == _PCLUSTER:
        if untold(change) is None:
            yield from unless_sensitive(change, _gone(*map(reservations_of_queues, configurations(change))))
        elif may_hide_reservations(change):
            yield Seen("Its configuration cannot be read here: whether a reservation goes is not told.", Severity.HIGH)
    elif change.type == HYPERPOD:
        yield from _gone_from_groups(change)
    elif change.type in _RESERVATIONS:
        yield from _given_back(change)
    else:
        before = _reservations(change.values.before)
        if before and _known_later(change):
            yield Seen("Which reservation it takes machines from is known only after apply.", Severity.MEDIUM)
        else:
            yield from _gone(before, _reservations(change.values.after))
        if change.action is Action.UPDATE:
            yield from _asked_otherwise(change)


def _given_back(change: Change) -> Iterable[Seen]:
    """A reservation on demand: what it has cost is paid, and others take its machines."""
    before, after = (at(side, "instance_count") for side in (change.values.before, change.values.after))
    kind = told(at(change.values.before, "instance_type"))
    if change.action.destroys:
        yield Seen(f"All {told(before)} of {kind} are given back.", Severity.HIGH)
    elif isinstance(before, int) and isinstance(after, int) and after < before:
        yield Seen(f"{before - after} of {before} of {kind} are given back.", Severity.HIGH)
    if change.action is Action.UPDATE and _ends_sooner(change):
        yield Seen(f"It ends at {told(at(change.values.after, 'end_date'))}, sooner than before.", Severity.HIGH)


def _ends_sooner(change: Change) -> bool:
    before, after = (_instant(at(side, "end_date")) for side in (change.values.before, change.values.after))
    return after is not None and (before is None or after < before)


def _instant(value: object) -> datetime | None:
    """A time in UTC; None where there is none, or nobody can read it."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


_ONLY_RESERVED = "capacity-reservations-only"


def _asked_otherwise(change: Change) -> Iterable[Seen]:
    """A template that still names its reservation, and no longer asks for machines of it."""
    before, after, unknown = change.values.before, change.values.after, change.values.unknown
    if _market(before) == "capacity-block" != _market(after) and _market(unknown) is not True:
        yield Seen("Its market type is no longer capacity-block: no machine of a block starts with it.")
    one, other, later = (_preference(each) for each in (before, after, unknown))
    if one != other and later is not True and (one == _ONLY_RESERVED or other == "none"):
        yield Seen("It no longer asks for reserved machines alone.", Severity.HIGH)
    kinds = [at(each, "instance_type") for each in (before, after)]
    if is_on_capacity(before) and all(kinds) and kinds[0] != kinds[1]:
        yield Seen(f"Its machines are {told(kinds[1])}, and its reservation is of {told(kinds[0])}.", Severity.HIGH)


def _market(template: object) -> object:
    return at(block(template, "instance_market_options"), "market_type")


def _preference(template: object) -> object:
    return at(block(template, "capacity_reservation_specification"), "capacity_reservation_preference")


def _gone(before: set[str], after: set[str]) -> Iterable[Seen]:
    for gone in sorted(before - after):
        other = f", {all_told(sorted(after - before))} instead" if after - before else ""
        yield Seen(f"{told(gone)} would no longer be used{other}.")


def _gone_from_groups(change: Change) -> Iterable[Seen]:
    """Training plans, group by group: what one leaves out, SageMaker fills in, so that it is known after apply."""
    for key in INSTANCE_GROUPS:
        kept = instance_groups(change.values.after, key)
        later = groups_known_later(change, key, "training_plan_arn")
        for name, group in instance_groups(change.values.before, key).items():
            if later is not None and name not in later:
                yield from _gone(_reservations(group), _reservations(kept.get(name)))


def groups_known_later(change: Change, key: str, attribute: str) -> set[str] | None:
    """The groups whose attribute is known only after apply; None where it is not even known which groups there are."""
    found: set[str] = set()
    for place, unknown in enumerate(listed(at(change.values.unknown, key))):
        if unknown is True or at(unknown, "instance_group_name") is True:
            return None
        if at(unknown, attribute) is True:
            found.update(texts(at(change.values.after, key, place, "instance_group_name")))
    return found


def _known_later(change: Change) -> bool:
    keys = (*_IDS, "capacity_reservation_specification", "capacity_reservation_target")
    found = found_under(change.values.unknown, *keys)
    return any(each is True or (isinstance(each, list) and True in each) for each in found)


def is_on_capacity(value: object) -> bool:
    """Whether machines come of capacity that was bought, as far as this resource says."""
    if at(value, "capacity_type") == "CAPACITY_BLOCK" or _market(value) == "capacity-block":
        return True
    return bool(_reservations(value))


def _moved(change: Change) -> Iterable[Seen]:
    before, after = change.values.before, change.values.after
    if change.type == HYPERPOD:
        yield from _moved_groups(before, after)
        return
    if not is_on_capacity(before):
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


def instance_groups(value: object, key: str = "instance_groups") -> Mapping[str, object]:
    """HyperPod's instance groups by name: AWS gives them in any order."""
    return {name: each for each in listed(at(value, key)) for name in texts(at(each, "instance_group_name"))}


def _moved_groups(before: object, after: object) -> Iterable[Seen]:
    wanted = instance_groups(after)
    for name, group in instance_groups(before).items():
        one = texts(at(group, "override_vpc_config", "subnets"))
        other = texts(at(wanted.get(name), "override_vpc_config", "subnets"))
        if name in wanted and _reservations(group) and sorted(one) != sorted(other):
            yield Seen(
                f"{told(name)}: from {all_told(one) or 'the subnets of the cluster'} to {all_told(other) or 'them'}."
            )


RULES = (
    Rule(
        "capacity-purchase",
        Severity.CRITICAL,
        "a capacity block (any action but forget), or an on-demand capacity reservation that is created or grows",
        "Applying it buys capacity, without a quote, a limit or a person's yes; a tainted one is bought again.",
        "Buy with purchase_capacity, give the unit the reservation's id, and take this out with a removed block.",
        _RESERVATIONS | {_BLOCK},
        _purchase,
        of_tags=True,
    ),
    Rule(
        "reservation-lost",
        Severity.CRITICAL,
        "a launch template, group, machine or queue that no longer uses its reservation or plan; one given back",
        "What was bought is paid for and stands idle, and its machines may be taken away while they work.",
        "Keep the id until the block has ended; wire a new one as a group of its own.",
        _MACHINES | _RESERVATIONS | {HYPERPOD, _PCLUSTER},
        _lost,
        OF_WHAT_STANDS,
    ),
    Rule(
        "moved-from-capacity",
        Severity.HIGH,
        "other subnets, another zone or a placement group for machines on bought capacity",
        "Capacity is in one zone: elsewhere its machines never start.",
        "Leave the group in the zone of its reservation, and without a placement group.",
        frozenset({_TEMPLATE, NODE_GROUP, HYPERPOD}),
        _moved,
        IN_PLACE_OF,
    ),
)
