"""What ParallelCluster keeps outside EC2: a stack, the fleet's status, and the configuration where the stack says.

Names and places are those of aws-parallelcluster 3.16 (its cluster_stack, s3_bucket and compute_fleet_status_manager).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import yaml
from moto.cloudformation.models import cloudformation_backends
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

from mcp_server.sandbox import scenes
from mcp_server.sandbox.owning import Owned
from mcp_server.sandbox.putting import chosen, head_node, subnets_by_zone

_PARTITION = "aws"
_FEATURES = {"bootstrapped_features": ["basic", "export-logs"]}


def keep_outside(account: str, cluster: scenes.ParallelCluster, owned: Owned, now: datetime) -> None:
    """Put in, or renew, what stands for a cluster whose machines are there, in an account that moto acts for."""
    configuration = yaml.safe_dump(_configuration(account, cluster, owned), sort_keys=False).encode()
    bucket, folder = bucket_name(account, cluster.region), _folder(account, cluster)
    version = _store(account, cluster.region, bucket, folder, configuration)
    parameters = {
        "ClusterUser": "ec2-user",
        "ResourcesS3Bucket": bucket,
        "ArtifactS3RootDirectory": folder,
        "Scheduler": "slurm",
        "ConfigVersion": version,
        "ClusterCWLogGroup": f"/aws/parallelcluster/{cluster.name}-202611290000",
    }
    _put_stack(account, cluster, parameters)
    _put_fleet(account, cluster, now)


def bucket_name(account: str, region: str) -> str:
    """Where ParallelCluster keeps the files of every cluster of an account in a region."""
    return f"parallelcluster-{sha256((account + region).encode()).hexdigest()[:16]}-v1-do-not-delete"


def _folder(account: str, cluster: scenes.ParallelCluster) -> str:
    # Of ParallelCluster's own it is random, and stays for as long as the cluster does.
    digits = sha256(f"{account}{cluster.region}{cluster.name}".encode()).hexdigest()[:16]
    return f"parallelcluster/{cluster.version}/clusters/{cluster.name}-{digits}"


def _configuration(account: str, cluster: scenes.ParallelCluster, owned: Owned) -> dict[str, Any]:
    subnets = subnets_by_zone(account, cluster.region)
    first = next(iter(subnets.values()))
    configuration: dict[str, Any] = {
        "Region": cluster.region,
        "Image": {"Os": "alinux2023"},
        "HeadNode": {"InstanceType": "m7i.2xlarge", "Networking": {"SubnetId": first}},
        "Scheduling": {
            "Scheduler": "slurm",
            "SlurmQueues": [
                _queue(each, chosen(subnets, (each.zone_id,) if each.zone_id else ())[0], owned)
                for each in cluster.queues
            ],
        },
    }
    if cluster.login_nodes:
        pool = {"Name": "login", "InstanceType": "m7i.large", "Count": cluster.login_nodes}
        configuration["LoginNodes"] = {"Pools": [pool | {"Networking": {"SubnetIds": [first]}}]}
    return configuration


def _queue(queue: scenes.Queue, subnet: str, owned: Owned) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "Name": "nodes",
        "InstanceType": queue.instance_type,
        "MinCount": queue.minimum,
        "MaxCount": queue.maximum,
    }
    if queue.block:
        resource["CapacityReservationTarget"] = {"CapacityReservationId": owned.block(queue.block)}
    return {
        "Name": queue.name,
        "CapacityType": "CAPACITY_BLOCK" if queue.block else "ONDEMAND",
        "Networking": {"SubnetIds": [subnet]},
        "ComputeResources": [resource],
    }


def _store(account: str, region: str, bucket: str, folder: str, configuration: bytes) -> str:
    """Store a configuration and return its version."""
    backend = s3_backends[account][_PARTITION]
    if bucket not in backend.buckets:
        backend.create_bucket(bucket, region)
        backend.put_bucket_versioning(bucket, "Enabled")
        backend.put_object(bucket, "parallelcluster/.bootstrapped", json.dumps(_FEATURES).encode())
    key: Any = backend.put_object(bucket, f"{folder}/configs/cluster-config.yaml", configuration)
    return str(key.version_id)


def _put_stack(account: str, cluster: scenes.ParallelCluster, parameters: Mapping[str, str]) -> None:
    backend = cloudformation_backends[account][cluster.region]
    machine = head_node(account, cluster.region, cluster.name)
    outputs = {"HeadNodeInstanceID": machine.id, "HeadNodePrivateIP": machine.private_ip} if machine else {}
    template = {
        "Description": f"AWS ParallelCluster Cluster. Version: {cluster.version}",
        "Parameters": {name: {"Type": "String", "Default": value} for name, value in parameters.items()},
        "Resources": {},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    tags = {"parallelcluster:version": cluster.version, "parallelcluster:cluster-name": cluster.name}
    known: list[Any] = list(backend.stacks.values())
    stack: Any = next((each for each in known if each.name == cluster.name), None)
    if stack is None:
        stack = backend.create_stack(cluster.name, json.dumps(template), {}, tags=tags)
    else:
        stack.update(json.dumps(template), tags=tags)
    stack.status = cluster.stack_status


def _put_fleet(account: str, cluster: scenes.ParallelCluster, now: datetime) -> None:
    backend, table = dynamodb_backends[account][cluster.region], f"parallelcluster-{cluster.name}"
    if table not in backend.tables:
        backend.create_table(
            table,
            schema=[{"AttributeName": "Id", "KeyType": "HASH"}],
            throughput=None,
            attr=[{"AttributeName": "Id", "AttributeType": "S"}],
            global_indexes=None,
            indexes=None,
            streams=None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
    data = {"status": {"S": cluster.fleet_status}, "lastStatusUpdatedTime": {"S": now.isoformat(sep=" ")}}
    backend.put_item(table, {"Id": {"S": "COMPUTE_FLEET"}, "Data": {"M": data}})
