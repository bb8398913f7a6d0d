"""What a purchase changes in each kind of cluster: the recorded plans, and the same recorded today."""

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_server.monorepo.plans.summary import from_json
from tests.plans.kept_summary import KEPT, kept_summary
from tests.plans.recording import RECIPES, ROOT, read, record

Change = dict[str, Any]
NEEDS_CLONE = {"eks-cluster": "terraform-aws-modules/eks/aws", "parallelcluster": "aws-tf/parallelcluster/aws"}


def changed(plan: dict[str, Any]) -> dict[str, Change]:
    """What the plan does something to, by address without the module of the example."""
    changes = {each["address"].partition(".")[2].partition(".")[2]: each for each in plan["resource_changes"]}
    return {address: each["change"] for address, each in changes.items() if each["change"]["actions"] != ["no-op"]}


def done(plan: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """What the plan does, by address."""
    return {address: tuple(each["actions"]) for address, each in changed(plan).items()}


def places(value: Any, wanted: str, place: str = "") -> list[str]:
    """Where a text occurs in a value."""
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in places(each, wanted, f"{place}.{name}")]
    if isinstance(value, list):
        return [found for number, each in enumerate(value) for found in places(each, wanted, f"{place}[{number}]")]
    return [place] if isinstance(value, str) and wanted in value else []


def places_of(plan: dict[str, Any], wanted: str) -> set[str]:
    """Where a text occurs in what is changed, by address and path."""
    return {f"{address}{place}" for address, each in changed(plan).items() for place in places(each["after"], wanted)}


def test_a_block_makes_a_node_group_and_its_schedules_and_touches_nothing_else() -> None:
    """32 interfaces of which each card has one, no placement group, one subnet, the three settings, no node yet."""
    changes = changed(read(RECIPES["eks-cluster"]))
    assert {tuple(each["actions"]) for each in changes.values()} == {("create",)}
    group = 'module.eks.module.eks_managed_node_group["p5-december"]'
    template = changes[f"{group}.aws_launch_template.this[0]"]["after"]
    assert sorted(each["network_card_index"] for each in template["network_interfaces"]) == list(range(32))
    assert {each["interface_type"] for each in template["network_interfaces"]} == {"efa", "efa-only"}
    assert template["placement"] == []
    assert template["instance_market_options"][0]["market_type"] == "capacity-block"
    nodes = changes[f"{group}.aws_eks_node_group.this[0]"]["after"]
    assert (nodes["capacity_type"], nodes["subnet_ids"]) == ("CAPACITY_BLOCK", ["subnet-00000000000000016"])
    assert nodes["scaling_config"] == [{"desired_size": 0, "max_size": 4, "min_size": 0}]
    times = {
        address: each["after"]["schedule_expression"]
        for address, each in changes.items()
        if address.startswith("aws_scheduler_schedule.")
    }
    assert times == {
        'aws_scheduler_schedule.this["p5-december-out"]': "at(2099-12-17T11:30:00)",
        'aws_scheduler_schedule.this["p5-december-in"]': "at(2099-12-24T10:45:00)",
    }


def cluster(plan: dict[str, Any]) -> dict[str, Any]:
    """The settings of the EKS cluster that stands, by which it is reached, encrypted and kept."""
    clusters = (each for each in plan["resource_changes"] if each["address"].endswith("aws_eks_cluster.this[0]"))
    (after,) = (each["change"]["after"] for each in clusters)
    return {
        "mode": [each["authentication_mode"] for each in after["access_config"]],
        "creator": [each["bootstrap_cluster_creator_admin_permissions"] for each in after["access_config"]],
        "private": [each["endpoint_private_access"] for each in after["vpc_config"]],
        "public": [each["endpoint_public_access"] for each in after["vpc_config"]],
        "secrets": [each["resources"] for each in after["encryption_config"]],
        "key": [each["provider"][0]["key_arn"] for each in after["encryption_config"]],
        "logs": sorted(after["enabled_cluster_log_types"]),
        "protected": after["deletion_protection"],
    }


def test_the_cluster_is_private_encrypted_logged_and_protected() -> None:
    """As terraform-aws-eks makes it of the example, in which none of it is asked for."""
    assert cluster(read(RECIPES["eks-cluster"])) == {
        "mode": ["API"],
        "creator": [False],
        "private": [True],
        "public": [False],
        "secrets": [["secrets"]],
        "key": ["arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"],
        "logs": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "protected": True,
    }


