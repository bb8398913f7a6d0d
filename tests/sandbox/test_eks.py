"""Clusters of EKS, their node groups and the machines behind these, as boto3 sees them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mcp_server.sandbox.control import ControlRefused, SandboxControl
from tests.sandbox.conftest import START, Client, refusal

CLUSTER = "ml-clusters-training"
ROLE = "arn:aws:iam::483026362307:role/a-role"
Buy = Callable[..., dict[str, Any]]


@pytest.fixture
def eks(client: Client) -> Any:
    """EKS in us-east-1 of the main account."""
    return client("eks")


@pytest.fixture
def autoscaling(client: Client) -> Any:
    """Auto Scaling in us-east-1 of the main account."""
    return client("autoscaling")


def subnets(ec2: Any, zone: str | None = None) -> list[str]:
    """The private subnets, of one zone or of all."""
    filters = [{"Name": "tag:Tier", "Values": ["private"]}]
    filters += [{"Name": "availability-zone", "Values": [zone]}] if zone else []
    return [each["SubnetId"] for each in ec2.describe_subnets(Filters=filters)["Subnets"]]


def template_on(ec2: Any, reservation: str, instance_type: str = "p5.48xlarge") -> str:
    """A launch template that starts machines in a reservation; its id."""
    data = {
        "InstanceType": instance_type,
        "InstanceMarketOptions": {"MarketType": "capacity-block"},
        "CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": reservation}},
    }
    made = ec2.create_launch_template(LaunchTemplateName=f"on-{reservation}", LaunchTemplateData=data)
    return made["LaunchTemplate"]["LaunchTemplateId"]


def group(eks: Any, name: str) -> dict[str, Any]:
    """A node group as EKS describes it."""
    return eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=name)["nodegroup"]


@pytest.fixture
def on_block(eks: Any, ec2: Any, buy: Buy) -> dict[str, Any]:
    """A bought block of eight machines that begins later, with a node group that wants six of them."""
    bought = buy()
    eks.create_nodegroup(
        clusterName=CLUSTER,
        nodegroupName="block",
        subnets=subnets(ec2, bought["AvailabilityZone"]),
        nodeRole=ROLE,
        capacityType="CAPACITY_BLOCK",
        launchTemplate={"id": template_on(ec2, bought["CapacityReservationId"]), "version": "1"},
        scalingConfig={"minSize": 0, "maxSize": 8, "desiredSize": 6},
    )
    return bought


def in_use(ec2: Any, bought: dict[str, Any]) -> int:
    """How many machines run on a reservation, as its usage and its machines say."""
    reservation = bought["CapacityReservationId"]
    usage = ec2.get_capacity_reservation_usage(CapacityReservationId=reservation)
    filters = [
        {"Name": "capacity-reservation-id", "Values": [reservation]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
    running = [each for page in pages for held in page["Reservations"] for each in held["Instances"]]
    assert {each["InstanceLifecycle"] for each in running} <= {"capacity-block"}
    used = sum(each["UsedInstanceCount"] for each in usage["InstanceUsages"])
    assert len(running) == used
    return used


def test_a_world_begins_with_clusters_that_are_well(eks: Any, ec2: Any) -> None:
    """As the live tree names them, active, with add-ons, access and machines, and nothing owned."""
    cluster = eks.describe_cluster(name=CLUSTER)["cluster"]
    assert (cluster["status"], cluster["version"], cluster["health"]) == ("ACTIVE", "1.34", {"issues": []})
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    assert sorted(cluster["resourcesVpcConfig"]["subnetIds"]) == sorted(subnets(ec2))
    system = group(eks, "system")
    assert (system["status"], system["instanceTypes"]) == ("ACTIVE", ["m7i.xlarge"])
    addons = eks.list_addons(clusterName=CLUSTER)["addons"]
    states = {each: eks.describe_addon(clusterName=CLUSTER, addonName=each)["addon"]["status"] for each in addons}
    assert {"vpc-cni", "eks-pod-identity-agent"} <= states.keys()
    assert {*states.values()} == {"ACTIVE"}
    assert eks.list_pod_identity_associations(clusterName=CLUSTER)["associations"]
    assert len(eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]) == 2
    assert ec2.describe_capacity_reservations()["CapacityReservations"] == []


def test_machines_of_karpenter_are_told_by_their_tags(eks: Any, ec2: Any) -> None:
    """They belong to no Auto Scaling group."""
    filters = [{"Name": "tag:karpenter.sh/nodepool", "Values": ["general"]}]
    ((machine,),) = (each["Instances"] for each in ec2.describe_instances(Filters=filters)["Reservations"])
    tags = {each["Key"]: each["Value"] for each in machine["Tags"]}
    assert tags["eks:eks-cluster-name"] == CLUSTER
    assert tags[f"kubernetes.io/cluster/{CLUSTER}"] == "owned"
    assert "aws:autoscaling:groupName" not in tags


def test_a_cluster_takes_its_time_to_be_made_and_deleted(eks: Any, ec2: Any, clock: SandboxControl) -> None:
    """Meanwhile nothing can be made in it; one with node groups cannot be deleted."""
    network = {"subnetIds": subnets(ec2)}
    made = eks.create_cluster(name="new", roleArn=ROLE, resourcesVpcConfig=network, version="1.33")["cluster"]
    assert (made["status"], made["version"]) == ("CREATING", "1.33")
    asked = {"clusterName": "new", "nodegroupName": "a", "subnets": subnets(ec2), "nodeRole": ROLE}
    assert refusal(eks.create_nodegroup, **asked)[0] == "InvalidRequestException"
    assert refusal(eks.create_cluster, name="new", roleArn=ROLE, resourcesVpcConfig=network)[0] == (
        "ResourceInUseException"
    )
    clock.advance(timedelta(minutes=2))
    assert eks.describe_cluster(name="new")["cluster"]["status"] == "ACTIVE"
    eks.create_nodegroup(**asked)
    clock.advance(timedelta(minutes=1))
    assert refusal(eks.delete_cluster, name="new")[0] == "ResourceInUseException"
    eks.delete_nodegroup(clusterName="new", nodegroupName="a")
    clock.advance(timedelta(minutes=1))
    assert eks.delete_cluster(name="new")["cluster"]["status"] == "DELETING"
    assert "new" in eks.list_clusters()["clusters"]
    clock.advance(timedelta(minutes=2))
    assert "new" not in eks.list_clusters()["clusters"]
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_cluster(name="new")


def test_an_update_is_told_until_it_is_done(eks: Any, clock: SandboxControl) -> None:
    """Of the cluster, of a node group and of an add-on, each in its own list."""
    eks.update_cluster_version(name=CLUSTER, version="1.35")
    assert eks.describe_cluster(name=CLUSTER)["cluster"]["status"] == "UPDATING"
    eks.update_nodegroup_config(clusterName=CLUSTER, nodegroupName="system", scalingConfig={"desiredSize": 3})
    eks.update_addon(clusterName=CLUSTER, addonName="coredns", addonVersion="v1.13.0-eksbuild.1")
    wanted = {"VersionUpdate": {}, "ConfigUpdate": {"nodegroupName": "system"}, "AddonUpdate": {"addonName": "coredns"}}
    ids = {kind: eks.list_updates(name=CLUSTER, **of)["updateIds"] for kind, of in wanted.items()}
    assert all(len(each) == 1 for each in ids.values())

    def told() -> set[tuple[str, str]]:
        found = [
            eks.describe_update(name=CLUSTER, updateId=ids[kind][0], **of)["update"] for kind, of in wanted.items()
        ]
        return {(each["type"], each["status"]) for each in found}

    assert told() == {(kind, "InProgress") for kind in wanted}
    clock.advance(timedelta(minutes=1))
    assert told() == {(kind, "Successful") for kind in wanted}
    assert group(eks, "system")["scalingConfig"]["desiredSize"] == 3
    assert refusal(eks.describe_update, name=CLUSTER, updateId="none")[0] == "ResourceNotFoundException"


def test_machines_of_a_group_are_in_its_auto_scaling_group_and_its_subnets(
    eks: Any, ec2: Any, autoscaling: Any, clock: SandboxControl
) -> None:
    """As many as wanted, spread over its zones; what is terminated is replaced, and fewer wanted are fewer."""
    wanted = subnets(ec2)[:2]
    sizes = {"minSize": 0, "maxSize": 9, "desiredSize": 4}
    eks.create_nodegroup(
        clusterName=CLUSTER, nodegroupName="spread", subnets=wanted, nodeRole=ROLE, scalingConfig=sizes
    )
    clock.advance(timedelta(minutes=1))
    (name,) = (each["name"] for each in group(eks, "spread")["resources"]["autoScalingGroups"])

    def machines() -> list[dict[str, Any]]:
        (found,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        ids = [each["InstanceId"] for each in found["Instances"]]
        described = ec2.describe_instances(InstanceIds=ids)["Reservations"] if ids else []
        return [each for held in described for each in held["Instances"]]

    before = machines()
    assert sorted(each["SubnetId"] for each in before) == sorted([*wanted, *wanted])
    tags = {tag["Key"]: tag["Value"] for tag in before[0]["Tags"]}
    assert (tags["eks:nodegroup-name"], tags["aws:autoscaling:groupName"]) == ("spread", name)
    ec2.terminate_instances(InstanceIds=[before[0]["InstanceId"]])
    assert len({each["InstanceId"] for each in machines()} - {each["InstanceId"] for each in before}) == 1
    eks.update_nodegroup_config(clusterName=CLUSTER, nodegroupName="spread", scalingConfig={"desiredSize": 1})
    assert len(machines()) == 1


def test_a_group_on_a_block_gets_its_machines_when_the_block_begins(
    eks: Any, ec2: Any, on_block: dict[str, Any], clock: SandboxControl
) -> None:
    """Until then it is degraded in AWS's words, and so it is again when AWS takes the machines back."""
    clock.advance(timedelta(minutes=1))
    waiting = group(eks, "block")
    assert (waiting["capacityType"], waiting.get("instanceTypes")) == ("CAPACITY_BLOCK", None)
    (issue,) = waiting["health"]["issues"]
    assert (waiting["status"], issue["code"]) == ("DEGRADED", "AsgInstanceLaunchFailures")
    assert "Your Capacity Block is not active yet" in issue["message"]
    clock.set_clock(on_block["StartDate"])
    assert (group(eks, "block")["status"], in_use(ec2, on_block)) == ("ACTIVE", 6)
    clock.set_clock(on_block["EndDate"] - timedelta(minutes=29))
    assert (group(eks, "block")["status"], in_use(ec2, on_block)) == ("DEGRADED", 0)


