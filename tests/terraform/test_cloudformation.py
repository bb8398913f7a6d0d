"""Plans of awscc's resources, as `terraform test -json -verbose` prints them, held against CloudFormation's schemas."""

import json
from pathlib import Path
from typing import Any

import pytest

from terraform_checks.cloudformation import Reading, read_resources

CLUSTER: dict[str, Any] = {
    "cluster_name": "training",
    "cluster_arn": "kz5yx0bd",
    "orchestrator": {"eks": {"cluster_arn": "arn:aws:eks:us-west-2:222222222222:cluster/training"}},
    "instance_groups": [
        {
            "instance_group_name": "p5",
            "instance_type": "ml.p5.48xlarge",
            "instance_count": 4,
            "execution_role": "arn:aws:iam::222222222222:role/execution",
            "image_id": None,
            "life_cycle_config": {"source_s3_uri": "s3://sagemaker-scripts/on", "on_create": "on_create.sh"},
            "instance_storage_configs": [{"ebs_volume_config": {"volume_size_in_gb": 500}}],
            "kubernetes_config": {"labels": {"instance_type": "p5"}, "taints": None},
        }
    ],
}


def read(folder: Path, *clusters: dict[str, Any], kind: str = "awscc_sagemaker_cluster") -> Reading:
    """What comes of runs that plan these."""
    changes = [[{"mode": "managed", "type": kind, "change": {"after": each}}] for each in clusters]
    lines = [json.dumps({"type": "test_plan", "test_plan": {"resource_changes": each}}) for each in changes]
    lines = [each.replace('"type": "test_plan"', '"type":"test_plan"') for each in lines]
    tested = folder / "tested.jsonl"
    tested.write_text("\n".join(['{"type":"version"}', *lines, "Warning: not JSON"]))
    return read_resources(tested)


def group(**changed: Any) -> dict[str, Any]:
    """A cluster whose group is another."""
    return CLUSTER | {"instance_groups": [CLUSTER["instance_groups"][0] | changed]}


def test_a_sound_cluster_passes_and_is_counted_once(tmp_path: Path) -> None:
    """Names are CloudFormation's, nulls and what AWS computes are left out, and keys of labels stay as they are."""
    reading = read(tmp_path, CLUSTER, CLUSTER, group(instance_count=8))
    assert (reading.wrong, reading.counts) == ([], {"AWS::SageMaker::Cluster": 2})
    assert reading.version


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (CLUSTER | {"node_recovery": "Always"}, "NodeRecovery: 'Always' is not one of ['Automatic', 'None'] (E3030)"),
        (group(machine_count=1), "InstanceGroups.0.machine_count: Additional properties are not allowed"),
        (group(execution_role=None), "InstanceGroups.0: 'ExecutionRole' is a required property"),
        (
            group(instance_storage_configs=[{"ebs_volume_config": {"volume_size_in_gb": 0}}]),
            "InstanceStorageConfigs.0.EbsVolumeConfig.VolumeSizeInGB: 0 is less than the minimum of 1",
        ),
    ],
)
def test_what_cloudformation_refuses_is_told_with_its_place(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    """A value, a name, an absence and a number that awscc's own types let through."""
    reading = read(tmp_path, CLUSTER, wrong)
    assert any(told in line for line in reading.wrong), reading.wrong


def test_an_unknown_type_and_no_resource_are_no_success(tmp_path: Path) -> None:
    """A type that CloudFormation lacks is told; tests that plan nothing of awscc have shown nothing."""
    assert read(tmp_path, CLUSTER, kind="awscc_sagemaker_castle").wrong == [
        "awscc_sagemaker_castle: CloudFormation has no such type in us-east-1"
    ]
    assert read(tmp_path, CLUSTER, kind="aws_eks_cluster").wrong == ["no test plans a resource of awscc"]
