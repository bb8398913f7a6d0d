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
