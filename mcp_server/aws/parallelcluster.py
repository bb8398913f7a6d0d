"""ParallelCluster as it stands in an account: a stack, its fleet in a table, its configuration in a bucket.

Calls cloudformation:DescribeStacks, dynamodb:GetItem, and s3:GetObject, which needs s3:GetObjectVersion for the version
that the stack names. Its machines are found by their tags: see instances.py. What aws-parallelcluster 3 puts where is
read from its source (pcluster.models.cluster_resources, s3_bucket, compute_fleet_status_manager).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, cast

from mcp_server.aws.calls import ask, expected, translated, within
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pages import every_row
from mcp_server.monorepo.yaml_texts import NotYaml, yaml_documents

_VERSION, _IMAGE = "parallelcluster:version", "parallelcluster:image_id"
_CONFIGURATION = "configs/cluster-config.yaml"
_MOST_BYTES = 1_000_000
_MOST_RESOURCES = 1_000
"""Of compute resources: many more than ParallelCluster takes; a small file can name any number of times any other."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack of a cluster, whose name is the cluster's. began is when its last change did, UTC.

    bucket, folder and version are where its configuration is, empty where the stack does not say.
    """

    name: str
    version: str
    status: str
    reason: str
    began: datetime | None
    bucket: str
    folder: str
    config_version: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A compute resource of a queue, or a pool of login nodes (minimum and maximum are then its count)."""

    queue: str
    name: str
    minimum: int | None
    maximum: int | None
    instance_types: tuple[str, ...]
    reservation_id: str | None
    subnet_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a cluster was made from, in so far as it tells of machines."""

    head_type: str | None
    head_subnet: str | None
    resources: tuple[Resource, ...]
    login_pools: tuple[Resource, ...]


def list_stacks(client: Any) -> list[Stack]:
    """The stacks of all clusters in the client's account and region, without those of images and those within others.

    Raises:
        AwsFailure: The call failed; so for every function here.
    """
    rows = every_row(client, "describe_stacks", "Stacks")
    return [
        _stack(row, tags)
        for row in rows
        if not row.get("ParentId") and _VERSION in (tags := _tags(row)) and _IMAGE not in tags
    ]


def fleet_status(client: Any, cluster: str) -> str:
    """ParallelCluster's word for what the compute fleet does: STOPPED, RUNNING, PROTECTED …; empty if there is none."""
    answer = ask(client, "get_item", TableName=f"parallelcluster-{cluster}", Key={"Id": {"S": "COMPUTE_FLEET"}})
    # Before 3.2 the status was not within Data.
    told = within(answer, "Item", "Data", "M", "status", "S") or within(answer, "Item", "Status", "S")
    return str(told or "")


def read_configuration(client: Any, stack: Stack) -> Configuration:
    """The configuration that the stack was made from."""
    answer = ask(
        client,
        "get_object",
        Bucket=stack.bucket,
        Key=f"{stack.folder}/{_CONFIGURATION}",
        VersionId=stack.config_version or None,
    )
    body = expected(answer, "get_object", "Body")
    with translated("get_object"):
        text: bytes = body.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise _unread(f"the configuration is longer than {_MOST_BYTES} bytes")
    return parse_configuration(text)


def parse_configuration(text: bytes) -> Configuration:
    """What a configuration says.

    Raises:
        AwsFailure: It is none.
    """
    try:
        documents = yaml_documents(text)
    except NotYaml as problem:
        raise _unread(f"the configuration is no YAML: {problem.reason}") from problem
    loaded: Any = documents[0] if len(documents) == 1 else None
    if not isinstance(within(loaded, "Scheduling"), dict):
        raise _unread("what is there is no configuration of a cluster")
    resources = tuple(islice(_resources(loaded), _MOST_RESOURCES + 1))
    if len(resources) > _MOST_RESOURCES:
        raise _unread(f"the configuration has more than {_MOST_RESOURCES} compute resources")
    return Configuration(
        _text(within(loaded, "HeadNode", "InstanceType")),
        _text(within(loaded, "HeadNode", "Networking", "SubnetId")),
        resources,
        tuple(_pool(each) for each in _list(within(loaded, "LoginNodes", "Pools"))),
    )


def _unread(why: str) -> AwsFailure:
    return AwsFailure(FailureKind.AWS_ERROR, "get_object", why, ours=True)


def _stack(row: Mapping[str, Any], tags: Mapping[str, str]) -> Stack:
    given = {each["ParameterKey"]: each.get("ParameterValue") or "" for each in row.get("Parameters") or ()}
    return Stack(
        name=row["StackName"],
        version=tags[_VERSION],
        status=row.get("StackStatus", ""),
        reason=row.get("StackStatusReason") or "",
        began=row.get("LastUpdatedTime") or row.get("CreationTime"),
        bucket=given.get("ResourcesS3Bucket", ""),
        folder=given.get("ArtifactS3RootDirectory", ""),
        config_version=given.get("ConfigVersion", ""),
    )


def _tags(row: Mapping[str, Any]) -> Mapping[str, str]:
    return {each["Key"]: each["Value"] for each in row.get("Tags") or ()}


def _resources(loaded: Any) -> Iterator[Resource]:
    for queue in _list(within(loaded, "Scheduling", "SlurmQueues")):
        for each in _list(within(queue, "ComputeResources")):
            least, most = within(each, "MinCount"), within(each, "MaxCount")
            yield Resource(
                queue=_text(within(queue, "Name")) or "",
                name=_text(within(each, "Name")) or "",
                # ParallelCluster's own, where nothing is said.
                minimum=0 if least is None else _number(least),
                maximum=10 if most is None else _number(most),
                instance_types=_types(each),
                reservation_id=_reservation(each) or _reservation(queue),
                subnet_ids=tuple(map(str, _list(within(queue, "Networking", "SubnetIds")))),
            )


def _types(resource: Any) -> tuple[str, ...]:
    several = (_text(within(each, "InstanceType")) for each in _list(within(resource, "Instances")))
    return tuple(each for each in (_text(within(resource, "InstanceType")), *several) if each)


def _reservation(holder: Any) -> str | None:
    return _text(within(holder, "CapacityReservationTarget", "CapacityReservationId"))


def _pool(row: Any) -> Resource:
    count = _number(within(row, "Count"))
    subnets = tuple(map(str, _list(within(row, "Networking", "SubnetIds"))))
    kind = _text(within(row, "InstanceType"))
    return Resource("", _text(within(row, "Name")) or "", count, count, (kind,) if kind else (), None, subnets)


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
