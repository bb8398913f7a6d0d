"""What moto takes and tells again only in part: rules of S3 buckets, rotation of keys, descriptions in security groups.

Terraform reads what it has written: what it misses there it waits for, or plans to write again.
"""

import json
from collections.abc import Callable
from typing import Any

import xmltodict
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.kms.responses import KmsResponse
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

Method = Callable[..., Any]
Rules = list[dict[str, Any]]

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_SMALLEST = {"x-amz-transition-default-minimum-object-size": "all_storage_classes_128K"}
_YEAR = 365  # unless EnableKeyRotation says otherwise (KMS API reference)


def tell_as_put() -> None:
    """Let moto tell all of it. To be called once in a process."""
    _wrap(S3Backend, "put_bucket_lifecycle", _keeping_lifecycle)
    _wrap(S3Response, "get_bucket_lifecycle", _whole_lifecycle)
    _wrap(S3Response, "get_bucket_replication", _whole_replication)
    _wrap(KmsResponse, "enable_key_rotation", _keeping_period)
    _wrap(KmsResponse, "get_key_rotation_status", _with_period)
    _wrap(SecurityGroupRule, "__init__", _keeping_prefix_list)
    setattr(SecurityGroupRule, "description", property(_description))  # noqa: B010 - moto's is a property too


def _wrap(owner: type, name: str, wrap: Callable[[Method], Method]) -> None:
    setattr(owner, name, wrap(getattr(owner, name)))


def _keeping_lifecycle(original: Method) -> Method:
    def put(backend: S3Backend, bucket: str, rules: Rules) -> None:
        original(backend, bucket, rules)
        vars(backend.get_bucket(bucket))["lifecycle_as_put"] = rules

    return put


def _whole_lifecycle(original: Method) -> Method:
    def get(response: S3Response) -> Any:
        bucket = response.backend.get_bucket(response.bucket_name)
        if not bucket.rules:
            return original(response)
        return _told("LifecycleConfiguration", {"Rule": vars(bucket)["lifecycle_as_put"]}, _SMALLEST)

    return get


def _whole_replication(original: Method) -> Method:
    def get(response: S3Response) -> Any:
        kept = response.backend.get_bucket_replication(response.bucket_name)
        if not kept:
            return original(response)
        return _told("ReplicationConfiguration", {"Role": kept["Role"], "Rule": kept["Rule"]}, {})

    return get


def _told(name: str, configuration: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
    body = xmltodict.unparse({name: {"@xmlns": _NAMESPACE, **configuration}})
    return 200, {"Content-Type": "application/xml", **headers}, body


def _keeping_period(original: Method) -> Method:
    def enable(response: KmsResponse) -> Any:
        answer = original(response)
        asked = json.loads(response.body)
        backend = response.kms_backend
        key = backend.keys[backend.get_key_id(asked["KeyId"])]
        vars(key)["rotation_period"] = asked.get("RotationPeriodInDays", _YEAR)
        return answer

    return enable


def _with_period(original: Method) -> Method:
    def get(response: KmsResponse) -> Any:
        answer = json.loads(original(response))
        backend = response.kms_backend
        key = backend.keys[backend.get_key_id(json.loads(response.body)["KeyId"])]
        if answer["KeyRotationEnabled"]:
            answer["RotationPeriodInDays"] = vars(key).get("rotation_period", _YEAR)
        return json.dumps(answer)

    return get


def _keeping_prefix_list(original: Method) -> Method:
    def init(rule: SecurityGroupRule, *arguments: Any, **named: Any) -> None:
        original(rule, *arguments, **named)
        # The last of what moto passes by position.
        vars(rule)["prefix_list"] = (arguments[7] if len(arguments) > 7 else named.get("prefix_list_id")) or {}

    return init


def _description(rule: SecurityGroupRule) -> str | None:
    sides: tuple[dict[str, str], ...] = (rule.ip_range, rule.source_group, vars(rule)["prefix_list"])
    return next((each["Description"] for each in sides if "Description" in each), None)
