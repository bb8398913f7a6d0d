"""Large plans as Terraform prints them, of resources that this repository makes: a file of about 2 kB for a change.

The same number of changes always makes the same plan.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

SECRET = "correct-horse-battery-staple"
"""In every value that is marked as sensitive."""

Values = dict[str, Any]
Marks = dict[str, Any]

_AWS = "registry.terraform.io/hashicorp/aws"
_TAGS = {"Team": "ml-platform"}
_OF_A_HUNDRED: tuple[tuple[int, Sequence[str]], ...] = (
    (8, ["no-op"]),
    (58, ["create"]),
    (86, ["update"]),
    (94, ["delete"]),
    (97, ["delete", "create"]),
    (100, ["create", "delete"]),
)
"""Up to which number of a hundred changes each kind of action goes."""


def write_large_plan(path: Path, changes: int) -> None:
    """Write a plan with so many resources in it: most change, some stay, one in twenty has a sensitive value."""
    path.write_text(json.dumps(_plan(changes), separators=(",", ":"), ensure_ascii=False) + "\n")


def _plan(changes: int) -> dict[str, Any]:
    resources = [_resource(number) for number in range(changes)]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"region": {"value": "us-west-2"}, "tags": {"value": _TAGS}},
        "planned_values": {"outputs": _outputs(), "root_module": _modules(resources, "after")},
        "resource_drift": [_drifted(each) for each in resources[8:changes:400]],
        "resource_changes": resources,
        "output_changes": _output_changes(),
        "prior_state": {
            "format_version": "1.0",
            "terraform_version": "1.11.4",
            "values": {"outputs": _outputs(), "root_module": _modules(resources, "before")},
        },
        "configuration": _configuration(),
        "relevant_attributes": [
            {"resource": f"module.cell[{number}].aws_security_group.this", "attribute": ["id"]}
            for number in range(changes // 100)
        ],
        "checks": [],
        "timestamp": "2026-11-29T06:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
    }


def _resource(number: int) -> dict[str, Any]:
    kind, make, changed, forcing = _KINDS[number % len(_KINDS)]
    # What a resource is does not say what happens to it: 7 and 100 have no common factor.
    place = number * 7 // len(_KINDS) % 100
    actions = next(actions for end, actions in _OF_A_HUNDRED if place < end)
    before, after = make(number), make(number)
    tags_alone = actions == ["update"] and number % 3
    after |= {"tags": {**_TAGS, "Owner": "research"}, "tags_all": {**_TAGS, "Owner": "research"}} if tags_alone else {}
    after |= {} if tags_alone or actions == ["no-op"] else changed(number)
    marks: Marks = {"tags": {}, "tags_all": {}}
    if number % 20 == 0:
        secret = f"{SECRET}-{number}"
        before |= {"description": secret}
        after |= {"description": secret}
        marks |= {"description": True}
    return {
        "address": f"module.cell[{number // 100}].{kind}.this[{number % 100}]",
        "module_address": f"module.cell[{number // 100}]",
        "mode": "managed",
        "type": kind,
        "name": "this",
        "index": number % 100,
        "provider_name": _AWS,
        "change": _change(actions, before, after, marks, forcing),
        **({"action_reason": "replace_because_cannot_update"} if len(actions) == 2 else {}),
    }


def _change(actions: Sequence[str], before: Values, after: Values, marks: Marks, forcing: str) -> dict[str, Any]:
    made = actions == ["create"] or len(actions) == 2
    if made:
        after = {key: each for key, each in after.items() if key not in {"id", "arn"}}
    creating, deleting = actions == ["create"], actions == ["delete"]
    return {
        "actions": actions,
        "before": None if creating else before,
        "after": None if deleting else after,
        "after_unknown": {"id": True, "arn": True, "tags": {}, "tags_all": {}} if made else {},
        "before_sensitive": False if creating else marks,
        "after_sensitive": False if deleting else marks,
        **({"replace_paths": [[forcing]]} if len(actions) == 2 else {}),
    }


def _drifted(resource: Mapping[str, Any]) -> dict[str, Any]:
    values = resource["change"]["before"] or resource["change"]["after"]
    marks = {"tags": {}, "tags_all": {}, **({"description": True} if SECRET in json.dumps(values) else {})}
    change = _change(["update"], values, values | {"tags": {**_TAGS, "Touched": "by-hand"}}, marks, "id")
    return {key: each for key, each in resource.items() if key != "action_reason"} | {"change": change}


def _modules(resources: Sequence[dict[str, Any]], side: str) -> dict[str, Any]:
    """The values of a side by modules, as a state or what is planned has them."""
    modules: dict[str, list[dict[str, Any]]] = {}
    for each in resources:
        values = each["change"][side]
        if values is not None:
            told = {key: each[key] for key in ("address", "mode", "type", "name", "index", "provider_name")}
            told |= {"schema_version": 0, "values": values, "sensitive_values": each["change"][f"{side}_sensitive"]}
            modules.setdefault(each["module_address"], []).append(told)
    return {"child_modules": [{"resources": found, "address": address} for address, found in modules.items()]}


def _outputs() -> dict[str, Any]:
    return {
        "cluster_name": {"sensitive": False, "type": "string", "value": "research"},
        "token": {"sensitive": True, "type": "string", "value": SECRET},
    }


def _output_changes() -> dict[str, Any]:
    plain = {"after_unknown": False, "before_sensitive": False, "after_sensitive": False}
    marked = {"after_unknown": False, "before_sensitive": True, "after_sensitive": True}
    return {
        "cluster_name": {"actions": ["update"], "before": "lab", "after": "research", **plain},
        "token": {"actions": ["update"], "before": f"{SECRET}-old", "after": SECRET, **marked},
    }


def _configuration() -> dict[str, Any]:
    resources = [
        {
            "address": f"{kind}.this",
            "mode": "managed",
            "type": kind,
            "name": "this",
            "provider_config_key": "aws",
            "expressions": {key: {"references": [f"var.{key}", "each.value"]} for key in make(0)},
            "schema_version": 0,
            "count_expression": {"references": ["var.cells"]},
        }
        for kind, make, *_ in _KINDS
    ]
    call = {
        "source": "../modules/cell",
        "count_expression": {"constant_value": 200},
        "module": {"resources": resources},
    }
    return {
        "provider_config": {
            "aws": {"name": "aws", "full_name": _AWS, "expressions": {"region": {"constant_value": "us-west-2"}}}
        },
        "root_module": {"module_calls": {"cell": call}},
    }


def _named(number: int, service: str, kind: str) -> Values:
    arn = f"arn:aws:{service}:us-west-2:222222222222:{kind}/research-{number:05d}"
    return {"id": f"{kind}-{number:017x}", "arn": arn, "tags": _TAGS, "tags_all": _TAGS}


def _security_group(number: int) -> Values:
    return {
        **_named(number, "ec2", "sg"),
        "name": f"research-{number:05d}",
        "name_prefix": "",
        "description": "Nodes of the research cluster",
        "vpc_id": "vpc-00000000000000001",
        "revoke_rules_on_delete": False,
        "ingress": [
            {
                "cidr_blocks": ["10.0.0.0/16"],
                "description": "From the VPC",
                "from_port": 443,
                "protocol": "tcp",
                "self": False,
                "to_port": 443,
            }
        ],
    }


def _ingress(number: int) -> Values:
    return {
        **_named(number, "ec2", "sgr"),
        "security_group_id": f"sg-{number:017x}",
        "cidr_ipv4": "10.0.0.0/16",
        "cidr_ipv6": None,
        "description": "NFS from the VPC",
        "from_port": 2049,
        "ip_protocol": "tcp",
        "referenced_security_group_id": None,
        "to_port": 2049,
    }


def _policy(number: int, *actions: str) -> str:
    bucket = f"arn:aws:s3:::research-{number:05d}"
    statement = {"Action": list(actions), "Effect": "Allow", "Resource": [bucket, f"{bucket}/*"], "Sid": "Data"}
    return json.dumps({"Statement": [statement], "Version": "2012-10-17"}, separators=(",", ":"))


def _iam_policy(number: int) -> Values:
    return {
        **_named(number, "iam", "policy"),
        "name": f"research-{number:05d}",
        "description": "What jobs may do",
        "path": "/",
        "policy": _policy(number, "s3:GetObject", "s3:ListBucket"),
    }


def _iam_role(number: int) -> Values:
    trust = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    return {
        **_named(number, "iam", "role"),
        "name": f"research-{number:05d}",
        "description": "Nodes of the research cluster",
        "assume_role_policy": json.dumps({"Statement": [trust], "Version": "2012-10-17"}, separators=(",", ":")),
        "force_detach_policies": False,
        "inline_policy": [],
        "managed_policy_arns": ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"],
        "max_session_duration": 3600,
        "path": "/",
        "permissions_boundary": "",
    }


def _bucket(number: int) -> Values:
    return {
        **_named(number, "s3", "bucket"),
        "bucket": f"research-{number:05d}",
        "force_destroy": False,
        "object_lock_enabled": False,
        "policy": "",
        "request_payer": "BucketOwner",
    }


def _node_group(number: int) -> Values:
    return {
        **_named(number, "eks", "nodegroup"),
        "ami_type": "AL2023_x86_64_NVIDIA",
        "capacity_type": "CAPACITY_BLOCK",
        "cluster_name": "research",
        "instance_types": ["p5.48xlarge"],
        "labels": {"capacity": "block", "nvidia.com/gpu.present": "true"},
        "launch_template": [{"id": f"lt-{number:017x}", "name": f"research-{number:05d}", "version": "3"}],
        "node_group_name": f"p5-{number:05d}",
        "node_role_arn": "arn:aws:iam::222222222222:role/research-nodes",
        "release_version": "1.34.2-20261101",
        "scaling_config": [{"desired_size": 4, "max_size": 8, "min_size": 0}],
        "subnet_ids": ["subnet-00000000000000001"],
        "taint": [{"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "true"}],
    }


def _launch_template(number: int) -> Values:
    reservation = {"capacity_reservation_id": f"cr-{number:017x}", "capacity_reservation_resource_group_arn": ""}
    return {
        **_named(number, "ec2", "launch-template"),
        "default_version": 3,
        "latest_version": 3,
        "name": f"research-{number:05d}",
        "image_id": "ami-00000000000000001",
        "instance_type": "p5.48xlarge",
        "instance_market_options": [{"market_type": "capacity-block", "spot_options": []}],
        "capacity_reservation_specification": [{"capacity_reservation_target": [reservation]}],
        "metadata_options": [{"http_endpoint": "enabled", "http_put_response_hop_limit": 2, "http_tokens": "required"}],
        "user_data": "TUlNRS1WZXJzaW9uOiAxLjAKQ29udGVudC1UeXBlOiBtdWx0aXBhcnQvbWl4ZWQ7IGJvdW5kYXJ5PSIvLyIK",
        "vpc_security_group_ids": ["sg-00000000000000001"],
    }


def _lustre(number: int) -> Values:
    return {
        **_named(number, "fsx", "file-system"),
        "data_compression_type": "LZ4",
        "deployment_type": "PERSISTENT_2",
        "kms_key_id": "arn:aws:kms:us-west-2:222222222222:key/00000000-0000-0000-0000-000000000001",
        "mount_name": "abcdefgh",
        "per_unit_storage_throughput": 250,
        "storage_capacity": 4800,
        "storage_type": "SSD",
        "subnet_ids": ["subnet-00000000000000001"],
    }


def _parameter(number: int) -> Values:
    return {
        **_named(number, "ssm", "parameter"),
        "data_type": "text",
        "description": "Where the newest checkpoint is",
        "key_id": "",
        "name": f"/ml/checkpoints/{number:05d}",
        "tier": "Standard",
        "type": "String",
        "value": f"s3://research/checkpoints/{number:05d}",
        "version": 4,
    }


def _objects(number: int) -> Iterator[tuple[str, str]]:
    yield "source_hash", f"{number:064x}"
    yield "etag", f"{number:032x}"
    yield "content", f"#!/bin/bash\n# Number {number} of the lifecycle scripts.\nset -euo pipefail\n"


def _object(number: int) -> Values:
    return {
        **_named(number, "s3", "object"),
        "bucket": "sagemaker-research",
        "key": f"lifecycle/{number:05d}.sh",
        "content_type": "text/x-shellscript",
        "force_destroy": False,
        "server_side_encryption": "aws:kms",
        "storage_class": "STANDARD",
        **dict(_objects(number)),
    }


_Kind = tuple[str, Callable[[int], Values], Callable[[int], Values], str]

_KINDS: tuple[_Kind, ...] = (
    ("aws_security_group", _security_group, lambda _: {"description": "Nodes, by the new rules"}, "description"),
    ("aws_vpc_security_group_ingress_rule", _ingress, lambda _: {"cidr_ipv4": "10.1.0.0/16"}, "security_group_id"),
    (
        "aws_iam_policy",
        _iam_policy,
        lambda number: {"policy": _policy(number, "s3:GetObject", "s3:ListBucket", "s3:PutObject")},
        "name",
    ),
    ("aws_iam_role", _iam_role, lambda _: {"max_session_duration": 7200}, "name"),
    ("aws_s3_bucket", _bucket, lambda _: {"force_destroy": True}, "bucket"),
    (
        "aws_eks_node_group",
        _node_group,
        lambda _: {"scaling_config": [{"desired_size": 8, "max_size": 8, "min_size": 0}]},
        "capacity_type",
    ),
    ("aws_launch_template", _launch_template, lambda _: {"image_id": "ami-00000000000000002"}, "name"),
    ("aws_fsx_lustre_file_system", _lustre, lambda _: {"storage_capacity": 9600}, "deployment_type"),
    ("aws_ssm_parameter", _parameter, lambda number: {"value": f"s3://research/best/{number:05d}"}, "name"),
    ("aws_ssm_parameter", _parameter, lambda _: {"description": "Where the best checkpoint is"}, "name"),
    ("aws_s3_object", _object, lambda number: {"source_hash": f"{number + 1:064x}"}, "key"),
)
