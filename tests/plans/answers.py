"""What AWS and its providers would have filled in: ids, ARNs, empty lists, zeros, of the right form and made up."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.terraform.applying import Configuration

Json = dict[str, Any]

_PREFIXES = {
    "aws_default_security_group": "sg",
    "aws_eip": "eipalloc",
    "aws_flow_log": "fl",
    "aws_fsx_data_repository_association": "dra",
    "aws_efs_access_point": "fsap",
    "aws_efs_file_system": "fs",
    "aws_efs_mount_target": "fsmt",
    "aws_fsx_lustre_file_system": "fs",
    "aws_internet_gateway": "igw",
    "aws_launch_template": "lt",
    "aws_nat_gateway": "nat",
    "aws_route_table": "rtb",
    "aws_route_table_association": "rtbassoc",
    "aws_security_group": "sg",
    "aws_subnet": "subnet",
    "aws_vpc": "vpc",
    "aws_vpc_endpoint": "vpce",
    "aws_vpc_peering_connection": "pcx",
    "aws_vpc_security_group_egress_rule": "sgr",
    "aws_vpc_security_group_ingress_rule": "sgr",
}
_NO_REGION = {"iam"}
_KINDS = {"aws_kms_key": "key", "aws_iam_role": "role", "aws_iam_policy": "policy", "aws_ecr_repository": "repository"}
_EMPTY = {"expected_bucket_owner"}
_REFERRED_TO = {"unique_id", "url", "repository_url", "dns_name", "mount_name", "endpoint", "allocation_id"}


@dataclass(frozen=True)
class Schemas:
    """The blocks of every type of resource of a configuration's providers, as `terraform providers schema` has them."""

    blocks: Mapping[str, Json]

    @classmethod
    def of(cls, configuration: Configuration) -> "Schemas":
        """Those of a configuration that is initialised."""
        providers = json.loads(configuration.done("providers schema", "-json"))["provider_schemas"].values()
        return cls({kind: each["block"] for one in providers for kind, each in one.get("resource_schemas", {}).items()})

    def collection(self, kind: str, name: str) -> Any:
        """The empty list or map that an attribute can be. None for one that is neither."""
        attribute = self.blocks[kind].get("attributes", {}).get(name, {})
        return _COLLECTIONS.get(_first(attribute.get("type")))

    def with_zeros(self, kind: str, attributes: Json) -> Json:
        """What a resource has, with "", 0 and false where nested blocks say nothing: so providers keep them."""
        nested = self.blocks[kind].get("block_types", {})
        return {
            name: _zeroed(nested[name]["block"], each) if name in nested else each for name, each in attributes.items()
        }


_COLLECTIONS: dict[Any, Any] = {"list": [], "set": [], "map": {}}
_ZEROS: dict[Any, Any] = {**_COLLECTIONS, "string": "", "number": 0, "bool": False}


def _first(kind: Any) -> Any:
    return kind[0] if isinstance(kind, list) else kind


def _zeroed(block: Json, value: Any) -> Any:
    if isinstance(value, list):
        return [_zeroed(block, each) for each in value]
    if not isinstance(value, dict):
        return value
    attributes, nested = block.get("attributes", {}), block.get("block_types", {})
    zeros = {name: _ZEROS.get(_first(each.get("type"))) for name, each in attributes.items()}
    return {
        name: _zeroed(nested[name]["block"], each) if name in nested else zeros.get(name) if each is None else each
        for name, each in value.items()
    }


@dataclass(frozen=True)
class Answers:
    """What AWS would answer in an account and a region; the same for the same address.

    A list or a map is answered as an empty one, which null is not.
    """

    account: str
    region: str
    schemas: Schemas

    def of(self, resource: Json, name: str) -> Any:
        """The value of an attribute of a resource of a plan. None for one that no configuration refers to."""
        collection = self.schemas.collection(resource["type"], name)
        if collection is not None:
            return collection
        if name in ("id", "key_id"):
            return self._id(resource)
        if name == "arn":
            return self._arn(resource)
        if name in _EMPTY:
            return ""
        if name in _REFERRED_TO:
            return hashlib.sha256(f"{resource['address']} {name}".encode()).hexdigest()[:17]
        return None

    def _id(self, resource: Json) -> str:
        kind, values = resource["type"], resource.get("values", {})
        digest = hashlib.sha256(resource["address"].encode()).hexdigest()
        if kind in _PREFIXES:
            return f"{_PREFIXES[kind]}-{digest[:17]}"
        if kind == "aws_kms_key":
            return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
        if kind == "aws_iam_policy":
            return self._arn(resource)
        return values.get("bucket") or values.get("name") or digest[:26]

    def _arn(self, resource: Json) -> str:
        kind, values = resource["type"], resource.get("values", {})
        if kind == "aws_s3_bucket":
            return f"arn:aws:s3:::{values['bucket']}"
        word = kind.split("_")[1] if "_" in kind else kind
        service = {"vpc": "ec2", "security": "ec2", "subnet": "ec2", "efs": "elasticfilesystem"}.get(word, word)
        region = "" if service in _NO_REGION else self.region
        name = values.get("name") if kind.startswith("aws_iam") else self._id(resource)
        return f"arn:aws:{service}:{region}:{self.account}:{_KINDS.get(kind, kind.split('_', 2)[-1])}/{name}"