def test_more_than_a_block_holds_is_not_started(
    eks: Any, ec2: Any, on_block: dict[str, Any], clock: SandboxControl
) -> None:
    """What there is room for runs, and the rest comes when somebody else's machines go."""
    clock.set_clock(on_block["StartDate"])
    eks.update_nodegroup_config(clusterName=CLUSTER, nodegroupName="block", scalingConfig={"desiredSize": 9})
    clock.advance(timedelta(minutes=1))
    (issue,) = group(eks, "block")["health"]["issues"]
    assert "ReservationCapacityExceeded" in issue["message"]
    assert in_use(ec2, on_block) == 8
    eks.update_nodegroup_config(clusterName=CLUSTER, nodegroupName="block", scalingConfig={"desiredSize": 8})
    clock.advance(timedelta(minutes=1))
    assert (group(eks, "block")["status"], in_use(ec2, on_block)) == ("ACTIVE", 8)


def test_machines_elsewhere_than_their_block_are_not_started(
    eks: Any, ec2: Any, on_block: dict[str, Any], clock: SandboxControl
) -> None:
    """A group without a subnet in the block's zone waits for ever, and says why."""
    clock.set_clock(on_block["StartDate"])
    zones = {each["ZoneName"] for each in ec2.describe_availability_zones()["AvailabilityZones"]}
    other = next(iter(sorted(zones - {on_block["AvailabilityZone"]})))
    template = group(eks, "block")["launchTemplate"]
    eks.create_nodegroup(
        clusterName=CLUSTER,
        nodegroupName="elsewhere",
        subnets=subnets(ec2, other),
        nodeRole=ROLE,
        capacityType="CAPACITY_BLOCK",
        launchTemplate={"id": template["id"], "version": "1"},
        scalingConfig={"minSize": 0, "maxSize": 2, "desiredSize": 1},
    )
    clock.advance(timedelta(minutes=1))
    (issue,) = group(eks, "elsewhere")["health"]["issues"]
    assert "Availability Zone is not that of the Capacity Reservation" in issue["message"]


