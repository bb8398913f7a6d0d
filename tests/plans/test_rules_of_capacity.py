"""Rules about bought capacity, groups of machines and what is destroyed, on small changes in the providers' shapes."""

from typing import Any

import pytest

from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.monorepo.plans.unit_plans import review_unit
from tests.plans.test_roll_up import change, plan
from tests.plans.test_rules_of_access import seen


def sized(least: int, wanted: int, most: int, **more: Any) -> dict[str, Any]:
    """A node group."""
    return {"scaling_config": [{"min_size": least, "desired_size": wanted, "max_size": most}], **more}


BLOCK = {"capacity_type": "CAPACITY_BLOCK"}


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (sized(0, 4, 4), sized(0, 2, 4), "high"),
        (sized(0, 4, 4, **BLOCK), sized(0, 2, 4, **BLOCK), "critical"),
        (sized(0, 4, 4), sized(0, 4, 2), "high"),
        (sized(0, 1, 4), sized(0, 1, 2), "medium"),
        (sized(2, 2, 4), sized(1, 2, 4), "medium"),
        (sized(2, 2, 4), sized(2, 3, 8), None),
        (sized(0, 0, 4), sized(0, 0, 4), None),
    ],
)
def test_a_node_group_that_shrinks_is_seen(before: Any, after: Any, severity: str | None) -> None:
    """Its nodes, or what they may be; on a block at worst. One that grows is not."""
    assert seen("aws_eks_node_group", before, after).get("group-shrinks") == severity


def test_a_scaling_group_that_shrinks_is_seen() -> None:
    """Also where only its maximum goes below what runs."""
    before = {"min_size": 0, "desired_capacity": 4, "max_size": 8}
    assert seen("aws_autoscaling_group", before, {**before, "max_size": 2}) == {"group-shrinks": "high"}
    assert seen("aws_autoscaling_group", before, {**before, "desired_capacity": None}) == {}


def cluster(*groups: tuple[str, int], key: str = "instance_groups", **more: Any) -> dict[str, Any]:
    """A HyperPod cluster of groups with so many instances."""
    return {key: [{"instance_group_name": name, "instance_count": count, **more} for name, count in groups]}


PLAN = {"training_plan_arn": "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"}


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (cluster(("a", 8), ("b", 1)), cluster(("a", 8)), "high"),
        (cluster(("a", 8), ("b", 0)), cluster(("a", 8)), "medium"),
        (cluster(("a", 8), **PLAN), cluster(("a", 4), **PLAN), "critical"),
        (cluster(("a", 8)), cluster(("a", 4)), "high"),
        (cluster(("a", 8), ("b", 1)), cluster(("b", 1), ("a", 9)), None),
        (cluster(("a", 8), key="restricted_instance_groups"), cluster(key="restricted_instance_groups"), "high"),
        (cluster(("a", 8), min_instance_count=4), cluster(("a", 8), min_instance_count=0), "medium"),
    ],
)
def test_an_instance_group_that_shrinks_or_goes_is_seen(before: Any, after: Any, severity: str | None) -> None:
    """In any order of them."""
    assert seen("awscc_sagemaker_cluster", before, after).get("group-shrinks") == severity


TARGET = {"capacity_reservation_target": [{"capacity_reservation_id": "cr-1"}]}
ON_BLOCK = {
    "instance_market_options": [{"market_type": "capacity-block"}],
    "capacity_reservation_specification": [TARGET],
}


def preferring(preference: str) -> dict[str, Any]:
    """A launch template that says which reservations its machines may use."""
    return {"capacity_reservation_specification": [{"capacity_reservation_preference": preference}]}


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (ON_BLOCK, {**ON_BLOCK, "instance_market_options": []}, "critical"),
        (ON_BLOCK, {**ON_BLOCK, "instance_market_options": [{"market_type": "spot"}]}, "critical"),
        (ON_BLOCK, {**ON_BLOCK, "image_id": "ami-2"}, None),
        ({"instance_market_options": [{"market_type": "spot"}]}, {"instance_market_options": []}, None),
        (preferring("capacity-reservations-only"), {"capacity_reservation_specification": []}, "high"),
        (preferring("open"), preferring("none"), "high"),
        (preferring("open"), preferring("capacity-reservations-only"), None),
    ],
)
def test_a_template_that_asks_otherwise_loses_its_reservation(before: Any, after: Any, severity: str | None) -> None:
    """Though it still names it."""
    assert seen("aws_launch_template", before, after).get("reservation-lost") == severity


