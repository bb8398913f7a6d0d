"""What is pasted elsewhere so that owned capacity is used there: commands for a shell, and YAML.

What AWS tells stands in it, each value as a string in double quotation marks that is good JSON and good YAML, and that
ends neither a line nor the single quotation marks of a shell around it. What nobody here can know is in capitals.
"""

import json
import shlex
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from jinja2 import Template

from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.words import UNKNOWN, clean, word
from mcp_server.render.holdings import amount
from mcp_server.render.markup import environment_of
from mcp_server.render.moments import utc
from mcp_server.wiring.checks import Check, Result
from mcp_server.wiring.elsewhere import Elsewhere

_LONGEST = 300
_LONGEST_JOB = timedelta(days=28)
"""That SageMaker lets a training job run (API reference, StoppingCondition)."""

_FILES = {
    Elsewhere.LAUNCH_TEMPLATE: "launch-template.sh",
    Elsewhere.RUN_INSTANCES: "run-instances.sh",
    Elsewhere.SKYPILOT: "skypilot.yaml",
    Elsewhere.DSTACK: "dstack.yaml",
    Elsewhere.CLUSTER_API: "cluster-api.yaml",
    Elsewhere.TRAINING_JOB: "training-job.sh",
    Elsewhere.ENDPOINT: "endpoint.sh",
}
_BEFORE = {
    Elsewhere.LAUNCH_TEMPLATE: "save checkpoints, and scale what uses this template to 0",
    Elsewhere.RUN_INSTANCES: "save checkpoints, and terminate the instances",
    Elsewhere.SKYPILOT: "save checkpoints, and end the cluster with sky down",
    Elsewhere.DSTACK: "save checkpoints, stop the runs, and delete the fleet",
    Elsewhere.CLUSTER_API: "save checkpoints, drain the nodes, and set replicas to 0",
    Elsewhere.TRAINING_JOB: "the job must have saved its checkpoints, or have ended",
    Elsewhere.ENDPOINT: "send its traffic elsewhere, and delete the endpoint",
}
_BLANKS = {
    Elsewhere.LAUNCH_TEMPLATE: {
        "TEMPLATE_NAME": "a name of your own",
        "IMAGE_ID": "an image (ami-...) for {platform}, with the drivers that the accelerators need",
        "SECURITY_GROUP_ID": "a security group (sg-...) of the VPC",
    },
    Elsewhere.RUN_INSTANCES: {
        "IMAGE_ID": "an image (ami-...) for {platform}, with the drivers that the accelerators need",
        "SUBNET_ID": "a subnet (subnet-...) in zone {zone}",
        "SECURITY_GROUP_ID": "a security group (sg-...) of that subnet's VPC",
    },
    Elsewhere.SKYPILOT: {"COMMAND": "what is to be run on every node"},
    Elsewhere.DSTACK: {"FLEET_NAME": "a name of your own, in lower case"},
    Elsewhere.CLUSTER_API: {
        "TEMPLATE_NAME": "a name of your own, in lower case, for the infrastructureRef of a MachineDeployment",
        "INSTANCE_PROFILE": "an instance profile of IAM that lets machines be nodes",
        "SUBNET_ID": "a subnet (subnet-...) in zone {zone}",
    },
    Elsewhere.TRAINING_JOB: {
        "JOB_NAME": "a name of your own",
        "ROLE_ARN": "the role (arn:...:role/...) that SageMaker works as",
        "IMAGE_URI": "the image of the training code, in ECR",
        "S3_OUTPUT": "where the model goes (s3://...)",
        "S3_CHECKPOINTS": "where checkpoints go (s3://...), from which a later job goes on",
    },
    Elsewhere.ENDPOINT: {
        "CONFIG_NAME": "a name of your own, for create-endpoint",
        "VARIANT_NAME": "a name of your own",
        "MODEL_NAME": "a model that create-model has made",
    },
}
_REMARKS: dict[Elsewhere, tuple[str, ...]] = {
    Elsewhere.LAUNCH_TEMPLATE: (
        "Start at most {count} machines from it, in a subnet in zone {zone}, and in no placement group.",
        "For EFA on every network card, put NetworkInterfaces in place of SecurityGroupIds.",
    ),
    Elsewhere.RUN_INSTANCES: (
        "For EFA on every network card, put NetworkInterfaces in place of SubnetId and SecurityGroupIds.",
    ),
    Elsewhere.SKYPILOT: (
        "Two files. SkyPilot sees the block once it is active, and starts on demand, at a price, what it lacks.",
        "For EFA add network_tier: best to resources; for all network cards also use_internal_ips: true to aws.",
    ),
    Elsewhere.DSTACK: (
        "dstack sees the block once it is active.",
        "Without placement: cluster, which makes a placement group, and a block takes none: one node for each task.",
    ),
    Elsewhere.CLUSTER_API: (
        "The MachineDeployment has replicas: {count}, and maxSurge: 0, since the block has no machine to spare.",
    ),
    Elsewhere.TRAINING_JOB: ("It waits until the plan is active.",),
    Elsewhere.ENDPOINT: (),
}


