"""Values of other shapes than providers print: a rule that stops at one would hide all that is told beside it."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mcp_server.monorepo.plans.terraform_json import read_plan
from mcp_server.monorepo.plans.unit_plans import review_unit
from tests.plans.test_risks import INDEX, RISKS

Json = dict[str, Any]


def recorded() -> dict[str, Json]:
    """One change of each type and kind of action that is recorded."""
    found: dict[str, Json] = {}
    for name in INDEX:
        plan = json.loads(gzip.decompress((RISKS / f"{name}.json.gz").read_bytes()))
        for each in plan.get("resource_changes", []):
            actions = each["change"]["actions"]
            if each["mode"] == "managed" and actions != ["no-op"]:
                found.setdefault(f"{each['type']} {'-'.join(actions)}", each)
    return found


def paths(value: Any) -> Iterator[list[Any]]:
    """The way to everything in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield [step]
        yield from ([step, *rest] for rest in paths(inner))


def altered(value: Any, path: list[Any], other: Any) -> Any:
    """The value with another one at the end of a way."""
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = altered(copy[path[0]], path[1:], other)
    return copy


RECORDED = recorded()


@pytest.mark.parametrize("other", [{"a": [1]}, [[None]], True], ids=["object", "list", "true"])
@pytest.mark.parametrize("kind", RECORDED)
def test_no_shape_of_a_value_ends_the_reading(kind: str, other: Any) -> None:
    """Wherever it stands, on either side or in what is known after apply."""
    resource = RECORDED[kind]
    change = resource["change"]
    resources = [
        {**resource, "change": {**change, side: altered(change[side], path, other)}}
        for side in ("before", "after", "after_unknown")
        for path in paths(change.get(side))
    ]
    plan = {"format_version": "1.2", "resource_changes": resources}
    counts = review_unit("u", read_plan(json.dumps(plan).encode()), "").summary.counts
    assert counts.added + counts.changed + counts.destroyed + counts.forgotten >= len(resources)
