"""A state in which a configuration stands as planned, written without applying it.

A plan from nothing says all of a resource but what its provider or AWS would answer. Filled with answers of the right
form, it is a state; planned again, what refers to an answer becomes known; until a plan finds nothing to change.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.terraform.applying import Configuration, Said

Json = dict[str, Any]

_MOST_PLANS = 8
_EC2_IDS = {
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
_SERVICES = {"cloudwatch_log_group": "logs", "default": "ec2", "eip": "ec2", "internet": "ec2", "launch": "ec2"}
_KINDS = {"aws_kms_key": "key", "aws_iam_role": "role", "aws_iam_policy": "policy", "aws_ecr_repository": "repository"}


class NotSettledError(Exception):
    """Plan after plan changes something. `attributes` are those that the last one changes, by address."""

    def __init__(self, attributes: dict[str, list[str]]) -> None:
        super().__init__(f"does not stand still: {attributes}")
        self.attributes = attributes


@dataclass(frozen=True)
class Planned:
    """A plan as `terraform show -json` prints it, and all that `terraform plan` said."""

    said: Said
    plan: Json

    @property
    def changes(self) -> dict[str, list[str]]:
        """What it does to managed resources, by address."""
        return {
            each["address"]: each["change"]["actions"]
            for each in self.plan.get("resource_changes", [])
            if each["mode"] == "managed" and each["change"]["actions"] != ["no-op"]
        }

    @property
    def changed_attributes(self) -> dict[str, list[str]]:
        """Which attributes of managed resources it changes, by address."""
        return {
            each["address"]: _differing(each["change"])
            for each in self.plan.get("resource_changes", [])
            if each["address"] in self.changes
        }


def _differing(change: Json) -> list[str]:
    before, after, unknown = (change[side] or {} for side in ("before", "after", "after_unknown"))
    names = {*before, *after, *unknown}
    return sorted(name for name in names if before.get(name) != after.get(name) or unknown.get(name) is True)


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
        if kind in _EC2_IDS:
            return f"{_EC2_IDS[kind]}-{digest[:17]}"
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


_EMPTY = {"expected_bucket_owner"}
_REFERRED_TO = {"unique_id", "url", "repository_url", "dns_name", "mount_name", "endpoint", "allocation_id"}


def planned(configuration: Configuration, *arguments: str) -> Planned:
    """Plan, also where it ends in an error and Terraform keeps the plan."""
    out = configuration.folder / "plan"
    out.unlink(missing_ok=True)
    said = configuration.run("plan", "-out=plan", "-lock=false", *arguments)
    if not out.exists():
        raise AssertionError(said.text[-3000:])
    return Planned(said, json.loads(configuration.done("show", "-json", "plan")))


def stand(configuration: Configuration, answers: Answers, mend: Callable[[Json], None] = lambda state: None) -> None:
    """Write the state beside the configuration, which is initialised. mend alters what was filled in.

    Raises NotSettledError.
    """
    changed: dict[str, list[str]] = {}
    for _ in range(_MOST_PLANS):
        found = planned(configuration, "-refresh=false")
        changed = found.changed_attributes
        state = state_of(found.plan, answers)
        mend(state)
        _write(configuration, state)
        if not changed and not _changed_outputs(found.plan):
            _write_zeros(configuration, state, answers.schemas)
            return
    raise NotSettledError(changed)


def _write(configuration: Configuration, state: Json) -> None:
    (configuration.folder / "terraform.tfstate").write_text(json.dumps(state, indent=2))


def _write_zeros(configuration: Configuration, state: Json, schemas: Schemas) -> None:
    """Providers of the older framework keep zeros in nested blocks; where one would change them, there are none."""
    changed: dict[str, list[str]] = {}
    for _ in range(2):
        _write(configuration, _state_with_zeros(state, schemas, but=changed))
        found = planned(configuration, "-refresh=false").changed_attributes
        if not found:
            return
        changed |= found
    raise NotSettledError(changed)


def _state_with_zeros(state: Json, schemas: Schemas, but: Mapping[str, Any]) -> Json:
    def zeroed(resource: Json, instance: Json) -> Json:
        if _address(resource, instance) in but:
            return instance
        return {**instance, "attributes": schemas.with_zeros(resource["type"], instance["attributes"])}

    resources = [{**each, "instances": [zeroed(each, one) for one in each["instances"]]} for each in state["resources"]]
    return {**state, "resources": resources}


def _address(resource: Json, instance: Json) -> str:
    index = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
    module = f"{resource['module']}." if "module" in resource else ""
    return f"{module}{resource['type']}.{resource['name']}{index}"


def _changed_outputs(plan: Json) -> list[str]:
    return [name for name, each in plan.get("output_changes", {}).items() if each["actions"] != ["no-op"]]


def state_of(plan: Json, answers: Answers) -> Json:
    """The state, in the fourth version of its format, after everything planned is done."""
    changes = {each["address"]: each["change"] for each in plan.get("resource_changes", [])}
    kept: dict[tuple[str, str, str], Json] = {}
    for module, resource in _resources(plan["planned_values"].get("root_module", {})):
        if resource["mode"] != "managed":
            continue
        key = (module, resource["type"], resource["name"])
        of_all = kept.setdefault(key, _resource(module, resource))
        of_all["instances"].append(_instance(resource, changes[resource["address"]], answers))
    outputs = plan["planned_values"].get("outputs", {})
    return {
        "version": 4,
        "terraform_version": plan["terraform_version"],
        "serial": 1,
        "lineage": "00000000-0000-0000-0000-000000000000",
        "outputs": {name: each for name, each in outputs.items() if "value" in each},
        "resources": list(kept.values()),
    }


def _resources(module: Json) -> list[tuple[str, Json]]:
    found = [(module.get("address", ""), each) for each in module.get("resources", [])]
    return found + [each for child in module.get("child_modules", []) for each in _resources(child)]


def _resource(module: str, resource: Json) -> Json:
    return {
        **({"module": module} if module else {}),
        "mode": "managed",
        "type": resource["type"],
        "name": resource["name"],
        "provider": f'provider["{resource["provider_name"]}"]',
        "instances": [],
    }


def _instance(resource: Json, change: Json, answers: Answers) -> Json:
    return {
        **({"index_key": resource["index"]} if "index" in resource else {}),
        "schema_version": resource["schema_version"],
        "attributes": _attributes(resource, change, answers),
        "sensitive_attributes": [
            [{"type": "get_attr", "value": name}]
            for name, marked in (change["after_sensitive"] or {}).items()
            if marked is True
        ],
    }


def _attributes(resource: Json, change: Json, answers: Answers) -> Json:
    filled = _filled(change["after"], change["after_unknown"], lambda name: answers.of(resource, name))
    if resource["type"] == "terraform_data":
        # What it is given it gives, and each of them has its type beside it.
        given = {name: filled[name] for name in ("input", "triggers_replace") if filled.get(name) is not None}
        given |= {"output": given["input"]} if "input" in given else {}
        filled |= {name: {"value": each, "type": _type_of(each)} for name, each in given.items()}
    return filled


def _type_of(value: Any) -> Any:
    match value:
        case None:
            return "dynamic"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return ["tuple", [_type_of(each) for each in value]]
        case _:
            return ["object", {name: _type_of(each) for name, each in value.items()}]


def _filled(value: Any, unknown: Any, answer: Callable[[str], Any], name: str = "") -> Any:
    if unknown is True:
        return answer(name)
    if isinstance(unknown, dict):
        known = dict(value or {})
        return known | {key: _filled(known.get(key), each, answer, key) for key, each in unknown.items()}
    if isinstance(unknown, list) and unknown:
        return [_filled(each, less, answer) for each, less in zip(value, unknown, strict=True)]
    return value
