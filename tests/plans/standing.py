"""A state in which a configuration stands as planned, written without applying it.

A plan from nothing says all of a resource but what its provider or AWS would answer. Filled with answers of the right
form, it is a state; planned again, what refers to an answer becomes known; until a plan finds nothing to change.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.plans.answers import Answers, Schemas
from tests.terraform.applying import Configuration, Said

Json = dict[str, Any]

_MOST_PLANS = 8


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
        filled |= {name: {"value": each, "type": type_of(each)} for name, each in given.items()}
    return filled


def type_of(value: Any) -> Any:
    """The type of a value, as states have it."""
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
            return ["tuple", [type_of(each) for each in value]]
        case _:
            return ["object", {name: type_of(each) for name, each in value.items()}]


def _filled(value: Any, unknown: Any, answer: Callable[[str], Any], name: str = "") -> Any:
    if unknown is True:
        return answer(name)
    if isinstance(unknown, dict):
        known = dict(value or {})
        return known | {key: _filled(known.get(key), each, answer, key) for key, each in unknown.items()}
    if isinstance(unknown, list) and unknown:
        return [_filled(each, less, answer) for each, less in zip(value, unknown, strict=True)]
    return value
