"""Run as a program of its own, for cfn-lint takes seconds to load.

It reads JSON: a region, and values of resources as awscc has them, by their type in Terraform. Its last line is JSON:
the version of cfn-lint, how many resources it read by their type in CloudFormation, and what it refuses.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, cast

from cfnlint.api import ManualArgs, lint
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

Schema = dict[str, Any]


def folded(name: str) -> str:
    """A name without what awscc makes of it: SizeInGiB is size_in_gi_b there, and FSxLustreConfig fsx_lustre_config."""
    return name.replace("_", "").replace("AWS::", "").replace("::", "").lower()


@dataclass(frozen=True)
class Kind:
    """A type of resource in CloudFormation, such as AWS::SageMaker::Cluster, and its schema."""

    name: str
    schema: Schema

    def resource(self, values: dict[str, Any]) -> dict[str, Any]:
        """The resource as a template has it, without what AWS computes."""
        computed = {each.rpartition("/")[2] for each in self.schema.get("readOnlyProperties", [])}
        named = self._named(values, self.schema)
        return {"Type": self.name, "Properties": {key: named[key] for key in named if key not in computed}}

    def _named(self, value: Any, schema: Schema) -> Any:
        """A value with CloudFormation's names, without nulls. Keys of free maps, such as labels, stay as they are."""
        ways = list(self._ways(schema))
        if isinstance(value, list):
            items = [cast("Schema", way["items"]) for way in ways if "items" in way]
            return [self._named(each, items[0] if items else {}) for each in cast("list[Any]", value)]
        if isinstance(value, dict):
            properties: Schema = {name: each for way in ways for name, each in way.get("properties", {}).items()}
            known = {folded(name): name for name in properties}
            there = {key: each for key, each in cast("Schema", value).items() if each is not None}
            named = {known.get(folded(key), key): each for key, each in there.items()}
            return {name: self._named(each, properties.get(name, {})) for name, each in named.items()}
        return value

    def _ways(self, schema: Schema) -> Iterator[Schema]:
        """The schema and all that it refers to or may be instead."""
        yield schema
        if "$ref" in schema:
            yield from self._ways(self.schema["definitions"][schema["$ref"].rpartition("/")[2]])
        for word in ("anyOf", "oneOf", "allOf"):
            for each in schema.get(word, []):
                yield from self._ways(each)


def refusals(resource: dict[str, Any], region: str) -> Iterator[str]:
    """What cfn-lint finds wrong in a resource, each with its place."""
    for match in lint(json.dumps({"Resources": {"R": resource}}), config=ManualArgs(regions=[region])):
        place = ".".join(str(each) for each in getattr(match, "path", [])[3:])
        yield f"{resource['Type']} {place}: {match.message} ({match.rule.id})"


def main() -> None:
    """Hold every resource against its schema."""
    told = json.load(sys.stdin)
    region = told["region"]
    names = {folded(each): each for each in PROVIDER_SCHEMA_MANAGER.get_resource_types(region)}
    counts: dict[str, int] = {}
    wrong: list[str] = []
    for of_awscc, resources in told["resources"].items():
        name = names.get(folded(of_awscc.removeprefix("awscc_")))
        if name is None:
            wrong.append(f"{of_awscc}: CloudFormation has no such type in {region}")
            continue
        counts[name] = len(resources)
        kind = Kind(name, cast("Schema", PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, name).schema))
        wrong += [line for each in resources for line in refusals(kind.resource(each), region)]
    sys.stdout.write(f"\n{json.dumps({'version': version('cfn-lint'), 'counts': counts, 'wrong': wrong})}\n")


if __name__ == "__main__":
    main()
