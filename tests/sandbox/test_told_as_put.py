"""What was written is read again whole, as Terraform wants it."""

from typing import Any

import pytest

from tests.sandbox.conftest import Client

BUCKET = "example-told-as-put"
KEY = "arn:aws:kms:us-west-2:159553542841:key/00000000-0000-0000-0000-000000000000"


@pytest.fixture
def s3(client: Client) -> Any:
    """S3 with a versioned bucket."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


def test_a_lifecycle(s3: Any) -> None:
    """Sizes, and how many old versions stay, among it; once deleted it is gone."""
    rules = [
        {
            "ID": "locks",
            "Status": "Enabled",
            "Filter": {"ObjectSizeLessThan": 512},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        },
        {
            "ID": "history",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "main/", "ObjectSizeGreaterThan": 9}},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 50},
        },
    ]
    for wanted in (rules, rules[1:]):
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": wanted})
        told = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)
        assert told["Rules"] == wanted
        assert told["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    s3.delete_bucket_lifecycle(Bucket=BUCKET)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)


def test_a_replication(s3: Any) -> None:
    """Filters, delete markers, encryption and destinations as they were given."""
    rule = {
        "ID": "datasets",
        "Priority": 10,
        "Status": "Enabled",
        "Filter": {"Prefix": "datasets/"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": "arn:aws:s3:::example-replica",
            "Account": "159553542841",
            "AccessControlTranslation": {"Owner": "Destination"},
            "EncryptionConfiguration": {"ReplicaKmsKeyID": KEY},
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
        },
    }
    wanted = {"Role": "arn:aws:iam::483026362307:role/example-s3-replication", "Rules": [rule]}
    s3.put_bucket_replication(Bucket=BUCKET, ReplicationConfiguration=wanted)
    assert s3.get_bucket_replication(Bucket=BUCKET)["ReplicationConfiguration"] == wanted
    s3.delete_bucket_replication(Bucket=BUCKET)
    with pytest.raises(s3.exceptions.ClientError, match="ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket=BUCKET)


@pytest.mark.parametrize(("asked", "told"), [({}, 365), ({"RotationPeriodInDays": 90}, 90)])
def test_the_rotation_of_a_key(client: Client, asked: dict[str, int], told: int) -> None:
    """Its period, while it is on; a year unless said otherwise."""
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key, **asked)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, told)
    kms.disable_key_rotation(KeyId=key)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)


def test_descriptions_of_rules(client: Client) -> None:
    """Whatever the other side of a rule is."""
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="described", Description="x", VpcId=vpc)["GroupId"]
    prefixes = ec2.describe_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    sides: list[dict[str, Any]] = [
        {"IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "block"}]},
        {"UserIdGroupPairs": [{"GroupId": group, "Description": "group"}]},
        {"PrefixListIds": [{"PrefixListId": prefixes, "Description": "list"}]},
    ]
    for port, side in enumerate(sides, start=1000):
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **side}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    told = [each["Description"] for each in sorted(rules, key=lambda each: each["FromPort"]) if not each["IsEgress"]]
    assert told == ["block", "group", "list"]


def test_a_role_takes_aws_own_policies(client: Client, secondary: Any) -> None:
    """Each account counts its own attachments."""
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    ours, theirs = client("iam"), client("iam", "us-east-1", secondary)
    ours.create_role(RoleName="example", AssumeRolePolicyDocument="{}")
    ours.attach_role_policy(RoleName="example", PolicyArn=policy)
    (attached,) = ours.list_attached_role_policies(RoleName="example")["AttachedPolicies"]
    assert attached["PolicyArn"] == policy
    assert [each.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] for each in (ours, theirs)] == [1, 0]