class _Safe(str):
    """Text that may stand in a template as it is."""

    __slots__ = ()


class NotQuoted(ValueError):
    """A template has a value that nobody has made harmless. A mistake of this program's."""


def snippet(elsewhere: Elsewhere, reservation: OwnedReservation, count: int) -> str:
    """What is pasted there to use so many of the capacity's machines. Times in it are UTC."""
    zone = word(reservation.zone.id or reservation.zone.name)
    said = {"platform": clean(reservation.platform, 40), "zone": zone, "count": count}
    return _template(_FILES[elsewhere]).render(
        what=_comment(_what(reservation, count)),
        stops=_comment(f"{_stops(reservation)}: before that, {_BEFORE[elsewhere]}."),
        blanks=[(_comment(name), _comment(told.format_map(said))) for name, told in _BLANKS[elsewhere].items()],
        remarks=[_comment(each.format_map(said)) for each in _REMARKS[elsewhere]],
        id=_string(reservation.id),
        instance_type=_string(reservation.machine_type),
        region=_Safe(shlex.quote(word(reservation.region))),
        region_name=_string(reservation.region),
        infra=_string(f"aws/{word(reservation.region)}/{word(reservation.zone.name)}"),
        count=count,
        seconds=_seconds(reservation),
    )


def snippet_verdict(elsewhere: Elsewhere, checks: Sequence[Check]) -> str:
    """What came of it, in one sentence or two."""
    stopped = [each.name for each in checks if each.result is Result.STOPPED]
    if stopped:
        return f"Stopped by {', '.join(stopped)}: there is nothing to paste."
    warnings = sum(each.result is Result.WARNING for each in checks)
    read = f" {warnings} warning{'s' * (warnings != 1)} to be read." if warnings else ""
    article = "An" if elsewhere.called[0] in "AEIO" else "A"
    return (
        f"{article} {elsewhere.called} can use it. Nothing is written: fill in what is in capitals, and paste it.{read}"
    )


def _what(reservation: OwnedReservation, count: int) -> str:
    """How many machines of what, and where: a zone's name holds in one account alone."""
    zone = reservation.zone
    named = f"{word(zone.id or UNKNOWN)} ({word(zone.name)} in account {word(reservation.account)})"
    return f"{count} machines of {word(reservation.name)}: {amount(reservation)}, in {named}."


def _stops(reservation: OwnedReservation) -> str:
    """When machines are there, and when they stop: of a split plan also at the end of each part."""
    parts = reservation.plan.parts if reservation.plan else ()
    ends = [each.end - reservation.lead for each in parts] if len(parts) > 1 else [reservation.usable_end]
    told = " and at ".join(map(_moment, ends))
    return f"From {utc(reservation.start)} UTC; machines stop at {told}"


def _moment(at: datetime | None) -> str:
    return f"{utc(at)} UTC" if at else "an end that AWS does not tell"


def _seconds(reservation: OwnedReservation) -> int:
    """How long a training job can use a plan, all its parts together; without it SageMaker ends jobs after a day."""
    parts = reservation.plan.parts if reservation.plan else ()
    usable = sum((each.duration - reservation.lead for each in parts), timedelta())
    return int(min(usable, _LONGEST_JOB).total_seconds())


def _string(text: str) -> _Safe:
    """A string of JSON, and of YAML, within single quotation marks of a shell or without."""
    return _Safe(json.dumps(word(text, _LONGEST), ensure_ascii=False).replace("'", r"\u0027"))


def _comment(line: str) -> _Safe:
    """One line, in which names from elsewhere are words already."""
    return _Safe(clean(line, 1000))


def _only_safe(value: object) -> object:
    if isinstance(value, _Safe | int):
        return value
    raise NotQuoted(repr(value))


@cache
def _template(name: str) -> Template:
    return environment_of(escaped=False, finalize=_only_safe).get_template(f"snippets/{name}")
