"""The AWS CLI, a process of its own, with nothing but the environment that the sandbox prints."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.environment import environment

AWS = Path(sys.executable).with_name("aws")
OFFERINGS = "ec2 describe-capacity-block-offerings --instance-type p5.48xlarge --instance-count 8"
EXTENSIONS = "ec2 describe-capacity-block-extension-offerings --capacity-block-extension-duration-hours 48"
SEARCH = (
    "sagemaker search-training-plan-offerings --target-resources hyperpod-cluster --instance-type ml.p5.48xlarge "
    "--instance-count 8 --duration-hours 24"
)
UNSUPPORTED = (
    "The instance type 'c7i.4xlarge' is not supported for Capacity Blocks in 'us-east-1'. Specify a compatible "
    "instance type and try again."
)

Aws = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def aws(clock: SandboxControl, tmp_path: Path) -> Aws:
    """Runs the AWS CLI with words of a command line."""
    environ = environment(clock.url) | {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_PAGER": ""}

    def aws(words: str, *more: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(AWS), *words.split(), *more]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False, input=text)

    return aws


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    """What a command that must succeed printed."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_from_search_to_extension(aws: Aws, clock: SandboxControl) -> None:
    """Searching, buying, describing and extending a block work unchanged."""
    offerings = answer(aws(f"{OFFERINGS} --capacity-duration-hours 24"))["CapacityBlockOfferings"]
    offering_id = offerings[-1]["CapacityBlockOfferingId"]
    tags = "ResourceType=capacity-reservation,Tags=[{Key=team,Value=vision}]"
    bought = answer(
        aws(
            f"ec2 purchase-capacity-block --capacity-block-offering-id {offering_id}",
            "--instance-platform",
            "Linux/UNIX",
            "--tag-specifications",
            tags,
        )
    )["CapacityReservation"]
    clock.advance(timedelta(minutes=5))
    blocks = answer(aws("ec2 describe-capacity-blocks --filters Name=state,Values=scheduled,active"))["CapacityBlocks"]
    assert [(each["CapacityReservationIds"], each["State"]) for each in blocks] == [
        ([bought["CapacityReservationId"]], "scheduled")
    ]
    of_block = f"--capacity-reservation-id {bought['CapacityReservationId']}"
    extensions = answer(aws(f"{EXTENSIONS} {of_block}"))["CapacityBlockExtensionOfferings"]
    extension_id = extensions[0]["CapacityBlockExtensionOfferingId"]
    extended = answer(
        aws(
            f"ec2 purchase-capacity-block-extension {of_block} --capacity-block-extension-offering-id {extension_id}",
        )
    )["CapacityBlockExtensions"]
    assert [each["CapacityBlockExtensionStatus"] for each in extended] == ["payment-pending"]
    clock.advance(timedelta(minutes=5))
    (reservation,) = answer(aws("ec2 describe-capacity-reservations"))["CapacityReservations"]
    assert reservation["EndDate"] == extended[0]["CapacityBlockExtensionEndDate"]
    assert {"Key": "team", "Value": "vision"} in reservation["Tags"]


def bought_plan(aws: Aws, clock: SandboxControl) -> str:
    """Search for a training plan, buy it under the name `eight`, and wait for its start. Returns its ARN."""
    found = answer(aws(SEARCH))["TrainingPlanOfferings"][-1]
    offering_id, (part,) = found["TrainingPlanOfferingId"], found["ReservedCapacityOfferings"]
    bought = aws(f"sagemaker create-training-plan --training-plan-name eight --training-plan-offering-id {offering_id}")
    clock.set_clock(datetime.fromtimestamp(part["StartTime"], UTC))
    return answer(bought)["TrainingPlanArn"]


def test_a_plan_is_bought_and_listed(aws: Aws, clock: SandboxControl) -> None:
    """Searching, buying and listing a training plan work unchanged."""
    arn = bought_plan(aws, clock)
    active = answer(aws("sagemaker list-training-plans --filters Name=Status,Value=Active"))["TrainingPlanSummaries"]
    assert [(each["TrainingPlanArn"], each["AvailableInstanceCount"]) for each in active] == [(arn, 8)]


@pytest.mark.slow
def test_a_plan_is_tagged_and_extended(aws: Aws, clock: SandboxControl) -> None:
    """So do tagging, extending and describing it."""
    arn = bought_plan(aws, clock)
    assert aws(f"sagemaker add-tags --resource-arn {arn} --tags Key=team,Value=vision").returncode == 0
    assert answer(aws(f"sagemaker list-tags --resource-arn {arn}"))["Tags"] == [{"Key": "team", "Value": "vision"}]
    extensions = answer(
        aws(f"sagemaker search-training-plan-offerings --training-plan-arn {arn} --duration-hours 48"),
    )["TrainingPlanExtensionOfferings"]
    extension_id = extensions[0]["TrainingPlanExtensionOfferingId"]
    answer(aws(f"sagemaker extend-training-plan --training-plan-extension-offering-id {extension_id}"))
    clock.advance(timedelta(minutes=5))
    (extended,) = answer(aws(f"sagemaker describe-training-plan-extension-history --training-plan-arn {arn}"))[
        "TrainingPlanExtensions"
    ]
    plan = answer(aws("sagemaker describe-training-plan --training-plan-name eight"))
    assert (extended["PaymentStatus"], extended["EndDate"]) == ("Completed", plan["EndTime"])