def test_a_reservation_that_is_given_back_is_seen() -> None:
    """Some of it, or all."""
    two = {"instance_count": 2, "instance_type": "p5.48xlarge"}
    kind = "aws_ec2_capacity_reservation"
    assert seen(kind, two, {**two, "instance_count": 1}) == {"reservation-lost": "high"}
    assert seen(kind, two, None) == {"reservation-lost": "high"}
    assert seen(kind, two, {**two, "tags": {}}) == {}


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("aws_autoscaling_group", "medium"),
        ("aws_eks_addon", "medium"),
        ("helm_release", "medium"),
        ("kubernetes_namespace", "medium"),
        ("aws_security_group", "low"),
        ("terraform_data", "low"),
    ],
)
def test_whatever_is_destroyed_is_told(kind: str, severity: str) -> None:
    """By one rule, which says less of what holds no work; and not of what is changed or forgotten."""
    assert seen(kind, {"id": "a"}, None) == {"destroyed": severity}
    assert seen(kind, {"id": "a"}, {"id": "b"}) == {}
    assert seen(kind, {"id": "a"}, None, actions=("forget",)) == {"forgotten": "low"}


def test_what_another_rule_has_told_of_is_not_told_again() -> None:
    """A log group that goes is one that logged."""
    assert seen("aws_cloudwatch_log_group", {"retention_in_days": 30}, None) == {"logging-weakened": "medium"}
    assert seen("aws_s3_bucket", {"bucket": "a"}, None) == {"data-destroyed": "critical"}


def test_what_a_replacement_left_behind_holds_no_work() -> None:
    """Terraform destroys it as it would have done then."""
    left = {**change("aws_autoscaling_group.this", "delete", before={"id": "a"}), "deposed": "00000001"}
    (risk,) = review_unit("u", read_plan(plan(left)), "").risks
    assert (risk.rule, risk.severity) == ("destroyed", "low")


@pytest.mark.parametrize(
    ("unknown", "severity"),
    [
        ({"capacity_reservation_specification": True}, "medium"),
        ({"capacity_reservation_specification": [{"capacity_reservation_target": True}]}, "medium"),
        ({"latest_version": True}, "critical"),
    ],
)
def test_a_reservation_that_is_known_only_after_apply_is_not_gone(unknown: Any, severity: str) -> None:
    """Nobody knows it yet; what else is unknown is no excuse."""
    bare = {"instance_market_options": ON_BLOCK["instance_market_options"]}
    found = seen("aws_launch_template", ON_BLOCK, bare, after_unknown=unknown)
    assert found.get("reservation-lost") == severity


def test_machines_of_another_type_never_come_of_a_block() -> None:
    """A template that is on none may have others."""
    kinds = [{"instance_type": each} for each in ("p5.48xlarge", "p4d.24xlarge")]
    on_block = [{**ON_BLOCK, **each} for each in kinds]
    assert seen("aws_launch_template", *on_block) == {"reservation-lost": "high"}
    assert seen("aws_launch_template", *kinds) == {}


def on_reservations(*names: str) -> dict[str, Any]:
    """A scaling group or a machine that takes machines from these."""
    return {"capacity_reservation_specification": [{"capacity_reservation_target": [{_IDS: list(names)}]}]}


_IDS = "capacity_reservation_ids"


def test_scaling_groups_and_machines_lose_reservations_too() -> None:
    """One of several; one that comes is no loss."""
    group = "aws_autoscaling_group"
    assert seen(group, on_reservations("cr-1", "cr-2"), on_reservations("cr-1")) == {"reservation-lost": "critical"}
    assert seen(group, on_reservations("cr-1"), on_reservations("cr-1", "cr-2")) == {}
    target = {"capacity_reservation_specification": [TARGET]}
    assert seen("aws_instance", target, preferring("none")) == {"reservation-lost": "critical"}
    assert seen("aws_instance", target, {**target, "monitoring": True}) == {}