def test_a_launch_template_says_in_which_block_machines_start(ec2: Any, buy: Buy, clock: SandboxControl) -> None:
    """Type, market and reservation are its own; the reservation can be read back from it."""
    bought = buy()
    template = template_on(ec2, bought["CapacityReservationId"])
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
    target = version["LaunchTemplateData"]["CapacityReservationSpecification"]["CapacityReservationTarget"]
    assert target["CapacityReservationId"] == bought["CapacityReservationId"]
    asked = {"LaunchTemplate": {"LaunchTemplateId": template}, "ImageId": "ami-1", "MinCount": 2, "MaxCount": 2}
    assert refusal(ec2.run_instances, **asked)[0] == "InvalidCapacityReservationState.PendingActivation"
    clock.set_clock(bought["StartDate"])
    started = ec2.run_instances(**asked)["Instances"]
    assert {each["CapacityReservationId"] for each in started} == {bought["CapacityReservationId"]}
    assert in_use(ec2, bought) == 2


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"capacityType": "CAPACITY_BLOCK"}, "InvalidParameterException"),
        ({"nodegroupName": "system"}, "ResourceInUseException"),
        ({"clusterName": "none"}, "ResourceNotFoundException"),
        ({"launchTemplate": {"id": "lt-0"}}, "InvalidRequestException"),
    ],
)
def test_a_node_group_that_cannot_be_is_refused(eks: Any, ec2: Any, changed: dict[str, Any], code: str) -> None:
    """By the codes of EKS."""
    asked = {"clusterName": CLUSTER, "nodegroupName": "new", "subnets": subnets(ec2), "nodeRole": ROLE}
    assert refusal(eks.create_nodegroup, **(asked | changed))[0] == code