def test_a_block_makes_a_queue_and_a_plan_an_instance_group() -> None:
    """The cluster is changed in place, and its record made anew; HyperPod's scripts go under a new hash."""
    assert done(read(RECIPES["parallelcluster"])) == {
        'module.this.aws-parallelcluster_cluster.managed_configs["ml-training"]': ("update",),
        'terraform_data.queue["train"]': ("create",),
        "terraform_data.queues_made_with": ("delete", "create"),
    }
    hyperpod = done(read(RECIPES["hyperpod"]))
    assert hyperpod.pop("awscc_sagemaker_cluster.this") == ("update",)
    assert hyperpod.pop('terraform_data.group_created_with["p5-jan"]') == ("create",)
    assert all(address.startswith("aws_s3_object.lifecycle[") for address in hyperpod)
    assert set(hyperpod.values()) == {("create", "delete")}


def test_a_blocks_id_is_in_its_launch_template_alone() -> None:
    """Of another group's template it would take the machines; a schedule is made anew with another block."""
    group = 'module.eks.module.eks_managed_node_group["p5-december"].aws_launch_template.this[0]'
    target = "capacity_reservation_specification[0].capacity_reservation_target[0].capacity_reservation_id"
    assert places_of(read(RECIPES["eks-cluster"]), "cr-0123456789abcdef0") == {
        f"{group}.{target}",
        'terraform_data.registered["p5-december-out"].triggers_replace[0]',
    }


def test_a_training_plan_is_of_its_instance_group_alone() -> None:
    """By the group's name, for awscc fills what a group leaves out from its place in the list."""
    plan, arn = read(RECIPES["hyperpod"]), "arn:aws:sagemaker:us-west-2:222222222222:training-plan/january"
    groups = changed(plan)["awscc_sagemaker_cluster.this"]["after"]["instance_groups"]
    assert {each["instance_group_name"]: each["training_plan_arn"] for each in groups} == {
        "controller": "",
        "p5-jan": arn,
    }
    assert len(places_of(plan, arn)) == 1


def test_a_block_is_a_queue_that_takes_all_of_it() -> None:
    """Every node from beginning to end, in the block's zone, with EFA; and no other queue has its id."""
    plan = read(RECIPES["parallelcluster"])
    cluster = changed(plan)['module.this.aws-parallelcluster_cluster.managed_configs["ml-training"]']["after"]
    queues = {
        each["Name"]: each for each in yaml.safe_load(cluster["cluster_configuration"])["Scheduling"]["SlurmQueues"]
    }
    assert {name: queue["CapacityType"] for name, queue in queues.items()} == {
        "train": "CAPACITY_BLOCK",
        "cpu": "ONDEMAND",
    }
    (nodes,) = queues["train"]["ComputeResources"]
    assert (nodes["InstanceType"], nodes["MinCount"], nodes["MaxCount"]) == ("p5.48xlarge", 4, 4)
    assert nodes["CapacityReservationTarget"] == {"CapacityReservationId": "cr-0123456789abcdef0"}
    assert nodes["Efa"] == {"Enabled": True}
    assert nodes["Networking"] == {"PlacementGroup": {"Enabled": False}}
    assert queues["train"]["Networking"] == {
        "SubnetIds": ["subnet-0123456789abcdef6"],
        "AdditionalSecurityGroups": ["sg-0123456789abcdef0"],
    }
    assert json.dumps(plan["resource_changes"]).count("cr-0123456789abcdef0") == 1


@pytest.mark.parametrize("name", RECIPES)
def test_a_recorded_plan_is_whole_and_names_no_machine(name: str) -> None:
    """It is what Terraform printed, complete, and of no folder of whoever recorded it."""
    plan = read(RECIPES[name])
    assert (plan["format_version"], plan["errored"], plan["complete"]) == ("1.2", False, True)
    assert not re.findall(r'"/(?:tmp|home|root|work|Users)/', json.dumps(plan))
    assert str(ROOT) not in json.dumps(plan)
    assert gzip.decompress(RECIPES[name].path.read_bytes())[:1] == b"{"


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_terraform_plans_the_same_today(aws_env: str, tmp_path: Path, name: str) -> None:
    """A module whose change alters what a purchase does fails here: record the plans anew, and read what changed."""
    config = os.environ.get("TF_CLI_CONFIG_FILE")
    if not config or (name in NEEDS_CLONE and "modules.v1" not in Path(config).read_text()):
        pytest.skip(f"no providers, or no registry that has {NEEDS_CLONE.get(name, 'them')}: TF_CLI_CONFIG_FILE")
    if name == "hyperpod" and not os.environ.get("TERRAFORM_REAL_PLUGINS"):
        pytest.skip("no real aws provider here: TERRAFORM_REAL_PLUGINS is not set")
    today, kept = record(RECIPES[name], tmp_path), read(RECIPES[name])
    assert done(today) == done(kept)
    if name == "eks-cluster":
        assert cluster(today) == cluster(kept)


def test_the_demo_tells_the_summary_of_the_recorded_plan() -> None:
    """Where no plan can be run: what it has is what the reader says today, and has no risk."""
    assert KEPT.read_bytes() == kept_summary()
    assert not from_json(KEPT.read_bytes()).risks
