"""What is pasted elsewhere: accepted by whoever it is for, and not broken out of."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore.model import Shape
from botocore.validate import ParamValidator
from hypothesis import given
from jinja2 import Environment

from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.render.snippets import NotQuoted, _only_safe, snippet, snippet_verdict
from mcp_server.wiring.checks import passed, stopped, warned
from mcp_server.wiring.elsewhere import Elsewhere
from tests.clusters import worlds
from tests.render.hostile import FLOOD, LINES, PIECES, TEXTS, check_words
from tests.wiring.test_elsewhere import taken_by

COMMANDS = {
    Elsewhere.LAUNCH_TEMPLATE: ("ec2", "CreateLaunchTemplate"),
    Elsewhere.RUN_INSTANCES: ("ec2", "RunInstances"),
    Elsewhere.TRAINING_JOB: ("sagemaker", "CreateTrainingJob"),
    Elsewhere.ENDPOINT: ("sagemaker", "CreateEndpointConfig"),
}
ARN = "arn:aws:sagemaker:us-east-1:483026362307:training-plan/pretrain"
FILLED = {
    "TEMPLATE_NAME": "on-the-block",
    "IMAGE_ID": "ami-0123456789abcdef0",
    "SECURITY_GROUP_ID": "sg-0123456789abcdef0",
    "SUBNET_ID": "subnet-0123456789abcdef0",
    "COMMAND": "nvidia-smi",
    "FLEET_NAME": "on-the-block",
    "INSTANCE_PROFILE": "nodes.cluster-api-provider-aws.sigs.k8s.io",
    "JOB_NAME": "pretrain-1",
    "ROLE_ARN": "arn:aws:iam::483026362307:role/training",
    "IMAGE_URI": "483026362307.dkr.ecr.us-east-1.amazonaws.com/training:1",
    "S3_OUTPUT": "s3://models/pretrain",
    "S3_CHECKPOINTS": "s3://checkpoints/pretrain",
    "CONFIG_NAME": "serving",
    "VARIANT_NAME": "all",
    "MODEL_NAME": "llm",
}
"""What a person puts in place of each word in capitals."""


def owned(elsewhere: Elsewhere, **changes: Any) -> OwnedReservation:
    """What it takes, in us-east-1 of the main account."""
    named = {"id": ARN} if elsewhere.takes_plans else {}
    return replace(taken_by(elsewhere, account="483026362307"), **named | changes)


def filled(text: str) -> str:
    """The same with every word in capitals filled in, outside the comments."""
    lines = (each for each in text.splitlines() if not each.startswith("#"))
    return re.sub("|".join(sorted(FILLED, key=len, reverse=True)), lambda one: FILLED[one[0]], "\n".join(lines))


def words_of(text: str) -> list[str]:
    """What a shell makes of a command."""
    return shlex.split(text, comments=True)


def asked(elsewhere: Elsewhere, reservation: OwnedReservation, count: int = 8) -> dict[str, Any]:
    """The input of a command's operation."""
    *_, option, document = words_of(filled(snippet(elsewhere, reservation, count)))
    assert option == "--cli-input-json"
    return json.loads(document)


@cache
def input_of(service: str, operation: str) -> Shape:
    """What botocore's model says of an operation's input."""
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


def strays(shape: Shape, value: Any, where: str = "") -> Iterator[str]:
    """What is not among a shape's values, or not of its pattern: botocore leaves that to AWS."""
    if shape.type_name == "structure":
        for name, each in value.items():
            yield from strays(shape.members[name], each, f"{where}.{name}")
    elif shape.type_name == "list":
        for each in value:
            yield from strays(shape.member, each, f"{where}[]")
    elif shape.type_name == "string":
        pattern = shape.metadata.get("pattern")
        if shape.enum and value not in shape.enum:
            yield f"{where}: {value} is none of the values"
        if pattern and not re.fullmatch(pattern, value):
            yield f"{where}: {value} does not match {pattern}"


@pytest.mark.parametrize("elsewhere", COMMANDS)
def test_a_command_asks_as_its_service_wants_to_be_asked(elsewhere: Elsewhere) -> None:
    """Names, types, lengths, values and patterns are those of the service's model in botocore."""
    shape = input_of(*COMMANDS[elsewhere])
    document = asked(elsewhere, owned(elsewhere))
    assert not ParamValidator().validate(document, shape).has_errors()
    assert list(strays(shape, document)) == []
    wrong = json.loads(json.dumps(document).replace('"Instance', '"Machine'))
    assert ParamValidator().validate(wrong, shape).has_errors()