def test_what_aws_decides_is_told(eks: Any, clock: SandboxControl) -> None:
    """Health of clusters, groups and add-ons, insights and failed updates, in EKS's own members."""
    here = {"account": "main", "region": "us-east-1", "cluster": CLUSTER}
    wrong = {"code": "VpcNotFound", "message": "gone", "resourceIds": ["vpc-1"]}
    clock.tell("eks-cluster", {"health": {"issues": [wrong]}, "version": "1.29"}, **here)
    degraded = {"status": "DEGRADED", "health": {"issues": [{"code": "NodeCreationFailure", "message": "no"}]}}
    clock.tell("node-group", degraded, **here, name="system")
    clock.tell("addon", {"status": "UPDATE_FAILED"}, **here, name="coredns")
    clock.tell("insight", {"category": "UPGRADE_READINESS", "insightStatus": {"status": "ERROR"}}, **here, name="i-1")
    clock.tell("update", {"status": "Failed", "type": "VersionUpdate"}, **here, name="u-1", group="system")
    cluster = eks.describe_cluster(name=CLUSTER)["cluster"]
    assert (cluster["version"], cluster["health"]["issues"]) == ("1.29", [wrong])
    system = group(eks, "system")
    assert (system["status"], system["health"]["issues"][0]["code"]) == ("DEGRADED", "NodeCreationFailure")
    addon = eks.describe_addon(clusterName=CLUSTER, addonName="coredns")["addon"]
    assert addon["status"] == "UPDATE_FAILED"
    (insight,) = eks.list_insights(clusterName=CLUSTER, filter={"statuses": ["ERROR", "WARNING"]})["insights"]
    assert eks.describe_insight(clusterName=CLUSTER, id=insight["id"])["insight"]["id"] == "i-1"
    assert eks.list_insights(clusterName=CLUSTER, filter={"statuses": ["PASSING"]})["insights"] == []
    update = eks.describe_update(name=CLUSTER, updateId="u-1", nodegroupName="system")["update"]
    assert update["status"] == "Failed"