def test_clusters_are_read(aws: Aws, clock: SandboxControl) -> None:
    """Those of EKS with a group on a block, and the stack of ParallelCluster with its queue's machines."""
    block = clock.put_clusters().blocks["p5-now"]
    assert answer(aws("eks list-clusters"))["clusters"] == ["ml-clusters-training"]
    of_cluster = "--cluster-name ml-clusters-training"
    assert "p5-now" in answer(aws(f"eks list-nodegroups {of_cluster}"))["nodegroups"]
    group = answer(aws(f"eks describe-nodegroup {of_cluster} --nodegroup-name p5-now"))["nodegroup"]
    template = f"--launch-template-id {group['launchTemplate']['id']} --versions {group['launchTemplate']['version']}"
    (version,) = answer(aws(f"ec2 describe-launch-template-versions {template}"))["LaunchTemplateVersions"]
    target = version["LaunchTemplateData"]["CapacityReservationSpecification"]["CapacityReservationTarget"]
    assert target == {"CapacityReservationId": block}
    (stack,) = answer(aws("cloudformation describe-stacks --stack-name ml-clusters-slurm"))["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    filters = "Name=tag:parallelcluster:queue-name,Values=p5"
    machines = answer(aws(f"ec2 describe-instances --filters {filters}"))["Reservations"]
    assert sum(len(each["Instances"]) for each in machines) == 3


@pytest.mark.slow
def test_hyperpod_clusters_are_made_and_read(aws: Aws, clock: SandboxControl) -> None:
    """From the groups of a JSON argument to one of the machines."""
    group = {
        "InstanceGroupName": "workers",
        "InstanceType": "ml.p6-b200.48xlarge",
        "InstanceCount": 2,
        "ExecutionRole": "arn:aws:iam::483026362307:role/a-role",
        "LifeCycleConfig": {"SourceS3Uri": "s3://sagemaker-scripts", "OnCreate": "on_create.sh"},
    }
    made = aws("sagemaker create-cluster --cluster-name made", "--instance-groups", json.dumps([group]))
    assert answer(made)["ClusterArn"]
    clock.advance(timedelta(minutes=2))
    (found,) = answer(aws("sagemaker list-clusters"))["ClusterSummaries"]
    assert (found["ClusterName"], found["ClusterStatus"]) == ("made", "InService")
    nodes = answer(aws("sagemaker list-cluster-nodes --cluster-name made"))["ClusterNodeSummaries"]
    node = f"--cluster-name made --node-id {nodes[0]['InstanceId']}"
    details = answer(aws(f"sagemaker describe-cluster-node {node}"))["NodeDetails"]
    assert details["InstanceStatus"]["Status"] == "Running"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("eks describe-cluster --name none", "(ResourceNotFoundException)"),
        ("sagemaker describe-cluster --cluster-name none", "(ResourceNotFound)"),
        (
            "ec2 describe-capacity-block-offerings --instance-type c7i.4xlarge --capacity-duration-hours 24",
            "(InvalidParameterValue) when calling the DescribeCapacityBlockOfferings operation: " + UNSUPPORTED,
        ),
        (f"{OFFERINGS} --capacity-duration-hours 36", "(InvalidParameterValue)"),
        (f"{OFFERINGS} --capacity-duration-hours 24 --region sa-east-1", "(CapacityBlockDescribeLimitExceeded)"),
        (
            "ec2 purchase-capacity-block --instance-platform Linux/UNIX --capacity-block-offering-id cb-1",
            "(InvalidCapacityBlockOfferingIdMalformed)",
        ),
        (
            f"{EXTENSIONS} --capacity-reservation-id cr-00000000000000000",
            "(InvalidCapacityReservationId.NotFound)",
        ),
        (f"{SEARCH} --region eu-west-1", "(UnknownOperationException)"),
        ("service-quotas get-service-quota --service-code ec2 --quota-code L-1", "(NoSuchResourceException)"),
        ("pricing describe-services", "Simulated AWS does not have pricing:DescribeServices"),
        ("account list-regions", "Simulated AWS does not have account:ListRegions"),
    ],
)
def test_errors_are_printed_as_awss_own(aws: Aws, words: str, said: str) -> None:
    """The CLI fails with the code and message that AWS documents."""
    done = aws(words)
    assert done.returncode == 255
    assert said in done.stderr


def test_objects_survive_the_way_there_and_back(aws: Aws) -> None:
    """Other services are moto's: a bucket and an object, uploaded as the CLI does it."""
    assert aws("s3 mb s3://a-bucket").returncode == 0
    text = "line\n" * 10_000
    copied = aws("s3 cp - s3://a-bucket/folder/object", text=text)
    assert copied.returncode == 0, copied.stderr
    assert aws("s3 cp s3://a-bucket/folder/object -").stdout == text
