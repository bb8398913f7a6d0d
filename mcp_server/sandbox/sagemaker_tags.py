"""Tags on training plans: AddTags, ListTags and DeleteTags where their resource is one."""

from collections.abc import Mapping, Sequence
from typing import Any

from mcp_server.sandbox.call import Call
from mcp_server.sandbox.sagemaker_plans import find_plan, invalid, shown_page
from mcp_server.sandbox.simulation import Simulation

_MOST = 50


def is_of_plans(call: Call) -> bool:
    """Whether a request is about a plan or one of its reserved capacities; everything else that has tags is moto's."""
    kind = str(call.params.get("ResourceArn")).rpartition(":")[2].partition("/")[0]
    return kind in {"training-plan", "reserved-capacity"}


def add_tags(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Put tags on a plan, over those with the same keys."""
    plan = find_plan(simulation, call, str(call.params["ResourceArn"]))
    wanted = tags_from(call.params["Tags"])
    if len(plan.tags.keys() | wanted.keys()) > _MOST:
        raise invalid(f"A resource can have at most {_MOST} tags.")
    plan.tag(wanted, from_=call.now)
    return {"Tags": _rows(plan.tags_by(call.now))}


def list_tags(simulation: Simulation, call: Call) -> dict[str, Any]:
    """The tags of a plan."""
    plan = find_plan(simulation, call, str(call.params["ResourceArn"]))
    shown, token = shown_page(_rows(plan.tags_by(call.now)), call)
    return {"Tags": shown, "NextToken": token}


def delete_tags(simulation: Simulation, call: Call) -> dict[str, Any]:
    """Take tags off a plan."""
    plan = find_plan(simulation, call, str(call.params["ResourceArn"]))
    for key in call.params["TagKeys"]:
        plan.tags.pop(key, None)
    return {}


def tags_from(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a request.

    Raises:
        AwsError: A key is AWS's own, or comes twice.
    """
    tags = {each["Key"]: each["Value"] for each in rows}
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid("Tag keys starting with 'aws:' are reserved for internal use.")
    if len(tags) < len(rows):
        raise invalid("Tag keys must be unique for each resource.")
    return tags


def _rows(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