@pytest.mark.parametrize(
    ("of", "said", "name", "words"),
    [
        ("node-group", {"status": "SICK"}, "system", "one of CREATING"),
        ("node-group", {"state": "ACTIVE"}, "system", "no member state"),
        ("node-group", {"status": "ACTIVE"}, "none", "no node group none"),
        ("eks-cluster", {"health": {"issues": [{"code": "Rain"}]}}, "", "one of AccessDenied"),
    ],
)
def test_what_aws_could_not_say_is_refused(
    clock: SandboxControl, of: str, said: dict[str, Any], name: str, words: str
) -> None:
    """Members and words are those of its models."""
    with pytest.raises(ControlRefused, match=words):
        clock.tell(of, said, account="main", region="us-east-1", cluster=CLUSTER, name=name)


def test_access_is_given_and_taken(eks: Any) -> None:
    """Entries with policies, associations with roles, and tags on all."""
    eks.create_access_entry(clusterName=CLUSTER, principalArn=ROLE, tags={"a": "b"})
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    scope = {"type": "cluster"}
    eks.associate_access_policy(clusterName=CLUSTER, principalArn=ROLE, policyArn=policy, accessScope=scope)
    listed = eks.list_associated_access_policies(clusterName=CLUSTER, principalArn=ROLE)["associatedAccessPolicies"]
    assert [(each["policyArn"], each["accessScope"]) for each in listed] == [(policy, scope)]
    entry = eks.describe_access_entry(clusterName=CLUSTER, principalArn=ROLE)["accessEntry"]
    assert eks.list_tags_for_resource(resourceArn=entry["accessEntryArn"])["tags"] == {"a": "b"}
    eks.delete_access_entry(clusterName=CLUSTER, principalArn=ROLE)
    assert ROLE not in eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]
    made = eks.create_pod_identity_association(
        clusterName=CLUSTER, namespace="jobs", serviceAccount="trainer", roleArn=ROLE
    )["association"]
    named = {"clusterName": CLUSTER, "associationId": made["associationId"]}
    assert eks.describe_pod_identity_association(**named)["association"]["roleArn"] == ROLE
    assert len(eks.list_pod_identity_associations(clusterName=CLUSTER, namespace="jobs")["associations"]) == 1
    eks.delete_pod_identity_association(**named)
    assert refusal(eks.describe_pod_identity_association, **named)[0] == "ResourceNotFoundException"


def test_lists_come_in_pages(eks: Any) -> None:
    """As long as asked for, with a token for the next."""
    pages = list(eks.get_paginator("list_addons").paginate(clusterName=CLUSTER, PaginationConfig={"PageSize": 2}))
    assert [len(each["addons"]) for each in pages] == [2, 2, 1]
    assert refusal(eks.list_addons, clusterName=CLUSTER, nextToken="x")[0] == "InvalidParameterException"


def test_a_fault_may_name_the_service_of_its_operation(eks: Any, client: Client, clock: SandboxControl) -> None:
    """Clusters are described by EKS and by SageMaker."""
    clock.arm("eks:DescribeCluster", "denied")
    code, words = refusal(eks.describe_cluster, name=CLUSTER)
    assert (code, "eks:DescribeCluster" in words) == ("AccessDeniedException", True)
    assert refusal(client("sagemaker").describe_cluster, ClusterName="none")[0] == "ResourceNotFound"
    assert eks.list_clusters()["clusters"] == [CLUSTER]
    assert clock.now() - START < timedelta(minutes=5)