@pytest.mark.parametrize("elsewhere", [Elsewhere.TRAINING_JOB, Elsewhere.ENDPOINT])
@pytest.mark.parametrize("name", [each.name for each in CATALOGUE.values() if each.plan])
def test_every_type_of_a_plan_is_named_as_sagemaker_names_it(elsewhere: Elsewhere, name: str) -> None:
    """UltraServers by the instances within them."""
    document = asked(elsewhere, owned(elsewhere, instance_type=name))
    assert list(strays(input_of(*COMMANDS[elsewhere]), document)) == []


def test_a_type_that_only_sagemaker_knows_keeps_its_name() -> None:
    """No second ml. is put before it."""
    document = asked(Elsewhere.TRAINING_JOB, owned(Elsewhere.TRAINING_JOB, instance_type="ml.p9.48xlarge"))
    assert document["ResourceConfig"]["InstanceType"] == "ml.p9.48xlarge"


def test_instances_are_started_in_the_block_and_nowhere_else() -> None:
    """EC2 wants both the market and the reservation, as many as are wanted, and no placement group."""
    document = asked(Elsewhere.RUN_INSTANCES, owned(Elsewhere.RUN_INSTANCES), 3)
    template = asked(Elsewhere.LAUNCH_TEMPLATE, owned(Elsewhere.LAUNCH_TEMPLATE))["LaunchTemplateData"]
    for each in (document, template):
        assert each["InstanceMarketOptions"] == {"MarketType": "capacity-block"}
        assert each["CapacityReservationSpecification"] == {
            "CapacityReservationTarget": {"CapacityReservationId": worlds.BLOCK}
        }
        assert each["InstanceType"] == "p5.48xlarge"
        assert "Placement" not in each
    assert (document["MinCount"], document["MaxCount"]) == (3, 3)


def test_a_training_job_may_run_as_long_as_its_plan_lasts() -> None:
    """All parts together, each to half an hour before its end, and never more than 28 days; a job has a day else."""
    job = owned(Elsewhere.TRAINING_JOB)
    assert asked(Elsewhere.TRAINING_JOB, job)["StoppingCondition"] == {"MaxRuntimeInSeconds": 14 * 86400 - 1800}
    assert job.plan
    first = Stay(Zone("us-east-1a", "use1-az4"), 8, worlds.NOW, worlds.NOW + timedelta(days=1))
    second = replace(first, start=first.start + timedelta(days=5), end=first.end + timedelta(days=5))
    split = replace(job, plan=replace(job.plan, parts=(first, second)))
    assert asked(Elsewhere.TRAINING_JOB, split)["StoppingCondition"] == {"MaxRuntimeInSeconds": 2 * (86400 - 1800)}
    longest = replace(job, plan=replace(job.plan, parts=(replace(first, end=first.end + timedelta(days=60)),)))
    assert asked(Elsewhere.TRAINING_JOB, longest)["StoppingCondition"] == {"MaxRuntimeInSeconds": 28 * 86400}


def test_the_plan_is_named_where_a_job_or_an_endpoint_wants_it() -> None:
    """SageMaker guide: TrainingPlanArn of ResourceConfig, and MlReservationArn of the variant."""
    job = asked(Elsewhere.TRAINING_JOB, owned(Elsewhere.TRAINING_JOB), 4)["ResourceConfig"]
    (variant,) = asked(Elsewhere.ENDPOINT, owned(Elsewhere.ENDPOINT), 4)["ProductionVariants"]
    assert job == {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 4, "TrainingPlanArn": ARN}
    assert variant["CapacityReservationConfig"] == {
        "CapacityReservationPreference": "capacity-reservations-only",
        "MlReservationArn": ARN,
    }
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.p5.48xlarge", 4)