NOV, DEC = "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"


@pytest.mark.parametrize(
    ("before", "after", "sees"), [(None, NOV, True), (DEC, NOV, True), (NOV, DEC, False), (NOV, None, False)]
)
def test_a_reservation_that_ends_sooner_is_seen(before: str | None, after: str | None, sees: bool) -> None:
    """Not one that ends later, or never."""
    found = seen("aws_ec2_capacity_reservation", {"end_date": before}, {"end_date": after})
    assert found == ({"reservation-lost": "high"} if sees else {})


def test_a_reservation_of_the_other_provider_is_bought_too() -> None:
    """Where it is created or grows, and not where it is tagged."""
    two = {"instance_count": 2, "instance_type": "p5.48xlarge"}
    kind = "awscc_ec2_capacity_reservation"
    assert seen(kind, None, two) == {"capacity-purchase": "high"}
    assert seen(kind, two, {**two, "instance_count": 3}) == {"capacity-purchase": "high"}
    assert seen(kind, two, {**two, "tags": []}) == {}


@pytest.mark.parametrize("key", ["instance_groups", "restricted_instance_groups"])
def test_a_training_plan_that_is_known_only_after_apply_is_not_lost(key: str) -> None:
    """Nor is one of groups of which nobody knows yet which there are; another one is."""
    before, without = cluster(("a", 8), key=key, **PLAN), cluster(("a", 8), key=key)
    kind = "awscc_sagemaker_cluster"
    assert seen(kind, before, without) == {"reservation-lost": "critical", "hyperpod-refused": "high"}
    assert seen(kind, before, without, after_unknown={key: [{"training_plan_arn": True}]}) == {}
    assert seen(kind, before, {}, after_unknown={key: True}) == {"group-shrinks": "medium"}
    assert seen(kind, before, {key: [None]}, after_unknown={key: [True]}) == {"group-shrinks": "medium"}
    other = cluster(("a", 8), key=key, training_plan_arn="arn:other")
    assert seen(kind, before, other) == {"reservation-lost": "critical"}


def test_a_block_that_stays_is_told_in_whole_words() -> None:
    """It buys only when it is tainted."""
    text = plan(change("aws_ec2_capacity_block_reservation.this", "no-op", before={"id": "cr-1"}, after={"id": "cr-1"}))
    (risk,) = review_unit("u", read_plan(text), "").risks
    assert risk.why == "It is in the plan: a tainted one would be bought again."


QUEUES = """Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: q
      ComputeResources:
        - Name: c
          MaxCount: 8
          CapacityReservationTarget: {CapacityReservationId: cr-1}
"""
PCLUSTER = "aws-parallelcluster_cluster"


def configured(text: str) -> dict[str, Any]:
    """A cluster of ParallelCluster."""
    return {"cluster_configuration": text}


def test_a_configuration_that_is_known_only_after_apply_loses_nothing() -> None:
    """Nothing of it is told to be gone, or to become nothing."""
    unknown = {"cluster_configuration": True}
    text = plan(change(f"{PCLUSTER}.this", "update", before=configured(QUEUES), after={}, after_unknown=unknown))
    (risk,) = review_unit("u", read_plan(text), "").risks
    assert (risk.rule, risk.severity) == ("parallelcluster-stops-nodes", "medium")
    assert "known only after apply" in risk.why


@pytest.mark.parametrize("more", ["Tags: &x [{Key: a, Value: b}]\n", "X: !Ref a\n", "X: ]\n"])
def test_a_configuration_that_cannot_be_read_is_told(more: str) -> None:
    """Its reservation may go; where it stays the same nothing does."""
    before, after = configured(QUEUES + more), configured(QUEUES.replace("cr-1", "cr-2") + more)
    assert seen(PCLUSTER, before, after) == {"reservation-lost": "high", "parallelcluster-stops-nodes": "medium"}
    assert seen(PCLUSTER, before, {**before, "rollback_on_failure": True}) == {}
    free = [configured(text + more) for text in ("Scheduling: {}\n", "Scheduling: {Scheduler: slurm}\n")]
    assert seen(PCLUSTER, *free) == {"parallelcluster-stops-nodes": "medium"}
