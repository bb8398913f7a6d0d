"""Resources of awscc as a module's tests plan them: each is CloudFormation's own, and held against its schema."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terraform_checks.programs import run

SCHEMA = Path(__file__).with_name("cloudformation_schema.py")
# Types and what may be in them differ little between regions; this one sells every kind of capacity.
_REGION = "us-east-1"


@dataclass(frozen=True)
class Reading:
    """What is wrong, a line each; how many resources were read, by type; the version of cfn-lint."""

    wrong: list[str] = field(default_factory=list[str])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    version: str = ""


def read_resources(tested: Path) -> Reading:
    """Read what `terraform test -json -verbose` wrote to the file tested."""
    with tested.open(encoding="utf-8", errors="replace") as lines:
        planned = [each for line in lines if '"type":"test_plan"' in line for each in _planned(json.loads(line))]
    # Runs plan the same cluster more than once.
    distinct = {json.dumps(each, sort_keys=True): each for each in planned}
    resources: dict[str, list[dict[str, Any]]] = {}
    for kind, values in distinct.values():
        resources.setdefault(kind, []).append(values)
    if not resources:
        return Reading(["no test plans a resource of awscc"])
    told = json.dumps({"region": _REGION, "resources": resources})
    answer = run(sys.executable, "-I", SCHEMA, folder=tested.parent, told=told)
    if not answer.fine:
        return Reading(["cfn-lint could not be asked", *answer.output.splitlines()])
    read = json.loads(answer.output.splitlines()[-1])
    return Reading(list(dict.fromkeys(read["wrong"])), read["counts"], read["version"])


def _planned(message: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Type and values of what a run would make."""
    for each in message["test_plan"].get("resource_changes", []):
        if each["mode"] == "managed" and each["type"].startswith("awscc_") and each["change"]["after"]:
            yield each["type"], each["change"]["after"]