def test_skypilot_is_given_two_files() -> None:
    """Fields of get_config_schema and get_task_schema of skypilot 0.14.1, whose validation both passed once.

    The reservation has to be in the configuration: a task may not override it.
    """
    config, task = yaml.safe_load_all(filled(snippet(Elsewhere.SKYPILOT, owned(Elsewhere.SKYPILOT), 8)))
    assert config == {"aws": {"specific_reservations": [worlds.BLOCK]}}
    assert task == {
        "resources": {
            "infra": "aws/us-east-1/us-east-1a",
            "instance_type": "p5.48xlarge",
            "use_spot": False,
        },
        "num_nodes": 8,
        "run": "nvidia-smi",
    }


def test_dstack_is_given_a_fleet() -> None:
    """Fields of FleetConfiguration of dstack 0.22.5, whose validation it passed once."""
    assert yaml.safe_load(filled(snippet(Elsewhere.DSTACK, owned(Elsewhere.DSTACK), 8))) == {
        "type": "fleet",
        "name": "on-the-block",
        "nodes": 8,
        "reservation": worlds.BLOCK,
        "backends": ["aws"],
        "regions": ["us-east-1"],
        "instance_types": ["p5.48xlarge"],
        "spot_policy": "on-demand",
    }


def test_cluster_api_is_given_a_machine_template() -> None:
    """Fields of AWSMachineTemplate, v1beta2, in cluster-api-provider-aws (main of July 2026): its CRD, passed once.

    marketType CapacityBlock wants a capacityReservationId beside it.
    """
    assert yaml.safe_load(filled(snippet(Elsewhere.CLUSTER_API, owned(Elsewhere.CLUSTER_API), 8))) == {
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2",
        "kind": "AWSMachineTemplate",
        "metadata": {"name": "on-the-block"},
        "spec": {
            "template": {
                "spec": {
                    "instanceType": "p5.48xlarge",
                    "marketType": "CapacityBlock",
                    "capacityReservationId": worlds.BLOCK,
                    "iamInstanceProfile": "nodes.cluster-api-provider-aws.sigs.k8s.io",
                    "subnet": {"id": "subnet-0123456789abcdef0"},
                }
            }
        },
    }


@pytest.mark.parametrize("elsewhere", Elsewhere)
def test_every_word_in_capitals_is_explained(elsewhere: Elsewhere) -> None:
    """And every one that is explained is there to be filled in."""
    text = snippet(elsewhere, owned(elsewhere), 8)
    explained = set(re.findall(r"^# ([A-Z][A-Z0-9_]+): ", text, re.MULTILINE))
    body = "\n".join(each for each in text.splitlines() if not each.startswith("#"))
    assert explained == set(re.findall(r"(?<![\w-])[A-Z][A-Z0-9_]{4,}(?!\w)", body))
    assert explained


@pytest.mark.parametrize("elsewhere", Elsewhere)
def test_one_line_says_when_machines_stop_and_what_comes_before(elsewhere: Elsewhere) -> None:
    """The usable end of the capacity, not the end that AWS tells."""
    reservation = owned(elsewhere)
    assert reservation.usable_end
    at = f"{reservation.usable_end:%Y-%m-%d %H:%M} UTC: before that, "
    (line,) = [each for each in snippet(elsewhere, reservation, 8).splitlines() if "machines stop at" in each]
    assert at in line


def test_both_ends_of_a_split_plan_are_told() -> None:
    """Its machines are taken back at each."""
    plan = owned(Elsewhere.TRAINING_JOB).plan
    assert plan
    first = Stay(Zone("us-east-1a", "use1-az4"), 8, worlds.NOW, worlds.NOW + timedelta(days=1))
    second = replace(first, start=first.start + timedelta(days=5), end=first.end + timedelta(days=5))
    split = owned(Elsewhere.TRAINING_JOB, plan=replace(plan, parts=(first, second)))
    assert "stop at 2026-11-02 11:30 UTC and at 2026-11-07 11:30 UTC: " in snippet(Elsewhere.TRAINING_JOB, split, 8)


@pytest.mark.parametrize("elsewhere", Elsewhere)
def test_an_end_that_nobody_tells_is_not_invented(elsewhere: Elsewhere) -> None:
    """A check stops it before; this makes nothing up."""
    reservation = owned(elsewhere, end=None)
    assert "an end that AWS does not tell" in snippet(elsewhere, reservation, 8)


