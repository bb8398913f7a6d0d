"""HyperPod clusters, their machines and events, and the plans behind their groups, as boto3 sees them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.loaders import Loader

from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.scenes import Plan, Scene
from tests.sandbox.conftest import START, Client, refusal

ROLE = "arn:aws:iam::483026362307:role/a-role"
SCRIPTS = {"SourceS3Uri": "s3://sagemaker-scripts", "OnCreate": "on_create.sh"}
Make = Callable[..., str]


@pytest.fixture
def sagemaker(client: Client) -> Any:
    """SageMaker in us-east-1 of the main account."""
    return client("sagemaker")


@pytest.fixture
def own_plan(clock: SandboxControl) -> Callable[..., str]:
    """Lets the main account own a plan of four ml.p5.48xlarge for three days; its ARN."""

    def own_plan(start: datetime = START - timedelta(days=1), key: str = "a-plan") -> str:
        plan = Plan(
            key=key,
            account="main",
            region="us-east-1",
            instance_type="ml.p5.48xlarge",
            count=4,
            zone_id="use1-az4",
            start=start,
            end=start + timedelta(days=3),
        )
        return clock.put(Scene(plans=(plan,))).plans[key]

    return own_plan


def group(name: str = "workers", count: int = 2, **more: Any) -> dict[str, Any]:
    """An instance group as it is asked for."""
    asked = {"InstanceGroupName": name, "InstanceType": "ml.p5.48xlarge", "InstanceCount": count}
    return {**asked, "ExecutionRole": ROLE, "LifeCycleConfig": SCRIPTS, **more}


@pytest.fixture
def make(sagemaker: Any) -> Make:
    """Makes a cluster of these groups, of Slurm unless asked otherwise; its name."""

    def make(*groups: dict[str, Any], name: str = "a-cluster", **more: Any) -> str:
        asked = {"Orchestrator": {"Slurm": {}}, **more}
        sagemaker.create_cluster(ClusterName=name, InstanceGroups=list(groups), **asked)
        return name

    return make


def described(sagemaker: Any, name: str = "a-cluster") -> tuple[str, list[tuple[str, int, int, str]]]:
    """The status of a cluster, and of each group its name, how many it has and wants, and its status."""
    found = sagemaker.describe_cluster(ClusterName=name)
    rows = [*found["InstanceGroups"], *found.get("RestrictedInstanceGroups", ())]
    return found["ClusterStatus"], [
        (each["InstanceGroupName"], each["CurrentCount"], each["TargetCount"], each["Status"]) for each in rows
    ]


def nodes(sagemaker: Any, name: str = "a-cluster") -> list[dict[str, Any]]:
    """Every machine of a cluster."""
    pages = sagemaker.get_paginator("list_cluster_nodes").paginate(ClusterName=name)
    return [each for page in pages for each in page["ClusterNodeSummaries"]]


def counts(sagemaker: Any, arn: str) -> tuple[int, int, int]:
    """How many machines of a plan are available, in use and unhealthy."""
    plan = sagemaker.describe_training_plan(TrainingPlanName=arn.rpartition("/")[2])
    return plan["AvailableInstanceCount"], plan["InUseInstanceCount"], plan["UnhealthyInstanceCount"]


def test_a_world_begins_with_clusters_of_both_orchestrators(client: Client, secondary: boto3.Session) -> None:
    """As the live tree names them, in service, on nothing that was bought."""
    there = client("sagemaker", "us-west-2", secondary)
    names = [each["ClusterName"] for each in there.list_clusters()["ClusterSummaries"]]
    assert names == ["ml-clusters-eks", "ml-clusters-slurm"]
    on_eks, on_slurm = (there.describe_cluster(ClusterName=each) for each in names)
    assert on_eks["Orchestrator"]["Eks"]["ClusterArn"].endswith(":cluster/ml-clusters-training")
    assert on_slurm["Orchestrator"] == {"Slurm": {}}
    assert described(there, names[0]) == ("InService", [("cpu", 1, 1, "InService")])
    assert described(there, names[1]) == ("InService", [("controller", 1, 1, "InService")])
    arn = on_eks["ClusterArn"]
    assert there.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "ManagedBy", "Value": "terraform"}]
    there.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    there.delete_tags(ResourceArn=arn, TagKeys=["ManagedBy"])
    assert there.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    assert there.describe_cluster(ClusterName=arn)["ClusterName"] == "ml-clusters-eks"


def test_a_cluster_is_made_changed_and_deleted(sagemaker: Any, make: Make, clock: SandboxControl) -> None:
    """Its machines start with it; of a name there is one; what is busy is not changed."""
    name = make(group(), group("login", 1))
    assert described(sagemaker)[0] == "Creating"
    assert refusal(make, group())[0] == "ResourceInUse"
    assert refusal(sagemaker.update_cluster, ClusterName=name, InstanceGroups=[group()])[0] == "ConflictException"
    clock.advance(timedelta(minutes=2))
    assert described(sagemaker) == ("InService", [("workers", 2, 2, "InService"), ("login", 1, 1, "InService")])
    sagemaker.update_cluster(ClusterName=name, InstanceGroups=[group(count=5)], InstanceGroupsToDelete=["login"])
    assert described(sagemaker) == ("Updating", [("workers", 2, 5, "Updating")])
    clock.advance(timedelta(minutes=1))
    assert described(sagemaker) == ("InService", [("workers", 5, 5, "InService")])
    sagemaker.delete_cluster(ClusterName=name)
    assert sagemaker.list_clusters(NameContains=name)["ClusterSummaries"][0]["ClusterStatus"] == "Deleting"
    clock.advance(timedelta(minutes=1))
    assert refusal(sagemaker.describe_cluster, ClusterName=name)[0] == "ResourceNotFound"
    assert sagemaker.list_clusters()["ClusterSummaries"] == []


def test_every_instance_type_of_today_is_taken(sagemaker: Any, make: Make) -> None:
    """Also those of restricted groups, and flexible groups; a type that is none is refused."""
    shapes = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    types = shapes["ClusterInstanceType"]["enum"]
    make(*(group(f"g{number}", 1, InstanceType=each) for number, each in enumerate(types[:90])), name="many")
    assert len(sagemaker.describe_cluster(ClusterName="many")["InstanceGroups"]) == 90
    assert {"ml.p5.4xlarge", "ml.p6-b200.48xlarge", "ml.trn2.48xlarge"} <= {*types}
    flexible = group("flexible", 1, InstanceRequirements={"InstanceTypes": ["ml.p5.48xlarge", "ml.p5e.48xlarge"]})
    del flexible["InstanceType"]
    restricted = {name: value for name, value in group("restricted", 1).items() if name != "LifeCycleConfig"}
    make(flexible, name="odd", RestrictedInstanceGroups=[{**restricted, "EnvironmentConfig": {}}])
    found = sagemaker.describe_cluster(ClusterName="odd")
    assert found["InstanceGroups"][0]["InstanceTypeDetails"][1]["InstanceType"] == "ml.p5e.48xlarge"
    assert [each["InstanceGroupName"] for each in found["RestrictedInstanceGroups"]] == ["restricted"]
    assert refusal(make, group(InstanceType="ml.p99.large"), name="none")[0] == "ValidationException"


def test_machines_are_listed_in_pages_and_described(sagemaker: Any, make: Make, clock: SandboxControl) -> None:
    """Pending first, then running; by their own and, where machines come one by one, by their logical ids."""
    make(group(count=12), NodeProvisioningMode="Continuous")
    found = nodes(sagemaker)
    assert len({each["InstanceId"] for each in found}) == 12
    assert {each["InstanceStatus"]["Status"] for each in found} == {"Pending"}
    assert len(sagemaker.list_cluster_nodes(ClusterName="a-cluster", MaxResults=5)["ClusterNodeSummaries"]) == 5
    assert described(sagemaker)[1] == [("workers", 0, 12, "Creating")]
    clock.advance(timedelta(minutes=1))
    assert {each["InstanceStatus"]["Status"] for each in nodes(sagemaker)} == {"Running"}
    one = found[3]
    for named in ({"NodeId": one["InstanceId"]}, {"NodeLogicalId": one["NodeLogicalId"]}):
        details = sagemaker.describe_cluster_node(ClusterName="a-cluster", **named)["NodeDetails"]
        assert (details["InstanceId"], details["LifeCycleConfig"]) == (one["InstanceId"], SCRIPTS)
    assert refusal(sagemaker.describe_cluster_node, ClusterName="a-cluster", NodeId="i-00000000")[0] == (
        "ResourceNotFound"
    )


@pytest.mark.parametrize(
    "status",
    ["Running", "Failure", "Pending", "ShuttingDown", "SystemUpdating", "DeepHealthCheckInProgress", "NotFound"],
)
def test_a_machine_has_every_status(sagemaker: Any, make: Make, clock: SandboxControl, status: str) -> None:
    """Those that do not work are not counted among the machines that there are."""
    make(group())
    clock.advance(timedelta(minutes=2))
    broken = nodes(sagemaker)[0]["InstanceId"]
    here = {"account": "main", "region": "us-east-1", "cluster": "a-cluster"}
    clock.tell("hyperpod-node", {"InstanceStatus": {"Status": status, "Message": "why"}}, **here, name=broken)
    told = {each["InstanceId"]: each["InstanceStatus"] for each in nodes(sagemaker)}
    assert told[broken] == {"Status": status, "Message": "why"}
    works = status in {"Running", "SystemUpdating", "DeepHealthCheckInProgress"}
    assert described(sagemaker)[1] == [("workers", 1 + works, 2, "InService")]


def test_machines_of_a_plan_come_with_it_and_go_an_hour_before_its_end(
    sagemaker: Any, make: Make, own_plan: Callable[..., str], clock: SandboxControl
) -> None:
    """The plan says how many of its machines are used and broken; the cluster is found by it."""
    arn = own_plan(START + timedelta(hours=1))
    make(group(TrainingPlanArn=arn), NodeProvisioningMode="Continuous")
    make(group(), name="other")
    clock.advance(timedelta(minutes=5))
    assert described(sagemaker) == ("InService", [("workers", 0, 2, "Creating")])
    listed = sagemaker.list_clusters(TrainingPlanArn=arn)["ClusterSummaries"]
    assert [(each["ClusterName"], each["TrainingPlanArns"]) for each in listed] == [("a-cluster", [arn])]
    clock.set_clock(START + timedelta(hours=2))
    (row,) = sagemaker.describe_cluster(ClusterName="a-cluster")["InstanceGroups"]
    assert (row["CurrentCount"], row["TrainingPlanArn"], row["TrainingPlanStatus"]) == (2, arn, "Active")
    assert counts(sagemaker, arn) == (2, 2, 0)
    one = nodes(sagemaker)[0]["InstanceId"]
    assert nodes(sagemaker)[0]["LaunchTime"] == START + timedelta(hours=1)
    details = sagemaker.describe_cluster_node(ClusterName="a-cluster", NodeId=one)["NodeDetails"]
    assert details["Placement"]["AvailabilityZoneId"] == "use1-az4"
    here = {"account": "main", "region": "us-east-1", "cluster": "a-cluster"}
    clock.tell("hyperpod-node", {"InstanceStatus": {"Status": "Failure"}}, **here, name=one)
    assert counts(sagemaker, arn) == (2, 1, 1)
    clock.set_clock(START + timedelta(days=3))
    assert nodes(sagemaker) == []
    assert counts(sagemaker, arn) == (0, 0, 0)


def test_a_plan_that_no_group_is_on_any_more_is_idle(
    sagemaker: Any, make: Make, own_plan: Callable[..., str], clock: SandboxControl
) -> None:
    """Whether its group was deleted, or its machines are paid by the hour now."""
    first, second = own_plan(), own_plan(key="another")
    name = make(group("one", TrainingPlanArn=first), group("two", TrainingPlanArn=second))
    clock.advance(timedelta(minutes=2))
    assert [counts(sagemaker, each) for each in (first, second)] == [(2, 2, 0), (2, 2, 0)]
    sagemaker.update_cluster(ClusterName=name, InstanceGroups=[group("one")], InstanceGroupsToDelete=["two"])
    assert [counts(sagemaker, each) for each in (first, second)] == [(4, 0, 0), (4, 0, 0)]
    (row,) = sagemaker.describe_cluster(ClusterName=name)["InstanceGroups"]
    assert "TrainingPlanArn" not in row


def test_a_minimum_that_is_not_met_in_three_hours_is_rolled_back(
    sagemaker: Any, make: Make, own_plan: Callable[..., str], clock: SandboxControl
) -> None:
    """A group on a plan that begins later; the cluster fails where it has nothing else, and says why."""
    arn = own_plan(START + timedelta(hours=5))
    make(group(TrainingPlanArn=arn, MinInstanceCount=2))
    clock.advance(timedelta(hours=2, minutes=59))
    assert described(sagemaker) == ("Creating", [("workers", 0, 2, "Creating")])
    clock.advance(timedelta(minutes=1))
    assert described(sagemaker)[0] == "RollingBack"
    clock.advance(timedelta(minutes=1))
    failed = sagemaker.describe_cluster(ClusterName="a-cluster")
    assert (failed["ClusterStatus"], failed["InstanceGroups"][0]["Status"]) == ("Failed", "Failed")
    assert "MinInstanceCount 2 within 3 hours" in failed["FailureMessage"]
    clock.set_clock(START + timedelta(hours=6))
    assert nodes(sagemaker) == []


def test_a_minimum_that_is_met_in_time_is_not_rolled_back(
    sagemaker: Any, make: Make, own_plan: Callable[..., str], clock: SandboxControl
) -> None:
    """Whoever looks only later sees machines all the same."""
    make(group(TrainingPlanArn=own_plan(START + timedelta(hours=2)), MinInstanceCount=2))
    clock.advance(timedelta(hours=4))
    assert described(sagemaker) == ("InService", [("workers", 2, 2, "InService")])


def test_a_group_on_what_is_no_plan_for_it_is_refused(sagemaker: Any, make: Make, own_plan: Callable[..., str]) -> None:
    """Of another type, or nowhere."""
    arn = own_plan()
    assert "of ml.p5.48xlarge" in refusal(make, group(TrainingPlanArn=arn, InstanceType="ml.p5e.48xlarge"))[1]
    assert "was not found" in refusal(make, group(TrainingPlanArn=arn + "x"))[1]


def test_events_are_told_of_continuous_clusters(sagemaker: Any, make: Make, clock: SandboxControl) -> None:
    """The newest first, of a kind or group if asked, each with its details."""
    make(group(), NodeProvisioningMode="Continuous")
    make(group(), name="other")
    here = {"account": "main", "region": "us-east-1", "cluster": "a-cluster"}
    clock.advance(timedelta(minutes=2))
    told = {
        "InstanceGroupName": "workers",
        "InstanceId": "i-0123456789abcdef0",
        "ResourceType": "Instance",
        "EventLevel": "Error",
        "Description": "broken",
        "EventDetails": {"EventMetadata": {"Instance": {"FailureMessage": "why"}}},
    }
    clock.tell("hyperpod-event", told, **here)
    events = sagemaker.list_cluster_events(ClusterName="a-cluster")["Events"]
    assert (events[0]["Description"], events[0]["EventLevel"]) == ("broken", "Error")
    assert [each["ResourceType"] for each in events] == ["Instance", "Cluster", "InstanceGroup"]
    filtered = sagemaker.list_cluster_events(ClusterName="a-cluster", ResourceType="Cluster")["Events"]
    assert len(filtered) == 1
    details = sagemaker.describe_cluster_event(ClusterName="a-cluster", EventId=events[0]["EventId"])["EventDetails"]
    assert details["EventDetails"]["EventMetadata"]["Instance"]["FailureMessage"] == "why"
    assert refusal(sagemaker.list_cluster_events, ClusterName="other")[0] == "ValidationException"
    unknown = "00000000-0000-4000-8000-000000000000"
    assert refusal(sagemaker.describe_cluster_event, ClusterName="a-cluster", EventId=unknown)[0] == (
        "ResourceNotFound"
    )


def test_what_aws_decides_is_told(sagemaker: Any, make: Make, clock: SandboxControl) -> None:
    """Statuses of clusters and groups, and why one failed."""
    make(group())
    clock.advance(timedelta(minutes=2))
    here = {"account": "main", "region": "us-east-1", "cluster": "a-cluster"}
    clock.tell("hyperpod-cluster", {"ClusterStatus": "RollingBack", "FailureMessage": "no"}, **here)
    clock.tell("instance-group", {"Status": "Degraded"}, **here, name="workers")
    assert described(sagemaker) == ("RollingBack", [("workers", 2, 2, "Degraded")])
    assert sagemaker.describe_cluster(ClusterName="a-cluster")["FailureMessage"] == "no"