def hostile(elsewhere: Elsewhere, text: str) -> OwnedReservation:
    """What it takes, with this text in everything that somebody else may have written."""
    made = owned(
        elsewhere,
        id=text,
        account=text,
        instance_type=text,
        region=text,
        zone=Zone(text, text),
        platform=text,
        words=text,
    )
    return replace(made, plan=replace(made.plan, name=text)) if made.plan else made


def bones(value: Any) -> Any:
    """A document without its words."""
    match value:
        case dict():
            return {name: bones(each) for name, each in value.items()}
        case list():
            return [bones(each) for each in value]
        case str():
            return "text"
        case _:
            return value


def check_unbroken(elsewhere: Elsewhere, text: str) -> None:
    """Hold a snippet with hostile words against one with harmless ones: as many lines, words and fields."""
    made, harmless = (snippet(elsewhere, hostile(elsewhere, each), 8) for each in (text, "zqxw"))
    assert len(made.splitlines()) == len(harmless.splitlines())
    for line, other in zip(made.split("\n"), harmless.split("\n"), strict=True):
        check_words(line)
        assert line.startswith("#") == other.startswith("#")
    if elsewhere in COMMANDS:
        words, others = words_of(made), words_of(harmless)
        assert [words[:3], words[5]] == [others[:3], others[5]]
        assert len(words) == len(others)
        assert bones(json.loads(words[6])) == bones(json.loads(others[6]))
    else:
        assert list(map(bones, yaml.safe_load_all(made))) == list(map(bones, yaml.safe_load_all(harmless)))


BREAKS = [
    "'; touch broken; '",
    '"; touch broken; "',
    "$(touch broken)",
    "`touch broken`",
    "\ntouch broken\n",
    "'\ntouch broken\n#",
    "\\",
    "\\'",
    '\\"',
    '", "MaxCount": 99, "x": "',
    "x\nnodes: 99",
    '"]\nnodes: 99\nx: ["',
    ": {a: b} # c",
    "--- !!python/object/apply:os.system [touch broken]",
    "{{ 7 * 7 }}{% raw %}",
    "{count}{zone.__class__}",
]


@pytest.mark.parametrize("elsewhere", Elsewhere)
def test_names_cannot_break_out(elsewhere: Elsewhere) -> None:
    """Neither from a string, nor from a comment, nor from the shell's quotation marks."""
    for text in (*BREAKS, *PIECES, "".join(LINES), FLOOD):
        if text.strip():
            check_unbroken(elsewhere, text)


@given(TEXTS)
def test_no_text_at_all_breaks_out(text: str) -> None:
    """Whatever it is."""
    for elsewhere in Elsewhere:
        check_unbroken(elsewhere, text)


@pytest.mark.parametrize("elsewhere", COMMANDS)
def test_a_shell_runs_the_one_command_and_nothing_else(elsewhere: Elsewhere, tmp_path: Path) -> None:
    """With the text of every break in every name, bash starts aws once, with the words that were meant."""
    told = tmp_path / "told"
    aws = tmp_path / "aws"
    aws.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" >>{told}\n')
    aws.chmod(0o755)
    for text in BREAKS:
        command = snippet(elsewhere, hostile(elsewhere, text), 8)
        for words in (("bash", "-n"), ("bash",)):
            ran = subprocess.run(
                words,
                input=command,
                cwd=tmp_path,
                env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
                text=True,
                capture_output=True,
                check=False,
            )
            assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", ""), command
    assert told.read_text().split() == ["6"] * len(BREAKS)
    assert {each.name for each in tmp_path.iterdir()} == {"told", "aws"}


def test_a_template_cannot_forget_to_make_a_word_harmless() -> None:
    """It is refused."""
    template = Environment(autoescape=False, finalize=_only_safe).from_string("id: {{ id }}")
    with pytest.raises(NotQuoted):
        template.render(id="cr-0")


def test_a_verdict_says_what_to_do() -> None:
    """What stops it, or that it is to be filled in, and how much is to be read before."""
    checks = [passed("kind", "."), warned("real", "."), warned("platform", ".")]
    assert snippet_verdict(Elsewhere.DSTACK, checks) == (
        "A dstack fleet can use it. Nothing is written: fill in what is in capitals, and paste it. "
        "2 warnings to be read."
    )
    stops = [*checks, stopped("count", ".")]
    assert snippet_verdict(Elsewhere.DSTACK, stops) == "Stopped by count: there is nothing to paste."
